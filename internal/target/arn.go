package target

import (
	"errors"
	"fmt"
	"strings"
)

const queryResult = "query-result:*"

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

// ShortARN leaves out of an ARN what the Scope says as well: key/ID for a key of its
// account and Region. Any other text stays whole.
func (s Scope) ShortARN(arn string) string {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) == 6 && parts[3] == s.Region && parts[4] == s.Account {
		return parts[5]
	}
	return arn
}

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
