package doctor

import (
	"context"
	"errors"

	"log-group-kms/internal/awserr"
	"log-group-kms/internal/check"
	"log-group-kms/internal/failure"
)

// refusal is why AWS did not answer a question.
type refusal struct {
	right string // that the question needs
	err   *failure.Error
}

// denied tells that the caller may not ask.
func (r *refusal) denied() bool { return r.err.Type == failure.AccessDenied }

// refused makes a refusal of the error of a call that needs a right; nil where there is
// no error.
func refused(ctx context.Context, right string, err error) *refusal {
	if err == nil {
		return nil
	}
	return &refusal{right, (&awserr.Attempts{}).Failure(ctx, "", err)}
}

// unknown is the entry of a check that could not be made. what completes "whether".
func (r *round) unknown(e check.Entry, what string, why *refusal) check.Entry {
	e.Result, e.Runbook = check.Unknown, ""
	if why.denied() {
		e.Message = "whether " + what + " is not known: your credentials lack the right " + why.right
		e.Remedy, e.Runbook = "run it with credentials that have "+why.right, missingRight.link()
		return e
	}
	r.unanswered.Store(true)
	e.Message = "whether " + what + " is not known: " + why.right + ": " + why.err.Err.Error()
	switch why.err.Type {
	case failure.Throttled:
		e.Remedy, e.Runbook = "run it again; if it lasts, look which other program uses up the quota", throttled.link()
	case failure.Unavailable:
		e.Remedy, e.Runbook = "run it again; if it lasts, look at the network path and AWS Health", noAnswer.link()
	default:
		e.Remedy, e.Runbook = "run it again; if it lasts, look the code up in AWS's API reference", unexpected.link()
	}
	return e
}

// needing says of an error that stops everything which right is missing, if one is.
func needing(err error, right string) error {
	failed, ok := errors.AsType[*failure.Error](err)
	if !ok || failed.Type != failure.AccessDenied {
		return err
	}
	whole := *failed
	whole.Advice = "Ask for the right " + right + "; without it nothing can be looked at."
	return &whole
}

// unlisted is the refusal of the stack's resources; nil where they are known.
func (r *round) unlisted() *refusal {
	failed, ok := errors.AsType[*failure.Error](r.notListed)
	if !ok {
		return nil
	}
	return &refusal{"cloudformation:ListStackResources", failed}
}
