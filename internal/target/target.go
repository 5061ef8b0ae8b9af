// Package target names what the program acts on: one log group, or the stored
// query results, of one account and Region.
package target

import "strings"

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

// String gives the target for messages.
func (t Target) String() string {
	if t.IsQueryResult() {
		return "the query results of " + t.Scope.String()
	}
	return "log group " + t.LogGroup + " of " + t.Scope.String()
}
