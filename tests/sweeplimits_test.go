package tests

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"log-group-kms/internal/awsfake"
)

// TestSweepUnderTrueLimits has AWS's own token bucket, a sweep and events at the
// same time, which know nothing of each other: together they send more than AWS
// takes, and all of it gets done.
func TestSweepUnderTrueLimits(t *testing.T) {
	t.Parallel()
	const groups, events = 20, 10
	w, key := manyGroups(groups)
	for i := range events {
		newGroup(w, fmt.Sprintf("/event/%d", i), "", nil)
	}
	w.SetLimits(true)
	defaults := []string{"RULES=", "EXCLUDE=", "QUERY_RESULT_KMS_KEY="}
	sweeper, worker := start(t, w, defaults...), start(t, w, append(defaults, "KMS_KEY_TAG=")...)
	var side sync.WaitGroup
	side.Go(func() {
		for i := range events {
			got, err := worker.function.Invoke(t.Context(), []byte(created(fmt.Sprintf("/event/%d", i))))
			if err != nil || got.ErrorType != "" {
				t.Errorf("event %d: got %v %s %s, want an answer", i, err, got.ErrorType, got.ErrorMessage)
			}
		}
	})
	got := sweeper.sweep()
	side.Wait()
	sweeper.equal("failed", got.Failed, 0)
	sweeper.equal("examined", got.Examined, groups+events)
	for i := range events {
		sweeper.wantKey(fmt.Sprintf("/event/%d", i), key)
	}
	for i := range groups {
		sweeper.wantKey(sweepName(i), key)
	}
}

// TestOwnRates counts every request, retries included. Only a lower bound of the
// time that they took can be held: a busy machine takes longer.
func TestOwnRates(t *testing.T) {
	cases := []struct {
		name, operation, setting string
		groups, requests         int
		rate                     float64
		kind                     awsfake.FaultKind
	}{
		{"writes", "AssociateKmsKey", "ASSOCIATE_RATE=20", 30, 30, 20, ""},
		{"writes and their retries", "AssociateKmsKey", "ASSOCIATE_RATE=20", 20, 40, 20, awsfake.Conflict},
		{"pages", "DescribeLogGroups", "DESCRIBE_RATE=5", 440, 9, 5, ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w, _ := manyGroups(c.groups)
			if c.kind != "" {
				w.Inject(awsfake.Fault{Operation: c.operation, Kind: c.kind})
			}
			s := start(t, w, plain(c.setting, "AWS_MAX_ATTEMPTS=2")...)
			s.sweep()
			var first, last time.Time
			n := 0
			for _, call := range w.Calls() {
				if call.Operation == c.operation {
					if n == 0 {
						first = call.At
					}
					last = call.At
					n++
				}
			}
			if n < c.requests { // a connection that breaks may cost one more
				t.Errorf("requests: got %d, want %d", n, c.requests)
			}
			least := time.Duration(0.8 * float64(n-1) / c.rate * float64(time.Second))
			if took := last.Sub(first); took < least {
				t.Errorf("%d requests took %v, want at least %v at %v a second", n, took, least, c.rate)
			}
		})
	}
}

// TestSweepCost holds what a sweep costs: its pages, each key once, and one write
// for each log group that needs it.
func TestSweepCost(t *testing.T) {
	t.Parallel()
	w, key := manyGroups(120)
	for i := range 60 {
		newGroup(w, fmt.Sprintf("/done/%d", i), key, nil)
	}
	s := start(t, w, plain("KMS_KEY_TAG=", "EXISTING_KEY=replace")...)
	s.sweep()
	calls := map[string]int{}
	for _, c := range w.Calls() {
		if c.Request["logGroupNamePrefix"] == nil { // a busy machine may have to look at a log group again
			calls[c.Operation]++
		}
	}
	s.equal("requests", calls, map[string]int{"DescribeLogGroups": 4, "DescribeKey": 1, "AssociateKmsKey": 120})
}

// TestSweepLogs keeps quiet about what is as it should be, unless it is asked
// for.
func TestSweepLogs(t *testing.T) {
	for level, quiet := range map[string]bool{"INFO": true, "DEBUG": false} {
		t.Run(level, func(t *testing.T) {
			t.Parallel()
			w, key := manyGroups(2)
			newGroup(w, "/has", key, nil)
			newGroup(w, "/skip", "", nil)
			newKey(w, "alias/disabled", awsfake.Key{State: awsfake.Disabled})
			newGroup(w, "/bad", "", nil)
			s := start(t, w, plain("EXCLUDE=/skip", "AWS_LAMBDA_LOG_LEVEL="+level, rules(`{"name":"bad","logGroups":["/bad"],"key":"alias/disabled"}`))...)
			s.sweep()
			o := s.read()
			s.equal("an associated one", levels(o.of(sweepName(0))), map[string]int{"INFO": 1})
			s.equal("a failed one", levels(o.of("/bad")), map[string]int{"ERROR": 1})
			want := map[string]int{"DEBUG": 1}
			if quiet {
				want = map[string]int{}
			}
			s.equal("an unchanged one", levels(o.of("/has")), want)
			s.equal("a skipped one", levels(o.of("/skip")), want)
			sums := map[string]float64{}
			for _, m := range o.metrics {
				for _, name := range s.embedded(m, "LogGroupKms") {
					sums[name] += m[name].(float64)
				}
			}
			s.equal("metrics", sums, map[string]float64{"Associated": 2, "Unchanged": 1, "Skipped": 1, "Failed": 1, "Attempts": 2,
				"LogGroups": 5, "LogGroupsEncrypted": 3, "CoveragePercent": 60, "Open": 1})
		})
	}
}

// TestSweepListingFallsSilent stops listing in the middle: what is done is kept,
// and the cursor leads on.
func TestSweepListingFallsSilent(t *testing.T) {
	t.Parallel()
	w, key := manyGroups(120)
	var speak func()
	var once sync.Once
	w.OnCall(func(c awsfake.Call) {
		if c.Operation == "DescribeLogGroups" {
			once.Do(func() { speak = w.Inject(awsfake.Fault{Operation: "DescribeLogGroups", Kind: awsfake.Hang}) })
		}
	})
	s := start(t, w, plain()...)
	s.does(created("aws/x"))
	first := s.swept(s.within(deadline, sweepCommand()))
	if first.Examined > 50 || first.Cursor == "" {
		t.Errorf("got %d examined at first and cursor %q, want the first page at most, and a cursor", first.Examined, first.Cursor)
	}
	speak()
	last := s.swept(s.invoke(sweepCommand(fmt.Sprintf(`"cursor":%q`, first.Cursor))))
	s.equal("examined in all", first.Examined+last.Examined, 120)
	s.wantOnce(120, key)
}

// TestSweepOverSilentQueryResults has no answer about the query results, ever.
// Their turn must not take every call's whole time.
func TestSweepOverSilentQueryResults(t *testing.T) {
	t.Parallel()
	w, key := manyGroups(10)
	w.Inject(awsfake.Fault{Operation: "AssociateKmsKey", Resource: queryResultARN, Kind: awsfake.Hang})
	s := start(t, w, plain("QUERY_RESULT_KMS_KEY=alias/log-group-kms", "AWS_MAX_ATTEMPTS=2")...)
	s.does(created("aws/x"))
	sum := total(s.onward(deadline))
	s.equal("associated and failed", []int{sum.Associated, sum.Failed}, []int{10, 1})
	s.wantOnce(10, key)
}

// TestSweepCursorStaysSmall guards against a cursor that grows with the number of
// log groups: whoever carries it on, a state machine above all, takes no more
// than 256 KiB. A rate that leaves writes waiting when time is up must stop the
// sweep, not send it past everything that is still to do.
func TestSweepCursorStaysSmall(t *testing.T) {
	t.Parallel()
	const groups = 3000
	w, _ := manyGroups(groups)
	s := start(t, w, plain("ASSOCIATE_RATE=4", "DESCRIBE_RATE=8")...)
	a := s.swept(s.within(10*time.Second, sweepCommand()))
	if len(a.Cursor) > 2000 {
		t.Errorf("got a cursor of %d bytes after %d log groups, want a few hundred", len(a.Cursor), a.Examined)
	}
	pages := 0
	for _, c := range w.Calls() {
		if c.Operation == "DescribeLogGroups" && c.Request["logGroupNamePrefix"] == nil { // the others look at one log group
			pages++
		}
	}
	if pages > 2 {
		t.Errorf("got %d pages read, with %d log groups done, want no more than what was worked on", pages, a.Examined)
	}
}
