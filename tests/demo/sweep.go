package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"log-group-kms/internal/awsfake"
	"log-group-kms/tests/golden"
)

const (
	// sweepDeadline is far below Lambda's 15 minutes, so that the sweep needs
	// several calls.
	sweepDeadline = 3 * time.Second
	// sweepRate makes up for the reader's time: AWS allows 5 a second.
	sweepRate = 70
	// mostSweepCalls ends a sweep that would not.
	mostSweepCalls = 40
	// mostSweepTries bounds the repetitions of a call.
	mostSweepTries = 4
)

// sweepAnswer is what the function says of one call of a sweep.
type sweepAnswer struct {
	Action                                                  string
	Examined, Associated, Planned, Unchanged, Skipped, Gone int
	Failed, Open, Unusable                                  int
	Failures                                                []struct{ LogGroup, ErrorType, ErrorMessage string }
	Cursor                                                  string
}

func (s *sweepAnswer) add(more sweepAnswer) {
	s.Examined += more.Examined
	s.Associated += more.Associated
	s.Unchanged += more.Unchanged
	s.Skipped += more.Skipped
	s.Gone += more.Gone
	s.Failed += more.Failed
	s.Open += more.Open
	s.Unusable += more.Unusable
	s.Failures = append(s.Failures, more.Failures...)
}

// showSweep sweeps an account that is older than the function.
func (d *demo) showSweep(ctx context.Context, s *stage, families []family) error {
	world := s.world
	d.page.say("Another account, whose %d log groups are all older than the function, so that no event ever told of them. The "+
		"command {\"action\":\"sweep\"} visits every one. It stops before its deadline, here %.0f seconds, and answers with a cursor, "+
		"with which it is called again until there is none. (ASSOCIATE_RATE is %d a second for this demo's sake. AWS allows 5, "+
		"and the default is 4.)", total(families), sweepDeadline.Seconds(), sweepRate)
	before := coverage(world)
	sum, err := d.sweep(ctx, s)
	if err != nil {
		return err
	}
	d.checkSweep(world, families, sum, before)
	for _, failure := range sum.Failures {
		d.page.indented(failure.ErrorType + " for " + failure.LogGroup + ": " + failure.ErrorMessage)
	}
	d.tell("Log groups under a customer's key: before %s, after %s. The others are what EXCLUDE matches and what failed; "+
		"the next sweep tries the latter again.", before, coverage(world))
	return d.page.err
}

// sweep sweeps, shows each call, and returns the sum.
func (d *demo) sweep(ctx context.Context, s *stage) (sweepAnswer, error) {
	var rows [][]string
	sum, err := s.sweep(ctx, func(one sweepAnswer, took time.Duration) {
		cursor := "yes"
		if one.Cursor == "" {
			cursor = "none: done"
		}
		rows = append(rows, one.row(fmt.Sprint(len(rows)+1), fmt.Sprintf("%7.2f", took.Seconds()), cursor))
	})
	if err != nil {
		return sum, err
	}
	d.checks.expect("that the sweep takes more calls than one", "true", fmt.Sprint(len(rows) > 1))
	d.page.table([]string{"call", "examined", "associated", "unchanged", "skipped", "failed", "seconds", "cursor"},
		append(rows, sum.row("all", "", "")))
	return sum, nil
}

// sweep follows the cursor to the end and returns the sum of all calls.
func (s *stage) sweep(ctx context.Context, each func(one sweepAnswer, took time.Duration)) (sweepAnswer, error) {
	var sum sweepAnswer
	for call := 1; call == 1 || sum.Cursor != ""; call++ {
		if call > mostSweepCalls {
			return sum, fmt.Errorf("the sweep did not end within %d calls", mostSweepCalls)
		}
		one, took, err := sweepOnce(ctx, s, sum.Cursor)
		if err != nil {
			return sum, fmt.Errorf("sweeping, call %d: %w", call, err)
		}
		sum.add(one)
		sum.Cursor = one.Cursor
		each(one, took)
	}
	return sum, nil
}

// sweepOnce calls the function once. On a machine with much else to do the answer may
// come too late. Then the same call is made again, as the state machine does it:
// its answer counts what the first one has done already as unchanged.
func sweepOnce(ctx context.Context, s *stage, cursor string) (one sweepAnswer, took time.Duration, err error) {
	command, err := json.Marshal(map[string]string{"action": "sweep", "cursor": cursor})
	if err != nil {
		return one, 0, fmt.Errorf("writing the command: %w", err)
	}
	for range mostSweepTries {
		a, err := s.function.InvokeWithin(ctx, command, sweepDeadline)
		if err != nil {
			return one, 0, fmt.Errorf("invoking the function: %w", err)
		}
		took += a.Took
		if a.TimedOut {
			continue
		}
		if a.ErrorType != "" {
			return one, 0, fmt.Errorf("%s: %s", a.ErrorType, a.ErrorMessage)
		}
		if err := json.Unmarshal(a.Payload, &one); err != nil {
			return one, 0, fmt.Errorf("reading the answer %s: %w", a.Payload, err)
		}
		return one, took, nil
	}
	return one, 0, fmt.Errorf("no answer within %v, %d times", sweepDeadline, mostSweepTries)
}

func (s sweepAnswer) row(call, seconds, cursor string) []string {
	return []string{
		call, fmt.Sprintf("%8d", s.Examined), fmt.Sprintf("%10d", s.Associated), fmt.Sprintf("%9d", s.Unchanged),
		fmt.Sprintf("%7d", s.Skipped), fmt.Sprintf("%6d", s.Failed), seconds, cursor,
	}
}

// counts lists what is not none.
func (s sweepAnswer) counts() string {
	var list []string
	for _, c := range []struct {
		n    int
		word string
	}{
		{s.Associated, "associated"}, {s.Planned, "planned"}, {s.Unchanged, "unchanged"},
		{s.Skipped, "skipped"}, {s.Gone, "gone"}, {s.Failed, "failed"},
	} {
		if c.n > 0 {
			list = append(list, fmt.Sprintf("%d %s", c.n, c.word))
		}
	}
	return strings.Join(list, ", ")
}

// coverage tells how many of the log groups have a key.
func coverage(w *awsfake.World) string {
	total, encrypted := w.Coverage(golden.Account, golden.Region)
	return percent(encrypted, total)
}

func percent(part, whole int) string {
	return fmt.Sprintf("%d of %d (%.1f %%)", part, whole, 100*float64(part)/float64(max(1, whole)))
}
