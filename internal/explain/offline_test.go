package explain

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"log-group-kms/internal/answer"
	"log-group-kms/internal/policy"
	"log-group-kms/internal/target"
)

const (
	someKey   = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
	otherKey  = "arn:aws:kms:eu-west-1:999988887777:key/1234abcd-12ab-34cd-56ef-1234567890ab"
	otherName = "arn:aws:kms:eu-west-1:999988887777:alias/x"
)

// Without AWS the decision is the same for a new log group: a key that is named is
// taken for one that is there.
func TestOffline(t *testing.T) {
	for _, test := range []struct {
		name    string
		change  func(*policy.Policy)
		group   string
		tags    map[string]string
		want    string
		verdict string
		arn     string // kmsKeyArn
		fails   bool
	}{
		{name: "default", group: "/app", want: "no no unknown no none no decides unknown", verdict: "Would get alias/logs, by default."},
		{name: "default by its ARN", change: func(p *policy.Policy) { p.Default = someKey }, group: "/app", want: "no no unknown no none no decides unknown", verdict: "Would get key/1234abcd-12ab-34cd-56ef-1234567890ab, by default.", arn: someKey},
		{name: "rule", group: "/pay/a", tags: map[string]string{"data-class": "pci-1"}, want: "no no unknown no none decides(pci) not-reached unknown", verdict: "Would get alias/rule, by rule pci (rules.yaml:5)."},
		{name: "skipped", group: "/build/a", want: "no no unknown decides(builds) not-reached not-reached not-reached not-reached", verdict: "Would stay without a key of yours."},
		{name: "excluded", group: "/tmp/a", want: "no decides not-reached not-reached not-reached not-reached not-reached not-reached", verdict: "Would stay without a key of yours."},
		{name: "EXISTING_KEY does not matter", change: existing(policy.Replace), group: "/app", want: "no no unknown no none no decides unknown", verdict: "Would get alias/logs, by default."},

		{name: "tag, an alias of the own account", group: "/app", tags: map[string]string{"kms-key": "alias/x"}, want: "no no unknown no decides not-reached not-reached unknown", verdict: "Would get alias/x, by tag kms-key."},
		{name: "tag, name with #", group: "/app#1", tags: map[string]string{"kms-key": "alias/x"}, want: "no no unknown no decides not-reached not-reached unknown", verdict: "Would get alias/x, by tag kms-key."},
		{name: "tag, a key", group: "/app", tags: map[string]string{"kms-key": someKey}, want: "no no unknown no decides not-reached not-reached unknown", verdict: "Would get key/1234abcd-12ab-34cd-56ef-1234567890ab, by tag kms-key.", arn: someKey},
		{name: "tag, a key of another account", group: "/app", tags: map[string]string{"kms-key": otherKey}, want: "no no unknown no rejected no decides unknown", verdict: "Would get alias/logs, by default."},
		{name: "tag, an alias of another account", group: "/app", tags: map[string]string{"kms-key": otherName}, want: "no no unknown no rejected no decides unknown", verdict: "Would get alias/logs, by default."},
		{name: "tag, an AWS managed key", group: "/app", tags: map[string]string{"kms-key": "alias/aws/logs"}, want: "no no unknown no rejected no decides unknown", verdict: "Would get alias/logs, by default."},
		{name: "tag, of another Region", group: "/app", tags: map[string]string{"kms-key": strings.Replace(someKey, "west", "north", 1)}, want: "no no unknown no rejected no decides unknown", verdict: "Would get alias/logs, by default."},
		{name: "tag, no key at all", group: "/app", tags: map[string]string{"kms-key": "mine"}, want: "no no unknown no rejected no decides unknown", verdict: "Would get alias/logs, by default."},
		{name: "tag, allowed by its name", change: func(p *policy.Policy) { p.Allowed = policy.Allowed{"alias/team-*"} }, group: "/app", tags: map[string]string{"kms-key": "alias/team-a"}, want: "no no unknown no decides not-reached not-reached unknown", verdict: "Would get alias/team-a, by tag kms-key."},
		{name: "tag, not allowed by its name", change: func(p *policy.Policy) { p.Allowed = policy.Allowed{"alias/team-*"} }, group: "/app", tags: map[string]string{"kms-key": "alias/x"}, want: "no no unknown no rejected no decides unknown", verdict: "Would get alias/logs, by default."},
		// Which key the alias points to decides, and nobody is asked.
		{
			name: "tag, allowed or not", change: func(p *policy.Policy) { p.Allowed = policy.Allowed{someKey} }, group: "/app", tags: map[string]string{"kms-key": "alias/x"},
			want: "no no unknown no unknown not-reached not-reached not-reached", verdict: "Cannot be said: the tag names an alias", fails: true,
		},
		{
			name: "tag, allowed by half of all keys", change: func(p *policy.Policy) { p.Allowed = policy.Allowed{"arn:*:key/0*"} }, group: "/app", tags: map[string]string{"kms-key": "alias/x"},
			want: "no no unknown no unknown not-reached not-reached not-reached", verdict: "Cannot be said: the tag names an alias", fails: true,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			x, err := NewOffline(newPolicy(test.change), "rules.yaml", test.tags).Explain(t.Context(), target.LogGroup(home, test.group))
			if (err != nil) != test.fails {
				t.Fatalf("got %v, want an error %t", err, test.fails)
			}
			if diff := cmp.Diff(test.want, results(x.Steps)); diff != "" {
				t.Errorf("steps (-want +got):\n%s", diff)
			}
			if x.Verdict != test.verdict && (err == nil || !strings.HasPrefix(x.Verdict, test.verdict)) {
				t.Errorf("got %q, want %q", x.Verdict, test.verdict)
			}
			if x.KMSKeyARN != test.arn {
				t.Errorf("got kmsKeyArn %q, want %q: what nobody said is not made up", x.KMSKeyARN, test.arn)
			}
			if text := fmt.Sprint(x); strings.Contains(text, someID) {
				t.Errorf("got the made-up key in %s", text)
			}
			if !x.DryRun || err == nil && x.Outcome != answer.Planned && x.Outcome != answer.Skipped {
				t.Errorf("got %+v, want a dry run's answer", x.Answer)
			}
		})
	}
}
