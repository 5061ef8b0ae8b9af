package policy_test

import (
	"fmt"
	"testing"

	"log-group-kms/internal/policy"
	"log-group-kms/internal/target"
)

// universe is every value that each tag of the test may have; the first is
// "the group does not carry it".
var universe = []struct {
	name   string
	values []string
}{
	{"kms-key", []string{absent, "alias/mine"}},
	{"class", []string{absent, "pci", "", "other"}},
	{"encrypt", []string{absent, "no", "yes"}},
}

const absent = "\x00"

// eachTags calls f for every combination of tags.
func eachTags(f func(map[string]string)) {
	var step func(i int, sofar []string)
	step = func(i int, sofar []string) {
		if i == len(universe) {
			f(mapOf(sofar))
			return
		}
		for _, value := range universe[i].values {
			if value == absent {
				step(i+1, sofar)
				continue
			}
			step(i+1, append(sofar[:len(sofar):len(sofar)], universe[i].name, value))
		}
	}
	step(0, nil)
}

// extends tells whether all could be all the tags of a group of which known are
// known.
func extends(all, known map[string]string) bool {
	for name, value := range known {
		if got, has := all[name]; !has || got != value {
			return false
		}
	}
	return true
}

// eachPolicy calls f for every order of up to three of these rules, with and
// without a key tag.
func eachPolicy(f func(*policy.Policy)) {
	class := func(pattern policy.Pattern) map[string]policy.Pattern {
		return map[string]policy.Pattern{"class": pattern}
	}
	rules := []policy.Rule{
		{Name: "skip-name", LogGroups: []policy.Pattern{"/app"}, Skip: true},
		{Name: "skip-other-name", LogGroups: []policy.Pattern{"/other"}, Tags: class("*"), Skip: true},
		{Name: "skip-tag", Tags: map[string]policy.Pattern{"encrypt": "no"}, Skip: true},
		{Name: "key-name", LogGroups: []policy.Pattern{"/app"}, Key: "alias/name"},
		{Name: "key-tag", Tags: class("pci"), Key: "alias/tag"},
		{Name: "key-empty-tag", Tags: class(""), Key: "alias/empty"},
		{Name: "key-two-tags", Tags: map[string]policy.Pattern{"class": "pci", "encrypt": "yes"}, Key: "alias/two"},
	}
	var step func(chosen []policy.Rule, used int)
	step = func(chosen []policy.Rule, used int) {
		for _, keyTag := range []string{"", "kms-key"} {
			f(&policy.Policy{KeyTag: keyTag, Rules: chosen, Default: "alias/default"})
		}
		if len(chosen) == 3 {
			return
		}
		for i, rule := range rules {
			if used&(1<<i) == 0 {
				step(append(chosen[:len(chosen):len(chosen)], rule), used|1<<i)
			}
		}
	}
	step(nil, 0)
}

// TestChoosePartialTags holds every decision on partial tags against the
// decisions on all the tags that they may be part of. A decision must stand
// whatever else the group carries, or it would get the wrong key; and tags may
// be asked for only where they could make a difference, since each read costs a
// request of a small quota.
func TestChoosePartialTags(t *testing.T) {
	group := target.LogGroup(ireland, "/app")
	decided, asked := 0, 0
	eachPolicy(func(p *policy.Policy) {
		for _, ignoreKeyTag := range []bool{false, true} {
			eachTags(func(known map[string]string) {
				got := p.Choose(group, policy.Tags{Values: known}, ignoreKeyTag)
				possible := make(map[policy.Choice]bool)
				eachTags(func(all map[string]string) {
					if extends(all, known) {
						possible[p.Choose(group, policy.Tags{Values: all, Complete: true}, ignoreKeyTag)] = true
					}
				})
				switch {
				case possible[need]:
					t.Fatalf("%s: got NeedTags of complete tags, want a decision; it would ask for ever", describe(p, known, ignoreKeyTag))
				case got.NeedTags:
					asked++
					if len(possible) == 1 {
						t.Fatalf("%s: got NeedTags, want %v, which it is whatever the other tags are", describe(p, known, ignoreKeyTag), possible)
					}
				default:
					decided++
					if len(possible) != 1 || !possible[got] {
						t.Fatalf("%s: got %+v, want NeedTags: it may become any of %v", describe(p, known, ignoreKeyTag), got, possible)
					}
				}
			})
		}
	})
	if decided == 0 || asked == 0 {
		t.Errorf("got %d decisions and %d requests for tags, want some of each", decided, asked)
	}
}

func describe(p *policy.Policy, known map[string]string, ignoreKeyTag bool) string {
	var names []string
	for _, rule := range p.Rules {
		names = append(names, rule.Name)
	}
	return fmt.Sprintf("rules %q, key tag %q, known tags %q, ignoring the key tag %t", names, p.KeyTag, known, ignoreKeyTag)
}
