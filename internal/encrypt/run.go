package encrypt

import (
	"context"
	"errors"
	"fmt"
	"time"

	"log-group-kms/internal/answer"
	"log-group-kms/internal/awserr"
	"log-group-kms/internal/failure"
	"log-group-kms/internal/policy"
)

// run is the work on one request.
type run struct {
	request Request
	policy  *policy.Policy
	logs    LogsAPI
	keys    *keyring
	writer  writer
	answer  answer.Answer // what is known so far
}

// logGroup brings a log group under its key. Its error is errNotThere where AWS
// does not know the group.
func (r *run) logGroup(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // ends a tag read that turned out not to matter
	tags := r.startTags(ctx)
	group, err := r.group(ctx)
	if err != nil {
		return err
	}
	r.answer.Encrypted = group.KeyARN != ""
	if group.KeyARN != "" && r.policy.Existing == policy.Keep {
		r.unchanged(answer.ExistingKeyKept, group.KeyARN)
		return nil
	}
	for {
		choice, err := r.choose(tags)
		if err != nil {
			return err
		}
		r.answer.Rule = choice.Rule
		if choice.Key == "" && choice.Reason != answer.Tag {
			r.answer.KMSKeyARN = group.KeyARN
			r.conclude(answer.Skipped, choice.Reason)
			return nil
		}
		err = r.apply(ctx, group, choice)
		var rejected *rejection
		if !errors.As(err, &rejected) {
			return err
		}
		r.answer.TagRejected, r.answer.TagRejectedWhy = rejected.kind, rejected.Error()
	}
}

// apply gives the log group the chosen key, if it does not have it already. Its
// error is a *rejection where the key came from a tag and was refused.
func (r *run) apply(ctx context.Context, group Group, choice policy.Choice) error {
	keyARN, err := r.resolve(ctx, choice)
	if err != nil {
		return err
	}
	if keyARN == group.KeyARN {
		r.unchanged(answer.AlreadyAssociated, keyARN)
		return nil
	}
	if group.KeyARN != "" && r.policy.Existing == policy.Repair {
		sound, err := r.isSound(ctx, group.KeyARN)
		if err != nil {
			return err
		}
		if sound {
			r.unchanged(answer.ExistingKeyKept, group.KeyARN)
			return nil
		}
	}
	err = r.associate(ctx, choice, keyARN)
	switch {
	case err == nil:
		r.answer.PreviousKMSKeyARN = group.KeyARN
		return nil
	case awserr.IsNotFound(err):
		return errNotThere
	case choice.Reason == answer.Tag && (failure.TypeOf(err) == failure.KeyUnusable || awserr.IsKeyDenied(err)):
		return &rejection{answer.Unusable, err}
	case failure.TypeOf(err) == failure.Conflict:
		return r.afterConflict(ctx, keyARN, err)
	}
	return err
}

// associate sets the key and concludes the answer.
func (r *run) associate(ctx context.Context, choice policy.Choice, keyARN string) error {
	sent, err := r.writer.associate(ctx, r.request.Target, keyARN)
	r.answer.Attempts += sent
	if err != nil {
		return r.afterRefusal(ctx, choice.Key, err)
	}
	r.answer.KMSKeyARN = keyARN
	if r.request.DryRun {
		r.conclude(answer.Planned, choice.Reason)
		return nil
	}
	r.answer.AssociatedAt = time.Now()
	r.answer.Encrypted = true
	r.conclude(answer.Associated, choice.Reason)
	return nil
}

// afterRefusal asks KMS anew where CloudWatch Logs refused the request: what was
// known of the key may be minutes old, and for a disabled key AWS says no more
// than that a parameter is wrong.
func (r *run) afterRefusal(ctx context.Context, key string, err error) error {
	refused, ok := errors.AsType[*failure.Error](err)
	if !ok || awserr.IsReservedName(err) {
		return err
	}
	if refused.Type == failure.KeyUnusable {
		r.keys.forget(key)
		return err
	}
	if !awserr.IsInvalidParameter(err) {
		return err
	}
	r.keys.forget(key)
	if _, unfit := r.keys.resolve(ctx, key); unfit != nil && unfit.Type == failure.KeyUnusable {
		refused.Type = failure.KeyUnusable
		refused.Err = fmt.Errorf("%w; %w", refused.Err, unfit.Err)
	}
	return err
}

// afterConflict looks once more: whoever was in the way may have done the work.
func (r *run) afterConflict(ctx context.Context, keyARN string, conflict error) error {
	if ctx.Err() != nil {
		return conflict
	}
	group, err := readGroup(ctx, r.logs, r.request.Target)
	switch {
	case errors.Is(err, errNotThere):
		return err
	case err == nil && group.KeyARN == keyARN:
		r.unchanged(answer.AlreadyAssociated, group.KeyARN)
		return nil
	case err == nil && group.KeyARN != "" && r.policy.Existing == policy.Keep:
		r.unchanged(answer.ExistingKeyKept, group.KeyARN)
		return nil
	}
	return conflict
}

// queryResult sets the key of the stored query results. AWS does not let it be
// read, so this writes without looking.
func (r *run) queryResult(ctx context.Context) error {
	choice := policy.Choice{
		Reason: answer.QueryResult,
		Key:    r.request.Target.Expand(string(r.policy.QueryResult)),
	}
	keyARN, err := r.resolve(ctx, choice)
	if err != nil {
		return err
	}
	return r.associate(ctx, choice, keyARN)
}

func (r *run) group(ctx context.Context) (Group, error) {
	if r.request.Group != nil {
		return *r.request.Group, nil
	}
	return readGroup(ctx, r.logs, r.request.Target)
}

func (r *run) unchanged(reason answer.Reason, keyARN string) {
	r.answer.KMSKeyARN = keyARN
	r.answer.Encrypted = true
	r.answer.Rule = ""
	r.conclude(answer.Unchanged, reason)
}

func (r *run) conclude(outcome answer.Outcome, reason answer.Reason) {
	r.answer = conclude(r.answer, outcome, reason)
}
