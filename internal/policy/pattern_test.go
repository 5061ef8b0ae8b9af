package policy_test

import (
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"log-group-kms/internal/policy"
)

func TestPatternMatch(t *testing.T) {
	tests := []struct {
		pattern policy.Pattern
		text    string
		want    bool
	}{
		{"", "", true},
		{"", "a", false},
		{"*", "", true},
		{"*", "/aws/lambda/app", true},
		{"**", "", true},
		{"?", "", false},
		{"?", "a", true},
		{"?", "ab", false},
		{"/app", "/app", true},
		{"/app", "/app2", false}, // a name that begins alike is another group
		{"/app", "x/app", false},
		{"/app", "/APP", false},
		{"/aws/*", "/aws/lambda/app", true}, // * crosses slashes
		{"/aws/*", "/aws", false},
		{"/aws/*", "/aws/", true},
		{"*/prod", "/a/prod/b/prod", true},
		{"*/prod", "/a/prod/b", false},
		{"a*b*c", "abc", true},
		{"a*b*c", "a-b-b-c", true},
		{"a*b*c", "acb", false},
		{"a?c*", "abc", true},
		{"a?c*", "ac", false},
		{"*a?", "xaab", true},
		{"*?*", "", false},
		{"*?*", "x", true},
		{"a**b", "ab", true},
		// Everything else is itself, whatever it means in other pattern languages.
		{"a.c", "abc", false},
		{"a.c", "a.c", true},
		{"[ab]", "a", false},
		{"[ab]", "[ab]", true},
		{`a\*`, "a*", false},
		{`a\*`, `a\x`, true},
		{"(a|b)+$", "(a|b)+$", true},
		{"a\nb", "a\nb", true},
		{"a*b", "a\n\nb", true},
		// Tag values may hold letters of any script: one of them is one character.
		{"?", "é", true},
		{"??", "é", false},
		{"*?é", "ßé", true},
		{"é", "è", false}, // the first byte is the same
		{"*è*", "éè", true},
	}
	for _, tt := range tests {
		if got := tt.pattern.Match(tt.text); got != tt.want {
			t.Errorf("Pattern(%q).Match(%q): got %t, want %t; another rule would decide", tt.pattern, tt.text, got, tt.want)
		}
	}
}

// Patterns of many stars are where simple matchers take longer than the
// function's whole time: this one would need more steps than there are atoms.
func TestPatternOfManyStars(t *testing.T) {
	pattern := policy.Pattern(strings.Repeat("*a", 200) + "*b")
	if pattern.Match(strings.Repeat("a", 10_000)) {
		t.Error("got a match, want none: there is no b")
	}
	if !pattern.Match(strings.Repeat("a", 10_000) + "b") {
		t.Error("got no match, want one")
	}
}

// expression is the same pattern for a matcher that shares no code with ours.
func expression(pattern string) *regexp.Regexp {
	quoted := regexp.QuoteMeta(pattern)
	quoted = strings.ReplaceAll(quoted, `\*`, ".*")
	quoted = strings.ReplaceAll(quoted, `\?`, ".")
	return regexp.MustCompile(`(?s)\A` + quoted + `\z`)
}

func FuzzPatternMatch(f *testing.F) {
	for _, seed := range [][2]string{
		{"/aws/lambda/*", "/aws/lambda/app"}, {"*a*a*a*b", "aaaaaaaaac"}, {"?*?", "éß"}, {`\*`, `\x`}, {"*.?", "a.b"}, {"a*b?c*", "aXbYcZ"},
	} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, pattern, text string) {
		if !utf8.ValidString(pattern) || !utf8.ValidString(text) || strings.Contains(pattern, `\`) || len(pattern) > 500 {
			t.Skip("the reference takes no such pattern, and neither YAML nor JSON yields broken UTF-8")
		}
		if got, want := policy.Pattern(pattern).Match(text), expression(pattern).MatchString(text); got != want {
			t.Errorf("Pattern(%q).Match(%q): got %t, want %t", pattern, text, got, want)
		}
	})
}

func TestPatternCanBegin(t *testing.T) {
	tests := []struct {
		pattern policy.Pattern
		prefix  string
		want    bool
	}{
		{"", "arn:", false},
		{"*", "arn:", true},
		{"arn:*", "arn:aws:kms:", true},
		{"arn:aws:kms:*", "arn:aws:kms:", true},
		{"arn:aws:kms:", "arn:aws:kms:", false}, // something always follows
		{"arn:aws:kms:x", "arn:aws:kms:", true},
		{"arn:aws:", "arn:aws:kms:", false},
		{"arn:aws-cn:*", "arn:aws:kms:", false},
		{"arn:???:kms:*", "arn:aws:kms:", true},
		{"arn:????:kms:*", "arn:aws:kms:", false},
		{"alias/*", "arn:aws:kms:", false},
		{"a*", "", true},
	}
	for _, tt := range tests {
		if got := tt.pattern.CanBegin(tt.prefix); got != tt.want {
			t.Errorf("Pattern(%q).CanBegin(%q): got %t, want %t", tt.pattern, tt.prefix, got, tt.want)
		}
	}
}

// FuzzPatternCanBegin guards the side that matters: a pattern that does match
// must never be refused by how the text begins.
func FuzzPatternCanBegin(f *testing.F) {
	f.Add("arn:*:kms:eu-?est-1:*", "arn:aws:kms:", "eu-west-1:111122223333:key/1")
	f.Add("*b", "a", "b")
	f.Fuzz(func(t *testing.T, pattern, prefix, rest string) {
		if rest == "" || !utf8.ValidString(pattern+rest) || strings.ContainsFunc(prefix, func(r rune) bool { return r > 127 }) {
			t.Skip("ARNs begin with ASCII and go on")
		}
		if p := policy.Pattern(pattern); p.Match(prefix+rest) && !p.CanBegin(prefix) {
			t.Errorf("Pattern(%q) matches %q, but CanBegin(%q): got false, want true; an allowed key would be refused", pattern, prefix+rest, prefix)
		}
	})
}
