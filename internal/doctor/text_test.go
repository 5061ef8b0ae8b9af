package doctor_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"log-group-kms/internal/check"
	"log-group-kms/internal/doctor"
)

// marks is a painter whose colours can be read.
type marks struct{}

func (marks) Red(text string) string    { return "<r>" + text + "</>" }
func (marks) Green(text string) string  { return "<g>" + text + "</>" }
func (marks) Yellow(text string) string { return "<y>" + text + "</>" }
func (marks) Dim(text string) string    { return "<d>" + text + "</>" }

// report holds entries of every result.
func report(withTrouble bool) doctor.Report {
	r := doctor.Report{Stack: "keys"}
	r.Account, r.Region = own, region
	r.Add(check.Entry{Check: check.ConfigValid, Result: check.OK, Message: "3 rules"})
	if withTrouble {
		r.Add(check.Entry{
			Check: check.ConfigReachable, Result: check.Warning, Message: "rule b can never match", Remedy: "put it first", Runbook: "docs/operations.md#unreachable-rule",
		})
	}
	r.Add(check.Entry{Check: check.KeyUsable, Result: check.OK, Message: "alias/logs is enabled"})
	if withTrouble {
		r.Add(check.Entry{
			Check: doctor.EventsHeard, Result: check.Failed, Message: "5 were missed:\n\x1b[31m/a\u200b", Remedy: "make sweep STACK=keys", Runbook: "docs/operations.md#missed-events",
		})
		r.Add(check.Entry{Check: doctor.SweepRecent, Result: check.Unknown, Message: "not known", Remedy: "ask for a right", Runbook: "docs/operations.md#missing-right"})
		r.Add(check.Entry{Check: "later.check", Result: check.OK, Message: "of another version"})
	}
	return r
}

func TestText(t *testing.T) {
	for _, test := range []struct {
		name    string
		trouble bool
		style   doctor.Style
		want    string
	}{
		{"a terminal", true, doctor.Style{Painter: marks{}}, `Stack keys, account 111122223333, Region eu-west-1

Configuration
<g>√</> 3 rules
<y>‼</> rule b can never match
    <d>put it first</>
    <d>docs/operations.md#unreachable-rule</>

Keys
<g>√</> alias/logs is enabled

Events
<r>×</> 5 were missed: [31m/a
    <d>make sweep STACK=keys</>
    <d>docs/operations.md#missed-events</>

Sweep
<d>?</> not known
    <d>ask for a right</>
    <d>docs/operations.md#missing-right</>

Other checks
<g>√</> of another version

1 failed, 1 warning, 1 not checked, 3 well. Next: docs/operations.md#missed-events
`},
		{"a terminal, quiet", true, doctor.Style{Painter: marks{}, Quiet: true}, `Stack keys, account 111122223333, Region eu-west-1

Configuration
<y>‼</> rule b can never match
    <d>put it first</>
    <d>docs/operations.md#unreachable-rule</>

Events
<r>×</> 5 were missed: [31m/a
    <d>make sweep STACK=keys</>
    <d>docs/operations.md#missed-events</>

Sweep
<d>?</> not known
    <d>ask for a right</>
    <d>docs/operations.md#missing-right</>

1 failed, 1 warning, 1 not checked, 3 well. Next: docs/operations.md#missed-events
`},
		{"a pipe", true, doctor.Style{}, `ok    config.valid      3 rules
WARN  config.reachable  rule b can never match
                        put it first
                        docs/operations.md#unreachable-rule
ok    key.usable        alias/logs is enabled
FAIL  events.heard      5 were missed: [31m/a
                        make sweep STACK=keys
                        docs/operations.md#missed-events
?     sweep.recent      not known
                        ask for a right
                        docs/operations.md#missing-right
ok    later.check       of another version
FAIL  1 failed, 1 warning, 1 not checked, 3 well. Next: docs/operations.md#missed-events
`},
		{"a pipe, all well", false, doctor.Style{}, `ok    config.valid  3 rules
ok    key.usable    alias/logs is enabled
ok    All 2 checks are well: stack keys, account 111122223333, Region eu-west-1.
`},
		{"a terminal, quiet, all well", false, doctor.Style{Painter: marks{}, Quiet: true}, `All 2 checks are well: stack keys, account 111122223333, Region eu-west-1.
`},
		{"a pipe, quiet, all well", false, doctor.Style{Quiet: true}, `ok    All 2 checks are well: stack keys, account 111122223333, Region eu-west-1.
`},
	} {
		t.Run(test.name, func(t *testing.T) {
			var b strings.Builder
			if err := report(test.trouble).Text(&b, test.style); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, b.String()); diff != "" {
				t.Errorf("text (-want +got):\n%s", diff)
			}
		})
	}
}
