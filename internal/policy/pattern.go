package policy

import (
	"strings"
	"unicode/utf8"
)

// Pattern is a wildcard pattern: * is any run of characters, / included, ? is
// one character, everything else is itself, and the whole text must match.
type Pattern string

// Match tells whether the whole text matches. It takes at most
// len(pattern) × len(text) steps, whatever the number of stars: only the last
// star is ever reconsidered, because an earlier one that ended sooner leaves the
// later ones at least as much to choose from.
func (p Pattern) Match(text string) bool {
	i, j := 0, 0 // next byte of the pattern, of the text
	star, resume := -1, 0
	for j < len(text) {
		switch {
		case i < len(p) && p[i] == '*':
			star, resume = i, j
			i++
		case i < len(p) && p[i] == '?':
			i++
			j += width(text[j:])
		case i < len(p) && p[i] == text[j]:
			i++
			j++
		case star >= 0:
			resume += width(text[resume:])
			i, j = star+1, resume
		default:
			return false
		}
	}
	for i < len(p) && p[i] == '*' {
		i++
	}
	return i == len(p)
}

// width is the number of bytes of the text's first character.
func width(text string) int {
	_, size := utf8.DecodeRuneInString(text)
	return size
}

// CanBegin tells whether any text that begins with prefix and goes on could
// match. It lets a key be refused before KMS is asked what it resolves to.
func (p Pattern) CanBegin(prefix string) bool {
	for i := range len(prefix) { // the prefixes of ARNs are ASCII
		switch {
		case i == len(p):
			return false
		case p[i] == '*':
			return true
		case p[i] != '?' && p[i] != prefix[i]:
			return false
		}
	}
	return len(p) > len(prefix)
}

// matchAny tells whether one of the patterns matches.
func matchAny(patterns []Pattern, text string) bool {
	for _, p := range patterns {
		if p.Match(text) {
			return true
		}
	}
	return false
}

// isAlias tells whether the pattern is about alias names rather than key ARNs.
func (p Pattern) isAlias() bool { return strings.HasPrefix(string(p), aliasPrefix) }
