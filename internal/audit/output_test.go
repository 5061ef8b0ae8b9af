package audit

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"log-group-kms/internal/failure"
)

func days(n int32) *int32 { return &n }

var (
	archive = Row{
		LogGroup: "/app/archive", Account: account, Region: region, State: Open, Because: "rule archive (rules.yaml:5): its key alias/archive cannot be used",
		Reason: "rule", Rule: "archive", ErrorType: "KeyUnusable", Class: "STANDARD", StoredBytes: 432013312, RetentionDays: days(90), CreatedAt: "2026-11-21T20:01:00Z",
		Created: time.Date(2026, 11, 21, 20, 1, 0, 0, time.UTC),
	}
	orders = Row{
		LogGroup: "-app/orders", Account: account, Region: region, State: Chosen, Because: `tag "x" <b>, chooses it`,
		KMSKeyARN: "arn:k", KMSKeyState: "Enabled", WantedKMSKeyARN: "arn:k", Reason: "tag", Class: "STANDARD", CreatedAt: "2026-11-21T20:01:00Z",
	}
)

func summaryOf(scopes ...Scope) *Summary {
	return &Summary{At: time.Date(2026, 11, 24, 22, 59, 0, 0, time.UTC), Scopes: scopes}
}

func whole(totals Totals) Scope {
	totals.Action, totals.Account, totals.Region, totals.At = "audit", account, region, "2026-11-24T22:59:00Z"
	totals.ChosenPercent, totals.Complete = totals.percent(), true
	return Scope{Scope: home, Totals: totals}
}

func broken(totals Totals) Scope {
	s := whole(totals)
	s.Totals.Complete = false
	s.Err = &failure.Error{Type: failure.AccessDenied, Doing: "listing", Err: errors.New("denied")}
	return s
}

func write(t *testing.T, out Output, summary *Summary, rows ...Row) {
	t.Helper()
	for _, row := range rows {
		if err := out.Row(row); err != nil {
			t.Fatal(err)
		}
	}
	if err := out.End(summary); err != nil {
		t.Fatal(err)
	}
}

// One object a line, each with every key, then the totals.
func TestJSON(t *testing.T) {
	var out bytes.Buffer
	north := whole(Totals{})
	north.Totals.Region = "eu-north-1"
	write(t, NewJSON(&out), summaryOf(whole(Totals{Examined: 2, Open: 1, Chosen: 1}), north), archive, orders)
	want := `{"logGroup":"/app/archive","account":"111122223333","region":"eu-west-1","state":"open","because":"rule archive (rules.yaml:5): its key alias/archive cannot be used",` +
		`"kmsKeyArn":"","kmsKeyState":"","wantedKmsKeyArn":"","reason":"rule","rule":"archive","tagRejected":"","errorType":"KeyUnusable",` +
		`"class":"STANDARD","storedBytes":432013312,"retentionDays":90,"createdAt":"2026-11-21T20:01:00Z"}
{"logGroup":"-app/orders","account":"111122223333","region":"eu-west-1","state":"chosen","because":"tag \"x\" <b>, chooses it",` +
		`"kmsKeyArn":"arn:k","kmsKeyState":"Enabled","wantedKmsKeyArn":"arn:k","reason":"tag","rule":"","tagRejected":"","errorType":"",` +
		`"class":"STANDARD","storedBytes":0,"retentionDays":null,"createdAt":"2026-11-21T20:01:00Z"}
{"action":"audit","account":"111122223333","region":"eu-west-1","at":"2026-11-24T22:59:00Z","examined":2,"chosen":1,"other":0,"unusable":0,"open":1,"exempt":0,"chosenPercent":50,"complete":true}
{"action":"audit","account":"111122223333","region":"eu-north-1","at":"2026-11-24T22:59:00Z","examined":0,"chosen":0,"other":0,"unusable":0,"open":0,"exempt":0,"chosenPercent":100,"complete":true}
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// RFC 4180: CR LF, a header, quotes; and no cell is a formula.
func TestCSV(t *testing.T) {
	var out bytes.Buffer
	write(t, NewCSV(&out), summaryOf(whole(Totals{Examined: 2, Open: 1, Chosen: 1})), archive, orders)
	want := "logGroup,account,region,state,because,kmsKeyArn,kmsKeyState,wantedKmsKeyArn,reason,rule,tagRejected,errorType,class,storedBytes,retentionDays,createdAt\r\n" +
		"/app/archive,111122223333,eu-west-1,open,rule archive (rules.yaml:5): its key alias/archive cannot be used,,,,rule,archive,,KeyUnusable,STANDARD,432013312,90,2026-11-21T20:01:00Z\r\n" +
		"'-app/orders,111122223333,eu-west-1,chosen,\"tag \"\"x\"\" <b>, chooses it\",arn:k,Enabled,arn:k,tag,,,,STANDARD,0,,2026-11-21T20:01:00Z\r\n"
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestCSVWithoutLogGroups(t *testing.T) {
	var out bytes.Buffer
	write(t, NewCSV(&out), summaryOf(whole(Totals{})))
	if got := out.String(); strings.Count(got, "\r\n") != 1 || !strings.HasPrefix(got, "logGroup,") {
		t.Errorf("got %q, want the header alone", got)
	}
}

// A table that lacks log groups says so in itself: it may be all that is handed on.
func TestCSVNotComplete(t *testing.T) {
	var out bytes.Buffer
	write(t, NewCSV(&out), summaryOf(broken(Totals{Examined: 1, Open: 1})), archive)
	records, err := csv.NewReader(&out).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	last := records[len(records)-1]
	if last[0] != "" || last[3] != "unknown" || last[4] != "not complete: listing: denied" || last[11] != "AccessDenied" {
		t.Errorf("got %q, want a line that says so", last)
	}
}

func TestHarmless(t *testing.T) {
	for _, text := range []string{"=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx"} {
		if got := harmless(text); got != "'"+text {
			t.Errorf("%q: got %q, want it quoted", text, got)
		}
	}
	for _, text := range []string{"", "/app", "a=b", "'x", "é"} {
		if got := harmless(text); got != text {
			t.Errorf("%q: got %q, want it as it is", text, got)
		}
	}
}

// The JSON of a row has a key for every column of the table.
func TestColumnsAreKeys(t *testing.T) {
	var out bytes.Buffer
	write(t, NewCSV(&out), summaryOf(whole(Totals{})))
	text, err := json.Marshal(Row{})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range strings.Split(strings.TrimSpace(out.String()), ",") {
		if !strings.Contains(string(text), `"`+name+`":`) {
			t.Errorf("got the column %s, want it in %s", name, text)
		}
	}
}
