package audit

import (
	"context"
	"errors"
	"fmt"
	"time"

	kmstypes "github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/smithy-go"

	"log-group-kms/internal/answer"
	"log-group-kms/internal/encrypt"
	"log-group-kms/internal/failure"
	"log-group-kms/internal/keyring"
	"log-group-kms/internal/policy"
)

// chosen says what chose a log group's key, and that its tag did not.
func (l *look) chosen(j *judged) string {
	by := "default"
	switch choice := j.plan.Choice; choice.Reason {
	case answer.Tag:
		by = "tag " + l.policy.KeyTag
	case answer.Rule:
		by = l.rule(choice.Rule)
	}
	return l.rejection(j) + by
}

// rejection says that the key that a tag names was rejected; "" where none was.
func (l *look) rejection(j *judged) string {
	switch {
	case j.TagRejected == "":
		return ""
	case j.tagErr != nil:
		return fmt.Sprintf("tag %s names a key that these credentials may not look at (kms:DescribeKey), so it counts as rejected; ", l.policy.KeyTag)
	}
	return fmt.Sprintf("tag %s is rejected (%s); ", l.policy.KeyTag, j.TagRejected)
}

// decision says why a log group is to have no key.
func (l *look) decision(j *judged) string {
	switch {
	case j.Reason == answer.ReservedName:
		return "its name is AWS's own"
	case j.Reason == answer.NoKey:
		return l.rejection(j) + "no tag, rule or default chooses a key"
	case j.Rule != "":
		return l.rule(j.Rule) + " skips it"
	}
	by, _ := l.policy.ExcludedBy(j.LogGroup)
	return "EXCLUDE has " + string(by)
}

// rule names a rule and where it stands.
func (l *look) rule(name string) string {
	if line := l.lines[name]; line > 0 {
		return fmt.Sprintf("rule %s (%s:%d)", name, l.rulesFrom, line)
	}
	return "rule " + name
}

// prospect says what becomes of the key that a log group has.
func (l *look) prospect(ctx context.Context, j *judged) string {
	leaves := "; EXISTING_KEY=" + string(l.policy.Existing) + " leaves it"
	switch {
	case !j.settled():
		return j.planErr.Doing + ": " + Cause(j.planErr)
	case j.planErr != nil && l.isThis(ctx, j):
		return l.chosen(j) + " chooses it"
	case j.planErr != nil && l.policy.Existing != policy.Keep:
		return l.chosen(j) + ": " + unfit(j)
	case j.planErr != nil:
		return l.chosen(j) + ": " + unfit(j) + leaves
	case j.plan.Answer.Outcome == answer.Skipped:
		return l.decision(j) + ", so its key stays"
	case j.sets:
		return l.chosen(j) + " chooses another: not set yet"
	}
	return l.chosen(j) + " chooses another" + leaves
}

// isThis tells whether the chosen key, which cannot be used, is the one that the log
// group has.
func (l *look) isThis(ctx context.Context, j *judged) bool {
	key, _ := l.account.Keys.Describe(ctx, j.plan.Choice.Key, encrypt.SweepFreshness(l.began))
	return key.ARN == j.KMSKeyARN
}

// unfit says why the chosen key cannot be used.
func unfit(j *judged) string {
	if j.planErr.Type == failure.AccessDenied {
		return fmt.Sprintf("these credentials may not look at its key %s (kms:DescribeKey)", j.plan.Choice.Key)
	}
	return fmt.Sprintf("its key %s cannot be used: %s", j.plan.Choice.Key, Cause(j.planErr))
}

// Cause says why something failed, without what only AWS Support asks for.
func Cause(f *failure.Error) string {
	api, ok := errors.AsType[smithy.APIError](f.Err)
	switch {
	case !ok:
		return f.Err.Error()
	case api.ErrorCode() == (&kmstypes.NotFoundException{}).ErrorCode():
		return "it does not exist"
	case api.ErrorMessage() == "":
		return api.ErrorCode()
	}
	return api.ErrorCode() + ": " + api.ErrorMessage()
}

// Condition says in words how a key is that is not enabled.
func Condition(state string, deletion time.Time) string {
	switch kmstypes.KeyState(state) {
	case kmstypes.KeyStateDisabled:
		return "is disabled"
	case kmstypes.KeyStatePendingDeletion, kmstypes.KeyStatePendingReplicaDeletion:
		if deletion.IsZero() {
			return "is pending deletion"
		}
		return "is pending deletion, on " + deletion.UTC().Format(time.DateOnly)
	case kmstypes.KeyStatePendingImport:
		return "waits for its key material"
	case keyring.NotFound:
		return "does not exist"
	}
	return "has the state " + state
}
