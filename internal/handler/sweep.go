package handler

import (
	"context"

	"log-group-kms/internal/answer"
	"log-group-kms/internal/event"
	"log-group-kms/internal/sweep"
	"log-group-kms/internal/target"
)

// sweep obeys the command.
func (h *Handler) sweep(ctx context.Context, in *event.Sweep) (any, error) {
	scope, err := h.complete(ctx, target.Scope{Account: in.Account, Region: in.Region})
	if err != nil {
		return nil, h.Reporter.LogGroup(ctx, answer.Answer{}, err)
	}
	home, err := h.Home(ctx) // where it is not known, the sweep itself fails
	elsewhere := err == nil && home.Account != scope.Account
	s, err := h.Sweeper.Sweep(ctx, sweep.Request{
		Scope: scope, Prefix: in.Prefix, Cursor: in.Cursor, DryRun: in.DryRun || h.DryRun,
	}, func(a answer.Answer, err error) { h.Reporter.Swept(ctx, a, err) })
	if err != nil {
		if s.Examined > 0 {
			h.Reporter.SweptSoFar(ctx, s, in.Prefix, elsewhere)
		}
		return nil, h.Reporter.LogGroup(ctx, answer.Answer{Account: scope.Account, Region: scope.Region}, err)
	}
	h.Reporter.Sweep(ctx, s, in.Prefix, elsewhere)
	return s, nil
}
