package policy

import (
	"strings"

	"log-group-kms/internal/target"
)

// Allowed are the patterns of the keys that tags may choose (TAG_ALLOWED_KEYS).
// Those that begin with "alias/" are about the alias name in the tag, the others
// about the ARN of the key that it resolves to. {account}, {region} and
// {partition} stand for the log group's own.
type Allowed []Pattern

// ByText judges a tag's key by its text alone: settled says whether that
// suffices, allowed what the judgement is.
func (a Allowed) ByText(k Key, scope target.Scope) (allowed, settled bool) {
	if arn := k.ARN(scope); arn != "" {
		return a.ByARN(arn, scope), true
	}
	alias := k.aliasIn(scope)
	open := false
	for _, p := range a {
		p = Pattern(scope.Expand(string(p)))
		if p.isAlias() {
			if alias != "" && p.Match(alias) {
				return true, true
			}
			continue
		}
		open = open || p.CanMatch(k.ARNPrefix(scope), inKeyID)
	}
	return false, !open
}

// Surely tells whether a tag's key is allowed whatever key its alias points to.
func (a Allowed) Surely(k Key, scope target.Scope) bool {
	if allowed, settled := a.ByText(k, scope); settled {
		return allowed
	}
	for _, p := range a {
		if p = Pattern(scope.Expand(string(p))); !p.isAlias() && p.Covers(Pattern(k.ARNPrefix(scope)+"*")) {
			return true
		}
	}
	return false
}

// aliases gives the alias names among the patterns that have no wildcards.
func (a Allowed) aliases(scope target.Scope) []Key {
	var keys []Key
	for _, p := range a {
		if name := scope.Expand(string(p)); p.isAlias() && !strings.ContainsAny(name, "*?") {
			keys = append(keys, ReadKey(name))
		}
	}
	return keys
}

// ByARN judges a key by its ARN.
func (a Allowed) ByARN(arn string, scope target.Scope) bool {
	for _, p := range a {
		if !p.isAlias() && Pattern(scope.Expand(string(p))).Match(arn) {
			return true
		}
	}
	return false
}
