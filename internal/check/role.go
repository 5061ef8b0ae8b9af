package check

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"

	"log-group-kms/internal/awserr"
	"log-group-kms/internal/encrypt"
	"log-group-kms/internal/failure"
	"log-group-kms/internal/keyring"
	"log-group-kms/internal/policy"
	"log-group-kms/internal/target"
)

// member says whether the role in another account could be assumed.
func member(scope target.Scope, err error) Entry {
	e := Entry{Check: MemberRole, Result: OK, Subject: scope.Account, Message: "the role in account " + scope.Account + " can be assumed"}
	if err == nil {
		return e
	}
	e = denied(e, err)
	e.Runbook = runbook("member-role")
	if failed, ok := errors.AsType[*failure.Error](err); ok {
		e.Message = failed.Err.Error()
	}
	return e
}

// role checks what the function's role may do, on its own log group, and that log
// group itself. In another account, it is some log group there.
func (r *round) role(ctx context.Context, home target.Scope) []Entry {
	own := target.Target{}
	if r.scope == home {
		own = r.settings.OwnLogGroup(ctx)
	}
	var asking sync.WaitGroup
	var tags, set, key Entry
	if own.Kind != "" {
		asking.Go(func() { tags = r.tags(ctx, own) })
	}
	state, found, listed, err := r.list(ctx, own)
	if own.Kind == "" {
		asking.Go(func() { tags = r.tags(ctx, found) })
	}
	if r.scope == home {
		asking.Go(func() { set = r.set(ctx, own, state, err) })
		asking.Go(func() { key = r.ownKey(ctx, own, state, err) })
	}
	asking.Wait()
	if r.scope != home {
		return []Entry{listed, tags}
	}
	return []Entry{listed, tags, set, key}
}

// list reads the state of the own log group; where it is not known which that is, it
// finds any log group. err says why the own one's state could not be read.
func (r *round) list(ctx context.Context, own target.Target) (state *encrypt.State, found target.Target, e Entry, err error) {
	e = Entry{Check: RoleList, Result: OK, Subject: own.LogGroup, Message: "the function's role may list log groups"}
	if own.Kind != "" {
		read, err := encrypt.ReadState(ctx, r.account.Logs, own)
		switch {
		case err == nil:
			return &read, own, e, nil
		case encrypt.IsGone(err):
			e.Message += "; its own does not exist yet"
			return nil, own, e, nil
		}
		return nil, own, denied(e, err), err
	}
	var attempts awserr.Attempts
	out, err := r.account.Logs.DescribeLogGroups(ctx, &cloudwatchlogs.DescribeLogGroupsInput{Limit: aws.Int32(1)}, func(o *cloudwatchlogs.Options) {
		o.APIOptions = append(o.APIOptions, attempts.Watch)
	})
	if err != nil {
		return nil, found, denied(e, attempts.Failure(ctx, "DescribeLogGroups", err)), nil
	}
	if len(out.LogGroups) > 0 {
		found = target.LogGroup(r.scope, aws.ToString(out.LogGroups[0].LogGroupName))
		e.Subject = found.LogGroup
	}
	return nil, found, e, nil
}

// tags reads the tags of a log group.
func (r *round) tags(ctx context.Context, of target.Target) Entry {
	e := Entry{Check: RoleTags, Result: OK, Subject: of.LogGroup, Message: "the function's role may read the tags of log groups"}
	if of.Kind == "" {
		e.Result, e.Message = Unknown, "there is no log group whose tags could be read"
		return e
	}
	if err := encrypt.TryReadTags(ctx, r.account.Logs, of); err != nil && !encrypt.IsGone(err) {
		return denied(e, err)
	}
	return e
}

// set sets the key of the own log group once more. unread says why its state is not
// known, where that was asked for.
func (r *round) set(ctx context.Context, own target.Target, state *encrypt.State, unread error) Entry {
	e := Entry{Check: RoleSet, Result: Unknown, Subject: own.LogGroup}
	switch {
	case r.settings.DryRun:
		e.Message = "whether the role may set keys is not tried in a dry run"
		return e
	case own.Kind == "":
		e.Message = "whether the role may set keys is not tried: the function does not know its own log group (AWS_LAMBDA_LOG_GROUP_NAME)"
		return e
	case passing(unread):
		return denied(e, unread)
	case unread != nil:
		e.Message = "whether the role may set keys is not tried: the function's own log group could not be read"
		return e
	case state == nil || state.KeyARN == "":
		e.Message = "whether the role may set keys is not tried: its own log group has none that could be set once more"
		return e
	}
	keyARN, err := r.setter.SetAgain(ctx, own)
	if err != nil {
		return denied(e, err)
	}
	e.Result, e.KMSKeyARN, e.Message = OK, keyARN, "the function's role may set keys; that of its own log group was set once more"
	return e
}

// ownKey tells whether the function's own logs can be read. unread is as for set.
func (r *round) ownKey(ctx context.Context, own target.Target, state *encrypt.State, unread error) Entry {
	e := Entry{Check: OwnLogsKey, Result: Unknown, Subject: own.LogGroup, Message: "the key of the function's own log group could not be read"}
	if passing(unread) {
		return denied(e, unread)
	}
	if state == nil {
		return e
	}
	if state.KeyARN == "" {
		e.Result, e.Message = Failed, "the function's own log group has no key of yours"
		e.Remedy, e.Runbook = "deploy with CreateKey=true, or with OwnLogsKmsKeyArn", runbook("own-logs")
		return e
	}
	e.KMSKeyARN = state.KeyARN
	key, failed := r.account.Keys.Describe(ctx, policy.ReadKey(state.KeyARN), encrypt.EventFreshness())
	switch {
	case failed != nil && failed.Type == failure.KeyUnusable:
		e.Result, e.Message = Failed, "the key of the function's own log group does not exist"
		e.Remedy, e.Runbook = keyring.Remedy(state.KeyARN, keyring.NotFound), runbook("own-logs")
	case failed != nil && failed.Type.MayPass():
		return denied(e, failure.While("DescribeKey of the own log group's key", failed))
	case failed != nil:
		e.Message = "DescribeKey of the own log group's key: " + failed.Err.Error()
	case !key.Enabled():
		e.Result, e.Message = Failed, fmt.Sprintf("the key of the function's own log group is %s%s, so its logs cannot be read, or soon cannot", key.State, on(key.DeletionDate))
		e.Remedy, e.Runbook = keyring.Remedy(key.ARN, key.State), runbook("own-logs")
	default:
		e.Result, e.Message = OK, "the function's own log group is under an enabled key"
	}
	return e
}

// passing tells whether AWS throttled or did not answer: then a right could not be
// looked at, and that is as bad as if it were missing.
func passing(err error) bool { return err != nil && failure.TypeOf(err).MayPass() }

func on(date time.Time) string {
	if date.IsZero() {
		return ""
	}
	return " and will be deleted on " + date.UTC().Format(time.DateOnly)
}

// denied turns an entry into a failed one.
func denied(e Entry, err error) Entry {
	e.Result, e.Message = Failed, err.Error()
	switch t := failure.TypeOf(err); t {
	case failure.AccessDenied:
		e.Remedy, e.Runbook = "allow the call in the function's role, and look for a service control policy that denies it", runbook("access-denied")
	case failure.KeyUnusable:
		e.Remedy, e.Runbook = "mend the key or its policy", runbook("key-unusable")
	default:
		e.Remedy, e.Runbook = trouble(t)
	}
	if failed, ok := errors.AsType[*failure.Error](err); ok && failed.Advice != "" {
		e.Remedy = failed.Advice // who made the failure knows better
	}
	return e
}

// trouble says what to do about a failure that is no verdict, and where to read on.
func trouble(t failure.Type) (remedy, page string) {
	switch t {
	case failure.Throttled:
		return "check again; if it lasts, look for another program that uses up the quota", runbook("throttled")
	case failure.Conflict:
		return "check again; if it lasts, look who else changes the log group", runbook("conflict")
	}
	return "check again; if it lasts, look at the network path and AWS Health", runbook("unavailable")
}
