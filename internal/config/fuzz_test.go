package config_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"unicode"

	"log-group-kms/internal/config"
	"log-group-kms/internal/policy"
	"log-group-kms/internal/target"
)

// FuzzRules guards that no text of rules panics, and that what is accepted is
// complete: each rule has a name of its own, a condition, and a key or skip.
func FuzzRules(f *testing.F) {
	for _, seed := range []string{
		promised, promisedJSON, "rules: []", "rules: &a\n- *a\n", "&a {rules: [*a]}", "rules:\n- &a {name: a, tags: &t {? [x] : *t}, skip: true}\n",
		"rules: [{name: !!binary aGk=, regions: !!set {a}, key: !!null x}]", "? &k rules\n: [*k]\n", "%YAML 1.1\n---\nrules: []\n...\n---\n", "\xff\xfe",
		"rules:\n- {name: a, accounts: [\"*\"], tags: {a: \"\"}, key: 'alias/{region}'}\n",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := env(config.Rules, text).load()
		if err != nil {
			if _, ok := errors.AsType[config.Faults](err); !ok {
				t.Errorf("got %T, want config.Faults", err)
			}
			return
		}
		names := make(map[string]bool)
		for _, rule := range got.Policy.Rules {
			if strings.ContainsFunc(rule.Name, unicode.IsControl) || rule.Line < 1 || rule.Line > 1+strings.Count(text, "\n") {
				t.Errorf("got the rule %q at line %d, want no control characters and a line of the text", rule.Name, rule.Line)
			}
			if rule.Name == "" || names[rule.Name] {
				t.Errorf("got name %q, want a name of its own; answers could not tell which rule decided", rule.Name)
			}
			names[rule.Name] = true
			if len(rule.LogGroups)+len(rule.Accounts)+len(rule.Regions)+len(rule.Tags) == 0 {
				t.Errorf("rule %q: got no condition, want one; it would match every log group", rule.Name)
			}
			if (rule.Key != "") == rule.Skip {
				t.Errorf("rule %q: got key %q and skip %t, want one of the two", rule.Name, rule.Key, rule.Skip)
			}
		}
	})
}

// FuzzPatterns guards that no pattern is taken for one that can match nothing,
// although it matches: the function would not start with a good configuration.
func FuzzPatterns(f *testing.F) {
	const keyID = "1234abcd-12ab-34cd-56ef-1234567890ab"
	for _, seed := range [][2]string{
		{"arn:*:kms:{region}:{account}:key/*", "arn:aws:kms:us-east-1:111122223333:key/" + keyID},
		{"arn:aws-*:kms:*:*:key/mrk-?*", "arn:aws-cn:kms:cn-north-1:111122223333:key/mrk-1234abcd12ab34cd56ef1234567890ab"},
		{"*:key/*-*-?????????????*", "arn:aws-us-gov:kms:us-gov-west-1:012345670123:key/" + keyID},
		{"*", "arn:aws:kms:ap-southeast-2:111122223333:key/" + keyID},
		{"alias/a*/b?", "alias/a-1/b_"}, {"*-?", "eu-isoe-west-1"}, {"??-*1", "il-central-1"}, {"1*3", "111122223333"}, {"????????????", "000000000000"},
		{"*/x#?", "/app/x#1"}, {"AW?", "AWS"}, {"*" + longestName + "*", longestName},
	} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, pattern, name string) {
		expanded := target.Scope{Partition: "aws", Account: "111122223333", Region: "us-east-1"}.Expand(pattern)
		if isOneOfKeys(pattern, name) && policy.Pattern(expanded).Match(name) {
			if _, err := env(config.TagAllowedKeys, pattern).load(); err != nil {
				t.Errorf("TAG_ALLOWED_KEYS %q matches %q: got %v, want it taken", pattern, name, err)
			}
		}
		for field, valid := range map[string]bool{
			"regions": target.ValidRegion(name), "accounts": target.ValidAccount(name),
			"logGroups": target.CheckName(name) == nil && !strings.HasPrefix(strings.ToLower(name), "aws/"),
		} {
			if !valid || !policy.Pattern(pattern).Match(name) {
				continue
			}
			rules, err := json.Marshal(map[string]any{"rules": []any{map[string]any{"name": "a", field: []string{pattern}, "skip": true}}})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := env(config.Rules, string(rules)).load(); err != nil {
				t.Errorf("%s %q matches %q: got %v, want it taken", field, pattern, name, err)
			}
		}
	})
}

// isOneOfKeys tells whether a pattern, which is one and not a list, is compared
// with a key by this name: alias patterns with alias names, all others with ARNs of
// keys.
func isOneOfKeys(pattern, name string) bool {
	key := policy.ReadKey(name)
	if key.Err() != nil || key.IsAWSManaged() || strings.Contains(pattern, ",") || strings.TrimSpace(pattern) != pattern {
		return false
	}
	if strings.HasPrefix(pattern, "alias/") {
		return strings.HasPrefix(name, "alias/")
	}
	return strings.HasPrefix(name, "arn:") && strings.Contains(name, ":key/")
}
