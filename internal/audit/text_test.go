package audit

import (
	"bytes"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"log-group-kms/internal/terminal"
)

// text writes the report of some rows.
func text(t *testing.T, options TextOptions, summary *Summary, rows ...Row) string {
	t.Helper()
	var out bytes.Buffer
	write(t, NewText(&out, options), summary, rows...)
	return out.String()
}

const keyARN = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"

// mixed are log groups in every state.
func mixed() (rows []Row, scope Scope) {
	made := time.Date(2026, 11, 14, 20, 59, 0, 0, time.UTC)
	rows = []Row{
		{LogGroup: "/app/archive", State: Open, Because: "rule archive (rules.yaml:5): its key alias/archive cannot be used", StoredBytes: 432013312, Created: made.AddDate(0, 0, 7)},
		{LogGroup: "/app/chosen", State: Chosen, Because: "default chooses it", KMSKeyARN: keyARN + "c", KMSKeyState: "Enabled", Created: made},
		{LogGroup: "/app/ledger", State: Unusable, Because: "its key is disabled; default chooses another", KMSKeyARN: keyARN, KMSKeyState: "Disabled", StoredBytes: 1288490189, Created: made},
		{LogGroup: "/app/other", State: Other, Because: "default chooses another; EXISTING_KEY=keep leaves it", KMSKeyARN: keyARN + "d", KMSKeyState: "Enabled", Created: made},
		{LogGroup: "/ecs/refunds", State: Open, Because: "default: not set yet", Created: made.AddDate(-1, 0, 0)},
		{LogGroup: "/tmp/a", State: Exempt, Reason: "excluded", Because: "EXCLUDE has /tmp/*", Created: made},
		{LogGroup: "/who/knows", State: Unknown, Because: "reading tags: AccessDeniedException", Created: made},
		{LogGroup: "aws/spans", State: Exempt, Reason: "reserved-name", Because: "its name is AWS's own", Created: made},
	}
	var totals Totals
	for i := range rows {
		rows[i].Account, rows[i].Region = account, region
		totals.add(rows[i].State)
	}
	return rows, whole(totals)
}

// Where nobody draws on the output it is plain, its columns stand, and its names are
// whole.
func TestText(t *testing.T) {
	rows, scope := mixed()
	got := text(t, TextOptions{Terminal: terminal.Terminal{Width: 100}, Configuration: "stack log-group-kms", Explain: "log-group-kms explain --stack log-group-kms"}, summaryOf(scope), rows...)
	want := `Account 111122223333, Region eu-west-1, 2026-11-24 22:59 UTC
Configuration: stack log-group-kms

2 log groups have no key of yours and should
  /app/archive    412 MiB      3 d old  rule archive (rules.yaml:5): its key alias/archive cannot be used
  /ecs/refunds        0 B    375 d old  default: not set yet

1 log group is under a key that cannot be used
  /app/ledger    1.2 GiB     10 d old  its key is disabled; default chooses another
  key/1234abcd-12ab-34cd-56ef-1234567890ab is disabled (1 log group)
      aws kms enable-key --key-id arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab --region eu-west-1

1 log group could not be looked at
  /who/knows        0 B     10 d old  reading tags: AccessDeniedException

1 log group is under another key than the chosen one    (--all lists them)
2 log groups have no key, on purpose: 1 by EXCLUDE or a rule, 1 because the name is AWS's own

  the chosen key             1  16.7 %
  another key                1
  key cannot be used         1
  open                       2
  not looked at              1
  none on purpose            2  not counted

2 open, 1 under a key that cannot be used, 1 not looked at, of 8 log groups. Next: log-group-kms explain --stack log-group-kms /app/archive
`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Every log group is listed on demand.
func TestTextAll(t *testing.T) {
	rows, scope := mixed()
	got := text(t, TextOptions{All: true}, summaryOf(scope), rows...)
	for _, row := range rows {
		if n := strings.Count(got, "\n  "+row.LogGroup+" "); n != 1 {
			t.Errorf("got %s %d times, want it once", row.LogGroup, n)
		}
	}
	if strings.Contains(got, "--all") {
		t.Error("got the advice to use --all")
	}
}

// Very much trouble is read by programs.
func TestTextIsBounded(t *testing.T) {
	got := text(t, TextOptions{}, summaryOf(whole(Totals{Examined: 1254, Open: 1254})), ofState(Open, 1254)...)
	if n := strings.Count(got, "  /open/"); n != mostShown {
		t.Errorf("got %d log groups, want %d", n, mostShown)
	}
	if want := "  and 1,204 more: -o csv has them all\n"; !strings.Contains(got, want) {
		t.Errorf("got no %q", want)
	}
}

func TestTextQuiet(t *testing.T) {
	rows, scope := mixed()
	got := text(t, TextOptions{Quiet: true}, summaryOf(scope), rows...)
	if want := "2 open, 1 under a key that cannot be used, 1 not looked at, of 8 log groups.\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestTextWithoutTrouble(t *testing.T) {
	for _, test := range []struct {
		scope Scope
		want  string
	}{
		{whole(Totals{}), "There are no log groups."},
		{whole(Totals{Examined: 3066, Chosen: 3012, Other: 16, Exempt: 38}), "Nothing is open and no key in danger: 3,066 log groups, 99.5 % under the chosen key."},
		{broken(Totals{Examined: 1, Chosen: 1}), "Nothing is open and no key in danger: 1 log group, 100 % under the chosen key. Not complete: the listing did not come to its end."},
	} {
		got := text(t, TextOptions{}, summaryOf(test.scope))
		if lines := strings.Split(strings.TrimSpace(got), "\n"); lines[len(lines)-1] != test.want {
			t.Errorf("got %q, want %q", lines[len(lines)-1], test.want)
		}
	}
}

// On a terminal there is colour and a bar, and no line is wider than that, but for
// sentences, which the terminal wraps, and commands to copy.
func TestTextOnATerminal(t *testing.T) {
	rows, scope := mixed()
	rows[0].LogGroup = "/" + strings.Repeat("long-name/", 51)
	got := text(t, TextOptions{Terminal: terminal.Terminal{Colour: true, Rewrites: true, Width: 80}}, summaryOf(scope), rows...)
	for _, want := range []string{"\x1b[31m2 log groups have no key", "█", "…g-name/long-name/", "\n      rule archive (rules.yaml:5)"} {
		if !strings.Contains(got, want) {
			t.Errorf("got no %q in\n%s", want, got)
		}
	}
	for line := range strings.Lines(got) {
		for _, code := range []string{"\x1b[31m", "\x1b[32m", "\x1b[33m", "\x1b[2m", "\x1b[0m"} {
			line = strings.ReplaceAll(line, code, "")
		}
		if n := utf8.RuneCountInString(strings.TrimSpace(line)); strings.HasPrefix(line, "  /") && n > 80 {
			t.Errorf("got a line of %d columns: %s", n, line)
		}
	}
}

// Other people's text does not reach the terminal as it is.
func TestTextCleans(t *testing.T) {
	got := text(t, TextOptions{}, summaryOf(whole(Totals{Examined: 1, Open: 1})),
		Row{LogGroup: "/a\x1b[2J", Account: account, Region: region, State: Open, Because: "tag \x1b]0;x\x07"})
	if strings.ContainsAny(got, "\x1b\x07") {
		t.Errorf("got %q, want no codes", got)
	}
}

// With several accounts and Regions each line says which, and those without log groups
// are counted.
func TestTextOfSeveralRegions(t *testing.T) {
	north := broken(Totals{Examined: 1, Open: 1})
	north.Region, north.Totals.Region = "eu-north-1", "eu-north-1"
	south := whole(Totals{})
	south.Region = "eu-south-1"
	row := ofState(Open, 1)[0]
	got := text(t, TextOptions{}, summaryOf(whole(Totals{Examined: 1, Open: 1}), north, south), row)
	for _, want := range []string{
		"3 accounts and Regions, 2026-11-24", "  111122223333 eu-west-1 /open/00000 ", "not complete", "  and 1 without log groups\n",
		"in 1 of 3 accounts and Regions.",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("got no %q in\n%s", want, got)
		}
	}
}

// With several accounts each has a bar, whose parts are told apart without colour, too.
func TestTextOfSeveralAccounts(t *testing.T) {
	theirs := whole(Totals{Account: "444455556666", Examined: 1000, Chosen: 990, Open: 1, Exempt: 9})
	theirs.Account = "444455556666"
	empty := whole(Totals{Account: "777788889999"})
	empty.Account = "777788889999"
	summary := summaryOf(whole(Totals{Examined: 4, Chosen: 1, Other: 1, Unusable: 1, Open: 1}), theirs, empty)
	for _, test := range []struct {
		name     string
		terminal terminal.Terminal
		want     string
	}{
		{"pipe", terminal.Terminal{Width: 100}, "\n" +
			"  111122223333  4 log groups, 25 % under the chosen key\n" +
			"  444455556666  1,000 log groups, 99.9 % under the chosen key\n\n"},
		{"terminal without colour", terminal.Terminal{Rewrites: true, Width: 80}, "\n" +
			"  111122223333  █████▓▓▓▓▒▒▒▒░░░░  4 log groups, 25 % under the chosen key\n" +
			"  444455556666  ███████████████░·  1,000 log groups, 99.9 % under the chosen key\n" +
			"  █ the chosen key  ▓ another key  ▒ key cannot be used  ░ open  · none on purpose\n\n"},
		{"colour", terminal.Terminal{Colour: true, Rewrites: true, Width: 80}, "\x1b[32m█████\x1b[0m\x1b[33m▓▓▓▓\x1b[0m\x1b[31m▒▒▒▒\x1b[0m"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := text(t, TextOptions{Terminal: test.terminal}, summary); !strings.Contains(got, test.want) {
				t.Errorf("got no %q in\n%s", test.want, got)
			}
		})
	}
	if got := text(t, TextOptions{Terminal: terminal.Terminal{Rewrites: true, Width: 80}}, summaryOf(whole(Totals{Examined: 1, Chosen: 1}))); strings.Contains(got, "  "+account+"  ") {
		t.Errorf("got a line for the only account in\n%s", got)
	}
}

func TestBar(t *testing.T) {
	for _, test := range []struct {
		part float64
		want string
	}{
		{0, ""}, {0.000001, "▏"}, {1, strings.Repeat("█", barWidth)}, {0.5, strings.Repeat("█", barWidth/2)}, {1.5 / barWidth, "█▌"},
	} {
		if got := bar(test.part); got != test.want {
			t.Errorf("%v: got %q, want %q", test.part, got, test.want)
		}
	}
}

func TestWords(t *testing.T) {
	now := time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)
	for _, test := range []struct{ got, want string }{
		{size(0), "0 B"}, {size(1023), "1023 B"}, {size(1024), "1.0 KiB"}, {size(432013312), "412 MiB"}, {size(8697308774), "8.1 GiB"}, {size(1 << 50), "1.0 PiB"}, {size(1 << 62), "4096 PiB"},
		{number(0), "0"}, {number(999), "999"}, {number(1000), "1,000"}, {number(1234567), "1,234,567"},
		{age(time.Time{}, now), ""}, {age(now.Add(time.Hour), now), "0 min"}, {age(now.Add(-59*time.Minute), now), "59 min"},
		{age(now.Add(-47*time.Hour), now), "47 h"}, {age(now.Add(-49*time.Hour), now), "2 d"}, {age(now.AddDate(-10, 0, 0), now), "3,652 d"},
		{argument("/app"), "/app"}, {argument("-app"), "-- -app"}, {argument("#app"), "'#app'"},
		{Condition("PendingDeletion", now), "is pending deletion, on 2026-11-24"}, {Condition("PendingDeletion", time.Time{}), "is pending deletion"},
		{Condition("PendingImport", time.Time{}), "waits for its key material"}, {Condition("Unavailable", time.Time{}), "has the state Unavailable"},
	} {
		if test.got != test.want {
			t.Errorf("got %q, want %q", test.got, test.want)
		}
	}
}
