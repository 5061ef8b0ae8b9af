package audit

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"log-group-kms/internal/awsfake"
	"log-group-kms/internal/policy"
)

func rules(list ...policy.Rule) func(*policy.Policy) {
	return func(p *policy.Policy) { p.Rules = list }
}

var (
	payments = policy.Rule{Name: "payments", Line: 2, LogGroups: []policy.Pattern{"/pay/*"}, Key: "alias/rule"}
	builds   = policy.Rule{Name: "builds", Line: 5, LogGroups: []policy.Pattern{"/build/*"}, Skip: true}
	pci      = policy.Rule{Name: "pci", Line: 7, Tags: map[string]policy.Pattern{"data-class": "pci*"}, Key: "alias/rule"}
)

// with changes a policy in several ways.
func with(changes ...func(*policy.Policy)) func(*policy.Policy) {
	return func(p *policy.Policy) {
		for _, change := range changes {
			change(p)
		}
	}
}

func existing(e policy.Existing) func(*policy.Policy) {
	return func(p *policy.Policy) { p.Existing = e }
}

func exclude(p *policy.Policy) { p.Exclude = []policy.Pattern{"/tmp/*"} }

func noDefault(p *policy.Policy) { p.Default = "" }

// Every state, and the ways into it. {default} and the like in a sentence or a key
// stand for the ARN of that key.
func TestStates(t *testing.T) {
	type row struct {
		name   string
		change func(*policy.Policy)
		group  string
		key    string // which key the log group has
		tags   []string
		spoil  func(*setup, map[string]string) // what is wrong in AWS, given the keys' ARNs
		want   Row
	}
	disable := func(which string) func(*setup, map[string]string) {
		return func(s *setup, keys map[string]string) { s.world.SetKeyState(keys[which], awsfake.Disabled) }
	}
	denied := func(action string) func(*setup, map[string]string) {
		return func(s *setup, _ map[string]string) { s.world.DenyAction("", action, true) }
	}
	tests := []row{
		{name: "chosen by default", group: "/app", key: "default", want: Row{State: Chosen, KMSKeyState: "Enabled", WantedKMSKeyARN: "{default}", Reason: "default", Because: "default chooses it"}},
		{name: "chosen by rule", change: rules(payments), group: "/pay/a", key: "rule", want: Row{
			State: Chosen, KMSKeyState: "Enabled", WantedKMSKeyARN: "{rule}", Reason: "rule", Rule: "payments", Because: "rule payments (rules.yaml:2) chooses it",
		}},
		{name: "chosen by tag, kept", group: "/app", key: "tagged", tags: []string{"kms-key", "alias/tagged"}, want: Row{
			State: Chosen, KMSKeyState: "Enabled", WantedKMSKeyARN: "{tagged}", Reason: "tag", Because: "tag kms-key chooses it",
		}},
		{name: "chosen though its tag is rejected", group: "/app", key: "default", tags: []string{"kms-key", "alias/none"}, want: Row{
			State: Chosen, KMSKeyState: "Enabled", WantedKMSKeyARN: "{default}", Reason: "default", TagRejected: "unusable",
			Because: "tag kms-key is rejected (unusable); default chooses it",
		}},

		{name: "open", group: "/app", want: Row{State: Open, WantedKMSKeyARN: "{default}", Reason: "default", Because: "default: not set yet"}},
		{name: "open by a rule that asks for tags", change: rules(pci), group: "/app", tags: []string{"data-class", "pci-1"}, want: Row{
			State: Open, WantedKMSKeyARN: "{rule}", Reason: "rule", Rule: "pci", Because: "rule pci (rules.yaml:7): not set yet",
		}},
		{name: "open, tag rejected", group: "/app", tags: []string{"kms-key", "arn:aws:kms:eu-west-1:999988887777:key/12345678-1234-1234-1234-123456789012"}, want: Row{
			State: Open, WantedKMSKeyARN: "{default}", Reason: "default", TagRejected: "not-allowed",
			Because: "tag kms-key is rejected (not-allowed); default: not set yet",
		}},
		{name: "open, its key cannot be used", change: rules(payments), group: "/pay/a", spoil: disable("rule"), want: Row{
			State: Open, Reason: "rule", Rule: "payments", ErrorType: "KeyUnusable",
			Because: "rule payments (rules.yaml:2): its key alias/rule cannot be used: its state is Disabled, not Enabled",
		}},
		{name: "open, its key does not exist", change: func(p *policy.Policy) { p.Default = "alias/none" }, group: "/app", want: Row{
			State: Open, Reason: "default", ErrorType: "KeyUnusable", Because: "default: its key alias/none cannot be used: it does not exist",
		}},
		{name: "open, its key may not be looked at", group: "/app", spoil: denied("kms:DescribeKey"), want: Row{
			State: Open, Reason: "default", ErrorType: "AccessDenied", Because: "default: these credentials may not look at its key alias/logs (kms:DescribeKey)",
		}},

		{name: "other, kept", group: "/app", key: "other", want: Row{
			State: Other, KMSKeyState: "Enabled", WantedKMSKeyARN: "{default}", Reason: "default", Because: "default chooses another; EXISTING_KEY=keep leaves it",
		}},
		{name: "other, to be replaced", change: existing(policy.Replace), group: "/app", key: "other", want: Row{
			State: Other, KMSKeyState: "Enabled", WantedKMSKeyARN: "{default}", Reason: "default", Because: "default chooses another: not set yet",
		}},
		{name: "other, sound in repair", change: existing(policy.Repair), group: "/app", key: "other", want: Row{
			State: Other, KMSKeyState: "Enabled", WantedKMSKeyARN: "{default}", Reason: "default", Because: "default chooses another; EXISTING_KEY=repair leaves it",
		}},
		{name: "other, not sound in repair", change: with(existing(policy.Repair), func(p *policy.Policy) { p.Allowed = policy.Allowed{"alias/x"} }), group: "/app", key: "other", want: Row{
			State: Other, KMSKeyState: "Enabled", WantedKMSKeyARN: "{default}", Reason: "default", Because: "default chooses another: not set yet",
		}},
		{name: "other, the chosen cannot be used, kept", change: rules(payments), group: "/pay/a", key: "other", spoil: disable("rule"), want: Row{
			State: Other, KMSKeyState: "Enabled", Reason: "rule", Rule: "payments",
			Because: "rule payments (rules.yaml:2): its key alias/rule cannot be used: its state is Disabled, not Enabled; EXISTING_KEY=keep leaves it",
		}},
		{name: "other, the chosen cannot be used, to be replaced", change: with(rules(payments), existing(policy.Replace)), group: "/pay/a", key: "other", spoil: disable("rule"), want: Row{
			State: Other, KMSKeyState: "Enabled", Reason: "rule", Rule: "payments", ErrorType: "KeyUnusable",
			Because: "rule payments (rules.yaml:2): its key alias/rule cannot be used: its state is Disabled, not Enabled",
		}},
		{name: "other, excluded", change: exclude, group: "/tmp/a", key: "other", want: Row{
			State: Other, KMSKeyState: "Enabled", Reason: "excluded", Because: "EXCLUDE has /tmp/*, so its key stays",
		}},
		{name: "other, skipped by a rule", change: rules(builds), group: "/build/a", key: "other", want: Row{
			State: Other, KMSKeyState: "Enabled", Reason: "excluded", Rule: "builds", Because: "rule builds (rules.yaml:5) skips it, so its key stays",
		}},
		{name: "other, nothing chooses a key", change: noDefault, group: "/app", key: "other", want: Row{
			State: Other, KMSKeyState: "Enabled", Reason: "no-key", Because: "no tag, rule or default chooses a key, so its key stays",
		}},
		{name: "other, its key may not be looked at", group: "/app", key: "other", spoil: func(s *setup, keys map[string]string) {
			s.world.DenyDescribeKey(keys["other"], true)
		}, want: Row{
			State: Other, WantedKMSKeyARN: "{default}", Reason: "default", Because: "these credentials may not look at its key (kms:DescribeKey)",
		}},
		{name: "other, the very key may not be looked at", group: "/app", key: "default", spoil: denied("kms:DescribeKey"), want: Row{
			State: Other, Reason: "default", Because: "these credentials may not look at its key (kms:DescribeKey)",
		}},

		{name: "unusable, kept", group: "/app", key: "other", spoil: disable("other"), want: Row{
			State: Unusable, KMSKeyState: "Disabled", WantedKMSKeyARN: "{default}", Reason: "default",
			Because: "its key is disabled; default chooses another; EXISTING_KEY=keep leaves it",
		}},
		{name: "unusable, to be repaired", change: existing(policy.Repair), group: "/app", key: "other", spoil: disable("other"), want: Row{
			State: Unusable, KMSKeyState: "Disabled", WantedKMSKeyARN: "{default}", Reason: "default",
			Because: "its key is disabled; default chooses another: not set yet",
		}},
		{name: "unusable, excluded", change: exclude, group: "/tmp/a", key: "other", spoil: func(s *setup, keys map[string]string) {
			s.world.SetKeyState(keys["other"], awsfake.PendingDeletion)
		}, want: Row{
			State: Unusable, KMSKeyState: "PendingDeletion", Reason: "excluded",
			Because: "its key is pending deletion, on 2000-01-31; EXCLUDE has /tmp/*, so its key stays",
		}},
		{name: "unusable, reserved", group: "aws/spans", key: "other", spoil: disable("other"), want: Row{
			State: Unusable, KMSKeyState: "Disabled", Reason: "reserved-name", Because: "its key is disabled; its name is AWS's own, so its key stays",
		}},
		{name: "unusable, the key is gone", group: "/app", key: "other", spoil: func(s *setup, keys map[string]string) { s.world.DeleteKey(keys["other"]) }, want: Row{
			State: Unusable, KMSKeyState: "NotFound", WantedKMSKeyARN: "{default}", Reason: "default",
			Because: "its key does not exist; default chooses another; EXISTING_KEY=keep leaves it",
		}},
		{name: "unusable, the chosen key", group: "/app", key: "default", spoil: disable("default"), want: Row{
			State: Unusable, KMSKeyState: "Disabled", Reason: "default", Because: "its key is disabled; default chooses it",
		}},

		{name: "exempt, excluded", change: exclude, group: "/tmp/a", want: Row{State: Exempt, Reason: "excluded", Because: "EXCLUDE has /tmp/*"}},
		{name: "exempt, reserved", group: "AWS/spans", want: Row{State: Exempt, Reason: "reserved-name", Because: "its name is AWS's own"}},
		{name: "exempt, skipped", change: rules(builds), group: "/build/a", want: Row{State: Exempt, Reason: "excluded", Rule: "builds", Because: "rule builds (rules.yaml:5) skips it"}},
		{name: "exempt, nothing chooses a key", change: noDefault, group: "/app", tags: []string{"kms-key", "alias/aws/logs"}, want: Row{
			State: Exempt, Reason: "no-key", TagRejected: "unusable", Because: "tag kms-key is rejected (unusable); no tag, rule or default chooses a key",
		}},

		{name: "unknown, its tags may not be read", group: "/app", spoil: denied("logs:ListTagsForResource"), want: Row{
			State: Unknown, ErrorType: "AccessDenied", Because: "ListTagsForResource to read the tags of log group /app of account 111122223333, Region eu-west-1: AccessDeniedException: User: ",
		}},
		{name: "unknown, KMS throttles", group: "/app", spoil: func(s *setup, _ map[string]string) {
			s.world.Inject(awsfake.Fault{Operation: "DescribeKey", Kind: awsfake.Throttling400})
		}, want: Row{State: Unknown, ErrorType: "Throttled", Because: "DescribeKey to look at key alias/logs for log group /app of account 111122223333, Region eu-west-1: ThrottlingException: Rate exceeded"}},
		{name: "unknown, KMS throttles the look at its key", group: "/app", key: "other", spoil: func(s *setup, keys map[string]string) {
			s.world.Inject(awsfake.Fault{Operation: "DescribeKey", Resource: keys["other"], Kind: awsfake.Throttling400})
		}, want: Row{State: Unknown, ErrorType: "Throttled", Because: "DescribeKey to look at key {other}: ThrottlingException: Rate exceeded"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSetup(t, test.change)
				keys := map[string]string{
					"": "", "default": s.defaultKey, "rule": s.key("alias/rule", awsfake.Key{}),
					"tagged": s.key("alias/tagged", awsfake.Key{}), "other": s.key("", awsfake.Key{}),
				}
				s.group(test.group, keys[test.key], test.tags...)
				if test.spoil != nil {
					test.spoil(s, keys)
				}
				want := test.want
				for name, arn := range keys {
					want.WantedKMSKeyARN = strings.ReplaceAll(want.WantedKMSKeyARN, "{"+name+"}", arn)
					want.Because = strings.ReplaceAll(want.Because, "{"+name+"}", arn)
				}
				want.LogGroup, want.Account, want.Region, want.KMSKeyARN = test.group, account, region, keys[test.key]
				got := s.one()
				if want.State == Unknown && strings.Contains(got.Because, want.Because) {
					want.Because = got.Because
				}
				ignored := cmpopts.IgnoreFields(Row{}, "Class", "StoredBytes", "CreatedAt", "Created", "KeyDeletionDate")
				if diff := cmp.Diff(want, got, ignored); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
			})
		})
	}
}

// What AWS says of a log group is in its row.
func TestDescription(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSetup(t, nil)
		s.world.PutLogGroup("", region, awsfake.LogGroup{Name: "/app", Class: "INFREQUENT_ACCESS", RetentionInDays: 90})
		got := s.one()
		if got.Class != "INFREQUENT_ACCESS" || got.RetentionDays == nil || *got.RetentionDays != 90 || got.CreatedAt != "2000-01-01T00:00:00Z" {
			t.Errorf("got %+v, want class, retention and age", got)
		}
	})
}

// Tags cost a request each, so they are read only where they can matter.
func TestTagsAreReadWhereTheyMatter(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(*policy.Policy)
		group  string
		want   int
	}{
		{"a tag may name the key", nil, "/app", 1},
		{"tags choose no keys", func(p *policy.Policy) { p.KeyTag = "" }, "/app", 0},
		{"a rule asks for tags", with(rules(pci), func(p *policy.Policy) { p.KeyTag = "" }), "/app", 1},
		{"a rule before decides", with(rules(payments, pci), func(p *policy.Policy) { p.KeyTag = "" }), "/pay/a", 0},
		{"a rule skips", rules(builds), "/build/a", 0},
		{"excluded", exclude, "/tmp/a", 0},
		{"reserved", nil, "aws/spans", 0},
	} {
		for _, has := range []bool{false, true} {
			t.Run(fmt.Sprint(test.name, ", has a key ", has), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					s := newSetup(t, test.change)
					s.key("alias/rule", awsfake.Key{})
					key := ""
					if has {
						key = s.defaultKey
					}
					s.group(test.group, key)
					s.one()
					if got := s.countCalls("ListTagsForResource"); got != test.want {
						t.Errorf("got %d reads of tags, want %d", got, test.want)
					}
				})
			})
		}
	}
}

// A tag's key that these credentials may not look at may be good for the function: that is
// said, and a log group for which nothing else chooses a key is not said to have none on
// purpose.
func TestTagsKeyThatMayNotBeLookedAt(t *testing.T) {
	for _, test := range []struct {
		name    string
		change  func(*policy.Policy)
		state   State
		because string
	}{
		{"default", nil, Open, "tag kms-key names a key that these credentials may not look at (kms:DescribeKey), so it counts as rejected; default: not set yet"},
		{"nothing else", noDefault, Unknown, "DescribeKey to look at key alias/tagged: AccessDeniedException: "},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSetup(t, test.change)
				s.world.DenyDescribeKey(s.key("alias/tagged", awsfake.Key{}), true)
				s.group("/app", "", "kms-key", "alias/tagged")
				out, _, err := s.run(t.Context(), home)
				if err != nil || len(out.list) != 1 {
					t.Fatalf("got %+v, %v, want a row", out.list, err)
				}
				if row := out.list[0]; row.State != test.state || !strings.HasPrefix(row.Because, test.because) {
					t.Errorf("got %s: %q, want %s: %q", row.State, row.Because, test.state, test.because)
				}
			})
		})
	}
}
