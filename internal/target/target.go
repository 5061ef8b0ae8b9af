// Package target names what the program acts on: one log group, or the stored
// query results, of one account and Region.
package target

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Scope is one account and Region. Clients, rate limits and key caches are kept
// for each Scope, because AWS counts its quotas that way.
type Scope struct {
	Partition string // aws, aws-cn, aws-us-gov, …
	Account   string // 12 digits
	Region    string
}

// String gives the Scope for messages: "account 111122223333, Region eu-west-1".
func (s Scope) String() string {
	return "account " + s.Account + ", Region " + s.Region
}

// Expand replaces {partition}, {account} and {region} by the Scope's own values.
func (s Scope) Expand(text string) string {
	if !strings.Contains(text, "{") {
		return text
	}
	return strings.NewReplacer("{partition}", s.Partition, "{account}", s.Account, "{region}", s.Region).Replace(text)
}

// Kind says what a Target is.
type Kind string

// The kinds. A Target without one is nothing to act on: a name that got lost must
// not turn a log group into the query results, which are written without a look.
const (
	KindLogGroup     Kind = "log-group"
	KindQueryResults Kind = "query-result" // stored results of Logs Insights queries
)

// Target is what an AssociateKmsKey request is about: a log group, or the stored
// query results of an account and Region.
type Target struct {
	Scope
	Kind     Kind
	LogGroup string // the log group's name; empty for other kinds
}

// LogGroup gives the log group of that name in scope.
func LogGroup(scope Scope, name string) Target {
	return Target{Scope: scope, Kind: KindLogGroup, LogGroup: name}
}

// QueryResults gives the stored query results of scope.
func QueryResults(scope Scope) Target { return Target{Scope: scope, Kind: KindQueryResults} }

// IsQueryResult tells whether the target is the stored query results.
func (t Target) IsQueryResult() bool { return t.Kind == KindQueryResults }

// ARN is the target's ARN. A log group's has no ":*" at the end, the form that
// tag calls, encryption contexts and CloudTrail use; policies and the field
// "arn" of DescribeLogGroups have it.
func (t Target) ARN() string {
	resource := "log-group:" + t.LogGroup
	if t.IsQueryResult() {
		resource = queryResult
	}
	return fmt.Sprintf("arn:%s:logs:%s:%s:%s", t.Partition, t.Region, t.Account, resource)
}

// String gives the target for messages.
func (t Target) String() string {
	if t.IsQueryResult() {
		return "the query results of " + t.Scope.String()
	}
	return "log group " + t.LogGroup + " of " + t.Scope.String()
}

const queryResult = "query-result:*"

// ErrOtherResource says that an ARN is well formed but names neither a log group
// nor the query results.
var ErrOtherResource = errors.New("neither a log group nor query-result:*")

var errARN = errors.New("not an ARN of the form arn:PARTITION:logs:REGION:ACCOUNT:log-group:NAME")

// ParseARN reads the ARN of a log group, with or without ":*" at its end, or of
// the query results. Its error is ErrOtherResource where the ARN is another
// resource's.
func ParseARN(text string) (Target, error) {
	parts := strings.SplitN(text, ":", 6)
	if len(parts) < 6 || parts[0] != "arn" || parts[1] == "" || parts[2] == "" || parts[5] == "" {
		return Target{}, errARN
	}
	if parts[2] != "logs" {
		return Target{}, ErrOtherResource
	}
	scope := Scope{Partition: parts[1], Region: parts[3], Account: parts[4]}
	if !ValidPartition(scope.Partition) || !ValidRegion(scope.Region) || !ValidAccount(scope.Account) {
		return Target{}, errARN
	}
	if parts[5] == queryResult {
		return QueryResults(scope), nil
	}
	name, ok := strings.CutPrefix(parts[5], "log-group:")
	if !ok {
		return Target{}, ErrOtherResource
	}
	name = strings.TrimSuffix(name, ":*")
	if strings.Contains(name, ":") { // a log stream of the group, say
		return Target{}, ErrOtherResource
	}
	if err := CheckName(name); err != nil {
		return Target{}, err
	}
	return LogGroup(scope, name), nil
}

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
