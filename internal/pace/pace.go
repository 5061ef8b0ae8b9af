// Package pace keeps requests within AWS's quotas. AWS counts the requests of an
// account and Region, whoever sends them; a process knows only its own. So it
// begins at a configured ceiling, sends quickly less when AWS throttles, and
// slowly more again when AWS admits.
package pace

import (
	"context"
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
// takes its turn, not only a call's first. Whatever stands between it and the
// sending may take its time, or end the call before a request is sent: the turn
// then goes to the next one.
func (p *Pacer) Hold(stack *middleware.Stack) error {
	if stack.ID() != p.operation || p.limiter == nil {
		return nil
	}
	hold := middleware.FinalizeMiddlewareFunc("Pace"+p.operation, p.hold)
	if err := stack.Finalize.Insert(hold, "Retry", middleware.After); err != nil {
		return err
	}
	return stack.Finalize.Add(middleware.FinalizeMiddlewareFunc("Sent"+p.operation, noteSent), middleware.After)
}

// hold sends a request when it is its turn, and learns from the answer.
func (p *Pacer) hold(ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler) (
	middleware.FinalizeOutput, middleware.Metadata, error,
) {
	priority := priorityOf(ctx)
	if p.limiter.take(ctx, priority) != nil {
		return middleware.FinalizeOutput{}, middleware.Metadata{}, &awserr.Paced{Setting: p.setting}
	}
	var sent time.Time
	out, metadata, err := next.HandleFinalize(context.WithValue(ctx, sentKey{}, &sent), in)
	switch {
	case sent.IsZero():
		p.limiter.giveBack(priority)
	case err != nil && awserr.TypeOf(err) == failure.Throttled:
		p.limiter.throttled(priority, sent)
	}
	return out, metadata, err
}

type sentKey struct{}

// noteSent notes when a request is sent. It stands innermost.
func noteSent(ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler) (
	middleware.FinalizeOutput, middleware.Metadata, error,
) {
	if sent, ok := ctx.Value(sentKey{}).(*time.Time); ok {
		*sent = time.Now()
	}
	return next.HandleFinalize(ctx, in)
}
