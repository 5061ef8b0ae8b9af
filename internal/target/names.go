package target

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

const maxNameLength = 512

// CheckName tells whether AWS could have a log group of this name: 1 to 512 of
// the characters a-z A-Z 0-9 . - _ / #
// (https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html).
func CheckName(name string) error {
	switch {
	case name == "":
		return errors.New("a log-group name is never empty")
	case len(name) > maxNameLength:
		return fmt.Errorf("a log-group name has at most %d characters, not %d", maxNameLength, len(name))
	case strings.ContainsFunc(name, notInName):
		return errors.New("a log-group name has only the characters a-z A-Z 0-9 . - _ / #")
	}
	return nil
}

func notInName(r rune) bool { return !isAlphanumeric(r) && !strings.ContainsRune(".-_/#", r) }

// The forms below are checked by hand: compiling regular expressions took a
// third of a cold start.

func isLower(r rune) bool        { return 'a' <= r && r <= 'z' }
func isDigit(r rune) bool        { return '0' <= r && r <= '9' }
func isAlphanumeric(r rune) bool { return isLower(r) || 'A' <= r && r <= 'Z' || isDigit(r) }

// consistsOf tells whether text is at least one character and all are of a kind.
func consistsOf(text string, kind func(rune) bool) bool {
	return text != "" && !strings.ContainsFunc(text, func(r rune) bool { return !kind(r) })
}

// ValidAccount tells whether text is a 12-digit account ID.
func ValidAccount(text string) bool { return len(text) == 12 && consistsOf(text, isDigit) }

// ValidRegion tells whether text has the form of a Region's name: words and a
// number. Endpoints are made of it, so anything else must not get further.
func ValidRegion(text string) bool {
	words := strings.Split(text, "-")
	number := len(words) - 1
	if number < 2 || len(text) > 32 || len(words[number]) > 2 || !consistsOf(words[number], isDigit) {
		return false
	}
	return !slices.ContainsFunc(words[:number], func(word string) bool { return !consistsOf(word, isLower) })
}

// ValidPartition tells whether text has the form of a partition's name.
func ValidPartition(text string) bool {
	return strings.HasPrefix(text, "aws") && consistsOf(text, func(r rune) bool { return isLower(r) || r == '-' })
}

// partitions lists the Regions' prefixes of each partition but the commercial
// one (https://docs.aws.amazon.com/sdkref/latest/guide/feature-region.html and
// the SDK's endpoint metadata).
var partitions = []struct{ prefix, partition string }{
	{"cn-", "aws-cn"},
	{"us-gov-", "aws-us-gov"},
	{"us-iso-", "aws-iso"},
	{"us-isob-", "aws-iso-b"},
	{"eu-isoe-", "aws-iso-e"},
	{"us-isof-", "aws-iso-f"},
	{"eusc-", "aws-eusc"},
}

// PartitionOf gives a Region's partition, for where no ARN is at hand.
func PartitionOf(region string) string {
	for _, p := range partitions {
		if strings.HasPrefix(region, p.prefix) {
			return p.partition
		}
	}
	return "aws"
}
