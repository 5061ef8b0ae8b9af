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
	if _, err := template.In(sample); err != nil {
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
		case !strings.HasPrefix(text, "alias/") && !canMatchKeyARN(sample.Expand(text)):
			l.fault(TagAllowedKeys, "%q can match neither a key ARN (arn:…) nor an alias name (alias/…)", text)
		}
		allowed = append(allowed, pattern)
	}
	return allowed
}

// canMatchKeyARN tells whether a pattern can match the beginning of a key ARN.
func canMatchKeyARN(text string) bool {
	service := strings.SplitN(text, ":", 4)
	if len(service) > 2 && !strings.ContainsAny(strings.Join(service[:3], ""), "*?") && service[2] != "kms" {
		return false
	}
	return policy.Pattern(text).CanMatch("arn:", func(rune) bool { return true })
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
	logGroupPattern = form{0, 0, letters(".-_/#*?"), "a log-group name has only the characters a-z A-Z 0-9 . - _ / #"}
	accountPattern  = form{0, 12, isIn("0123456789*?"), "an account ID has 12 digits"}
	regionPattern   = form{0, 0, isIn("abcdefghijklmnopqrstuvwxyz0123456789-*?"), "a Region's name has only the characters a-z 0-9 -"}
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
