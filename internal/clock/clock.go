// Package clock measures ages, and the time before a deadline, and waits. Lambda freezes the
// process between invocations, and the monotonic clock, by which Go measures, may stand
// still meanwhile: what was learned before a freeze would seem fresh after it. The wall
// clock goes on, but may be set back.
package clock

import (
	"context"
	"time"
)

// Age is how long ago t was, by the clock that has moved further since. It is
// never negative.
func Age(t time.Time) time.Duration {
	return age(time.Now(), t)
}

func age(now, t time.Time) time.Duration {
	return max(0, now.Sub(t), now.Round(0).Sub(t.Round(0))) // Round(0) leaves the monotonic reading out
}

// Reserve is the time to keep in hand before the context's deadline, for ending what
// is under way and for the answer: a tenth of what is left, at most most. The
// context has no deadline where ok is false.
func Reserve(ctx context.Context, most time.Duration) (deadline time.Time, reserve time.Duration, ok bool) {
	deadline, ok = ctx.Deadline()
	return deadline, max(0, min(most, time.Until(deadline)/10)), ok
}

// Wait lets some time pass. Its error is the context's, where that ended first.
func Wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
