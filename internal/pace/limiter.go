package pace

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"
)

// errNoTurn says that a request gets no turn before its context ends.
var errNoTurn = errors.New("no turn before the context ends")

// limiter hands out turns, each good for one request. It is safe for concurrent
// use.
type limiter struct {
	spacing time.Duration // between turns at the ceiling

	mu    sync.Mutex
	next  time.Time // before this there is no turn for anybody
	lanes [priorities]lane
	timer *time.Timer // hands out the next turn; nil until somebody has to wait
}

// lane is the queue of one priority.
type lane struct {
	rate    rate
	next    time.Time // before this there is no turn in this lane
	waiting []*waiter // in the order of their turns
}

type waiter struct {
	since time.Time
	turn  chan struct{} // closed when it has come
}

func newLimiter(ceiling float64) *limiter {
	l := &limiter{spacing: interval(ceiling)}
	for p, law := range laws {
		l.lanes[p].rate = newRate(ceiling, law)
	}
	return l
}

// take waits for a turn. It gives up at once if the deadline is certain to come
// first: the time is better spent on an answer.
func (l *limiter) take(ctx context.Context, p priority) error {
	if ctx.Err() != nil {
		return errNoTurn
	}
	l.mu.Lock()
	lane := &l.lanes[p]
	w := &waiter{since: time.Now(), turn: make(chan struct{})}
	lane.waiting = append(lane.waiting, w)
	l.handOut()
	deadline, limited := ctx.Deadline()
	if limited && !w.hasTurn() && l.earliest(p).After(deadline) {
		lane.leave(w)
		l.mu.Unlock()
		return errNoTurn
	}
	l.mu.Unlock()

	select {
	case <-w.turn:
		return nil
	case <-ctx.Done():
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if w.hasTurn() {
		l.takeBack(p)
	} else {
		lane.leave(w)
		l.handOut() // less urgent ones may have waited for this one
	}
	return errNoTurn
}

// giveBack takes back a turn that was not used.
func (l *limiter) giveBack(p priority) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.takeBack(p)
}

// throttled notes that AWS throttled a request that was sent at a time.
func (l *limiter) throttled(p priority, sent time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := p; i < priorities; i++ { // what is less urgent makes room as well
		lane := &l.lanes[i]
		lane.rate.throttled(sent)
		lane.next = later(lane.next, time.Now().Add(lane.rate.interval()))
	}
}

// handOut hands out the turns that are due and sets the timer for the next one;
// l.mu is held.
func (l *limiter) handOut() {
	for lane := l.first(); lane != nil; lane = l.first() {
		now := time.Now()
		due := later(l.next, lane.next)
		if wait := due.Sub(now); wait > 0 {
			l.wake(wait)
			return
		}
		w := lane.waiting[0]
		lane.waiting = slices.Delete(lane.waiting, 0, 1)
		close(w.turn)
		// A turn handed out late, by a busy machine, does not delay those after it.
		// But turns that fell due while the process was frozen are gone: all at once,
		// they would be a burst.
		from := later(later(due, w.since), now.Add(-l.spacing))
		l.next, lane.next = from.Add(l.spacing), from.Add(lane.rate.interval())
	}
}

// wake has handOut run after a time; l.mu is held.
func (l *limiter) wake(after time.Duration) {
	if l.timer != nil {
		l.timer.Reset(after)
		return
	}
	l.timer = time.AfterFunc(after, func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.handOut()
	})
}

// takeBack lets the next turn come as if the last one had not been handed out; l.mu
// is held.
func (l *limiter) takeBack(p priority) {
	now, lane := time.Now(), &l.lanes[p]
	l.next = later(now, l.next.Add(-l.spacing))
	lane.next = later(now, lane.next.Add(-interval(lane.rate.now())))
	l.handOut()
}

// first is the lane that gets the next turn; nil: nobody waits. l.mu is held.
func (l *limiter) first() *lane {
	for p := range l.lanes {
		if len(l.lanes[p].waiting) > 0 {
			return &l.lanes[p]
		}
	}
	return nil
}

// earliest is when the last one in a lane gets its turn if all goes well; l.mu is
// held.
func (l *limiter) earliest(p priority) time.Time {
	ahead := -1 // itself
	for i := range p + 1 {
		ahead += len(l.lanes[i].waiting)
	}
	return later(l.next, l.lanes[p].next).Add(time.Duration(ahead) * l.spacing)
}

func (l *lane) leave(w *waiter) {
	l.waiting = slices.DeleteFunc(l.waiting, func(other *waiter) bool { return other == w })
}

// hasTurn tells whether the turn has come; the limiter's mu is held.
func (w *waiter) hasTurn() bool {
	select {
	case <-w.turn:
		return true
	default:
		return false
	}
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
