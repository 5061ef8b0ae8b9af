package audit

import (
	"context"
	"errors"
	"time"

	"log-group-kms/internal/answer"
	"log-group-kms/internal/encrypt"
	"log-group-kms/internal/failure"
	"log-group-kms/internal/keyring"
	"log-group-kms/internal/policy"
	"log-group-kms/internal/target"
)

// look is one look at an account and Region.
type look struct {
	*Auditor
	account encrypt.Account
	began   time.Time
}

// judged is a log group while it is judged.
type judged struct {
	Row
	plan    encrypt.Plan   // the key that it should have, whatever key it has
	planErr *failure.Error // why that is not known, or cannot be
	key     keyring.Key    // what KMS says of the key that it is under
	keyErr  *failure.Error // why that is not known
	tagErr  *failure.Error // why these credentials may not look at the key that the tag names
	sets    bool           // whether the function would set another key
}

// judge says how a log group stands; false: it is not there any more.
func (l *look) judge(ctx context.Context, t target.Target, state encrypt.State) (Row, bool) {
	request := encrypt.Request{Target: t, State: &state, KeyFreshness: encrypt.SweepFreshness(l.began)}
	j := &judged{Row: describe(t, &state)}
	var err error
	j.plan, err = l.wanting.Decide(ctx, request)
	if err == nil && j.plan.Answer.Outcome == answer.Gone {
		return Row{}, false
	}
	j.planErr = asFailure(err)
	j.Reason, j.Rule, j.TagRejected = j.plan.Choice.Reason, j.plan.Choice.Rule, j.plan.Answer.TagRejected
	switch {
	case err != nil:
	case j.plan.Answer.Outcome == answer.Skipped:
		j.Reason = j.plan.Answer.Reason
	default:
		j.WantedKMSKeyARN = j.plan.Answer.KMSKeyARN
	}
	if j.TagRejected == answer.Unusable {
		if _, f := l.describe(ctx, j.plan.Rejected, request); f != nil && f.Type == failure.AccessDenied {
			j.tagErr = f // the function may, perhaps
		}
	}
	if j.KMSKeyARN == "" {
		l.withoutKey(j)
		return j.Row, true
	}
	l.lookAtKey(ctx, j, request)
	l.withKey(ctx, j)
	return j.Row, true
}

// lookAtKey finds out how the key is that a log group has, and what the function would
// do about it.
func (l *look) lookAtKey(ctx context.Context, j *judged, request encrypt.Request) {
	j.key, j.keyErr = l.describe(ctx, policy.ReadKey(j.KMSKeyARN), request)
	switch {
	case j.keyErr == nil:
		j.KMSKeyState, j.KeyDeletionDate = j.key.State, j.key.DeletionDate
	case j.keyErr.Type == failure.KeyUnusable:
		j.KMSKeyState = keyring.NotFound
	}
	if l.policy.Existing == policy.Keep {
		return
	}
	j.sets = j.plan.KeyARN != ""
	if j.sets && l.policy.Existing == policy.Repair {
		repair, err := l.deciding.Decide(ctx, request)
		j.sets, j.planErr = repair.KeyARN != "", asFailure(err)
	}
	if j.planErr != nil {
		j.ErrorType = j.planErr.Type
	}
}

// describe asks KMS about a key. Its error says so.
func (l *look) describe(ctx context.Context, key policy.Key, request encrypt.Request) (keyring.Key, *failure.Error) {
	found, f := l.account.Keys.Describe(ctx, key, request.KeyFreshness)
	if f == nil {
		return found, nil
	}
	return found, failure.While("DescribeKey to look at key "+key.String(), f)
}

// settled tells whether the choice is known: the chosen key can be used, or it is
// known that it cannot.
func (j *judged) settled() bool {
	return j.planErr == nil || j.plan.Choice.HasKey() && (j.planErr.Type == failure.KeyUnusable || j.planErr.Type == failure.AccessDenied)
}

// withoutKey judges a log group that has no key.
func (l *look) withoutKey(j *judged) {
	switch {
	case !j.settled():
		j.unknown(j.planErr)
	case j.planErr != nil:
		j.State, j.ErrorType, j.Because = Open, j.planErr.Type, l.chosen(j)+": "+unfit(j)
	case j.plan.KeyARN != "":
		j.State, j.Because = Open, l.chosen(j)+": not set yet"
	case j.tagErr != nil:
		j.unknown(j.tagErr)
	default:
		j.State, j.Because = Exempt, l.decision(j)
	}
}

// withKey judges a log group that has a key.
func (l *look) withKey(ctx context.Context, j *judged) {
	switch {
	case keyring.IsUnusable(j.KMSKeyState):
		j.State = Unusable
		j.Because = "its key " + Condition(j.KMSKeyState, j.KeyDeletionDate) + "; " + l.prospect(ctx, j)
	case j.keyErr != nil && j.keyErr.Type != failure.AccessDenied:
		j.unknown(j.keyErr)
	case !j.settled():
		j.unknown(j.planErr)
	case j.keyErr != nil:
		j.State, j.Because = Other, "these credentials may not look at its key (kms:DescribeKey)"
	case j.planErr == nil && j.plan.Answer.Reason == answer.AlreadyAssociated:
		j.State, j.Because = Chosen, l.chosen(j)+" chooses it"
	default:
		j.State, j.Because = Other, l.prospect(ctx, j)
	}
}

// unknown says that the log group could not be looked at.
func (j *judged) unknown(f *failure.Error) {
	j.State, j.ErrorType, j.Because = Unknown, f.Type, f.Doing+": "+Cause(f)
	j.Reason, j.Rule, j.WantedKMSKeyARN = "", "", ""
}

func asFailure(err error) *failure.Error {
	if err == nil {
		return nil
	}
	if f, ok := errors.AsType[*failure.Error](err); ok {
		return f
	}
	return &failure.Error{Type: failure.Unexpected, Err: err}
}
