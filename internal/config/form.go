package config

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// form is what a name may hold. Forms are functions rather than regular
// expressions, whose compilation alone would cost a third of a cold start.
type form struct {
	least, most int // characters
	kind        func(rune) bool
	trimmed     bool   // no space at either end: it is a slip that nobody sees, and the name is another one
	want        string // completes "it is not ..."
}

func (f form) fits(text string) bool {
	n := utf8.RuneCountInString(text)
	return n >= max(1, f.least) && n <= f.most && consistsOf(text, f.kind) && (!f.trimmed || strings.TrimSpace(text) == text)
}

func consistsOf(text string, kind func(rune) bool) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return !kind(r) })
}

// letters is a kind of characters: ASCII letters, digits and the given others.
func letters(others string) func(rune) bool {
	return func(r rune) bool {
		return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune(others, r)
	}
}

func isIn(characters string) func(rune) bool {
	return func(r rune) bool { return strings.ContainsRune(characters, r) }
}

// inTag is a kind of characters: what AWS allows in names and values of tags.
func inTag(r rune) bool {
	return unicode.In(r, unicode.L, unicode.Z, unicode.N) || strings.ContainsRune("_.:/=+-@", r)
}

var (
	namespaceName = form{most: 255, kind: letters(".-_/#: "), want: "a CloudWatch namespace: up to 255 of a-z A-Z 0-9 . - _ / # : and space"}
	tagName       = form{most: 128, kind: inTag, trimmed: true, want: "a tag's name: 1 to 128 letters, digits, spaces (none at either end) and _ . : / = + - @"}
	externalID    = form{least: 2, most: 1224, kind: letters("_+=,.@:/-"), want: "an external ID: 2 to 1224 of a-z A-Z 0-9 _ + = , . @ : / -"}
	roleName      = form{most: 64, kind: letters("_+=,.@-"), want: "the name of an IAM role (not its ARN), with its path if it has one: " +
		"up to 64 of a-z A-Z 0-9 _ + = , . @ -, as in security/log-group-kms-member"}
)
