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

// CanMatch tells whether some text could match that begins with prefix, which is
// ASCII, and goes on with any characters of a kind. It lets a key be refused
// before KMS is asked what it resolves to.
func (p Pattern) CanMatch(prefix string, kind func(rune) bool) bool {
	// at[i] says that the prefix so far may be matched by the pattern's first i
	// bytes.
	at := make([]bool, len(p)+1)
	at[0] = true
	for i := range len(prefix) {
		next := make([]bool, len(p)+1)
		for j := range len(p) {
			switch {
			case p[j] == '*':
				at[j+1] = at[j+1] || at[j] // the star may end here
				next[j] = next[j] || at[j] // or go on
			case at[j] && (p[j] == '?' || p[j] == prefix[i]):
				next[j+1] = true
			}
		}
		at = next
	}
	for i, possible := range at {
		if possible && !strings.ContainsFunc(string(p[i:]), func(r rune) bool { return r != '*' && r != '?' && !kind(r) }) {
			return true
		}
	}
	return false
}

// MatchAny tells whether one of the patterns matches.
func MatchAny(patterns []Pattern, text string) bool {
	for _, p := range patterns {
		if p.Match(text) {
			return true
		}
	}
	return false
}

// isAlias tells whether the pattern is about alias names rather than key ARNs.
func (p Pattern) isAlias() bool { return strings.HasPrefix(string(p), AliasPrefix) }
