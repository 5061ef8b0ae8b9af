package policy_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"log-group-kms/internal/answer"
	"log-group-kms/internal/policy"
	"log-group-kms/internal/target"
)

// complete are tags beside which there are no others; partial ones, as an event
// shows them, leave that open.
func complete(pairs ...string) policy.Tags { return policy.Tags{Values: mapOf(pairs), Complete: true} }
func partial(pairs ...string) policy.Tags  { return policy.Tags{Values: mapOf(pairs)} }

func mapOf(pairs []string) map[string]string {
	m := make(map[string]string)
	for i := 0; i+1 < len(pairs); i += 2 {
		m[pairs[i]] = pairs[i+1]
	}
	return m
}

var need = policy.Choice{NeedTags: true}

// wish has one rule of each kind, so that each step of the precedence can be
// told from the next.
func wish() *policy.Policy {
	return &policy.Policy{
		KeyTag:  "kms-key",
		Default: "alias/default-{region}",
		Rules: []policy.Rule{
			{Name: "skip-builds", LogGroups: []policy.Pattern{"/build/*"}, Skip: true},
			{Name: "payments", LogGroups: []policy.Pattern{"/payments/*"}, Key: "alias/payments-{account}"},
			{Name: "skip-tagged", Tags: map[string]policy.Pattern{"encrypt": "no"}, Skip: true},
			{Name: "pci", LogGroups: []policy.Pattern{"/shop/*"}, Tags: map[string]policy.Pattern{"data-class": "pci*"}, Key: "alias/pci"},
		},
	}
}

func TestChoosePrecedence(t *testing.T) {
	rule := func(name, key string) policy.Choice {
		return policy.Choice{Reason: answer.Rule, Rule: name, Key: policy.ReadKey(key)}
	}
	skip := func(name string) policy.Choice { return policy.Choice{Reason: answer.Excluded, Rule: name} }
	tag := func(key string) policy.Choice { return policy.Choice{Reason: answer.Tag, Key: policy.ReadKey(key)} }
	byDefault := policy.Choice{Reason: answer.Default, Key: policy.ReadKey("alias/default-eu-west-1")}
	tests := []struct {
		name   string
		group  string
		tags   policy.Tags
		ignore bool
		edit   func(*policy.Policy)
		want   policy.Choice
	}{
		{name: "skip rule beats the tag", group: "/build/1", tags: complete("kms-key", "alias/mine"), want: skip("skip-builds")},
		{name: "skip rule by name costs no tags", group: "/build/1", tags: partial(), want: skip("skip-builds")},
		{name: "skip rule by tag beats the tag", group: "/app", tags: complete("kms-key", "alias/mine", "encrypt", "no"), want: skip("skip-tagged")},
		{name: "tag beats a rule", group: "/payments/a", tags: complete("kms-key", "alias/mine"), want: tag("alias/mine")},
		{name: "tag beats the default", group: "/app", tags: complete("kms-key", "alias/mine"), want: tag("alias/mine")},
		{name: "rule beats the default", group: "/payments/a", tags: complete(), want: rule("payments", "alias/payments-111122223333")},
		{name: "rule by tag", group: "/shop/a", tags: complete("data-class", "pci-dss"), want: rule("pci", "alias/pci")},
		{name: "an earlier rule beats a later skip rule", group: "/payments/a", tags: complete("encrypt", "no"), want: rule("payments", "alias/payments-111122223333")},
		{name: "default", group: "/app", tags: complete(), want: byDefault},
		{name: "no key", group: "/app", tags: complete(), edit: func(p *policy.Policy) { p.Default = "" }, want: policy.Choice{Reason: answer.NoKey}},
		{name: "nothing configured", group: "/app", tags: partial(), edit: func(p *policy.Policy) { *p = policy.Policy{} }, want: policy.Choice{Reason: answer.NoKey}},

		// Only configuration is expanded: a tag is written by whoever may tag.
		{name: "tag as it stands", group: "/app", tags: complete("kms-key", "alias/{account}"), want: tag("alias/{account}")},
		{name: "empty tag", group: "/app", tags: complete("kms-key", ""), want: tag("")},
		{name: "tag of another case", group: "/app", tags: complete("KMS-Key", "alias/mine"), want: byDefault},
		{name: "tags choose no keys", group: "/app", tags: complete("kms-key", "alias/mine", "", "alias/x"), edit: func(p *policy.Policy) { p.KeyTag = "" }, want: byDefault},

		// Once the tag was rejected: the key that the group would have had without it.
		{name: "rejected tag, rule", group: "/payments/a", tags: complete("kms-key", "alias/mine"), ignore: true, want: rule("payments", "alias/payments-111122223333")},
		{name: "rejected tag, default", group: "/app", tags: complete("kms-key", "alias/mine"), ignore: true, want: byDefault},
		{name: "rejected tag, other tags unknown", group: "/shop/a", tags: partial("kms-key", "alias/mine", "encrypt", "yes"), ignore: true, want: need},
		{name: "rejected tag, other tags do not matter", group: "/payments/a", tags: partial("kms-key", "alias/mine"), ignore: true, want: rule("payments", "alias/payments-111122223333")},

		{name: "tag unknown", group: "/payments/a", tags: partial(), want: need},
		{name: "tag known, skip rule unknown", group: "/app", tags: partial("kms-key", "alias/mine"), want: need},
		{name: "tag known, skip rule known not to match", group: "/shop/a", tags: partial("kms-key", "alias/mine", "encrypt", "yes"), want: tag("alias/mine")},
		{name: "tag known, key rule comes first", group: "/payments/a", tags: partial("kms-key", "alias/mine"), want: tag("alias/mine")},
		{
			name: "only a rule needs tags", group: "/shop/a", tags: partial(), edit: func(p *policy.Policy) { p.KeyTag = "" }, want: need,
		},
		{
			name: "no tag needed", group: "/payments/a", tags: partial(), edit: func(p *policy.Policy) { p.KeyTag = "" },
			want: rule("payments", "alias/payments-111122223333"),
		},
		{
			name: "rules that need tags cannot match the name", group: "/app", tags: partial(),
			edit: func(p *policy.Policy) { p.KeyTag = ""; p.Rules = append(p.Rules[:2:2], p.Rules[3]) },
			want: byDefault,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := wish()
			if tt.edit != nil {
				tt.edit(p)
			}
			got := p.Choose(target.LogGroup(ireland, tt.group), tt.tags, tt.ignore)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("%s would get another key (-want +got):\n%s", tt.group, diff)
			}
		})
	}
}

// texts are keys as they were written.
func texts(keys []policy.Key) []string {
	var list []string
	for _, key := range keys {
		list = append(list, key.String())
	}
	return list
}

func TestPlaceholdersStandForTheLogGroup(t *testing.T) {
	p := &policy.Policy{
		Default: "arn:{partition}:kms:{region}:{account}:alias/logs",
		Rules:   []policy.Rule{{Name: "r", LogGroups: []policy.Pattern{"/r"}, Key: "alias/{partition}-{region}-{account}"}},
	}
	for group, want := range map[string]string{"/app": "arn:aws-cn:kms:cn-north-1:444455556666:alias/logs", "/r": "alias/aws-cn-cn-north-1-444455556666"} {
		if got := p.Choose(target.LogGroup(beijing, group), complete(), false).Key.String(); got != want {
			t.Errorf("%s: got key %q, want %q; another account's or Region's key would be used", group, got, want)
		}
	}
}

// EXISTING_KEY=repair judges a group's key by this list.
func TestChoosable(t *testing.T) {
	p := wish()
	want := []string{"alias/payments-111122223333", "alias/pci", "alias/default-eu-west-1"}
	if diff := cmp.Diff(want, texts(p.Choosable(ireland))); diff != "" {
		t.Errorf("good keys would be replaced, or bad ones kept (-want +got):\n%s", diff)
	}
	p.Default, p.Rules = "", p.Rules[:1]
	if got := p.Choosable(ireland); len(got) != 0 {
		t.Errorf("a skip rule alone: got %q, want no keys", got)
	}
}

// A rule that can never match in this account and Region makes its key no good
// one there: repair would keep what no setting wants.
func TestChoosableLeavesOutRulesOfOtherScopes(t *testing.T) {
	p := &policy.Policy{Rules: []policy.Rule{
		{Name: "other account", Accounts: []policy.Pattern{"999988887777"}, Key: "alias/other-account"},
		{Name: "other Region", LogGroups: []policy.Pattern{"*"}, Regions: []policy.Pattern{"us-*", "cn-*"}, Key: "alias/other-region"},
		{Name: "own account, other Region", Accounts: []policy.Pattern{"1111*"}, Regions: []policy.Pattern{"us-*"}, Key: "alias/half"},
		{Name: "here", Accounts: []policy.Pattern{"9*", "1111*"}, Regions: []policy.Pattern{"eu-*"}, Key: "alias/here"},
		{Name: "anywhere", LogGroups: []policy.Pattern{"/x"}, Key: "alias/anywhere"},
	}}
	if diff := cmp.Diff([]string{"alias/here", "alias/anywhere"}, texts(p.Choosable(ireland))); diff != "" {
		t.Errorf("in %+v (-want +got):\n%s", ireland, diff)
	}
	if diff := cmp.Diff([]string{"alias/other-region", "alias/anywhere"}, texts(p.Choosable(beijing))); diff != "" {
		t.Errorf("in %+v (-want +got):\n%s", beijing, diff)
	}
}

// An alias that tags may name stands for a key as a rule does; a pattern of
// aliases stands for none in particular.
func TestChoosableHasTheAliasesOfTags(t *testing.T) {
	p := &policy.Policy{Default: "alias/default", Allowed: policy.Allowed{
		"alias/team", "alias/team-*", "alias/{region}-x", "alias/?", "arn:aws:kms:eu-west-1:111122223333:key/*",
	}}
	if diff := cmp.Diff([]string{"alias/default", "alias/team", "alias/eu-west-1-x"}, texts(p.Choosable(ireland))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
