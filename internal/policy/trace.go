package policy

import (
	"fmt"
	"maps"
	"slices"

	"log-group-kms/internal/target"
)

// Verdict is what Trace says of one rule.
type Verdict struct {
	Rule    *Rule
	Matches bool
	Because string // why it does not match; empty where it does
}

// Trace gives the verdict on each rule in order, up to the first that matches. It
// works out anew what Choose knew and did not keep, for people who ask; tags are all
// that the log group has.
func (p *Policy) Trace(t target.Target, tags map[string]string) []Verdict {
	var verdicts []Verdict
	for i := range p.Rules {
		rule := &p.Rules[i]
		because := rule.mismatch(t, tags)
		verdicts = append(verdicts, Verdict{rule, because == "", because})
		if because == "" {
			break
		}
	}
	return verdicts
}

// mismatch says which condition does not match; "" where all do.
func (r *Rule) mismatch(t target.Target, tags map[string]string) string {
	switch {
	case len(r.LogGroups) > 0 && !MatchAny(r.LogGroups, t.LogGroup):
		return "its logGroups do not match the name"
	case len(r.Accounts) > 0 && !MatchAny(r.Accounts, t.Account):
		return "its accounts do not match " + t.Account
	case len(r.Regions) > 0 && !MatchAny(r.Regions, t.Region):
		return "its regions do not match " + t.Region
	}
	for _, name := range slices.Sorted(maps.Keys(r.Tags)) {
		switch value, has := tags[name]; {
		case !has:
			return "the log group has no tag " + name
		case !r.Tags[name].Match(value):
			return fmt.Sprintf("the log group's tag %s is %q, which does not match %q", name, value, r.Tags[name])
		}
	}
	return ""
}

// ExcludedBy gives the pattern of EXCLUDE that takes a log group's name.
func (p *Policy) ExcludedBy(logGroup string) (by Pattern, excluded bool) {
	i := slices.IndexFunc(p.Exclude, func(pattern Pattern) bool { return pattern.Match(logGroup) })
	if i < 0 {
		return "", false
	}
	return p.Exclude[i], true
}
