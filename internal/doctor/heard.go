package doctor

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"

	"log-group-kms/internal/answer"
	"log-group-kms/internal/check"
	"log-group-kms/internal/clock"
	"log-group-kms/internal/encrypt"
	"log-group-kms/internal/failure"
	"log-group-kms/internal/policy"
	"log-group-kms/internal/target"
)

// LogGroupsAPI is what is asked of CloudWatch Logs beside what a Decider asks.
type LogGroupsAPI interface {
	DescribeLogGroups(context.Context, *cloudwatchlogs.DescribeLogGroupsInput, ...func(*cloudwatchlogs.Options)) (*cloudwatchlogs.DescribeLogGroupsOutput, error)
}

const (
	// groupsAtOnce is how many log groups DescribeLogGroups takes by name. It allows ten
	// requests a second, which the function needs as well.
	groupsAtOnce   = 50
	betweenBatches = 250 * time.Millisecond

	wereHeard = "log groups that were made came under a key"
)

// heard holds the log groups that CloudTrail saw being made against their keys. That is
// the outcome of the whole chain: trail, rule, queue, function and rights. A log group
// counts from the moment on at which CloudTrail shows it: that is minutes after
// EventBridge had the event.
func (r *round) heard(ctx context.Context, own findings) check.Entry {
	e := check.Entry{Check: EventsHeard}
	switch {
	case own.configuration == nil:
		return r.unknown(e, wereHeard, &refusal{rightToAsk, &failure.Error{Type: failure.AccessDenied}})
	case own.isDryRun():
		e.Result, e.Message = check.Unknown, "whether "+wereHeard+" cannot be seen in a dry run, which sets none"
		return e
	}
	decider, err := r.Decider(ctx, own.configuration)
	if err != nil {
		e = r.unknown(e, wereHeard, &refusal{"reading the deployed configuration", failure.While("", err)})
		e.Remedy, e.Runbook = "run the log-group-kms of the function's version, "+cmp.Or(own.version, "which it does not tell"), ""
		return e
	}
	made, all, why := r.made(ctx)
	if why != nil {
		return r.unknown(e, wereHeard, why)
	}
	r.progress(several(len(made), "log group") + " made within 24 hours")
	counted, missed, why := r.held(ctx, decider, made)
	if why != nil && len(missed) == 0 {
		return r.unknown(e, wereHeard, why)
	}
	return r.judgeHeard(e, counted, missed, all)
}

// judgeHeard says what the missed log groups mean. counted are those that should have a
// key and exist still; all tells that CloudTrail showed every call.
func (r *round) judgeHeard(e check.Entry, counted int, missed []string, all bool) check.Entry {
	saw := fmt.Sprintf("CloudTrail saw %s made within 24 hours that should be under a key", several(counted, "log group"))
	if !all {
		saw = fmt.Sprintf("among its newest %d calls, %s", mostLookups*callsAtOnce, saw)
	}
	switch {
	case counted == 0:
		e.Result, e.Message = check.OK, "CloudTrail saw no log group being made within 24 hours that should be under a key"
	case len(missed) == 0:
		e.Result, e.Message = check.OK, saw+"; every one is"
	default:
		e.Result, e.Subject = check.Failed, missed[0]
		e.Message = fmt.Sprintf("%s; %d without a key of yours: %s", saw, len(missed), listed(missed))
		if age := r.now.Sub(r.stack.Created); age < heardWithin {
			e.Message += "; the stack was made " + ago(age) + " ago, and what is older is for its first sweep"
		}
		e.Remedy, e.Runbook = r.startSweep()+", then mend what keeps the events away", missedEvents.link()
	}
	return e
}

// held looks the log groups up. counted are those that exist and have a key or should
// have one, missed those of them that have none. why is set where some could not be
// judged; missed may hold others all the same.
func (r *round) held(ctx context.Context, decider Decider, groups []target.Target) (counted int, missed []string, why *refusal) {
	first := true
	for batch := range slices.Chunk(groups, groupsAtOnce) {
		if !first {
			if why := refused(ctx, "logs:DescribeLogGroups", clock.Wait(ctx, betweenBatches)); why != nil {
				return 0, nil, why
			}
		}
		first = false
		states, unread := r.states(ctx, batch)
		if unread != nil {
			return 0, nil, unread
		}
		for _, group := range batch {
			state, exists := states[group.LogGroup]
			switch {
			case !exists:
				continue
			case state.KeyARN != "":
				counted++
				continue
			}
			should, dark := r.shouldHaveKey(ctx, decider, group, state)
			switch {
			case dark != nil && !dark.denied():
				return 0, nil, dark
			case dark != nil:
				why = dark
			case should:
				counted++
				missed = append(missed, group.LogGroup)
			}
		}
	}
	return counted, missed, why
}

// states reads the states of log groups, without those that do not exist any more.
func (r *round) states(ctx context.Context, groups []target.Target) (map[string]encrypt.State, *refusal) {
	input := &cloudwatchlogs.DescribeLogGroupsInput{}
	for _, group := range groups {
		input.LogGroupIdentifiers = append(input.LogGroupIdentifiers, group.LogGroup)
	}
	began := time.Now()
	out, err := r.Logs.DescribeLogGroups(ctx, input)
	if why := refused(ctx, "logs:DescribeLogGroups", err); why != nil {
		return nil, why
	}
	states := make(map[string]encrypt.State)
	for _, group := range out.LogGroups {
		states[aws.ToString(group.LogGroupName)] = encrypt.StateOf(group, began)
	}
	return states, nil
}

// shouldHaveKey asks the deployed configuration about a log group that has no key. What
// is wrong with the key that it chooses does not matter here.
func (r *round) shouldHaveKey(ctx context.Context, decider Decider, group target.Target, state encrypt.State) (bool, *refusal) {
	plan, err := decider.Decide(ctx, encrypt.Request{Target: group, State: &state})
	if err != nil && plan.Choice == (policy.Choice{}) {
		right := "logs:ListTagsForResource"
		if strings.Contains(group.LogGroup, "#") { // whose ARN that call does not take
			right = "logs:ListTagsLogGroup"
		}
		return false, refused(ctx, right, err)
	}
	if plan.Answer.Outcome == answer.Skipped && plan.RejectedFor == failure.AccessDenied {
		// Perhaps the function may look at the key that the tag names.
		return false, &refusal{"kms:DescribeKey", &failure.Error{Type: failure.AccessDenied}}
	}
	return err != nil || plan.Answer.Outcome != answer.Skipped && plan.Answer.Outcome != answer.Gone, nil
}
