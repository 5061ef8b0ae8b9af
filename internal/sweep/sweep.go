// Package sweep looks at every log group of an account and Region: those that
// existed before, those whose event was lost, those that drifted.
package sweep

import (
	"context"
	"time"

	"log-group-kms/internal/answer"
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

// Sweeper sweeps. It is safe for concurrent use.
type Sweeper struct {
	encrypter   encrypter
	clients     func(context.Context, target.Scope) (encrypt.Clients, error)
	queryResult bool
}

// New makes a Sweeper. queryResult says whether a key for query results is
// configured.
func New(e encrypter, clients func(context.Context, target.Scope) (encrypt.Clients, error), queryResult bool) *Sweeper {
	return &Sweeper{encrypter: e, clients: clients, queryResult: queryResult}
}

// Sweep visits log groups until there are no more or the time is up, and calls
// report for each, one at a time. Its error is a *failure.Error: the cursor is
// not valid, or the log groups cannot be listed; the Answer then says what was
// done before.
func (s *Sweeper) Sweep(ctx context.Context, request Request, report func(answer.Answer, error)) (Answer, error) {
	at := cursor{Account: request.Scope.Account, Region: request.Scope.Region, Prefix: request.Prefix}
	if request.Cursor != "" {
		var err error
		if at, err = decodeCursor(request.Cursor, request.Scope, request.Prefix); err != nil {
			return Answer{}, err
		}
	}
	clients, err := s.clients(ctx, request.Scope)
	if err != nil {
		return Answer{}, failure.While("reaching "+request.Scope.String(), err)
	}
	starting, working, cancel := times(pace.Bulk(ctx))
	defer cancel()
	starting, stop := context.WithCancel(starting)
	defer stop()
	r := &run{
		sweeper: s, request: request, logs: clients.Logs, report: report, at: at,
		starting: starting, stop: stop, slots: make(chan struct{}, width),
		sum: Answer{
			Action: "sweep", Account: request.Scope.Account, Region: request.Scope.Region,
			Failures: []Failure{},
		},
	}
	return r.do(working)
}

// times gives the end of starting new work and the end of all work. The one
// leaves a tenth of the time, at most 10 seconds, the other three quarters of
// that: what is under way at the first can mostly be finished until the second,
// and there is still time to answer.
func times(ctx context.Context) (starting, working context.Context, cancel context.CancelFunc) {
	deadline, ok := ctx.Deadline()
	if !ok {
		ctx, cancel = context.WithCancel(ctx)
		return ctx, ctx, cancel
	}
	reserve := max(0, min(10*time.Second, time.Until(deadline)/10))
	starting, cancelStarting := context.WithDeadline(ctx, deadline.Add(-reserve))
	working, cancelWorking := context.WithDeadline(ctx, deadline.Add(-reserve*3/4))
	return starting, working, func() { cancelStarting(); cancelWorking() }
}
