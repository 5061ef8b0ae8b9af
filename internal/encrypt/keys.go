package encrypt

import (
	"context"
	"errors"
	"fmt"

	"log-group-kms/internal/answer"
	"log-group-kms/internal/awserr"
	"log-group-kms/internal/failure"
	"log-group-kms/internal/keyring"
	"log-group-kms/internal/policy"
)

// rejection says why the key that a tag names is not taken. The log group then
// gets the key that it would have had without the tag.
type rejection struct {
	kind answer.TagRejection
	err  error
}

func (r *rejection) Error() string { return r.err.Error() }
func (r *rejection) Unwrap() error { return r.err }

func asRejection(err error) (*rejection, bool) { return errors.AsType[*rejection](err) }

func notAllowed(key policy.Key) *rejection {
	return &rejection{answer.NotAllowed, fmt.Errorf("the key %q is not among TAG_ALLOWED_KEYS", key)}
}

// resolve gives the chosen key. Its error is a *rejection where the key came from a
// tag and is not to be taken.
func (w *work) resolve(ctx context.Context, choice policy.Choice) (keyring.Key, error) {
	if choice.Reason == answer.Tag {
		return w.resolveTag(ctx, choice.Key)
	}
	key, failed := w.account.Keys.Resolve(ctx, choice.Key, w.request.KeyFreshness)
	switch {
	case failed == nil:
		return key, w.refused[key.ARN]
	case choice.Rule != "":
		return key, w.describing(choice.Key.String()+", which rule "+choice.Rule+" chose,", failed)
	}
	return key, w.describing(choice.Key.String(), failed)
}

// resolveTag resolves a key that a tag names. Whoever may tag wrote it, so it is
// held against the allow list, by its text before KMS is asked where the text
// suffices. Trouble that may pass is no reason to reject it.
func (w *work) resolveTag(ctx context.Context, reference policy.Key) (keyring.Key, error) {
	scope := w.request.Target.Scope
	if err := reference.Err(); err != nil {
		return keyring.Key{}, &rejection{answer.Unusable, fmt.Errorf("the tag's value %q: %w", reference, err)}
	}
	allowed, settled := w.policy.Allowed.ByText(reference, scope)
	if settled && !allowed {
		return keyring.Key{}, notAllowed(reference)
	}
	key, failed := w.account.Keys.Resolve(ctx, reference, w.request.KeyFreshness)
	if !settled && key.ARN != "" && !w.policy.Allowed.ByARN(key.ARN, scope) {
		return key, notAllowed(reference)
	}
	if failed != nil {
		described := w.describing(reference.String(), failed)
		if failed.Type == failure.KeyUnusable || failed.Type == failure.AccessDenied && !failed.Beforehand {
			return key, &rejection{answer.Unusable, described}
		}
		return key, described
	}
	if refused := w.refused[key.ARN]; refused != nil {
		if failure.TypeOf(refused) == failure.KeyUnusable || awserr.IsKeyDenied(refused) {
			return key, &rejection{answer.Unusable, refused}
		}
		return key, refused
	}
	return key, nil
}

// isSound tells whether the key that the log group has may stay in repair: it is
// enabled, and it is one that the configuration could have chosen.
func (w *work) isSound(ctx context.Context, plan *Plan) (bool, error) {
	choosable, err := w.isChoosable(ctx, plan)
	if err != nil || !choosable {
		return false, err
	}
	key, failed := w.account.Keys.Describe(ctx, policy.ReadKey(w.state.KeyARN), w.request.KeyFreshness)
	switch {
	case failed == nil:
		plan.keysAsked = append(plan.keysAsked, key.Asked)
		return key.Enabled(), nil
	case failed.Type == failure.KeyUnusable: // it does not exist any more
		return false, nil
	}
	return false, w.describing(w.state.KeyARN, failed)
}

// isChoosable tells whether tags, rules or the default could have chosen the key
// that the log group has.
func (w *work) isChoosable(ctx context.Context, plan *Plan) (bool, error) {
	scope := w.request.Target.Scope
	if w.policy.Allowed.ByARN(w.state.KeyARN, scope) {
		return true, nil
	}
	for _, reference := range w.policy.Choosable(scope) {
		candidate, failed := w.account.Keys.Resolve(ctx, reference, w.request.KeyFreshness)
		if failed == nil {
			plan.keysAsked = append(plan.keysAsked, candidate.Asked)
		}
		if candidate.ARN == w.state.KeyARN {
			return true, nil
		}
		if failed != nil && failed.Type != failure.KeyUnusable {
			return false, w.describing(reference.String(), failed)
		}
	}
	return false, nil
}

// describing completes what KMS says of a key by what it was asked for.
func (w *work) describing(reference string, failed *failure.Error) *failure.Error {
	return failure.While(fmt.Sprintf("DescribeKey to look at key %s for %s", reference, w.request.Target), failed)
}
