package encrypt

import (
	"context"
	"fmt"

	"log-group-kms/internal/answer"
	"log-group-kms/internal/failure"
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

func notAllowed(reference string) *rejection {
	return &rejection{answer.NotAllowed, fmt.Errorf("the key %q is not among TAG_ALLOWED_KEYS", reference)}
}

// resolve gives the ARN of the chosen key. Its error is a *rejection where the
// key came from a tag and is not to be taken.
func (r *run) resolve(ctx context.Context, choice policy.Choice) (string, error) {
	if choice.Reason == answer.Tag {
		return r.resolveTag(ctx, choice.Key)
	}
	keyARN, failed := r.keys.resolve(ctx, choice.Key)
	if failed == nil {
		return keyARN, nil
	}
	if choice.Rule != "" {
		return "", r.describing(choice.Key+", which rule "+choice.Rule+" chose,", failed)
	}
	return "", r.describing(choice.Key, failed)
}

// resolveTag resolves a key that a tag names. Whoever may tag wrote it, so it is
// held against the allow list, by its text before KMS is asked where the text
// suffices. Trouble that may pass is no reason to reject it.
func (r *run) resolveTag(ctx context.Context, reference string) (string, error) {
	scope := r.request.Target.Scope
	key, err := policy.ParseKey(reference)
	if err != nil {
		return "", &rejection{answer.Unusable, fmt.Errorf("the tag's value %q: %w", reference, err)}
	}
	allowed, settled := r.policy.Allowed.ByText(key, scope)
	if settled && !allowed {
		return "", notAllowed(reference)
	}
	keyARN, failed := r.keys.resolve(ctx, reference)
	if !settled && keyARN != "" && !r.policy.Allowed.ByARN(keyARN, scope) {
		return "", notAllowed(reference)
	}
	if failed == nil {
		return keyARN, nil
	}
	described := r.describing(reference, failed)
	if failed.Type == failure.KeyUnusable || failed.Type == failure.AccessDenied {
		return "", &rejection{answer.Unusable, described}
	}
	return "", described
}

// isSound tells whether a key that a log group already has may stay in repair:
// it is enabled, and it is one that the configuration could have chosen.
func (r *run) isSound(ctx context.Context, keyARN string) (bool, error) {
	choosable, err := r.isChoosable(ctx, keyARN)
	if err != nil || !choosable {
		return false, err
	}
	key, failed := r.keys.describe(ctx, keyARN)
	switch {
	case failed == nil:
		return enabled(key), nil
	case failed.Type == failure.KeyUnusable: // it does not exist any more
		return false, nil
	}
	return false, r.describing(keyARN, failed)
}

// isChoosable tells whether tags, rules or the default could have chosen the key.
func (r *run) isChoosable(ctx context.Context, keyARN string) (bool, error) {
	scope := r.request.Target.Scope
	if r.policy.Allowed.ByARN(keyARN, scope) {
		return true, nil
	}
	for _, reference := range r.policy.Choosable(scope) {
		candidate, failed := r.keys.resolve(ctx, reference)
		if candidate == keyARN {
			return true, nil
		}
		if failed != nil && failed.Type != failure.KeyUnusable {
			return false, r.describing(reference, failed)
		}
	}
	return false, nil
}

// describing completes what the keyring says about a key by what it was for.
func (r *run) describing(reference string, failed *failure.Error) *failure.Error {
	return failure.While(fmt.Sprintf("describing key %s for %s", reference, r.request.Target), failed)
}
