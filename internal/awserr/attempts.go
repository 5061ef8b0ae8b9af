package awserr

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/aws/smithy-go/middleware"

	"log-group-kms/internal/failure"
)

// Attempts watches the HTTP requests of one API call. The SDK itself forgets
// AWS's last answer when the context ends while it waits for the next attempt:
// its error then says no more than "deadline exceeded". The zero value is ready.
type Attempts struct {
	mu     sync.Mutex
	sent   int
	sentAt time.Time // when the last request was sent
	last   error     // the last error that AWS itself answered
	lost   bool      // whether a request got no answer of AWS's own
}

// Watch is an API option: it counts a call's requests just before they are
// signed and sent, inside of the retries.
func (a *Attempts) Watch(stack *middleware.Stack) error {
	return stack.Finalize.Insert(middleware.FinalizeMiddlewareFunc("WatchAttempts",
		func(ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler) (
			middleware.FinalizeOutput, middleware.Metadata, error,
		) {
			a.mu.Lock()
			a.sent++
			a.sentAt = time.Now()
			a.mu.Unlock()
			out, metadata, err := next.HandleFinalize(ctx, in)
			a.mu.Lock()
			defer a.mu.Unlock()
			switch {
			case err == nil:
			case IsAnswer(err):
				a.last = err
			default:
				a.lost = true
			}
			return out, metadata, err
		}), "Signing", middleware.Before)
}

// IsAnswer tells whether the error is something that AWS sent, rather than the
// lack of it.
func IsAnswer(err error) bool {
	if isCutOff(err) {
		return false
	}
	return Code(err) != "" || status(err) != 0
}

// isCutOff tells whether this end broke the answer off.
func isCutOff(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}

// Sent is the number of requests so far.
func (a *Attempts) Sent() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.sent
}

// SentAt is when the last request was sent: what AWS answered to it may be as old.
func (a *Attempts) SentAt() time.Time {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.sentAt
}

// EndedWith tells whether AWS's last answer was trouble of the type.
func (a *Attempts) EndedWith(kind failure.Type) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.last != nil && TypeOf(a.last) == kind
}

// Lost tells whether a request got no answer of AWS's own: AWS may have obeyed it.
func (a *Attempts) Lost() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.lost
}

// Paced says that this program's own rate limit left a request no turn before the
// deadline.
type Paced struct{ Setting string } // the variable that set the limit

func (p *Paced) Error() string {
	return "this program's own rate limit (" + p.Setting + ") left no turn before time ran out"
}

// Failure turns the error of the watched call into a failure. doing is a gerund
// with the ids. An error that is a failure already keeps what it says: it is about
// what the call needed, such as the credentials.
func (a *Attempts) Failure(ctx context.Context, doing string, err error) *failure.Error {
	if f, ok := errors.AsType[*failure.Error](err); ok {
		f = failure.While(cmp.Or(f.Doing, doing), f)
		f.Beforehand = true
		return f
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	f := &failure.Error{Doing: doing, Attempts: a.sent}
	paced, isPaced := errors.AsType[*Paced](err)
	switch f.OutOfTime = isPaced || ctx.Err() != nil; {
	case !f.OutOfTime:
		f.Type, f.Err = TypeOf(err), explain(err)
	case a.last != nil:
		return a.lastAnswer(doing)
	case isPaced:
		f.Type, f.Err = failure.Throttled, paced
		f.Advice = "It is tried again by Lambda's retry or the next sweep; if it lasts, look whether AWS throttles this account and Region, " +
			"and if not, raise " + paced.Setting + " or the function's timeout."
	default:
		text := "time ran out before AWS answered"
		if !isCutOff(err) {
			text += ": " + innermost(err)
		}
		f.Type, f.Err = failure.Unavailable, &answer{text, err}
	}
	return f
}

// CutOff is the failure of the watched call where, before it could be repeated, time
// ran out in the way of err: by AWS's last answer to the call. It is nil where err tells
// of an answer itself, or there is none.
func (a *Attempts) CutOff(doing string, err error) *failure.Error {
	f, ok := errors.AsType[*failure.Error](err)
	a.mu.Lock()
	defer a.mu.Unlock()
	if !ok || !f.OutOfTime || IsAnswer(f.Err) || a.last == nil {
		return nil
	}
	return a.lastAnswer(doing)
}

// lastAnswer is the failure of a call that time ran out for; a.mu is held.
func (a *Attempts) lastAnswer(doing string) *failure.Error {
	return &failure.Error{
		Type: TypeOf(a.last), Doing: doing, Attempts: a.sent, OutOfTime: true,
		Err: fmt.Errorf("time ran out; AWS last answered %w", explain(a.last)),
	}
}
