// Package pace keeps requests within AWS's quotas. AWS counts the requests of an
// account and Region, whoever sends them; a process knows only its own. So it
// begins at a configured ceiling, sends quickly less when AWS throttles, and
// slowly more again when AWS admits.
package pace

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/aws/smithy-go/middleware"

	"log-group-kms/internal/awserr"
	"log-group-kms/internal/failure"
)

// Pacer holds back the requests of one API operation in one account and Region.
// It is safe for concurrent use.
type Pacer struct {
	operation string
	setting   string   // the variable that set the ceiling, for the complaint
	limiter   *limiter // nil: no limit
}

// New makes a Pacer that lets so many requests a second through at most, evenly
// spaced; 0 is no limit.
func New(operation, setting string, perSecond float64) *Pacer {
	p := &Pacer{operation: operation, setting: setting}
	if perSecond > 0 {
		p.limiter = newLimiter(perSecond)
	}
	return p
}

// Hold is an API option. It stands inside of the retries, so that every request
// takes its turn, not only a call's first.
func (p *Pacer) Hold(stack *middleware.Stack) error {
	if stack.ID() != p.operation || p.limiter == nil {
		return nil
	}
	return stack.Finalize.Insert(middleware.FinalizeMiddlewareFunc("Pace"+p.operation,
		func(ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler) (
			middleware.FinalizeOutput, middleware.Metadata, error,
		) {
			if err := p.wait(ctx); err != nil {
				return middleware.FinalizeOutput{}, middleware.Metadata{}, err
			}
			sent := time.Now()
			out, metadata, err := next.HandleFinalize(ctx, in)
			if err != nil && awserr.TypeOf(err) == failure.Throttled {
				p.limiter.throttled(priorityOf(ctx), sent)
			}
			return out, metadata, err
		}), "Retry", middleware.After)
}

// Take waits for a turn before its request is made, so that what the request rests
// upon can be read after the wait. The first request under the context that it
// returns uses the turn; further ones wait for their own. release, which must be
// called, gives the turn back if it was not used.
func (p *Pacer) Take(ctx context.Context) (turn context.Context, release func(), err error) {
	if p.limiter == nil {
		return ctx, func() {}, nil
	}
	if err := p.wait(ctx); err != nil {
		return ctx, func() {}, err
	}
	spent := new(atomic.Bool)
	return context.WithValue(ctx, turnOf{p}, spent), func() {
		if !spent.Swap(true) {
			p.limiter.giveBack(priorityOf(ctx))
		}
	}, nil
}

// turnOf is the key of a turn that was taken beforehand.
type turnOf struct{ *Pacer }

// wait waits for a turn, unless the context brings one along.
func (p *Pacer) wait(ctx context.Context) error {
	if spent, ok := ctx.Value(turnOf{p}).(*atomic.Bool); ok && !spent.Swap(true) {
		return nil
	}
	if p.limiter.take(ctx, priorityOf(ctx)) != nil {
		return fmt.Errorf("%w (%s)", awserr.ErrPaced, p.setting)
	}
	return nil
}
