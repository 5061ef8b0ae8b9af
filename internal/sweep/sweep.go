// Package sweep looks at every log group of an account and Region: those that
// existed before, those whose event was lost, those that drifted.
package sweep

import (
	"context"
	"time"

	"log-group-kms/internal/answer"
	"log-group-kms/internal/clock"
	"log-group-kms/internal/encrypt"
	"log-group-kms/internal/failure"
	"log-group-kms/internal/pace"
	"log-group-kms/internal/target"
)

// width is how many log groups are worked on side by side. AssociateKmsKey is
// limited to 5 requests a second anyway; the width keeps a group that waits
// between retries from holding up the others.
const width = 10

// encrypter brings one log group under its key.
type encrypter interface {
	Encrypt(context.Context, encrypt.Request) (answer.Answer, error)
}

// Request says what to sweep.
type Request struct {
	Scope  target.Scope
	Prefix string // only log groups whose names begin with it; empty: all
	Cursor string // where to go on; empty: from the start
	DryRun bool
}

// Settings are what a Sweeper needs to know beside the policy.
type Settings struct {
	// QueryResult says whether a key for query results is configured.
	QueryResult bool
	// OwnLogGroup is the function's own log group: whatever is older than it was made
	// before there was a function to hear of it. A target without a Kind: not known.
	OwnLogGroup func(context.Context) target.Target
}

// Sweeper sweeps. It is safe for concurrent use.
type Sweeper struct {
	encrypter encrypter
	accounts  encrypt.Accounts
	settings  Settings
}

// New makes a Sweeper.
func New(e encrypter, accounts encrypt.Accounts, settings Settings) *Sweeper {
	return &Sweeper{encrypter: e, accounts: accounts, settings: settings}
}

// Sweep visits log groups until there are no more or the time is up, and calls
// report for each, from several goroutines. Its error is a *failure.Error: the cursor
// is not valid, or the log groups cannot be listed; the Answer then says what was
// done before.
func (s *Sweeper) Sweep(ctx context.Context, request Request, report func(answer.Answer, error)) (Answer, error) {
	at := begin(request.Scope, request.Prefix)
	if request.Cursor != "" {
		var err error
		if at, err = decodeCursor(request.Cursor, request.Scope, request.Prefix); err != nil {
			return Answer{}, err
		}
	}
	account, err := s.accounts.For(ctx, request.Scope)
	if err != nil {
		return Answer{}, failure.While("reaching "+request.Scope.String(), err)
	}
	r := &run{
		sweeper: s, request: request, logs: account.Logs, report: report,
		began: time.Now(), at: at, enough: make(chan struct{}), slots: make(chan struct{}, width),
		tally: tally{sum: Answer{
			Action: "sweep", Account: request.Scope.Account, Region: request.Scope.Region,
			Failures: []Failure{}, UnusableKeys: []UnusableKey{},
		}},
	}
	starting, working, cancel := times(pace.Bulk(ctx))
	defer cancel()
	defer context.AfterFunc(starting, r.stop)()
	r.until, _ = starting.Deadline()
	return r.do(working)
}

// times gives two contexts: the first ends when no new work is to be started, a
// tenth of the time before the deadline, at most 10 seconds; the second ends all
// work, when three quarters of that are left. So most of what is under way at the
// first end is finished by the second, and there is still time to answer.
func times(ctx context.Context) (starting, working context.Context, cancel context.CancelFunc) {
	deadline, reserve, ok := clock.Reserve(ctx, 10*time.Second)
	if !ok {
		ctx, cancel = context.WithCancel(ctx)
		return ctx, ctx, cancel
	}
	starting, cancelStarting := context.WithDeadline(ctx, deadline.Add(-reserve))
	working, cancelWorking := context.WithDeadline(ctx, deadline.Add(-reserve*3/4))
	return starting, working, func() { cancelStarting(); cancelWorking() }
}
