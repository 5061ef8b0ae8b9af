package handler_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"log-group-kms/internal/answer"
	"log-group-kms/internal/encrypt"
	"log-group-kms/internal/failure"
	"log-group-kms/internal/sweep"
	"log-group-kms/internal/target"
)

type entry = map[string]any

// Each outcome has its log line with the answer's keys, and its metrics.
func TestLinesOfEachOutcome(t *testing.T) {
	base := answer.Answer{LogGroup: "/app", Account: account, Region: region}
	with := func(change func(*answer.Answer)) answer.Answer {
		a := base
		change(&a)
		return a
	}
	where := func(more entry) entry {
		for key, value := range (entry{"logGroup": "/app", "account": account, "region": region}) {
			more[key] = value
		}
		return more
	}
	for _, test := range []struct {
		name   string
		answer answer.Answer
		err    error
		want   []entry
	}{
		{
			"associated",
			with(func(a *answer.Answer) {
				a.Outcome, a.Reason, a.Rule, a.KMSKeyARN, a.PreviousKMSKeyARN, a.Attempts = answer.Associated, answer.Rule, "payments", keyARN, "old", 3
			}), nil,
			[]entry{
				where(entry{"level": "INFO", "message": "associated", "outcome": "associated", "reason": "rule", "rule": "payments", "kmsKeyArn": keyARN, "previousKmsKeyArn": "old", "attempts": 3.0, "dryRun": false}),
				where(entry{"Associated": 1.0, "Attempts": 3.0, "reason": "rule", "rule": "payments"}),
			},
		},
		{
			"planned",
			with(func(a *answer.Answer) {
				a.Outcome, a.Reason, a.KMSKeyARN, a.DryRun = answer.Planned, answer.Default, keyARN, true
			}), nil,
			[]entry{
				where(entry{"level": "INFO", "message": "planned", "outcome": "planned", "reason": "default", "kmsKeyArn": keyARN, "attempts": 0.0, "dryRun": true}),
				where(entry{"Planned": 1.0, "reason": "default"}),
			},
		},
		{
			"unchanged", with(func(a *answer.Answer) { a.Outcome, a.Reason = answer.Unchanged, answer.ExistingKeyKept }), nil,
			[]entry{
				where(entry{"level": "INFO", "message": "unchanged", "outcome": "unchanged", "reason": "existing-key-kept", "attempts": 0.0, "dryRun": false}),
				where(entry{"Unchanged": 1.0, "reason": "existing-key-kept"}),
			},
		},
		{
			"skipped", with(func(a *answer.Answer) { a.Outcome, a.Reason = answer.Skipped, answer.NoKey }), nil,
			[]entry{
				where(entry{"level": "INFO", "message": "skipped", "outcome": "skipped", "reason": "no-key", "attempts": 0.0, "dryRun": false}),
				where(entry{"Skipped": 1.0, "reason": "no-key"}),
			},
		},
		{
			"gone", with(func(a *answer.Answer) { a.Outcome, a.Reason = answer.Gone, answer.LogGroupNotFound }), nil,
			[]entry{
				where(entry{"level": "INFO", "message": "gone", "outcome": "gone", "reason": "log-group-not-found", "attempts": 0.0, "dryRun": false}),
				where(entry{"Gone": 1.0, "reason": "log-group-not-found"}),
			},
		},
		{
			"failed", with(func(a *answer.Answer) { a.Attempts = 8 }), fail(failure.Conflict),
			[]entry{
				where(entry{"level": "ERROR", "message": "failed", "errorType": "Conflict", "errorMessage": fail(failure.Conflict).Error(), "attempts": 8.0, "dryRun": false}),
				where(entry{"Failed": 1.0, "Attempts": 8.0, "errorType": "Conflict"}),
			},
		},
		{
			"tag rejected",
			with(func(a *answer.Answer) {
				a.Outcome, a.Reason, a.TagRejected, a.TagRejectedWhy = answer.Unchanged, answer.AlreadyAssociated, answer.NotAllowed, "the cause"
			}), nil,
			[]entry{
				where(entry{"level": "WARN", "message": "tag rejected", "outcome": "unchanged", "reason": "already-associated", "tagRejected": "not-allowed", "cause": "the cause", "attempts": 0.0, "dryRun": false}),
				where(entry{"level": "INFO", "message": "unchanged", "outcome": "unchanged", "reason": "already-associated", "tagRejected": "not-allowed", "attempts": 0.0, "dryRun": false}),
				where(entry{"Unchanged": 1.0, "TagRejected": 1.0, "reason": "already-associated"}),
			},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newSetup("")
			s.encrypter.do = func(context.Context, encrypt.Request) (answer.Answer, error) { return test.answer, test.err }
			_, _ = s.Invoke(t.Context(), []byte(`{"action":"encrypt","logGroupName":"/app"}`)) // only the output is of interest
			if diff := cmp.Diff(test.want, s.lines(t)); diff != "" {
				t.Errorf("output (-want +got):\n%s", diff)
			}
		})
	}
}

// A record's line carries its ID; what was only skipped is told as well.
func TestLinesOfARecord(t *testing.T) {
	s := newSetup("")
	const denied = `{"eventSource":"logs.amazonaws.com","eventName":"CreateLogGroup","awsRegion":"eu-west-1","recipientAccountId":"111122223333",
		"eventID":"efb309eb-d05e-40ee-bac8-0ff6adfb8ee3","errorCode":"AccessDenied","errorMessage":"secret","requestParameters":null}`
	out, err := s.Invoke(t.Context(), []byte(denied))
	wantAnswer := `{"outcome":"skipped","reason":"failed-call","account":"111122223333","region":"eu-west-1","attempts":0,"dryRun":false,"eventId":"efb309eb-d05e-40ee-bac8-0ff6adfb8ee3"}`
	if err != nil || string(out) != wantAnswer {
		t.Errorf("got %s, %v, want %s", out, err, wantAnswer)
	}
	want := []entry{
		{"level": "INFO", "message": "skipped", "outcome": "skipped", "reason": "failed-call", "account": account, "region": region, "eventId": "efb309eb-d05e-40ee-bac8-0ff6adfb8ee3", "attempts": 0.0, "dryRun": false},
		{"Skipped": 1.0, "reason": "failed-call", "account": account, "region": region},
	}
	if diff := cmp.Diff(want, s.lines(t)); diff != "" {
		t.Errorf("output (-want +got):\n%s", diff)
	}
}

func TestExposureMetric(t *testing.T) {
	s := newSetup("")
	s.encrypter.do = associated
	if _, err := s.Invoke(t.Context(), []byte(created(time.Now().Add(-time.Hour), `{"logGroupName":"/app"}`))); err != nil {
		t.Fatal(err)
	}
	for _, l := range s.lines(t) {
		key := "exposureSeconds"
		if l["level"] == nil {
			key = "ExposureSeconds"
		}
		if seconds, ok := l[key].(float64); !ok || seconds < 3600 || seconds > 3700 {
			t.Errorf("got %s %v, want a little over 3600", key, l[key])
		}
	}
}

// Metric lines have no level, and must come whatever the level of the log.
func TestMetricsAtAnyLevel(t *testing.T) {
	s := newSetup("ERROR")
	if _, err := s.Invoke(t.Context(), []byte(`{"action":"encrypt","logGroupName":"/app"}`)); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]entry{{"Unchanged": 1.0, "reason": "already-associated", "logGroup": "/app"}}, s.lines(t)); diff != "" {
		t.Errorf("output (-want +got):\n%s", diff)
	}
}

// swept is a sweep that reports on a few log groups.
func swept(total *sweep.Total, cursor string) func(context.Context, sweep.Request, func(answer.Answer, error)) (sweep.Answer, error) {
	return func(_ context.Context, r sweep.Request, report func(answer.Answer, error)) (sweep.Answer, error) {
		report(answer.Answer{Outcome: answer.Associated, Reason: answer.Default, LogGroup: "/a", Attempts: 2}, nil)
		report(answer.Answer{Outcome: answer.Unchanged, Reason: answer.ExistingKeyKept, LogGroup: "/b"}, nil)
		report(answer.Answer{Outcome: answer.Skipped, Reason: answer.Excluded, LogGroup: "/c"}, nil)
		report(answer.Answer{LogGroup: "/d"}, fail(failure.KeyUnusable))
		return sweep.Answer{
			Action: "sweep", Account: r.Scope.Account, Region: r.Scope.Region, Examined: 4, Encrypted: 2, Associated: 1,
			Unchanged: 1, Skipped: 1, Failed: 1, Attempts: 2, TagRejected: 1, Failures: []sweep.Failure{}, Cursor: cursor, Total: total,
		}, nil
	}
}

// A sweep logs what it did and what failed, the rest only at DEBUG; its metrics
// are one line, with the coverage once the whole is done.
func TestLinesOfASweep(t *testing.T) {
	counts := func(more entry) entry {
		for key, value := range (entry{
			"Associated": 1.0, "Planned": 0.0, "Unchanged": 1.0, "Skipped": 1.0, "Gone": 0.0, "Failed": 1.0,
			"TagRejected": 1.0, "Attempts": 2.0, "account": account, "region": region,
		}) {
			more[key] = value
		}
		return more
	}
	for _, test := range []struct {
		name   string
		total  *sweep.Total
		cursor string
		want   entry
	}{
		{"part", nil, "next", counts(entry{})},
		{"finished", &sweep.Total{LogGroups: 8, Encrypted: 6, Open: 3, Unusable: 2, MissedByEvents: 1}, "", counts(entry{"LogGroups": 8.0, "LogGroupsEncrypted": 6.0, "CoveragePercent": 75.0, "Open": 3.0, "LogGroupsUnusable": 2.0, "MissedByEvents": 1.0})},
		{"finished on nothing", &sweep.Total{}, "", counts(entry{"LogGroups": 0.0, "LogGroupsEncrypted": 0.0, "CoveragePercent": 100.0, "Open": 0.0, "LogGroupsUnusable": 0.0, "MissedByEvents": 0.0})},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newSetup("")
			s.sweeper.do = swept(test.total, test.cursor)
			if _, err := s.Invoke(t.Context(), []byte(`{"action":"sweep"}`)); err != nil {
				t.Fatal(err)
			}
			lines := s.lines(t)
			var messages []string
			for _, l := range lines[:len(lines)-1] {
				text, _ := l["message"].(string)
				messages = append(messages, text)
			}
			if diff := cmp.Diff([]string{"associated", "failed", "swept"}, messages); diff != "" {
				t.Errorf("messages (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(test.want, lines[len(lines)-1]); diff != "" {
				t.Errorf("metrics (-want +got):\n%s", diff)
			}
			if done := lines[len(lines)-2]["done"]; done != (test.cursor == "") {
				t.Errorf("got done %v, want %t", done, test.cursor == "")
			}
		})
	}
	s := newSetup("DEBUG")
	s.sweeper.do = swept(nil, "")
	if _, err := s.Invoke(t.Context(), []byte(`{"action":"sweep"}`)); err != nil || strings.Count(s.out.text.String(), `"level":"DEBUG"`) != 2 {
		t.Errorf("got %s, %v, want two lines at DEBUG", s.out.text.String(), err)
	}
}

// The command's fields reach the sweep.
func TestSweepRequest(t *testing.T) {
	s := newSetup("")
	s.sweeper.do = swept(nil, "")
	for _, command := range []string{
		`{"action":"sweep"}`,
		`{"action":"sweep","account":"444455556666","region":"us-gov-west-1","prefix":"/app","cursor":"c","dryRun":true}`,
	} {
		if _, err := s.Invoke(t.Context(), []byte(command)); err != nil {
			t.Fatal(err)
		}
	}
	want := []sweep.Request{
		{Scope: target.Scope{Partition: "aws", Account: account, Region: region}},
		{Scope: target.Scope{Partition: "aws-us-gov", Account: "444455556666", Region: "us-gov-west-1"}, Prefix: "/app", Cursor: "c", DryRun: true},
	}
	if diff := cmp.Diff(want, s.sweeper.requests); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
}

// A sweep keeps time back by itself; Lambda's deadline reaches it whole.
func TestSweepHasTheWholeTime(t *testing.T) {
	s := newSetup("")
	deadline := time.Now().Add(time.Minute)
	ctx, cancel := context.WithDeadline(t.Context(), deadline)
	defer cancel()
	s.sweeper.do = func(ctx context.Context, _ sweep.Request, _ func(answer.Answer, error)) (sweep.Answer, error) {
		if got, ok := ctx.Deadline(); !ok || !got.Equal(deadline) {
			t.Errorf("got deadline %v, want Lambda's %v", got, deadline)
		}
		return sweep.Answer{}, nil
	}
	if _, err := s.Invoke(ctx, []byte(`{"action":"sweep"}`)); err != nil {
		t.Error(err)
	}
}

func TestFailedSweep(t *testing.T) {
	s := newSetup("")
	s.sweeper.do = func(context.Context, sweep.Request, func(answer.Answer, error)) (sweep.Answer, error) {
		return sweep.Answer{}, fail(failure.AccessDenied)
	}
	_, err := s.Invoke(t.Context(), []byte(`{"action":"sweep"}`))
	if got := lambdaError(t, err); got.Type != "AccessDenied" {
		t.Errorf("got %+v, want AccessDenied", got)
	}
	want := []entry{
		{"level": "ERROR", "message": "failed", "errorType": "AccessDenied", "errorMessage": fail(failure.AccessDenied).Error(), "account": account, "region": region, "attempts": 0.0, "dryRun": false},
		{"Failed": 1.0, "errorType": "AccessDenied", "account": account, "region": region},
	}
	if diff := cmp.Diff(want, s.lines(t)); diff != "" {
		t.Errorf("output (-want +got):\n%s", diff)
	}
}

// A sweep that fails on a later page has done something before, which counts: the
// alarms on Associated and Failed would otherwise miss it. And nothing but its lines
// tells of the keys in danger that it met.
func TestFailedSweepCountsWhatItDid(t *testing.T) {
	s := newSetup("")
	s.sweeper.do = func(_ context.Context, r sweep.Request, _ func(answer.Answer, error)) (sweep.Answer, error) {
		return sweep.Answer{
			Action: "sweep", Account: r.Scope.Account, Region: r.Scope.Region,
			Examined: 50, Encrypted: 49, Associated: 48, Unchanged: 1, Gone: 1, Attempts: 51,
			InDanger: []sweep.UnusableKey{{KMSKeyARN: keyARN, KeyState: "Disabled", LogGroups: 1, Examples: []string{"/a"}}},
		}, fail(failure.AccessDenied)
	}
	_, err := s.Invoke(t.Context(), []byte(`{"action":"sweep"}`))
	if got := lambdaError(t, err); got.Type != "AccessDenied" {
		t.Errorf("got %+v, want AccessDenied", got)
	}
	want := []entry{
		{
			"level": "WARN", "message": "log groups are under a key that cannot be used", "account": account, "region": region, "kmsKeyArn": keyARN,
			"keyState": "Disabled", "logGroups": 1.0, "examples": []any{"/a"}, "remedy": "aws kms enable-key --key-id " + keyARN + " --region " + region,
		},
		{
			"Associated": 48.0, "Planned": 0.0, "Unchanged": 1.0, "Skipped": 0.0, "Gone": 1.0, "Failed": 0.0,
			"TagRejected": 0.0, "Attempts": 51.0, "account": account, "region": region,
		},
		{"level": "ERROR", "message": "failed", "errorType": "AccessDenied", "errorMessage": fail(failure.AccessDenied).Error(), "account": account, "region": region, "attempts": 0.0, "dryRun": false},
		{"Failed": 1.0, "errorType": "AccessDenied", "account": account, "region": region},
	}
	if diff := cmp.Diff(want, s.lines(t)); diff != "" {
		t.Errorf("output (-want +got):\n%s", diff)
	}
}
