package audit

import (
	"bytes"
	"fmt"
	"math"
	"regexp"
	"strings"
	"testing"
	"time"
)

// renderPage writes the page of some rows, all of the home account and Region unless they
// say otherwise.
func renderPage(t *testing.T, rows []Row, more ...Scope) string {
	t.Helper()
	var totals Totals
	for _, row := range rows {
		if row.Region == region {
			totals.add(row.State)
		}
	}
	var out bytes.Buffer
	write(t, NewHTML(&out, "stack <logs>"), summaryOf(append([]Scope{whole(totals)}, more...)...), rows...)
	return out.String()
}

func ofState(s State, n int) []Row {
	var rows []Row
	for i := range n {
		row := Row{LogGroup: fmt.Sprintf("/%s/%05d", s, i), Account: account, Region: region, State: s, Because: "why"}
		if s != Open && s != Exempt {
			row.KMSKeyARN, row.KMSKeyState = "arn:aws:kms:eu-west-1:111122223333:key/1", "Enabled"
		}
		rows = append(rows, row)
	}
	return rows
}

// Names and tags are other people's text: none of it becomes markup, wherever it
// stands.
func TestPageEscapes(t *testing.T) {
	const hostile = `"><img src=x onerror=alert(1)></title></style><script>alert(2)</script>{{.}}'` + "\u202e\x00"
	rows := []Row{
		{LogGroup: hostile, Account: account, Region: region, State: Open, Because: hostile, Reason: hostile, Rule: hostile},
		{LogGroup: hostile, Account: account, Region: region, State: Unusable, Because: hostile, KMSKeyARN: hostile, KMSKeyState: "Disabled"},
		{LogGroup: hostile, Account: account, Region: region, State: Unknown, Because: hostile},
		{LogGroup: hostile, Account: account, Region: region, State: Chosen, Because: hostile, KMSKeyARN: hostile + "2", KMSKeyState: hostile},
	}
	scope := broken(Totals{})
	got := renderPage(t, rows, scope)
	for _, markup := range []string{"<img", "<script>alert", "onerror=alert(1)>", "\u202e", "\x00"} {
		if strings.Contains(got, markup) {
			t.Errorf("got %q in the page, want it escaped", markup)
		}
	}
	if n := strings.Count(got, "<script"); n != 1 {
		t.Errorf("got %d scripts, want the page's own", n)
	}
	if n := strings.Count(got, "&lt;img src=x onerror=alert(1)&gt;"); n < 8 {
		t.Errorf("got the text %d times, want it to be read as it is", n)
	}
	if strings.Contains(got, "ZgotmplZ") {
		t.Error("got a value that the template holds for unsafe, want none")
	}
}

// The page needs nothing else: it loads nothing, and says so to the browser.
func TestPageNeedsNothing(t *testing.T) {
	got := renderPage(t, append(ofState(Open, 3), ofState(Chosen, 3)...))
	for _, loads := range []string{"http:", "https:", "src=", "href=", "@import", "url(", "<link", "<iframe"} {
		if strings.Contains(got, loads) {
			t.Errorf("got %q in the page, want nothing that loads", loads)
		}
	}
	if !strings.Contains(got, `content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'"`) {
		t.Error("got no policy that forbids to load anything")
	}
}

// Trouble comes first, then the keys, then all others.
func TestPageOrder(t *testing.T) {
	var rows []Row
	for _, s := range []State{Chosen, Exempt, Other, Unknown, Unusable, Open} {
		rows = append(rows, ofState(s, 2)...)
	}
	rows[8].KMSKeyState, rows[8].KeyDeletionDate = "PendingDeletion", time.Date(2026, 12, 2, 0, 0, 0, 0, time.UTC)
	got := renderPage(t, rows)
	last := 0
	for _, part := range []string{
		"2 open, 2 under a key that cannot be used, 2 not looked at, of 12 log groups.", `<svg viewBox`,
		"2 log groups have no key of yours and should", "/open/00001", "2 log groups are under a key that cannot be used", "/unusable/00001",
		"2 log groups could not be looked at", "/unknown/00001", "Keys that log groups are under", "All other log groups",
		"/other/00001", "/exempt/00001", "/chosen/00001",
	} {
		at := strings.Index(got, part)
		if at < last {
			t.Errorf("got %q at %d, want it after %d", part, at, last)
		}
		last = at
	}
}

// A key in danger stands first among the keys, with what can still be done.
func TestPageKeys(t *testing.T) {
	rows := ofState(Chosen, 20)
	dead := Row{LogGroup: "/dead", Account: account, Region: region, State: Unusable, KMSKeyARN: "arn:aws:kms:eu-west-1:111122223333:key/dead", KMSKeyState: "PendingDeletion"}
	got := renderPage(t, append(rows, dead))
	keys := got[strings.Index(got, "Keys that log groups are under"):]
	if first, second := strings.Index(keys, "key/dead"), strings.Index(keys, ">key/1<"); first < 0 || first > second {
		t.Errorf("got the key in danger at %d, the other at %d, want it first", first, second)
	}
	if want := "aws kms cancel-key-deletion --key-id arn:aws:kms:eu-west-1:111122223333:key/dead"; !strings.Contains(keys, want) {
		t.Errorf("got no %q", want)
	}
}

// A browser has to show the page: rows are counted beyond a thousand, and each kind of
// trouble gets its room.
func TestPageIsBounded(t *testing.T) {
	rows := append(append(append(ofState(Open, 3000), ofState(Unusable, 50)...), ofState(Unknown, 2000)...), ofState(Chosen, 3000)...)
	got := renderPage(t, rows)
	for s, want := range map[State]int{Open: 617, Unusable: 50, Unknown: 333, Chosen: 1000} {
		if n := strings.Count(got, `<td class="name">/`+string(s)+"/"); n != want {
			t.Errorf("got %d rows of %s, want %d", n, s, want)
		}
	}
	for _, more := range []string{"And 2,383 more", "And 1,667 more", "And 2,000 more"} {
		if !strings.Contains(got, more) {
			t.Errorf("got no %q", more)
		}
	}
	if len(got) > 1<<20 {
		t.Errorf("got a page of %d bytes, want less than a megabyte", len(got))
	}
}

// A bar is as wide as the account, and every part of it is seen.
func TestPageBars(t *testing.T) {
	elsewhere := whole(Totals{Examined: 3, Open: 3})
	elsewhere.Account = "444455556666"
	empty := whole(Totals{})
	empty.Account = "777788889999"
	rows := append(ofState(Chosen, 100), ofState(Open, 1)...)
	got := renderPage(t, rows, elsewhere, empty)
	if n := strings.Count(got, "<svg"); n != 2 {
		t.Fatalf("got %d bars, want one for each account with log groups", n)
	}
	if strings.Index(got, "Account 444455556666") > strings.Index(got, "Account 111122223333") {
		t.Error("got the account with less trouble first")
	}
	for _, bar := range regexp.MustCompile(`(?s)<svg.*?</svg>`).FindAllString(got, -1) {
		sum := 0.0
		for _, part := range regexp.MustCompile(`x="([0-9.]+)" y="0" width="([0-9.]+)"`).FindAllStringSubmatch(bar, -1) {
			var x, width float64
			if _, err := fmt.Sscan(part[1], &x); err != nil {
				t.Fatal(err)
			}
			if _, err := fmt.Sscan(part[2], &width); err != nil {
				t.Fatal(err)
			}
			if math.Abs(x-sum) > 0.001 || width < 3.9 {
				t.Errorf("got a part at %v of width %v, want it at %v and wide enough to be seen", x, width, sum)
			}
			sum += width
		}
		if math.Abs(sum-1000) > 0.001 {
			t.Errorf("got parts of %v in sum, want 1000: %s", sum, bar)
		}
	}
}

func TestPageOfNothing(t *testing.T) {
	got := renderPage(t, nil)
	if !strings.Contains(got, "There are no log groups.") || strings.Contains(got, "<table") || strings.Contains(got, "<svg") {
		t.Errorf("got %s, want a sentence alone", got)
	}
}

// A page that lacks log groups says so, and which.
func TestPageNotComplete(t *testing.T) {
	got := renderPage(t, ofState(Chosen, 1), broken(Totals{}))
	for _, want := range []string{"Not complete", "in 1 of 2 accounts and Regions", "<li>listing: denied</li>"} {
		if !strings.Contains(got, want) {
			t.Errorf("got no %q", want)
		}
	}
}

// Nothing calls data unencrypted: AWS encrypts all of it.
func TestPageWords(t *testing.T) {
	if strings.Contains(strings.ToLower(pageText), "unencrypted") {
		t.Error("got the word unencrypted")
	}
}
