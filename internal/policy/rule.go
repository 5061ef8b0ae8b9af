package policy

import "log-group-kms/internal/target"

// Rule chooses a key for log groups, or skips them. Of the conditions that are
// given all must match; of the patterns in one condition, one must.
type Rule struct {
	Name      string
	Line      int // where it begins in the text that it was read from
	LogGroups []Pattern
	Accounts  []Pattern
	Regions   []Pattern
	Tags      map[string]Pattern

	Key  KeyTemplate // empty where Skip is set
	Skip bool
}

// Tags is what is known of a log group's tags.
type Tags struct {
	Values map[string]string
	// Complete says that there are no other tags. Tags out of an event are not
	// complete: others may have been added since.
	Complete bool
}

// truth is a condition's value where tags may still be unknown.
type truth int

const (
	no truth = iota
	unknown
	yes
)

// reaches tells whether the rule can match log groups of the scope.
func (r *Rule) reaches(scope target.Scope) bool {
	return (len(r.Accounts) == 0 || MatchAny(r.Accounts, scope.Account)) &&
		(len(r.Regions) == 0 || MatchAny(r.Regions, scope.Region))
}

func (r *Rule) match(t target.Target, tags Tags) truth {
	if !r.reaches(t.Scope) || len(r.LogGroups) > 0 && !MatchAny(r.LogGroups, t.LogGroup) {
		return no
	}
	result := yes
	for name, pattern := range r.Tags {
		value, has := tags.Values[name]
		switch {
		case !has && !tags.Complete:
			result = unknown
		case !has || !pattern.Match(value):
			return no
		}
	}
	return result
}

// firstMatches gives the rules that may be the first to match, in order. They
// are one rule, or none, where the known tags suffice; a nil at the end says
// that perhaps no rule matches.
func (p *Policy) firstMatches(t target.Target, tags Tags) []*Rule {
	var possible []*Rule
	for i := range p.Rules {
		switch rule := &p.Rules[i]; rule.match(t, tags) {
		case yes:
			return append(possible, rule)
		case unknown:
			possible = append(possible, rule)
		}
	}
	return append(possible, nil)
}
