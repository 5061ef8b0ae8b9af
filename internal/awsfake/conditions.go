package awsfake

import "strings"

// holds evaluates one condition of a policy. An operator that is not known here
// never holds, so that a policy is not taken for wider than it is.
func holds(operator string, want []string, got string, present bool) bool {
	operator = strings.TrimPrefix(strings.TrimPrefix(operator, "ForAnyValue:"), "ForAllValues:")
	if base, optional := strings.CutSuffix(operator, "IfExists"); optional {
		if !present {
			return true
		}
		operator = base
	}
	if operator == "Null" {
		return len(want) == 1 && (want[0] == "true") == !present
	}
	base, negated := operator, false
	if i := strings.Index(operator, "Not"); i > 0 {
		base, negated = operator[:i]+operator[i+len("Not"):], true
	}
	matches, known := operators[base]
	if !known {
		return false
	}
	if !present {
		return negated
	}
	for _, w := range want {
		if matches(w, got) {
			return !negated
		}
	}
	return negated
}

// operators holds the comparisons of policy conditions: pattern, then value.
var operators = map[string]func(want, got string) bool{
	"StringEquals":           func(want, got string) bool { return want == got },
	"StringEqualsIgnoreCase": strings.EqualFold,
	"StringLike":             wildcard,
	"ArnEquals":              arnLike, // both of AWS's ARN operators know wildcards
	"ArnLike":                arnLike,
	"Bool":                   strings.EqualFold,
}

// arnLike matches an ARN part by part, as AWS does: a wildcard does not reach
// over a colon, except in the resource at the end.
func arnLike(pattern, arn string) bool {
	if pattern == "*" {
		return true
	}
	want, got := strings.SplitN(pattern, ":", 6), strings.SplitN(arn, ":", 6)
	if len(want) != 6 || len(got) != 6 {
		return false
	}
	for i := range want {
		if !wildcard(want[i], got[i]) {
			return false
		}
	}
	return true
}

// wildcard matches the whole of s with a pattern in which * stands for any run
// of characters and ? for one. It goes back only to the last star, hence never
// takes more than len(pattern) × len(s) steps.
func wildcard(pattern, s string) bool {
	p, i, star, mark := 0, 0, -1, 0
	for i < len(s) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, mark = p, i
			p++
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == s[i]):
			p++
			i++
		case star >= 0:
			mark++
			p, i = star+1, mark
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}
