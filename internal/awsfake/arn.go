package awsfake

import (
	"crypto/rand"
	"fmt"
	"strings"
)

// Partition returns the AWS partition that a Region belongs to.
func Partition(region string) string {
	for _, p := range []struct{ prefix, partition string }{
		{"cn-", "aws-cn"},
		{"us-gov-", "aws-us-gov"},
		{"us-iso-", "aws-iso"},
		{"us-isob-", "aws-iso-b"},
		{"eu-isoe-", "aws-iso-e"},
		{"us-isof-", "aws-iso-f"},
		{"eusc-", "aws-eusc"},
	} {
		if strings.HasPrefix(region, p.prefix) {
			return p.partition
		}
	}
	return "aws"
}

// KeyARN returns the ARN of a KMS key.
func KeyARN(account, region, id string) string {
	return fmt.Sprintf("arn:%s:kms:%s:%s:key/%s", Partition(region), region, account, id)
}

// AliasARN returns the ARN of a KMS alias; name begins with "alias/".
func AliasARN(account, region, name string) string {
	return fmt.Sprintf("arn:%s:kms:%s:%s:%s", Partition(region), region, account, name)
}

// LogGroupARN returns the ARN of a log group in the form without ":*" at the end.
func LogGroupARN(account, region, name string) string {
	return fmt.Sprintf("arn:%s:logs:%s:%s:log-group:%s", Partition(region), region, account, name)
}

// QueryResultARN returns the resource identifier of an account's stored Logs
// Insights query results.
func QueryResultARN(account, region string) string {
	return fmt.Sprintf("arn:%s:logs:%s:%s:query-result:*", Partition(region), region, account)
}

// parsedARN holds the five parts of an ARN behind "arn:".
type parsedARN struct{ partition, service, region, account, resource string }

// parseARN splits an ARN; ok says whether there was one with all its parts.
func parseARN(s string) (a parsedARN, ok bool) {
	parts := strings.SplitN(s, ":", 6)
	if len(parts) != 6 || parts[0] != "arn" || parts[1] == "" || parts[2] == "" || parts[5] == "" {
		return parsedARN{}, false
	}
	return parsedARN{parts[1], parts[2], parts[3], parts[4], parts[5]}, true
}

// groupNameIn returns the log group that an ARN without ":*" names, provided
// that it lies in the given account and Region.
func groupNameIn(arn string, s scope) (name string, ok bool) {
	a, ok := parseARN(arn)
	if !ok || a.service != "logs" || a.region != s.region || a.account != s.account || a.partition != Partition(s.region) {
		return "", false
	}
	return strings.CutPrefix(a.resource, "log-group:")
}

// newUUID returns a random UUID of version 4.
func newUUID() string {
	var b [16]byte
	rand.Read(b[:]) // never fails, see crypto/rand
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[0:4], b[4:6], b[6:8], b[8:10], b[10:16])
}
