// Package handler serves one invocation: it reads the input, has the work done,
// and turns the result into an answer, a log line and metrics.
package handler

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/aws/aws-lambda-go/lambda/messages"

	"log-group-kms/internal/answer"
	"log-group-kms/internal/check"
	"log-group-kms/internal/clock"
	"log-group-kms/internal/encrypt"
	"log-group-kms/internal/event"
	"log-group-kms/internal/failure"
	"log-group-kms/internal/report"
	"log-group-kms/internal/sweep"
	"log-group-kms/internal/target"
)

// fresh is how long a record is believed to show the log group as it is now. An
// older one was delayed or redelivered: the tags in it may be out of date, and a
// log group that is not to be found is not merely too new.
const fresh = 5 * time.Minute

// encrypter brings one log group under its key.
type encrypter interface {
	Encrypt(context.Context, encrypt.Request) (answer.Answer, error)
}

// sweeper looks at every log group of an account and Region.
type sweeper interface {
	Sweep(context.Context, sweep.Request, func(answer.Answer, error)) (sweep.Answer, error)
}

// checker looks at the function itself.
type checker interface {
	Check(context.Context, target.Scope) (check.Answer, error)
}

// Handler is the function. It is safe for concurrent invocations.
type Handler struct {
	Encrypter encrypter
	Sweeper   sweeper
	Checker   checker
	// Home gives the function's own account and Region.
	Home     func(context.Context) (target.Scope, error)
	DryRun   bool // write nothing, whatever the input says
	Reporter *report.Reporter
}

// Invoke serves one invocation. It implements lambda.Handler. Its errors are
// messages.InvokeResponse_Error, which the runtime passes on as they are: of any
// other error it would report the name of the Go type as errorType.
func (h *Handler) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	input, err := event.Parse(payload)
	if err != nil {
		return nil, lambdaError(h.Reporter.LogGroup(ctx, answer.Answer{}, err))
	}
	result, err := h.serve(ctx, input)
	if err != nil {
		return nil, lambdaError(err)
	}
	text, err := json.Marshal(result)
	if err != nil {
		return nil, lambdaError(h.Reporter.LogGroup(ctx, answer.Answer{}, fmt.Errorf("encoding the answer: %w", err)))
	}
	return text, nil
}

// serve gives the answer to an invocation's input, in time.
func (h *Handler) serve(ctx context.Context, input event.Input) (any, error) {
	if _, ok := input.(*event.Sweep); !ok { // a sweep keeps time in hand by itself
		var cancel context.CancelFunc
		ctx, cancel = withTimeToAnswer(ctx)
		defer cancel()
	}
	return h.dispatch(ctx, input)
}

// dispatch gives the answer to an input. Its errors have been reported.
func (h *Handler) dispatch(ctx context.Context, input event.Input) (any, error) {
	switch in := input.(type) {
	case *event.Batch:
		return h.batch(ctx, in), nil
	case *event.Sweep:
		return h.sweep(ctx, in)
	case *event.Change:
		return h.change(ctx, in)
	case *event.Encrypt:
		return h.encrypt(ctx, in)
	case *event.Check:
		return h.check(ctx, in)
	case *event.Relayed:
		return h.relayed(ctx, in)
	case *event.Ignored:
		return h.ignore(ctx, in)
	}
	return nil, h.Reporter.LogGroup(ctx, answer.Answer{}, fmt.Errorf("no way to serve %T", input))
}

// change looks at the log group that a record names.
func (h *Handler) change(ctx context.Context, in *event.Change) (any, error) {
	request := encrypt.Request{Target: in.Target, LikelyHasKey: in.LikelyHasKey, DryRun: h.DryRun}
	if age := time.Since(in.Time); age.Abs() < fresh {
		request.IsNew = in.IsNew
		request.Tags = in.Tags
	}
	a, err := h.Encrypter.Encrypt(ctx, request)
	a.EventID = in.ID
	if errors.Is(err, encrypt.ErrForeignAccount) {
		a.Outcome, a.Reason, err = answer.Skipped, answer.ForeignAccount, nil
	}
	if a.Outcome == answer.Associated && !in.Time.IsZero() {
		without := max(0, a.AssociatedAt.Sub(in.Time).Seconds()) // clocks may differ
		a.ExposureSeconds = &without
	}
	return a, h.Reporter.LogGroup(ctx, a, err)
}

// encrypt obeys the command.
func (h *Handler) encrypt(ctx context.Context, in *event.Encrypt) (any, error) {
	t := in.Target
	var err error
	if t.Scope, err = h.complete(ctx, t.Scope); err != nil {
		return nil, h.Reporter.LogGroup(ctx, answer.Answer{LogGroup: t.LogGroup}, err)
	}
	a, err := h.Encrypter.Encrypt(ctx, encrypt.Request{Target: t, DryRun: in.DryRun || h.DryRun})
	return a, h.Reporter.LogGroup(ctx, a, err)
}

// relayed serves what failed before, if it was this account's function that failed:
// whatever an event of another account holds, it has no say here.
func (h *Handler) relayed(ctx context.Context, in *event.Relayed) (any, error) {
	home, err := h.Home(ctx)
	if err != nil {
		return nil, h.Reporter.LogGroup(ctx, answer.Answer{}, err)
	}
	if in.Account != "" && in.Account != home.Account {
		return h.ignore(ctx, in.Otherwise)
	}
	return h.dispatch(ctx, in.Input)
}

// ignore answers a record that asks for nothing.
func (h *Handler) ignore(ctx context.Context, in *event.Ignored) (any, error) {
	if in.Warning != "" {
		h.Reporter.Warn(ctx, "event asks for nothing", slog.String("cause", in.Warning))
	}
	a := answer.Answer{
		Outcome: answer.Skipped, Reason: in.Reason, LogGroup: in.LogGroup,
		Account: in.Account, Region: in.Region, EventID: in.ID, DryRun: h.DryRun,
	}
	return a, h.Reporter.LogGroup(ctx, a, nil)
}

// check obeys the command.
func (h *Handler) check(ctx context.Context, in *event.Check) (any, error) {
	scope, err := h.complete(ctx, target.Scope{Account: in.Account, Region: in.Region})
	if err != nil {
		return nil, h.Reporter.LogGroup(ctx, answer.Answer{}, err)
	}
	a, err := h.Checker.Check(ctx, scope)
	if err != nil {
		return nil, h.Reporter.LogGroup(ctx, answer.Answer{Account: scope.Account, Region: scope.Region}, err)
	}
	h.Reporter.Checked(ctx, a)
	return a, nil
}

// complete puts the function's own account and Region where a command names none.
func (h *Handler) complete(ctx context.Context, named target.Scope) (target.Scope, error) {
	if named.Account == "" || named.Region == "" {
		home, err := h.Home(ctx)
		if err != nil {
			return named, err
		}
		named.Account = cmp.Or(named.Account, home.Account)
		named.Region = cmp.Or(named.Region, home.Region)
	}
	if named.Partition == "" {
		named.Partition = target.PartitionOf(named.Region)
	}
	return named, nil
}

// withTimeToAnswer ends the work a little before Lambda's deadline, so that the
// function can still say what happened.
func withTimeToAnswer(ctx context.Context) (context.Context, context.CancelFunc) {
	deadline, reserve, ok := clock.Reserve(ctx, 2*time.Second)
	if !ok {
		return context.WithCancel(ctx)
	}
	return context.WithDeadline(ctx, deadline.Add(-reserve))
}

// lambdaError gives the error in the form that keeps its errorType.
func lambdaError(err error) error {
	return messages.InvokeResponse_Error{Type: string(failure.TypeOf(err)), Message: failure.Clean(err.Error())}
}
