package encrypt

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/smithy-go/middleware"

	"log-group-kms/internal/answer"
	"log-group-kms/internal/awserr"
	"log-group-kms/internal/failure"
	"log-group-kms/internal/target"
)

// maxPlans bounds how often the world may move while one target is worked on: each
// Plan has retries of its own.
const maxPlans = 10

// bring decides and applies, and decides again for as long as the world moves.
func (w *work) bring(ctx context.Context) (answer.Answer, error) {
	plan, err := w.decide(ctx)
	for plans := 1; err == nil && plan.KeyARN != "" && !w.request.DryRun; plans++ {
		if plans > maxPlans {
			err = &failure.Error{
				Type: failure.Conflict, Doing: "AssociateKmsKey for " + plan.Target.String(), Attempts: w.sent,
				Err: fmt.Errorf("what was to be done changed %d times", maxPlans),
			}
			break
		}
		err = w.apply(ctx, &plan)
		if err == nil {
			plan.associated()
			break
		}
		before := plan
		plan, err = w.afterFailure(ctx, before, err)
		if err == nil && plan.KeyARN == "" && plan.Answer.KMSKeyARN == before.KeyARN {
			if w.lost { // the request whose answer was lost has done its work
				plan = before
				plan.associated()
				break
			}
			plan.Answer.Reason = answer.AlreadyAssociated // whoever was in the way has
		}
	}
	plan.Answer.Attempts = w.sent
	return plan.Answer, err
}

// associated concludes a Plan that was applied.
func (p *Plan) associated() {
	p.Answer = conclude(p.Answer, answer.Associated, p.Choice.Reason)
	p.Answer.AssociatedAt, p.Answer.Encrypted = time.Now(), true
}

// afterFailure says how to go on after AssociateKmsKey failed: by another Plan, or
// not at all. It never tries the same key again.
func (w *work) afterFailure(ctx context.Context, plan Plan, err error) (Plan, error) {
	if m, ok := errors.AsType[*moved](err); ok {
		return m.plan, m.err
	}
	switch {
	case awserr.IsNotFound(err):
		return plan, errNotThere
	case awserr.IsReservedName(err):
		return plan, err
	case (failure.TypeOf(err) == failure.Conflict || w.lost) && ctx.Err() == nil:
		// Whoever was in the way may have done the work, or the request whose answer
		// was lost has.
		w.forgetStale(plan, true, false)
		again, errAgain := w.decide(ctx)
		if errors.Is(errAgain, errNotThere) || errAgain == nil && again.KeyARN == "" {
			return again, errAgain
		}
	case isAboutKey(err):
		// What is known of the key may be seconds old, and for a disabled key AWS
		// says no more than that a parameter is wrong. A reference that means
		// another key by now gets that one.
		if w.refused == nil {
			w.refused = make(map[string]error)
		}
		w.refused[plan.KeyARN] = err
		w.account.Keys.Forget(plan.Choice.Key)
		w.forgetStale(plan, false, false)
		again, errAgain := w.decide(ctx)
		return again, withReason(err, errAgain)
	}
	return plan, err
}

// withReason gives the error of a second look at a refused key. Where that found
// the reason, the refusal says it. Where time ran out before AWS answered to the look,
// the refusal is AWS's last answer.
func withReason(refusal, reason error) error {
	refused, ok := errors.AsType[*failure.Error](refusal)
	found, also := errors.AsType[*failure.Error](reason)
	if !ok || !also || refused == found {
		return reason
	}
	whole := *refused
	switch {
	case found.OutOfTime && !awserr.IsAnswer(found.Err):
		whole.OutOfTime = true
	case found.Type == failure.KeyUnusable:
		whole.Type, whole.Err = failure.KeyUnusable, fmt.Errorf("%w; %w", refused.Err, found.Err)
		whole.Advice = found.Advice // it is not the key's policy that is wrong
	default:
		return reason
	}
	return &whole
}

// isAboutKey tells whether CloudWatch Logs refuses the key, or a parameter without
// saying which.
func isAboutKey(err error) bool {
	return failure.TypeOf(err) == failure.KeyUnusable || awserr.IsInvalidParameter(err) || awserr.IsKeyDenied(err)
}

// moved ends a call of AssociateKmsKey before a request was sent that a fresh look
// forbade: the Plan is another one now, or cannot be made. It wraps nothing, so that
// the SDK does not take the error for one of its own requests and repeat it.
type moved struct {
	plan Plan
	err  error
}

func (*moved) Error() string { return "what was planned is out of date" }

// apply sets the Plan's key. It is the only place of the program that writes. Each
// request, also one that the SDK repeats, first takes its turn at the rate limit
// (the client's own affair) and is then admitted, so nothing is waited for between
// the last look and the write. Where that look comes to the same key, its Plan takes
// plan's place; where it does not, the error is a *moved.
//
// A log group is named by logGroupName, not by resourceIdentifier: the pattern of
// the latter leaves out "#", which names may hold
// (https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_AssociateKmsKey.html).
func (w *work) apply(ctx context.Context, plan *Plan) error {
	input := &cloudwatchlogs.AssociateKmsKeyInput{KmsKeyId: aws.String(plan.KeyARN)}
	if plan.Target.IsQueryResult() {
		input.ResourceIdentifier = aws.String(plan.Target.ARN())
	} else {
		input.LogGroupName = aws.String(plan.Target.LogGroup)
	}
	var attempts awserr.Attempts
	_, err := w.account.Logs.AssociateKmsKey(ctx, input, func(o *cloudwatchlogs.Options) {
		o.APIOptions = append(o.APIOptions, w.admitting(ctx, plan, &attempts))
	}, watch(&attempts))
	w.sent += attempts.Sent()
	w.lost = w.lost || attempts.Lost()
	if err == nil {
		return nil
	}
	doing := "AssociateKmsKey to set key " + plan.KeyARN + " for " + plan.Target.String()
	if m, ok := errors.AsType[*moved](err); ok {
		if cutOff := attempts.CutOff(doing, m.err); cutOff != nil {
			return cutOff
		}
		return m
	}
	failed := attempts.Failure(ctx, doing, err)
	if failed.Type == failure.KeyUnusable {
		failed.Advice = missingStatement(plan.Target)
	}
	return failed
}

// admitting is an API option that has each request admitted just before it is
// signed and sent, inside of the retries and after the turn at the rate limit.
func (w *work) admitting(ctx context.Context, plan *Plan, attempts *awserr.Attempts) func(*middleware.Stack) error {
	return func(stack *middleware.Stack) error {
		return stack.Finalize.Insert(middleware.FinalizeMiddlewareFunc("AdmitWrite",
			func(request context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler) (
				middleware.FinalizeOutput, middleware.Metadata, error,
			) {
				if err := w.admit(ctx, plan, attempts); err != nil {
					return middleware.FinalizeOutput{}, middleware.Metadata{}, err
				}
				return next.HandleFinalize(request, in)
			}), "Signing", middleware.Before)
	}
}

// maxLooks bounds the looks before one request, for the case that one fact grows
// old while another is read, again and again.
const maxLooks = 3

// admit lets a request go out whose Plan rests upon fresh facts, and decides again
// where they are stale. The error is a *moved where the Plan does not stand any more.
func (w *work) admit(ctx context.Context, plan *Plan, attempts *awserr.Attempts) error {
	conflict := attempts.EndedWith(failure.Conflict)
	for look := range maxLooks {
		if !w.forgetStale(*plan, conflict, look > 0) {
			return nil
		}
		conflict = false
		again, err := w.decide(ctx)
		if err != nil || again.KeyARN != plan.KeyARN {
			return &moved{again, err}
		}
		*plan = again
	}
	return nil
}

// missingStatement says what the key's policy most likely lacks. Log groups and
// query results need different conditions, so a key fit for the one may be
// refused for the other
// (https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html).
func missingStatement(t target.Target) string {
	condition := "kms:EncryptionContext:aws:logs:arn"
	if t.IsQueryResult() {
		condition = "aws:SourceArn"
	}
	return fmt.Sprintf("The key's policy must allow the service principal of CloudWatch Logs in %s kms:Encrypt*, kms:Decrypt*, "+
		"kms:ReEncrypt*, kms:GenerateDataKey* and kms:Describe* where %s is %s.", t.Region, condition, t.ARN())
}
