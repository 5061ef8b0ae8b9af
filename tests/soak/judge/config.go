package judge

import (
	"regexp"
	"strings"

	"log-group-kms/internal/awsfake"
)

// The account and Region of all simulations.
const (
	Account = "123456789012"
	Region  = "eu-west-1"
)

// Config is the function's configuration. The simulation makes the function's
// environment of it, and the judge says what it asks for.
type Config struct {
	Existing    string   // EXISTING_KEY
	KeyTag      string   // KMS_KEY_TAG; empty: tags choose no keys
	Allowed     []string // TAG_ALLOWED_KEYS
	Rules       []Rule
	Default     string // DEFAULT_KMS_KEY
	QueryResult string // QUERY_RESULT_KMS_KEY
	Exclude     []string
}

// Rule is one of the rules: all conditions must hold, and it has a key or skips.
type Rule struct {
	Name      string
	LogGroups []string
	Tags      map[string]string
	Key       string
	Skip      bool
}

// link is one step of a choice: a key to take, unless a tag names it and it is
// rejected, or the reason why there is none.
type link struct {
	reference string // as configuration or tag write it
	reason    string // tag, rule, default; excluded or no-key
	rule      string
}

// final says that there is no key at this point, by decision.
func (l link) final() bool { return l.reason == "excluded" || l.reason == "no-key" }

// OffLimits says why a name is never touched; empty: it is not off limits.
func (c Config) OffLimits(group string) string {
	if strings.HasPrefix(strings.ToLower(group), "aws/") {
		return "reserved-name"
	}
	for _, pattern := range c.Exclude {
		if match(pattern, group) {
			return "excluded"
		}
	}
	return ""
}

// choose lists what the policy takes for a log group, in order: what comes after
// a tag's key is for the case that it is rejected. complete says that the log
// group has no more than the given tags; where others could change the outcome,
// the list ends before that, with an empty link.
func (c Config) choose(group string, tags map[string]string, complete bool) []link {
	first, skips := c.firstMatches(group, tags, complete)
	unknown := link{}
	if skips && len(first) > 1 {
		return []link{unknown}
	}
	if skips {
		return first
	}
	value, named := tags[c.KeyTag]
	switch named = named && c.KeyTag != ""; {
	case !named && c.KeyTag != "" && !complete:
		return []link{unknown}
	case named && len(first) > 1:
		return []link{{reference: value, reason: "tag"}, unknown}
	case named:
		return []link{{reference: value, reason: "tag"}, first[0]}
	case len(first) > 1:
		return []link{unknown}
	}
	return first
}

// firstMatches lists what may be the first rule that matches, as far as the tags
// tell, and whether one of them skips. The last of them is certain to match; where
// no rule is, the default stands in.
func (c Config) firstMatches(group string, tags map[string]string, complete bool) (first []link, skips bool) {
	for _, rule := range c.Rules {
		matches, known := rule.matches(group, tags, complete)
		if known && !matches {
			continue
		}
		if rule.Skip {
			first, skips = append(first, link{reason: "excluded", rule: rule.Name}), true
		} else {
			first = append(first, link{reference: expand(rule.Key), reason: "rule", rule: rule.Name})
		}
		if known {
			return first, skips
		}
	}
	if c.Default == "" {
		return append(first, link{reason: "no-key"}), skips
	}
	return append(first, link{reference: expand(c.Default), reason: "default"}), skips
}

// matches says whether the rule matches, and whether the tags suffice to know.
func (r Rule) matches(group string, tags map[string]string, complete bool) (matches, known bool) {
	if len(r.LogGroups) > 0 {
		any := false
		for _, pattern := range r.LogGroups {
			any = any || match(pattern, group)
		}
		if !any {
			return false, true
		}
	}
	known = true
	for key, pattern := range r.Tags {
		value, has := tags[key]
		switch {
		case !has && complete, has && !match(pattern, value):
			return false, true
		case !has:
			known = false
		}
	}
	return known, known
}

// allows says whether a tag may name a key: as alias by its name, or as the key
// ARN that it means. An unknown meaning is empty.
func (c Config) allows(reference, arn string) bool {
	alias := ""
	if full := canonical(reference); strings.Contains(full, ":alias/") && strings.HasPrefix(full, ownKMS) {
		alias = strings.TrimPrefix(full, ownKMS)
	}
	for _, pattern := range c.Allowed {
		pattern = expand(pattern)
		switch {
		case strings.HasPrefix(pattern, "alias/"):
			if alias != "" && match(pattern, alias) {
				return true
			}
		case match(pattern, arn):
			return true
		}
	}
	return false
}

// references lists the keys that configuration could give some log group.
func (c Config) references() []string {
	var list []string
	for _, rule := range c.Rules {
		if !rule.Skip {
			list = append(list, expand(rule.Key))
		}
	}
	if c.Default != "" {
		list = append(list, expand(c.Default))
	}
	for _, pattern := range c.Allowed {
		if strings.HasPrefix(pattern, "alias/") && !strings.ContainsAny(pattern, "*?") {
			list = append(list, expand(pattern))
		}
	}
	return list
}

var (
	ownKMS   = strings.TrimSuffix(awsfake.KeyARN(Account, Region, ""), "key/")
	keyForm  = regexp.MustCompile(`^(arn:aws:kms:[a-z0-9-]+:\d{12}:(key/(mrk-)?[0-9a-f-]+|alias/[a-zA-Z0-9/_-]+)|alias/[a-zA-Z0-9/_-]+|(mrk-)?[0-9a-f-]{32,36})$`)
	expander = strings.NewReplacer("{account}", Account, "{region}", Region, "{partition}", "aws")
)

func expand(text string) string { return expander.Replace(text) }

// canonical writes a key reference as an ARN, so that all forms compare. What is
// no reference stays as it is.
func canonical(reference string) string {
	switch {
	case !keyForm.MatchString(reference), strings.HasPrefix(reference, "arn:"):
		return reference
	case strings.HasPrefix(reference, "alias/"):
		return ownKMS + reference
	}
	return ownKMS + "key/" + reference
}

// hopeless says that a reference can never give a key, whatever KMS says.
func hopeless(reference string) bool {
	full := canonical(reference)
	return !keyForm.MatchString(reference) || strings.Contains(full, ":alias/aws/") || strings.Split(full, ":")[3] != Region
}

// match matches a whole text with a pattern of * and ?.
func match(pattern, text string) bool {
	if pattern == "" {
		return text == ""
	}
	if pattern[0] == '*' {
		return match(pattern[1:], text) || text != "" && match(pattern, text[1:])
	}
	return text != "" && (pattern[0] == '?' || pattern[0] == text[0]) && match(pattern[1:], text[1:])
}
