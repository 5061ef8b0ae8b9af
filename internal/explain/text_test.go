package explain

import (
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"log-group-kms/internal/awsfake"
	"log-group-kms/internal/policy"
	"log-group-kms/internal/target"
	"log-group-kms/internal/terminal"
)

func TestText(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSetup(t, nil)
		s.group("/pay/a", "", "data-class", "pci", "kms-key", "arn:aws:kms:eu-west-1:999988887777:key/1234abcd-12ab-34cd-56ef-1234567890ab")
		s.world.SetKeyState(s.keys["rule"], awsfake.PendingDeletion)
		x, err := s.explainer.Explain(t.Context(), target.LogGroup(home, "/pay/a"))
		if err != nil {
			t.Fatal(err)
		}
		want := `/pay/a, account 111122223333, Region eu-west-1: has no key of yours

  1 AWS's own name   no
  2 EXCLUDE          no match: /tmp/*
  3 key that it has  it has none, so EXISTING_KEY=keep does not matter
  4 rule with skip   not decisive: builds (rules.yaml:2)
  5 tag              rejected: kms-key = arn:aws:kms:eu-west-1:999988887777:key/1234abcd-12ab-34cd-56ef-1234567890ab: not-allowed
                     TAG_ALLOWED_KEYS is arn:*:kms:{region}:{account}:key/*
  6 rules            decides: pci (rules.yaml:5) → alias/rule
                     builds (rules.yaml:2): its logGroups do not match the name
  7 default          not reached
    the key          unusable: alias/rule: its state is PendingDeletion, not Enabled

Would stay without a key of yours: the key by rule pci (rules.yaml:5) cannot be used.
`
		if diff := cmp.Diff(want, x.Text(terminal.Terminal{})); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if coloured := x.Text(terminal.Terminal{Colour: true}); !strings.Contains(coloured, "\x1b[31munusable") {
			t.Errorf("got no colour in %q", coloured)
		}
	})
}

// Whoever has a key that cannot be used is not told in green that all is well, and learns
// what can be done.
func TestTextOfAKeyThatCannotBeUsed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSetup(t, nil)
		s.group("/app", s.keys["other"])
		s.world.SetKeyState(s.keys["other"], awsfake.Disabled)
		x, err := s.explainer.Explain(t.Context(), target.LogGroup(home, "/app"))
		if err != nil {
			t.Fatal(err)
		}
		text := x.Text(terminal.Terminal{Colour: true})
		for _, want := range []string{"\x1b[31mKeeps key/", "aws kms enable-key --key-id " + s.keys["other"]} {
			if !strings.Contains(text, want) {
				t.Errorf("got %q, want %q in it", text, want)
			}
		}
	})
}

// Where the log group has the chosen key already, no setting replaces or leaves it.
func TestTextOfTheChosenKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSetup(t, existing(policy.Repair))
		s.group("/app", s.keys["logs"])
		x, err := s.explainer.Explain(t.Context(), target.LogGroup(home, "/app"))
		if err != nil {
			t.Fatal(err)
		}
		if want := "enabled: it is the chosen one, so EXISTING_KEY=repair does not matter\n"; !strings.Contains(x.Text(terminal.Terminal{}), want) {
			t.Errorf("got %q, want %q in it", x.Text(terminal.Terminal{}), want)
		}
	})
}

// A tag may hold what would move the cursor.
func TestTextCleans(t *testing.T) {
	x, err := NewOffline(newPolicy(nil), "rules.yaml", map[string]string{"kms-key": "\x1b[2J"}).Explain(t.Context(), target.LogGroup(home, "/app"))
	if err != nil {
		t.Fatal(err)
	}
	if text := x.Text(terminal.Terminal{}) + x.Line(); strings.Contains(text, "\x1b") {
		t.Errorf("got %q, want no codes", text)
	}
}

// One line for each, for scripts.
func TestLine(t *testing.T) {
	tags := map[string]string{"data-class": "pci"}
	for _, test := range []struct {
		group  string
		change func(*policy.Policy)
		want   string
	}{
		{"/pay/a", nil, "/pay/a\trule pci\talias/rule"},
		{"/app", nil, "/app\tdefault\talias/logs"},
		{"/build/a", nil, "/build/a\trule builds\t-"},
		{"/tmp/a", nil, "/tmp/a\texclude\t-"},
		{"aws/a", nil, "aws/a\treserved-name\t-"},
		{"/app", func(p *policy.Policy) { p.Default = "" }, "/app\tno-key\t-"},
	} {
		x, err := NewOffline(newPolicy(test.change), "rules.yaml", tags).Explain(t.Context(), target.LogGroup(home, test.group))
		if err != nil {
			t.Fatal(err)
		}
		if got := x.Line(); got != test.want {
			t.Errorf("got %q, want %q", got, test.want)
		}
	}
}

func TestLineOfAKeyThatItHas(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSetup(t, nil)
		s.group("/app", s.keys["other"])
		x, err := s.explainer.Explain(t.Context(), target.LogGroup(home, "/app"))
		if err != nil {
			t.Fatal(err)
		}
		if want := "/app\texisting-key\t" + strings.TrimPrefix(s.keys["other"], "arn:aws:kms:eu-west-1:111122223333:"); x.Line() != want {
			t.Errorf("got %q, want %q", x.Line(), want)
		}
	})
}
