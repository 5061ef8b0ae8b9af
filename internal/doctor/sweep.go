package doctor

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"

	"log-group-kms/internal/awserr"
	"log-group-kms/internal/check"
	"log-group-kms/internal/failure"
)

// ExecutionsAPI is what is asked of Step Functions.
type ExecutionsAPI interface {
	ListExecutions(context.Context, *sfn.ListExecutionsInput, ...func(*sfn.Options)) (*sfn.ListExecutionsOutput, error)
	DescribeExecution(context.Context, *sfn.DescribeExecutionInput, ...func(*sfn.Options)) (*sfn.DescribeExecutionOutput, error)
}

const (
	sweepEnded = "a sweep ended of late"

	// mostExecutions is how many are looked at: after a key was disabled, many end at
	// once because another one sweeps for them.
	mostExecutions = 50

	// A list of executions holds those of a hub's members as well: hundreds each hour.
	executionsAtOnce = 1000
	mostLists        = 10

	// longestCause is how much of why a sweep failed is repeated.
	longestCause = 400
)

// sweep finds out when the last whole sweep ended, and how.
func (r *round) sweep(ctx context.Context) []check.Entry {
	r.progress("sweeps")
	e := check.Entry{Check: SweepRecent}
	machine := r.resources.StateMachine()
	if machine == "" {
		if why := r.unlisted(); why != nil {
			return []check.Entry{r.unknown(e, sweepEnded, why)}
		}
		e.Result, e.Message, e.Remedy, e.Runbook = check.Failed, "the stack has no state machine that sweeps", redeploy, sweepAbsent.link()
		return []check.Entry{e}
	}
	e.Subject = machine
	last, running, why := r.lastSweep(ctx, machine)
	switch {
	case why != nil && awserr.Code(why.err) == (&types.StateMachineDoesNotExist{}).ErrorCode():
		e.Result, e.Message, e.Remedy, e.Runbook = check.Failed, "state machine "+lastPart(machine)+" does not exist any more, so nothing sweeps", restore, sweepAbsent.link()
		return []check.Entry{e}
	case why != nil:
		return []check.Entry{r.unknown(e, sweepEnded, why)}
	case last == nil:
		return []check.Entry{r.noSweep(e, running)}
	}
	return []check.Entry{r.judgeSweep(e, *last, running)}
}

// lastSweep looks for the last whole sweep that has ended; nil where there is none.
// running is since when one runs; zero where none does.
func (r *round) lastSweep(ctx context.Context, machine string) (last *sweepRun, running time.Time, why *refusal) {
	input := &sfn.ListExecutionsInput{StateMachineArn: &machine, MaxResults: executionsAtOnce}
	looked := 0
	for range mostLists {
		page, err := r.Executions.ListExecutions(ctx, input)
		if why := refused(ctx, "states:ListExecutions", err); why != nil {
			return nil, running, why
		}
		for _, x := range page.Executions {
			switch {
			case r.isElsewhere(x):
				continue
			case x.Status == types.ExecutionStatusRunning || x.StopDate == nil:
				running = aws.ToTime(x.StartDate)
				continue
			case looked == mostExecutions:
				return nil, running, nil
			}
			looked++
			sweep, why := r.read(ctx, x)
			if why != nil {
				return nil, running, why
			}
			if sweep.isWhole(r.scope.Account, r.scope.Region) {
				return &sweep, running, nil
			}
		}
		if aws.ToString(page.NextToken) == "" {
			break
		}
		input.NextToken = page.NextToken
	}
	return nil, running, nil
}

// ownerInName is how the name of an execution begins that the sweep of all members
// started: with the account and the Region that it sweeps.
var ownerInName = regexp.MustCompile(`^[0-9]{12}_[a-z0-9-]+_`)

// isElsewhere tells whether an execution sweeps another account or Region, as far as
// its name says.
func (r *round) isElsewhere(x types.ExecutionListItem) bool {
	owner := ownerInName.FindString(aws.ToString(x.Name))
	return owner != "" && owner != r.scope.Account+"_"+r.scope.Region+"_"
}

// sweepRun is an execution that has ended.
type sweepRun struct {
	status  types.ExecutionStatus
	stopped time.Time
	input   struct {
		Account, Region, Prefix, Cursor string
		DryRun                          bool
	}
	totals struct {
		Examined, Open *int
		Result         string // of one that ended because another sweep serves it
	}
	error, cause string
}

// read reads how an execution ended.
func (r *round) read(ctx context.Context, x types.ExecutionListItem) (sweepRun, *refusal) {
	out, err := r.Executions.DescribeExecution(ctx, &sfn.DescribeExecutionInput{ExecutionArn: x.ExecutionArn})
	if why := refused(ctx, "states:DescribeExecution", err); why != nil {
		return sweepRun{}, why
	}
	run := sweepRun{status: x.Status, stopped: aws.ToTime(x.StopDate), error: aws.ToString(out.Error), cause: aws.ToString(out.Cause)}
	// An input that cannot be read is no sweep, and ends as an InvalidEvent; an output that
	// cannot has no counts.
	_ = json.Unmarshal([]byte(aws.ToString(out.Input)), &run.input)
	_ = json.Unmarshal([]byte(aws.ToString(out.Output)), &run.totals)
	return run, nil
}

// isWhole tells whether the execution was a sweep of the whole own account and Region
// as the stack makes them: no dry run that somebody asked for, and no input that is none.
// The configuration's own dry run does not show in the input.
func (s sweepRun) isWhole(account, region string) bool {
	return s.error != string(failure.InvalidEvent) && s.input.Prefix == "" && s.input.Cursor == "" && !s.input.DryRun && s.totals.Result == "" &&
		(s.input.Account == "" || s.input.Account == account) &&
		(s.input.Region == "" || s.input.Region == region)
}

// judgeSweep says what the last whole sweep means.
func (r *round) judgeSweep(e check.Entry, s sweepRun, running time.Time) check.Entry {
	age, limit := r.now.Sub(s.stopped), r.stack.SweepMaxAge()
	switch open := s.totals.Open; {
	case s.status != types.ExecutionStatusSucceeded:
		e.Result = check.Failed
		e.Message = fmt.Sprintf("the last sweep did not end well %s ago (%s): %s", ago(age), s.status, s.reason())
		e.Remedy, e.Runbook = r.audit()+", then "+r.startSweep(), sweepFailed.link()
	case age > limit:
		e.Result = check.Failed
		over := ""
		if ago(age) == ago(limit) {
			over = "more than "
		}
		e.Message = fmt.Sprintf("the last whole sweep ended %s%s ago; it may be %s at most", over, ago(age), ago(limit))
		e.Remedy, e.Runbook = r.startSweep(), sweepAbsent.link()
		e = r.running(e, running)
	case open != nil && *open > 0:
		e.Result = check.Warning
		e.Message = fmt.Sprintf("the last whole sweep ended %s ago%s, %d without a key of yours that should have one", ago(age), s.examined(": of "), *open)
		e.Remedy, e.Runbook = r.audit(), openGroups.link()
	default:
		e.Result = check.OK
		e.Message = fmt.Sprintf("the last whole sweep ended %s ago%s", ago(age), s.examined(": "))
		if open != nil {
			e.Message += ", none left open"
		}
	}
	return e
}

// examined is how many log groups the sweep saw, where it says so.
func (s sweepRun) examined(before string) string {
	if s.totals.Examined == nil {
		return ""
	}
	return before + several(*s.totals.Examined, "log group")
}

// running adds that a sweep runs at the moment.
func (r *round) running(e check.Entry, since time.Time) check.Entry {
	if !since.IsZero() {
		e.Message += "; one has been running for " + ago(r.now.Sub(since))
		e.Remedy = "wait for its end"
	}
	return e
}

// reason is why a sweep failed, cut to what a line can hold.
func (s sweepRun) reason() string {
	reason := strings.Trim(s.error+": "+s.cause, ": ")
	if reason == "" {
		return "it gives no reason"
	}
	if len(reason) > longestCause {
		reason = strings.ToValidUTF8(reason[:longestCause], "") + "…"
	}
	return reason
}

// noSweep says what it means that no whole sweep has ended.
func (r *round) noSweep(e check.Entry, running time.Time) check.Entry {
	limit, age := r.stack.SweepMaxAge(), r.now.Sub(r.stack.Created)
	e.Result, e.Message = check.Failed, "no whole sweep has ended, of all that Step Functions shows"
	e.Remedy, e.Runbook = r.startSweep(), sweepAbsent.link()
	if age < limit {
		e.Result = check.Warning
		e.Message = "no whole sweep has ended yet; the stack was made " + ago(age) + " ago"
	}
	return r.running(e, running)
}

// ago is a length of time as people say it.
func ago(d time.Duration) string {
	switch {
	case d < 2*time.Minute:
		return several(max(0, int(d.Seconds())), "second")
	case d < 2*time.Hour:
		return several(int(d.Minutes()), "minute")
	case d < 48*time.Hour:
		return several(int(d.Hours()), "hour")
	}
	return several(int(d.Hours()/24), "day")
}
