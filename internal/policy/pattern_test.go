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
		{"*??bx", "€bx", false}, // its later bytes are no characters of their own
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
		{"/aws/lambda/*", "/aws/lambda/app"}, {"*a*a*a*b", "aaaaaaaaac"}, {"?*?", "éß"}, {`\*`, `\x`}, {"*.?", "a.b"}, {"a*b?c*", "aXbYcZ"}, {"*??bx", "€bx"},
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

func anything(rune) bool { return true }
func digit(r rune) bool  { return '0' <= r && r <= '9' }

func TestPatternCanMatch(t *testing.T) {
	tests := []struct {
		pattern policy.Pattern
		prefix  string
		kind    func(rune) bool
		want    bool
	}{
		{"", "arn:", anything, false},
		{"*", "arn:", anything, true},
		{"*", "", digit, true},
		{"arn:*", "arn:aws:kms:", anything, true},
		{"arn:aws:kms:x", "arn:aws:kms:", anything, true},
		{"arn:aws:", "arn:aws:kms:", anything, false},
		{"arn:aws-cn:*", "arn:aws:kms:", anything, false},
		{"arn:???:kms:*", "arn:aws:kms:", anything, true},
		{"arn:????:kms:*", "arn:aws:kms:", anything, false},
		{"alias/*", "arn:aws:kms:", anything, false},
		// What stands behind a star still has to find its place.
		{"arn:*:22:key/*", "arn:aws:11:key/", digit, false},
		{"arn:*:11:key/*", "arn:aws:11:key/", digit, true},
		{"*:11:key/*", "arn:aws:11:key/", digit, true},
		{"*1", "arn:aws:11:key/", digit, true},
		{"*x", "arn:aws:11:key/", digit, false},
		{"arn:*x*", "arn:aws:11:key/", digit, false},
		{"arn:*y*", "arn:aws:11:key/", digit, true},
		{"**?", "arn:", digit, true},
		{"*:11*", "arn:aws:111:key/", digit, true},
		{"arn:aws:11:key/?é", "arn:aws:11:key/", digit, false},
	}
	for _, tt := range tests {
		if got := tt.pattern.CanMatch(tt.prefix, tt.kind); got != tt.want {
			t.Errorf("Pattern(%q).CanMatch(%q): got %t, want %t; KMS would be asked in vain, or never", tt.pattern, tt.prefix, got, tt.want)
		}
	}
}

// FuzzPatternCanMatch guards the side that matters: a pattern that does match
// must never be refused by how the text begins.
func FuzzPatternCanMatch(f *testing.F) {
	f.Add("arn:*:kms:eu-?est-1:*", "arn:aws:kms:", "eu-west-1:111122223333:key/1")
	f.Add("*b", "a", "b")
	f.Add("*:1*", "arn:11:", "1")
	f.Fuzz(func(t *testing.T, pattern, prefix, rest string) {
		if !utf8.ValidString(pattern+rest) || strings.ContainsFunc(prefix, func(r rune) bool { return r > 127 }) {
			t.Skip("ARNs begin with ASCII")
		}
		inRest := func(r rune) bool { return strings.ContainsRune(rest, r) }
		if p := policy.Pattern(pattern); p.Match(prefix+rest) && !p.CanMatch(prefix, inRest) {
			t.Errorf("Pattern(%q) matches %q, but CanMatch(%q): got false, want true; an allowed key would be refused", pattern, prefix+rest, prefix)
		}
	})
}
