package sweep

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"log-group-kms/internal/answer"
	"log-group-kms/internal/awserr"
	"log-group-kms/internal/encrypt"
	"log-group-kms/internal/failure"
	"log-group-kms/internal/paging"
	"log-group-kms/internal/target"
)

// run is one call of a sweep. One goroutine walks over the log groups and knows the
// position; each log group is worked on by a goroutine of its own, which adds to the
// tally.
type run struct {
	sweeper *Sweeper
	request Request
	logs    encrypt.LogsAPI
	report  func(answer.Answer, error)
	began   time.Time
	until   time.Time // when no new work is to be started; zero: no matter when

	stopOnce sync.Once
	enough   chan struct{} // closed when no new work is to be started
	slots    chan struct{} // one taken for each log group under way
	working  sync.WaitGroup

	from, at cursor         // where the call began, and where it is
	left     map[string]int // log groups that time cut off in earlier calls, and how often

	own   ownLogGroup
	looks encrypt.Looks
	tally tally
}

// stop lets no new work start.
func (r *run) stop() { r.stopOnce.Do(func() { close(r.enough) }) }

func (r *run) timeIsUp() bool {
	select {
	case <-r.enough:
		return true
	default:
		return !r.until.IsZero() && !time.Now().Before(r.until)
	}
}

// do sweeps until the end or until time is up.
func (r *run) do(ctx context.Context) (Answer, error) {
	r.from = r.at
	r.left, r.at.Redo = r.at.Redo, nil
	r.own.created = r.at.OwnCreated
	done, err := r.all(ctx)
	r.working.Wait()
	for name, cuts := range r.left { // none, unless the sweep did not even get to them
		r.tally.again(name, cuts)
	}
	sum := r.tally.answer()
	r.at.Redo, r.at.OwnCreated = r.tally.cut, r.own.created
	r.at.Total = r.at.Total.plus(1, sum.total())
	if err != nil {
		return sum, err
	}
	if done && len(r.at.Redo) == 0 {
		sum.Total = &r.at.Total
		return sum, nil
	}
	sum.Cursor, err = r.at.encode()
	return sum, err
}

// all starts the work on everything that is still to do, and tells whether it
// got to the end.
func (r *run) all(ctx context.Context) (done bool, err error) {
	if !r.queryResult(ctx) {
		return false, nil
	}
	restarted := false
	var guard paging.Guard
	for !r.timeIsUp() {
		p, err := readPage(ctx, r.logs, r.request.Scope, r.request.Prefix, r.at.Token)
		if awserr.IsInvalidParameter(err) && r.at.Token != "" && !restarted {
			restarted = true // AWS forgets a token after a day
			r.startOver()
			continue
		}
		if err != nil && failure.TypeOf(err).MayPass() && r.hasMoved() {
			return false, nil // the next call begins with it
		}
		if err != nil {
			return false, err
		}
		if !r.redo(ctx, p) || !r.page(ctx, p) {
			return false, nil
		}
		if p.next == "" {
			return true, nil
		}
		if err := guard.Next(p.next); err != nil {
			return false, failure.While(listing(r.request.Scope), err)
		}
		r.at.Token, r.at.After = p.next, ""
	}
	return false, nil
}

// page starts the work on the log groups of a page that are not done yet, and
// tells whether it got to the end of the page.
func (r *run) page(ctx context.Context, p page) bool {
	for _, item := range p.groups {
		if item.name <= r.at.After {
			continue
		}
		if !r.start(ctx, item.name, &item.state, 0) {
			return false
		}
		r.at.After = item.name
	}
	return true
}

// queryResult gives the query results their key, at the start of a sweep.
func (r *run) queryResult(ctx context.Context) bool {
	if r.at.Queried || !r.sweeper.settings.QueryResult {
		return true
	}
	if r.timeIsUp() {
		return false
	}
	a, err := r.sweeper.encrypter.Encrypt(ctx, encrypt.Request{
		Target: target.QueryResults(r.request.Scope), DryRun: r.request.DryRun, KeyFreshness: encrypt.SweepFreshness(r.began),
	})
	r.tally.addQueryResult(a, err)
	r.report(a, err)
	r.at.Queried = true
	return true
}

// redo starts the work on the log groups that time cut off in the last call, those
// cut off most often first. It waits for the first page: it shows the state of most
// of them, and a sweep that starts over meets them anyway.
func (r *run) redo(ctx context.Context, p page) bool {
	names := slices.SortedFunc(maps.Keys(r.left), func(a, b string) int {
		return cmp.Or(r.left[b]-r.left[a], strings.Compare(a, b))
	})
	for _, name := range names {
		cuts := r.left[name]
		if !r.start(ctx, name, p.state(name), cuts) {
			return false
		}
		delete(r.left, name)
		if cuts > 1 {
			r.working.Wait() // it gets the time to itself, so that chance plays no part
		}
	}
	return true
}

// start has one log group worked on, and tells whether there was time for it.
// state is nil where it is to be read first. cuts says how often time has cut the
// log group off already.
func (r *run) start(ctx context.Context, name string, state *encrypt.State, cuts int) bool {
	if r.timeIsUp() {
		return false
	}
	select {
	case r.slots <- struct{}{}:
	case <-r.enough:
		return false
	}
	r.working.Go(func() {
		defer func() { <-r.slots }()
		r.work(ctx, name, state, cuts)
	})
	return true
}

// work works on one log group.
func (r *run) work(ctx context.Context, name string, state *encrypt.State, cuts int) {
	a, err := r.sweeper.encrypter.Encrypt(ctx, encrypt.Request{
		Target: target.LogGroup(r.request.Scope, name), State: state, DryRun: r.request.DryRun,
		KeyFreshness: encrypt.SweepFreshness(r.began), Looks: &r.looks,
	})
	if state != nil && state.KeyARN != "" && a.Outcome != answer.Gone {
		a.Encrypted = true // also where it was left alone because of its name
	}
	if deservesMore(err, cuts) {
		r.stop() // whatever else were started now would be cut off as well
		r.tally.again(name, cuts+1)
		return
	}
	r.tally.add(a, err, r.wasMissed(ctx, a))
	r.report(a, err)
}

// maxCuts is how often time may cut off a log group before that is a failure: one
// that AWS leaves without an answer would otherwise keep the sweep going for ever.
// In short calls, healthy ones are cut off more than once, by chance.
const maxCuts = 3

// deservesMore tells whether a log group is left to the next call: time cut it
// off, and has not done so too often, unless it was only waiting for its turn.
func deservesMore(err error, cuts int) bool {
	f, ok := errors.AsType[*failure.Error](err)
	return ok && f.OutOfTime && (cuts < maxCuts || f.Attempts == 0)
}

// startOver forgets the position, and with it what was counted on the way there.
func (r *run) startOver() {
	r.working.Wait()
	r.left, r.tally.cut = nil, nil
	r.at.Token, r.at.After = "", ""
	// What this call has counted so far is added at its end; it is counted anew. What
	// events have missed is not, once it has its key.
	counted := r.tally.answer()
	anew := counted.total()
	if r.request.DryRun {
		r.at.Total.MissedByEvents = 0
	} else {
		anew.MissedByEvents = 0
	}
	r.at.Total = Total{MissedByEvents: r.at.Total.MissedByEvents}.plus(-1, anew)
}

// hasMoved tells whether the call got past any log group. One that did not,
// because even its first page got no answer, is better a failure than a cursor to
// the same place.
func (r *run) hasMoved() bool {
	return r.at.Token != r.from.Token || r.at.After != r.from.After
}
