package config

import (
	"strings"
	"unicode/utf8"

	"log-group-kms/internal/policy"
)

// patternForm is what patterns of one kind can match.
type patternForm struct {
	kind     func(rune) bool // characters that a name has, and * and ?
	canMatch func(text string) bool
	want     string // completes "it can match nothing: ..."
}

var (
	logGroupPattern = patternForm{
		kind: letters(".-_/#*?"), canMatch: canMatchLogGroup,
		want: "a log-group name has 1 to 512 of the characters a-z A-Z 0-9 . - _ / #, and one that begins with aws/ is AWS's own and never touched",
	}
	accountPattern = patternForm{
		kind: isIn("0123456789*?"), canMatch: func(text string) bool { return fixed(text) == 12 || fixed(text) < 12 && strings.Contains(text, "*") },
		want: "an account ID has 12 digits",
	}
	regionPattern = patternForm{
		kind: isIn("abcdefghijklmnopqrstuvwxyz0123456789-*?"), canMatch: language{regionName}.canMatch,
		want: "a Region's name is words and a number, such as eu-west-1",
	}
	tagPattern = patternForm{
		kind: func(r rune) bool { return inTag(r) || r == '*' || r == '?' }, canMatch: func(text string) bool { return fixed(text) <= 256 },
		want: "a tag's value has up to 256 letters, digits, spaces and _ . : / = + - @",
	}
)

// fixed counts the characters that a text must have at least to match a pattern.
func fixed(pattern string) int {
	return utf8.RuneCountInString(pattern) - strings.Count(pattern, "*")
}

func canMatchLogGroup(text string) bool {
	const reserved = "aws/" // names that never come as far as a pattern
	return fixed(text) <= 512 && !(len(text) >= len(reserved) && strings.EqualFold(text[:len(reserved)], reserved))
}

// patterns reads a variable that holds patterns, separated by commas.
func (l *loader) patterns(name string, f patternForm) []policy.Pattern {
	value := l.text(name, "")
	if value == "" {
		return nil
	}
	var patterns []policy.Pattern
	for _, text := range split(value) {
		patterns = append(patterns, l.pattern(name, text, f))
	}
	return patterns
}

func split(list string) []string {
	parts := strings.Split(list, ",")
	for i, part := range parts {
		parts[i] = strings.TrimSpace(part)
	}
	return parts
}

// pattern checks one pattern. One that can match nothing would quietly switch off
// what it is meant to choose.
func (l *loader) pattern(where, text string, f patternForm) policy.Pattern {
	switch {
	case text == "":
		l.fault(where, "it has an empty pattern, which matches nothing; look for a comma too many")
	case !consistsOf(text, f.kind) || !f.canMatch(text):
		l.fault(where, "%q can match nothing: %s (and * and ? in a pattern)", text, f.want)
	}
	return policy.Pattern(text)
}
