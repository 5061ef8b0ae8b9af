// Package handler serves one invocation: it reads the input, has the work done,
// and turns the result into an answer, a log line and metrics.
package handler

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"time"

	"github.com/aws/aws-lambda-go/lambda/messages"

	"log-group-kms/internal/answer"
	"log-group-kms/internal/encrypt"
	"log-group-kms/internal/event"
	"log-group-kms/internal/failure"
	"log-group-kms/internal/metric"
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

// Handler is the function. It is safe for concurrent invocations.
type Handler struct {
	Encrypter encrypter
	Sweeper   sweeper
	// Home gives the function's own account and Region.
	Home    func(context.Context) target.Scope
	DryRun  bool // write nothing, whatever the input says
	Log     *slog.Logger
	Metrics *metric.Writer
}

// Invoke serves one invocation. It implements lambda.Handler. Its errors are
// messages.InvokeResponse_Error, which the runtime passes on as they are: of any
// other error it would report the name of the Go type as errorType.
func (h *Handler) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	input, err := event.Parse(payload)
	if err != nil {
		return nil, lambdaError(h.report(ctx, answer.Answer{}, err))
	}
	result, err := h.serve(ctx, input)
	if err != nil {
		return nil, lambdaError(err)
	}
	text, err := json.Marshal(result)
	if err != nil {
		return nil, lambdaError(h.report(ctx, answer.Answer{}, fmt.Errorf("encoding the answer: %w", err)))
	}
	return text, nil
}

// serve gives the answer to an input. Its errors have been reported.
func (h *Handler) serve(ctx context.Context, input event.Input) (any, error) {
	if in, ok := input.(*event.Sweep); ok {
		return h.sweep(ctx, in) // it has a reserve of its own
	}
	ctx, cancel := withTimeToAnswer(ctx)
	defer cancel()
	if batch, ok := input.(*event.Batch); ok {
		return h.batch(ctx, batch), nil
	}
	return h.one(ctx, input)
}

// one serves everything but a batch.
func (h *Handler) one(ctx context.Context, input event.Input) (any, error) {
	switch in := input.(type) {
	case *event.Sweep:
		return h.sweep(ctx, in)
	case *event.Change:
		return h.change(ctx, in)
	case *event.Encrypt:
		return h.encrypt(ctx, in)
	case *event.Ignored:
		if in.Warning != "" {
			h.Log.LogAttrs(ctx, slog.LevelWarn, "event asks for nothing", slog.String("cause", in.Warning))
		}
		a := answer.Answer{
			Outcome: answer.Skipped, Reason: in.Reason, LogGroup: in.LogGroup,
			Account: in.Account, Region: in.Region, EventID: in.ID, DryRun: h.DryRun,
		}
		return a, h.report(ctx, a, nil)
	}
	return nil, h.report(ctx, answer.Answer{}, fmt.Errorf("no way to serve %T", input))
}

// change looks at the log group that a record names.
func (h *Handler) change(ctx context.Context, in *event.Change) (any, error) {
	request := encrypt.Request{Target: in.Target, HasKey: in.LikelyHasKey, DryRun: h.DryRun}
	if age := time.Since(in.Time); age.Abs() < fresh {
		request.IsNew = in.IsNew
		request.Tags = in.Tags
	}
	a, err := h.Encrypter.Encrypt(ctx, request)
	a.EventID = in.ID
	if a.Outcome == answer.Associated && !in.Time.IsZero() {
		open := max(0, a.AssociatedAt.Sub(in.Time).Seconds()) // clocks may differ
		a.ExposureSeconds = &open
	}
	return a, h.report(ctx, a, err)
}

// encrypt obeys the command.
func (h *Handler) encrypt(ctx context.Context, in *event.Encrypt) (any, error) {
	t := in.Target
	var err error
	if t.Scope, err = h.at(ctx, t.Scope); err != nil {
		return nil, h.report(ctx, answer.Answer{LogGroup: t.LogGroup}, err)
	}
	a, err := h.Encrypter.Encrypt(ctx, encrypt.Request{Target: t, DryRun: in.DryRun || h.DryRun})
	return a, h.report(ctx, a, err)
}

// at completes what a command says of account and Region by the function's own.
func (h *Handler) at(ctx context.Context, named target.Scope) (target.Scope, error) {
	home := h.Home(ctx)
	if named.Account == "" {
		named.Account = home.Account
	}
	if named.Region == "" {
		named.Region = home.Region
	}
	if named.Account == "" {
		return named, failure.Invalid("account", "the function does not know its own account; name it in the command")
	}
	if named.Partition == "" {
		named.Partition = target.PartitionOf(named.Region)
	}
	return named, nil
}

// withTimeToAnswer ends the work a little before Lambda's deadline, so that the
// function can still say what happened: a tenth of the time, at most 2 seconds.
func withTimeToAnswer(ctx context.Context) (context.Context, context.CancelFunc) {
	deadline, ok := ctx.Deadline()
	if !ok {
		return context.WithCancel(ctx)
	}
	reserve := max(0, min(2*time.Second, time.Until(deadline)/10))
	return context.WithDeadline(ctx, deadline.Add(-reserve))
}

// lambdaError gives the error in the form that keeps its errorType.
func lambdaError(err error) error {
	return messages.InvokeResponse_Error{Type: string(failure.TypeOf(err)), Message: failure.Clean(err.Error())}
}
