package pace

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// queue takes turns side by side, in the order of the priorities given, and gives
// the order in which they came (as places in that list) and when.
func queue(t *testing.T, l *limiter, order ...priority) (places []int, at []time.Duration) {
	t.Helper()
	begin := time.Now()
	var all sync.WaitGroup
	var mu sync.Mutex
	for i, p := range order {
		all.Go(func() {
			if err := l.take(t.Context(), p); err != nil {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			places = append(places, i)
			at = append(at, time.Since(begin))
		})
		synctest.Wait() // it has its place in the queue
	}
	all.Wait()
	return places, at
}

// checkSpaced checks that turns come evenly spaced, never closer than the ceiling
// allows and little slower.
func checkSpaced(t *testing.T, at []time.Duration, ceiling float64) {
	t.Helper()
	least := time.Duration(float64(time.Second) / ceiling)
	most := least + least/20
	for i := range at[1:] {
		if got := at[i+1] - at[i]; got < least || got > most {
			t.Errorf("got %v between turn %d and the next, want %v to %v", got, i, least, most)
		}
	}
}

func TestTurnsAreEvenlySpaced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(4)
		places, at := queue(t, l, make([]priority, 20)...)
		checkSpaced(t, at, 4)
		if at[0] != 0 {
			t.Errorf("got the first turn after %v, want it at once", at[0])
		}
		if !slices.IsSorted(places) {
			t.Errorf("got the order %v, want first come, first served", places)
		}
		time.Sleep(time.Hour) // earns no burst
		_, at = queue(t, l, make([]priority, 5)...)
		checkSpaced(t, at, 4)
	})
}

func TestUrgentOnesGoFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		got, at := queue(t, newLimiter(4), bulk, bulk, bulk, urgent, bulk, urgent)
		// The first is under way when the others come.
		if diff := cmp.Diff([]int{0, 3, 5, 1, 2, 4}, got); diff != "" {
			t.Errorf("got another order (-want +got):\n%s", diff)
		}
		checkSpaced(t, at, 4) // all of them together
	})
}

func TestThrottlingSlowsDown(t *testing.T) {
	for _, test := range []struct {
		name         string
		throttled    priority
		urgent, bulk bool // whether these slow down
	}{
		{"an event's request", urgent, true, true},
		{"a sweep's request", bulk, false, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				for p, slower := range []bool{urgent: test.urgent, bulk: test.bulk} {
					l := newLimiter(4)
					if err := l.take(t.Context(), test.throttled); err != nil {
						t.Fatal(err)
					}
					l.throttled(test.throttled, time.Now())
					_, at := queue(t, l, priority(p))
					if got := at[0] > 300*time.Millisecond; got != slower {
						t.Errorf("priority %d: got the next turn after %v, want slower = %v", p, at[0], slower)
					}
				}
			})
		})
	}
}

// Waiters who give up must not take along the turns of those behind them.
func TestGivingUpLosesNoTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(4)
		queue(t, l, urgent)
		begin := time.Now()
		ctx, cancel := context.WithCancel(t.Context())
		for range 5 {
			go func() {
				if err := l.take(ctx, urgent); err != errNoTurn {
					t.Errorf("got %v for one who gave up, want %v", err, errNoTurn)
				}
			}()
		}
		synctest.Wait()
		time.AfterFunc(100*time.Millisecond, cancel)
		queue(t, l, urgent)
		if got := time.Since(begin); got > 300*time.Millisecond {
			t.Errorf("got a turn after %v, want the first one after those who gave up", got)
		}
	})
}

func TestGivingUpLetsTheLessUrgentGoOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(4)
		l.lanes[urgent].next = time.Now().Add(time.Hour)
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Hour)
		go func() { _ = l.take(ctx, urgent) }()
		synctest.Wait()
		time.AfterFunc(time.Minute, cancel)
		if _, at := queue(t, l, bulk); at[0] != time.Minute {
			t.Errorf("got the turn after %v, want it when the urgent one gave up", at[0])
		}
	})
}

// A waiter who gives up may get the turn before it has said so.
func TestATurnThatComesTooLateIsNotLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(4)
		queue(t, l, urgent)
		ctx, cancel := context.WithCancel(t.Context())
		gaveUp := make(chan error)
		go func() { gaveUp <- l.take(ctx, urgent) }()
		synctest.Wait()
		l.mu.Lock()
		cancel()
		l.next, l.lanes[urgent].next = time.Now(), time.Now()
		l.handOut()
		l.mu.Unlock()
		if err := <-gaveUp; err != errNoTurn {
			t.Errorf("got %v for one who gave up, want %v", err, errNoTurn)
		}
		if _, at := queue(t, l, urgent); at[0] > l.spacing/10 {
			t.Errorf("got the next turn after %v, want it at once", at[0])
		}
	})
}

func TestAnEndedContextGetsNoTurn(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	l := newLimiter(4)
	for range 20 {
		if err := l.take(ctx, urgent); err != errNoTurn {
			t.Fatalf("got %v, want %v", err, errNoTurn)
		}
	}
	if err := l.take(t.Context(), urgent); err != nil {
		t.Errorf("got %v for the next, want its turn at once", err)
	}
}

// The deadline is compared with the earliest turn possible. Whoever gives up
// leaves the place to others.
func TestADeadlineTooSoonIsNotWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(4)
		begin := time.Now()
		var given, refused atomic.Int32
		var all sync.WaitGroup
		for range 20 {
			ctx, cancel := context.WithTimeout(t.Context(), 1100*time.Millisecond) // turns at 0, 250, … 1000 ms
			defer cancel()
			all.Go(func() {
				if err := l.take(ctx, urgent); err == nil {
					given.Add(1)
				} else {
					refused.Add(1)
				}
			})
			synctest.Wait()
		}
		if refused.Load() != 15 || !time.Now().Equal(begin) {
			t.Errorf("got %d refused after %v, want 15 at once", refused.Load(), time.Since(begin))
		}
		all.Wait()
		if given.Load() != 5 {
			t.Errorf("got %d turns, want 5", given.Load())
		}
		queue(t, l, urgent)
		if got := time.Since(begin); got > 1400*time.Millisecond {
			t.Errorf("got the next turn after %v, want it after 1.25 s: those who were refused do not count", got)
		}
	})
}

// A busy machine hands a turn out late, and those after it come on time. But of
// what fell due while the process was frozen, no more than one turn is made up for.
// The times of turns and waiters are set back here to make it late.
func TestLateTurns(t *testing.T) {
	for _, test := range []struct {
		name string
		late time.Duration
		want []time.Duration // about when the turns come, from the late one on
	}{
		{"a little", 100 * time.Millisecond, []time.Duration{0, 150 * time.Millisecond, 400 * time.Millisecond}},
		{"by a freeze", time.Hour, []time.Duration{0, 0, 250 * time.Millisecond, 500 * time.Millisecond}},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newLimiter(4)
				queue(t, l, urgent)
				var at []time.Time
				var all sync.WaitGroup
				for range test.want {
					all.Go(func() {
						if err := l.take(t.Context(), urgent); err != nil {
							t.Error(err)
						}
						l.mu.Lock()
						defer l.mu.Unlock()
						at = append(at, time.Now())
					})
				}
				synctest.Wait()
				begin := time.Now()
				l.mu.Lock()
				l.next, l.lanes[urgent].next = begin.Add(-test.late), begin.Add(-test.late)
				for _, w := range l.lanes[urgent].waiting {
					w.since = begin.Add(-test.late)
				}
				l.handOut()
				l.mu.Unlock()
				all.Wait()
				for i, want := range test.want {
					if got := at[i].Sub(begin); got < want || got > want+50*time.Millisecond {
						t.Errorf("got turn %d after %v, want it after %v", i, got, want)
					}
				}
			})
		})
	}
}

func TestTakersSideBySide(t *testing.T) {
	l := newLimiter(100_000)
	var all sync.WaitGroup
	for i := range 50 {
		all.Go(func() {
			for range 20 {
				ctx, cancel := context.WithCancel(t.Context())
				if i%5 == 0 {
					time.AfterFunc(50*time.Microsecond, cancel)
				}
				p := priority(i % int(priorities))
				switch err := l.take(ctx, p); {
				case err == nil && i%7 == 0:
					l.giveBack(p)
				case err == nil && i%11 == 0:
					l.throttled(p, time.Now())
				}
				cancel()
			}
		})
	}
	all.Wait()
	for p := range l.lanes {
		if n := len(l.lanes[p].waiting); n != 0 {
			t.Errorf("priority %d: got %d waiters left behind, want none", p, n)
		}
	}
}
