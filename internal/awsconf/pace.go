package awsconf

import (
	"context"
	"fmt"

	"github.com/aws/smithy-go/middleware"
	"golang.org/x/time/rate"

	"log-group-kms/internal/awserr"
)

// pacer holds back the requests of one API operation in one account and Region.
type pacer struct {
	operation string
	setting   string // the variable that set the rate, for the complaint
	limiter   *rate.Limiter
}

// newPacer allows perSecond requests a second, evenly spaced: with bursts, the
// requests of one second could exceed a quota that their mean keeps. 0 is no
// limit.
func newPacer(operation, setting string, perSecond float64) *pacer {
	limit := rate.Limit(perSecond)
	if perSecond == 0 {
		limit = rate.Inf
	}
	return &pacer{operation, setting, rate.NewLimiter(limit, 1)}
}

// hold is an API option. It stands inside of the retries, so that every request
// takes its turn, not only a call's first.
func (p *pacer) hold(stack *middleware.Stack) error {
	if stack.ID() != p.operation {
		return nil
	}
	return stack.Finalize.Insert(middleware.FinalizeMiddlewareFunc("Pace"+p.operation,
		func(ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler) (
			middleware.FinalizeOutput, middleware.Metadata, error,
		) {
			if err := p.limiter.Wait(ctx); err != nil {
				return middleware.FinalizeOutput{}, middleware.Metadata{}, fmt.Errorf("%w (%s)", awserr.ErrPaced, p.setting)
			}
			return next.HandleFinalize(ctx, in)
		}), "Retry", middleware.After)
}
