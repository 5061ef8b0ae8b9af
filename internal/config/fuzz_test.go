package config_test

import (
	"errors"
	"testing"

	"log-group-kms/internal/config"
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
