package pace

import (
	"math"
	"testing"
	"testing/synctest"
	"time"
)

func TestRateMoves(t *testing.T) {
	tried := law{cut: 0.5, recovery: 10 * time.Second, floor: 0.1}
	for _, test := range []struct {
		name      string
		throttled []time.Duration // when requests were sent and throttled
		at        time.Duration
		want      float64
	}{
		{"begins at the ceiling", nil, 0, 4},
		{"stays there", nil, time.Hour, 4},
		{"falls at once", []time.Duration{0}, 0, 2},
		{"grows slowly at first", []time.Duration{0}, time.Second, 2 * math.Exp(0.01)},
		{"grows faster then", []time.Duration{0}, 5 * time.Second, 2 * math.Exp(0.25)},
		{"does not exceed the ceiling", []time.Duration{0}, 10 * time.Second, 4},
		{"falls from where it has got to", []time.Duration{0, 5 * time.Second}, 5 * time.Second, math.Exp(0.25)},
		{"falls no lower than the floor", []time.Duration{0, 1, 2, 3, 4, 5, 6}, 6, 0.4},
		{"comes back from the floor", []time.Duration{0, 1, 2, 3, 4, 5, 6}, time.Minute, 4},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				begin := time.Now()
				r := newRate(4, tried)
				for _, at := range test.throttled {
					time.Sleep(at - time.Since(begin))
					r.throttled(time.Now())
				}
				time.Sleep(test.at - time.Since(begin))
				if got := r.now(); math.Abs(got-test.want) > 1e-6 {
					t.Errorf("got %v requests a second, want %v", got, test.want)
				}
			})
		})
	}
}

// A slow network would otherwise bring the rate down to the floor at once.
func TestRequestsUnderWayTogetherCountOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRate(4, law{cut: 0.5, recovery: 100 * time.Hour})
		begin := time.Now()
		time.Sleep(time.Second)
		for i := range 5 {
			r.throttled(begin.Add(time.Duration(i) * time.Millisecond))
		}
		if got := r.now(); math.Abs(got-2) > 0.01 {
			t.Errorf("got %v requests a second, want 2", got)
		}
		time.Sleep(time.Second)
		r.throttled(time.Now())
		if got := r.now(); math.Abs(got-1) > 0.01 {
			t.Errorf("got %v requests a second after another one, want 1", got)
		}
	})
}

// This is all that makes a sweep give way to the events of other processes.
func TestSweepsFallFurtherAndReturnLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		event, sweep := newRate(4, laws[urgent]), newRate(4, laws[bulk])
		event.throttled(begin)
		sweep.throttled(begin)
		for range 20 {
			if e, s := event.now(), sweep.now(); s > e*0.7 {
				t.Errorf("after %v: got %.2f requests a second for a sweep, want far fewer than the %.2f of an event", time.Since(begin), s, e)
			}
			time.Sleep(time.Second)
		}
	})
}

func TestIntervalsAreBounded(t *testing.T) {
	for _, ceiling := range []float64{1e-300, 1e-12, 1, 1e12, math.MaxFloat64} {
		r := newRate(ceiling, laws[urgent])
		r.throttled(time.Now())
		if got := r.interval(); got < 0 || got > longest {
			t.Errorf("at %g requests a second: got an interval of %v, want 0 to %v", ceiling, got, longest)
		}
	}
}
