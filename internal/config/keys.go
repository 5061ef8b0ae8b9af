package config

import (
	"strings"

	"log-group-kms/internal/policy"
	"log-group-kms/internal/target"
)

// sample stands in for a log group's account and Region where a text with
// placeholders is checked.
var sample = target.Scope{Partition: "aws", Account: "111122223333", Region: "us-east-1"}

// key reads a variable that holds a key.
func (l *loader) key(name string) policy.KeyTemplate {
	return l.keyAt(name, l.text(name, ""))
}

// keyAt checks a key that stands somewhere in the configuration.
func (l *loader) keyAt(where, text string) policy.KeyTemplate {
	template := policy.KeyTemplate(text)
	if text == "" || !l.placeholders(where, text) {
		return template
	}
	if err := template.In(sample).Err(); err != nil {
		l.fault(where, "%q is not a key: %v", text, err)
	}
	return template
}

// placeholders complains of braces that stand for nothing.
func (l *loader) placeholders(where, text string) bool {
	rest := strings.NewReplacer("{account}", "", "{region}", "", "{partition}", "").Replace(text)
	if strings.ContainsAny(rest, "{}") {
		l.fault(where, "%q has braces; only {account}, {region} and {partition} can stand there", text)
		return false
	}
	return true
}

const defaultAllowed = "arn:*:kms:{region}:{account}:key/*"

func (l *loader) allowed() policy.Allowed {
	var allowed policy.Allowed
	for _, text := range split(l.text(TagAllowedKeys, defaultAllowed)) {
		pattern := policy.Pattern(text)
		switch {
		case text == "":
			l.fault(TagAllowedKeys, "it has an empty pattern; look for a comma too many")
		case !l.placeholders(TagAllowedKeys, text):
		case !canMatchKey(sample.Expand(text)):
			l.fault(TagAllowedKeys, "%q can match neither a key ARN (arn:PARTITION:kms:REGION:ACCOUNT:key/ID) nor an alias name (alias/NAME)", text)
		}
		allowed = append(allowed, pattern)
	}
	return allowed
}

// canMatchKey tells whether a pattern has the looks of one for key ARNs or alias
// names. One that matches nothing would quietly refuse every tag.
func canMatchKey(text string) bool {
	if name, ok := strings.CutPrefix(text, "alias/"); ok {
		return name != ""
	}
	if strings.Contains(text, "alias/") || !policy.Pattern(text).CanMatch("arn:", func(rune) bool { return true }) {
		return false
	}
	parts := strings.Split(text, ":")
	exact := func(i int) bool { return i < len(parts) && !strings.ContainsAny(strings.Join(parts[:i+1], ""), "*?") }
	switch {
	case exact(2) && parts[2] != "kms", exact(3) && !target.ValidRegion(parts[3]), exact(4) && !target.ValidAccount(parts[4]):
		return false
	case exact(4):
		return policy.Pattern(strings.Join(parts[5:], ":")).CanMatch("key/", func(r rune) bool { return r != ':' && r != '/' })
	}
	return true
}

func (l *loader) exclude() []policy.Pattern {
	value := l.text(Exclude, "")
	if value == "" {
		return nil
	}
	var patterns []policy.Pattern
	for _, text := range split(value) {
		patterns = append(patterns, l.pattern(Exclude, text, logGroupPattern))
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

var (
	logGroupPattern = form{kind: letters(".-_/#*?"), want: "a log-group name has only the characters a-z A-Z 0-9 . - _ / #"}
	accountPattern  = form{size: 12, kind: isIn("0123456789*?"), want: "an account ID has 12 digits"}
	regionPattern   = form{kind: isIn("abcdefghijklmnopqrstuvwxyz0123456789-*?"), want: "a Region's name has only the characters a-z 0-9 -"}
)

func isIn(characters string) func(rune) bool {
	return func(r rune) bool { return strings.ContainsRune(characters, r) }
}

// pattern checks a pattern of names.
func (l *loader) pattern(where, text string, f form) policy.Pattern {
	switch {
	case text == "":
		l.fault(where, "it has an empty pattern, which matches nothing")
	case !f.fits(text) || f.size > 0 && len(text) != f.size && !strings.ContainsAny(text, "*?"):
		l.fault(where, "%q can match nothing: %s (and * and ? in a pattern)", text, f.want)
	}
	return policy.Pattern(text)
}
