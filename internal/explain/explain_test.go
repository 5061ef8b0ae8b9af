package explain

import (
	"encoding/json"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"log-group-kms/internal/accounttest"
	"log-group-kms/internal/answer"
	"log-group-kms/internal/awsfake"
	"log-group-kms/internal/encrypt"
	"log-group-kms/internal/failure"
	"log-group-kms/internal/policy"
	"log-group-kms/internal/target"
)

func existing(e policy.Existing) func(*policy.Policy) {
	return func(p *policy.Policy) { p.Existing = e }
}

// Each way to a decision, step by step: reserved-name exclude existing-key skip-rule tag
// rule default key. {logs} and the like in a verdict stand for that key.
func TestSteps(t *testing.T) {
	disable := func(which string) func(*setup) {
		return func(s *setup) { s.world.SetKeyState(s.keys[which], awsfake.Disabled) }
	}
	for _, test := range []struct {
		name    string
		change  func(*policy.Policy)
		group   string
		key     string // alias of the key that it has
		tags    []string
		spoil   func(*setup)
		want    string
		verdict string
		gets    bool         // whether it has or would get a key
		fails   failure.Type // where it cannot be said
	}{
		{name: "reserved", group: "aws/spans", want: "decides not-reached not-reached not-reached not-reached not-reached not-reached not-reached", verdict: "Would stay without a key of yours."},
		{name: "excluded", group: "/tmp/a", want: "no decides not-reached not-reached not-reached not-reached not-reached not-reached", verdict: "Would stay without a key of yours."},
		{name: "excluded, has a key", group: "/tmp/a", key: "other", want: "no decides not-reached not-reached not-reached not-reached not-reached not-reached", verdict: "Keeps {other}.", gets: true},
		{name: "kept", group: "/app", key: "other", want: "no no decides not-reached not-reached not-reached not-reached not-reached", verdict: "Keeps {other}.", gets: true},
		{name: "kept, and cannot be used", group: "/app", key: "other", spoil: disable("other"), want: "no no decides not-reached not-reached not-reached not-reached not-reached", verdict: "Keeps {other}, which cannot be used: its state is Disabled.", gets: true},
		{name: "kept, chosen by a rule as well", group: "/pay/a", key: "rule", tags: []string{"data-class", "pci"}, want: "no no decides(pci) not-reached not-reached not-reached not-reached not-reached", verdict: "Keeps {rule}, which is chosen by rule pci (rules.yaml:5) as well.", gets: true},
		{name: "skipped by a rule", group: "/build/a", tags: []string{"kms-key", "alias/tagged"}, want: "no no none decides(builds) not-reached not-reached not-reached not-reached", verdict: "Would stay without a key of yours."},
		{name: "by tag", group: "/app", tags: []string{"kms-key", "alias/tagged"}, want: "no no none no decides not-reached not-reached usable", verdict: "Would get {tagged}, by tag kms-key.", gets: true},
		{name: "tag rejected", group: "/app", tags: []string{"kms-key", "alias/none"}, want: "no no none no rejected no decides usable", verdict: "Would get {logs}, by default.", gets: true},
		{name: "by rule", group: "/pay/a", tags: []string{"data-class", "pci"}, want: "no no none no none decides(pci) not-reached usable", verdict: "Would get {rule}, by rule pci (rules.yaml:5).", gets: true},
		{name: "by default", group: "/pay/a", want: "no no none no none no decides usable", verdict: "Would get {logs}, by default.", gets: true},
		{name: "no rules", change: func(p *policy.Policy) { p.Rules, p.KeyTag = nil, "" }, group: "/app", want: "no no none none none none decides usable", verdict: "Would get {logs}, by default.", gets: true},
		{name: "nothing chooses", change: func(p *policy.Policy) { p.Default = "" }, group: "/app", want: "no no none no none no none not-reached", verdict: "Would stay without a key of yours."},
		{name: "key unusable", group: "/app", spoil: disable("logs"), want: "no no none no none no decides unusable", verdict: "Would stay without a key of yours: the key by default cannot be used."},

		{name: "replaced", change: existing(policy.Replace), group: "/app", key: "other", want: "no no no no none no decides usable", verdict: "Would get {logs} in place of its own, by default.", gets: true},
		{name: "has the chosen key", change: existing(policy.Replace), group: "/app", key: "logs", want: "no no no no none no decides usable", verdict: "Has {logs}, by default.", gets: true},
		{name: "replaced by one that is unusable", change: existing(policy.Replace), group: "/app", key: "other", spoil: disable("logs"), want: "no no no no none no decides unusable", verdict: "Keeps {other}: the key by default cannot be used.", gets: true},
		{name: "sound in repair", change: existing(policy.Repair), group: "/app", key: "other", want: "no no decides not-reached not-reached not-reached not-reached not-reached", verdict: "Keeps {other}.", gets: true},
		{name: "not sound in repair", change: existing(policy.Repair), group: "/app", key: "other", spoil: disable("other"), want: "no no no no none no decides usable", verdict: "Would get {logs} in place of its own, by default.", gets: true},

		{
			name: "key may not be looked at", group: "/app", spoil: func(s *setup) { s.world.DenyAction("", "kms:DescribeKey", true) },
			want: "no no none no none no decides unknown", verdict: "Cannot be said: AccessDeniedException: ", fails: failure.AccessDenied,
		},
		{
			name: "tag's key may not be looked at", group: "/app", tags: []string{"kms-key", "alias/tagged"}, spoil: func(s *setup) { s.world.DenyDescribeKey(s.keys["tagged"], true) },
			want: "no no none no rejected no decides usable", verdict: "Would get {logs}, by default.", gets: true,
		},
		{
			name: "tag's key may not be looked at, and nothing else chooses", change: func(p *policy.Policy) { p.Default = "" }, group: "/app", tags: []string{"kms-key", "alias/tagged"},
			spoil: func(s *setup) { s.world.DenyDescribeKey(s.keys["tagged"], true) },
			want:  "no no none no rejected no none not-reached", verdict: "Cannot be said: AccessDeniedException: ", fails: failure.AccessDenied,
		},
		{
			name: "no such log group", group: "/app", spoil: func(s *setup) { s.world.DeleteLogGroup("", region, "/app") },
			want: "no no unknown not-reached not-reached not-reached not-reached not-reached", verdict: "Cannot be said: AWS does not know this log group.", fails: failure.Unexpected,
		},
		{
			name: "no such log group, excluded", group: "/tmp/a", spoil: func(s *setup) { s.world.DeleteLogGroup("", region, "/tmp/a") },
			want: "no decides not-reached not-reached not-reached not-reached not-reached not-reached", verdict: "Would stay without a key of yours.",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSetup(t, test.change)
				s.group(test.group, s.keys[test.key], test.tags...)
				if test.spoil != nil {
					test.spoil(s)
				}
				x, err := s.explainer.Explain(t.Context(), target.LogGroup(home, test.group))
				if (err != nil) != (test.fails != "") || err != nil && failure.TypeOf(err) != test.fails {
					t.Fatalf("got %v, want an error of type %q", err, test.fails)
				}
				if diff := cmp.Diff(test.want, results(x.Steps)); diff != "" {
					t.Errorf("steps (-want +got):\n%s", diff)
				}
				verdict := test.verdict
				for name, arn := range s.keys {
					verdict = strings.ReplaceAll(verdict, "{"+name+"}", strings.TrimPrefix(arn, "arn:aws:kms:eu-west-1:111122223333:"))
				}
				if x.Verdict != verdict && (err == nil || !strings.HasPrefix(x.Verdict, verdict)) {
					t.Errorf("got %q, want %q", x.Verdict, verdict)
				}
				if x.GetsKey() != test.gets {
					t.Errorf("got a key %t, want %t", x.GetsKey(), test.gets)
				}
			})
		})
	}
}

// Where not even the choice is known, there is nothing to say.
func TestNothingToSay(t *testing.T) {
	for _, action := range []string{"logs:DescribeLogGroups", "logs:ListTagsForResource"} {
		synctest.Test(t, func(t *testing.T) {
			s := newSetup(t, nil)
			s.group("/app", "")
			s.world.DenyAction("", action, true)
			x, err := s.explainer.Explain(t.Context(), target.LogGroup(home, "/app"))
			if x != nil || failure.TypeOf(err) != failure.AccessDenied || !strings.Contains(err.Error(), strings.TrimPrefix(action, "logs:")) {
				t.Errorf("%s: got %+v, %v, want AccessDenied alone", action, x, err)
			}
		})
	}
}

// What is explained is what an event would come to, member for member.
func TestIsTheAnswerOfADryRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSetup(t, existing(policy.Replace))
		s.group("/pay/a", s.keys["other"], "data-class", "pci", "kms-key", "alias/aws/logs")
		x, err := s.explainer.Explain(t.Context(), target.LogGroup(home, "/pay/a"))
		if err != nil {
			t.Fatal(err)
		}
		event := encrypt.New(s.explainer.policy, &accounttest.Accounts{HTTP: s.world.Client()})
		want, err := event.Encrypt(t.Context(), encrypt.Request{Target: target.LogGroup(home, "/pay/a"), DryRun: true})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(members(t, want), members(t, x), cmp.FilterPath(func(p cmp.Path) bool {
			return p.Last().String() == `["steps"]` || p.Last().String() == `["key"]`
		}, cmp.Ignore())); diff != "" {
			t.Errorf("(-event +explained):\n%s", diff)
		}
		if x.TagRejected != answer.Unusable || x.Rule != "pci" || x.PreviousKMSKeyARN != s.keys["other"] {
			t.Errorf("got %+v, want the rejected tag, the rule and the former key in it", x.Answer)
		}
	})
}

func members(t *testing.T, of any) map[string]any {
	t.Helper()
	text, err := json.Marshal(of)
	if err != nil {
		t.Fatal(err)
	}
	var m map[string]any
	if err := json.Unmarshal(text, &m); err != nil {
		t.Fatal(err)
	}
	return m
}

// A rule is found in its file, also in JSON.
func TestRuleByNameAndLine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSetup(t, nil)
		s.group("/pay/a", "", "data-class", "pci")
		x, err := s.explainer.Explain(t.Context(), target.LogGroup(home, "/pay/a"))
		if err != nil {
			t.Fatal(err)
		}
		want := map[string]any{"step": "rule", "result": "decides", "rule": "pci", "line": 5.0,
			"because": "pci (rules.yaml:5) → alias/rule\nbuilds (rules.yaml:2): its logGroups do not match the name"}
		if diff := cmp.Diff(want, members(t, x)["steps"].([]any)[5]); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}
