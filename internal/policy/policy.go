// Package policy chooses the key of a log group. It is pure: it asks nobody, and
// says what it would need to know.
package policy

import (
	"strings"

	"log-group-kms/internal/answer"
	"log-group-kms/internal/target"
)

// Existing says what happens to a log group that has another key than the chosen
// one.
type Existing string

// The values of EXISTING_KEY.
const (
	Keep    Existing = "keep"    // it is left alone
	Repair  Existing = "repair"  // it is left alone unless its key is no good
	Replace Existing = "replace" // it gets the chosen key
)

// Policy is the configured wish.
type Policy struct {
	KeyTag      string  // tag that names the key; empty: tags choose no keys
	Allowed     Allowed // keys that tags may choose
	Rules       []Rule  // the first that matches decides
	Default     KeyTemplate
	QueryResult KeyTemplate
	Exclude     []Pattern // names of log groups never touched
	Existing    Existing
}

const reservedPrefix = "aws/"

// OffLimits tells by the name alone that a log group is not to be touched, and
// why. AWS keeps names that begin with "aws/", in any case, for itself.
func (p *Policy) OffLimits(logGroup string) (answer.Reason, bool) {
	if len(logGroup) >= len(reservedPrefix) && strings.EqualFold(logGroup[:len(reservedPrefix)], reservedPrefix) {
		return answer.ReservedName, true
	}
	if MatchAny(p.Exclude, logGroup) {
		return answer.Excluded, true
	}
	return "", false
}

// Choice is what Choose decided.
type Choice struct {
	// NeedTags says that it takes more tags than are known; nothing else is set.
	NeedTags bool
	// Reason is Tag, Rule, Default or QueryResult, or Excluded or NoKey where there is
	// no key.
	Reason answer.Reason
	// Rule is the name of the rule that decided; "" where none did.
	Rule string
	// Key is the chosen key, zero where there is none. A tag's is read as it
	// stands, and may be malformed; all others are expanded for the log group.
	Key Key
}

// HasKey tells whether a key was chosen.
func (c Choice) HasKey() bool { return c.Key != (Key{}) }

// Choose says which key the log group is to have. ignoreKeyTag leaves out the
// tag that names a key, once that key was rejected.
func (p *Policy) Choose(t target.Target, tags Tags, ignoreKeyTag bool) Choice {
	possible := p.firstMatches(t, tags)
	skips := 0
	for _, rule := range possible {
		if rule != nil && rule.Skip {
			skips++
		}
	}
	// A rule that skips is stronger than the tag, so as long as one may be the
	// first to match, the tag decides nothing.
	if skips > 0 && len(possible) > 1 {
		return Choice{NeedTags: true}
	}
	if skips > 0 {
		return Choice{Reason: answer.Excluded, Rule: possible[0].Name}
	}
	if p.KeyTag != "" && !ignoreKeyTag {
		value, has := tags.Values[p.KeyTag]
		if has {
			return Choice{Reason: answer.Tag, Key: ReadKey(value)}
		}
		if !tags.Complete {
			return Choice{NeedTags: true}
		}
	}
	if len(possible) > 1 {
		return Choice{NeedTags: true}
	}
	if rule := possible[0]; rule != nil {
		return Choice{Reason: answer.Rule, Rule: rule.Name, Key: rule.Key.In(t.Scope)}
	}
	if p.Default != "" {
		return Choice{Reason: answer.Default, Key: p.Default.In(t.Scope)}
	}
	return Choice{Reason: answer.NoKey}
}

// ForQueryResults is the choice for the stored query results of a scope.
func (p *Policy) ForQueryResults(scope target.Scope) Choice {
	if p.QueryResult == "" {
		return Choice{Reason: answer.NoKey}
	}
	return Choice{Reason: answer.QueryResult, Key: p.QueryResult.In(scope)}
}

// Choosable gives every key that configuration names for some log group of the
// scope: those of the rules, the default, and the aliases that tags may name, as
// far as those are whole names.
func (p *Policy) Choosable(scope target.Scope) []Key {
	var keys []Key
	for i := range p.Rules {
		if rule := &p.Rules[i]; !rule.Skip && rule.reaches(scope) {
			keys = append(keys, rule.Key.In(scope))
		}
	}
	if p.Default != "" {
		keys = append(keys, p.Default.In(scope))
	}
	return append(keys, p.Allowed.aliases(scope)...)
}
