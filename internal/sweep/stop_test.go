package sweep

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"log-group-kms/internal/awsconf"
	"log-group-kms/internal/awsfake"
	"log-group-kms/internal/failure"
	"log-group-kms/internal/policy"
)

// New work ends with about a tenth of the time, at most 10 s, in hand; what is
// under way then may go on for a part of that, never for all of it.
func TestTimes(t *testing.T) {
	for _, test := range []struct{ limit, stop time.Duration }{
		{15 * time.Minute, 890 * time.Second}, {100 * time.Second, 90 * time.Second}, {10 * time.Second, 9 * time.Second},
		{0, 0}, {-time.Second, -time.Second},
	} {
		t.Run(test.limit.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), test.limit)
				defer cancel()
				now := time.Now()
				stop, work, done := times(ctx)
				defer done()
				stopsAt, ok := stop.Deadline()
				if got := stopsAt.Sub(now); !ok || got != test.stop {
					t.Errorf("new work: got an end after %v, want %v", got, test.stop)
				}
				worksUntil, ok := work.Deadline()
				spare := test.limit - worksUntil.Sub(now)
				if reserve := test.limit - test.stop; !ok || spare > reserve || spare < reserve/10 {
					t.Errorf("all work: got %v left of %v, want some of it", spare, reserve)
				}
			})
		})
	}
	stop, work, done := times(t.Context())
	defer done()
	if _, ok := stop.Deadline(); ok || stop != work {
		t.Error("no deadline: got one, want none")
	}
}

// A log group whose work time cut off gets more chances, but not for ever. One
// that only waited for its turn has not had any yet.
func TestDeservesMore(t *testing.T) {
	cut := &failure.Error{Type: failure.Unavailable, Err: context.DeadlineExceeded, OutOfTime: true, Attempts: 1}
	waited := &failure.Error{Type: failure.Throttled, Err: errors.New("paced"), OutOfTime: true}
	for _, test := range []struct {
		name string
		err  error
		cuts int
		want bool
	}{
		{"success", nil, 0, false},
		{"cut off", cut, 0, true},
		{"cut off, wrapped", fmt.Errorf("around: %w", cut), 0, true},
		{"cut off again", cut, maxCuts - 1, true},
		{"cut off too often", cut, maxCuts, false},
		{"no turn", waited, 0, true},
		{"no turn again and again", waited, maxCuts, true},
		{"failed in time", &failure.Error{Type: failure.Conflict, Err: errors.New("conflict"), Attempts: 8}, 0, false},
		{"another error", errors.New("odd"), 0, false},
	} {
		if got := deservesMore(test.err, test.cuts); got != test.want {
			t.Errorf("%s: got %t, want %t", test.name, got, test.want)
		}
	}
}

// Wherever the time ends, in the middle of a page or of a request, nothing is
// lost and nothing is done twice, and the counts add up.
func TestEveryStop(t *testing.T) {
	const n, every = 120, 3 // three pages; each third has its key already
	for _, test := range []struct {
		name  string
		rates awsconf.Rates
		slow  time.Duration
		from  time.Duration
		step  time.Duration
		to    time.Duration
	}{
		{"slow requests", awsconf.Rates{}, 300 * time.Millisecond, 600 * time.Millisecond, 170 * time.Millisecond, 4 * time.Second},
		{"slow requests, paced", awsconf.Rates{Associate: 4, Describe: 8}, 70 * time.Millisecond, 2 * time.Second, 2900 * time.Millisecond, 30 * time.Second},
		{"paced", awsconf.Rates{Associate: 4, Describe: 8}, 0, time.Second, 2900 * time.Millisecond, 30 * time.Second},
	} {
		for limit := test.from; limit <= test.to; limit += test.step {
			t.Run(fmt.Sprint(test.name, " ", limit), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					s := newSetup(t, n, func(i int) bool { return i%every == 0 }, test.rates, nil)
					if test.slow > 0 {
						s.world.Inject(awsfake.Fault{Operation: "AssociateKmsKey", Kind: awsfake.Slow, Delay: test.slow})
					}
					answers := s.follow(limit, 200)
					all := sum(answers)
					want := Answer{Examined: n, Encrypted: n, Associated: n - n/every, Unchanged: n / every}
					// A request that time cut off was an attempt as well, but of
					// a log group that this call does not count.
					if all.Examined != want.Examined || all.Encrypted != want.Encrypted ||
						all.Associated != want.Associated || all.Unchanged != want.Unchanged || all.Failed+all.Gone+all.Skipped+all.Planned > 0 {
						t.Errorf("%d calls: got sum %+v, want %+v", len(answers), all, want)
					}
					total := answers[len(answers)-1].Total
					if total == nil || *total != (Total{LogGroups: n, Encrypted: n}) {
						t.Errorf("got total %+v, want %d log groups, all encrypted", total, n)
					}
					for _, a := range answers[:len(answers)-1] {
						if a.Total != nil {
							t.Error("got a total before the end")
						}
					}
					if got := s.reports.Load(); got != n {
						t.Errorf("got %d reports, want one for each of %d log groups", got, n)
					}
					done := make(map[string]int)
					for _, c := range s.world.Calls() {
						if c.Operation == "AssociateKmsKey" && c.Status == 200 {
							done[c.Resource]++
						}
					}
					for name, times := range done {
						if times != 1 {
							t.Errorf("%s: got its key %d times, want once", name, times)
						}
					}
					if total, encrypted := s.world.Coverage("", region); total != encrypted {
						t.Errorf("got %d of %d log groups encrypted, want all", encrypted, total)
					}
				})
			})
		}
	}
}

// No time at all is no failure: the cursor says where to begin.
func TestNoTimeAtAll(t *testing.T) {
	for _, limit := range []time.Duration{0, -time.Second} {
		synctest.Test(t, func(t *testing.T) {
			s := newSetup(t, 3, nil, awsconf.Rates{}, func(p *policy.Policy) { p.QueryResult = "alias/logs" })
			a, err := s.call(limit, "")
			if err != nil || a.Cursor == "" || a.Examined != 0 || a.QueryResult != nil || len(s.world.Calls()) != 0 {
				t.Fatalf("got %+v, %v after %d requests, want a cursor and nothing done", a, err, len(s.world.Calls()))
			}
			if a, err = s.call(time.Minute, a.Cursor); err != nil || a.Cursor != "" || a.Associated != 3 || a.QueryResult == nil {
				t.Errorf("got %+v, %v, want everything done", a, err)
			}
		})
	}
}

// Where this program's own rate leaves no turn, log groups are left to the next
// call rather than failed.
func TestPacedGroupsAreLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSetup(t, 30, nil, awsconf.Rates{Associate: 0.5}, nil)
		if all := sum(s.follow(20*time.Second, 50)); all.Failed != 0 || all.Associated != 30 {
			t.Errorf("got %d associated, %d failed, want 30 and none", all.Associated, all.Failed)
		}
	})
}

// A turn for the next page that would come too late ends the call like any other
// lack of time: what it has done counts, and the cursor goes on from there.
func TestPacedPages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSetup(t, 400, func(int) bool { return true }, awsconf.Rates{Describe: 0.3}, nil)
		all := sum(s.follow(20*time.Second, 10))
		if all.Unchanged != 400 {
			t.Errorf("got %d unchanged, want 400", all.Unchanged)
		}
	})
}

// What is left to the next call must not grow with the number of log groups:
// memory, Lambda's answer and the state machine's data are limited.
func TestCursorStaysSmall(t *testing.T) {
	for _, rate := range []float64{4, 1, 0.5, 0.01} {
		t.Run(fmt.Sprint(rate, " a second"), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSetup(t, 20_000, nil, awsconf.Rates{Associate: rate, Describe: 8}, nil)
				s.world.RecordCalls(false)
				a, err := s.call(15*time.Minute, "")
				if err != nil {
					t.Fatal(err)
				}
				if most := 8 << 10; len(a.Cursor) > most {
					t.Errorf("got a cursor of %d bytes after %d log groups, want at most %d", len(a.Cursor), a.Examined, most)
				}
			})
		})
	}
}

// A log group that AWS leaves without an answer each time ends as a failure, not
// in an endless chain of calls.
func TestHungGroupFailsInTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSetup(t, 5, nil, awsconf.Rates{}, nil)
		s.world.Inject(awsfake.Fault{Operation: "AssociateKmsKey", Resource: numbered(2), Kind: awsfake.Hang})
		answers := s.follow(10*time.Second, 5)
		all, last := sum(answers), answers[len(answers)-1]
		if all.Associated != 4 || all.Failed != 1 || all.Examined != 5 {
			t.Errorf("got %+v, want 4 associated and 1 failed", all)
		}
		if len(last.Failures) != 1 || last.Failures[0].LogGroup != numbered(2) || last.Failures[0].ErrorType != failure.Unavailable {
			t.Errorf("got failures %+v, want %s as Unavailable", last.Failures, numbered(2))
		}
	})
}
