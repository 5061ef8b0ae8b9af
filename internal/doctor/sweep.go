package doctor

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"

	"log-group-kms/internal/check"
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
	out, err := r.Executions.ListExecutions(ctx, &sfn.ListExecutionsInput{StateMachineArn: &machine, MaxResults: mostExecutions})
	if why := refused(ctx, "states:ListExecutions", err); why != nil {
		return []check.Entry{r.unknown(e, sweepEnded, why)}
	}
	var running time.Time
	for _, x := range out.Executions {
		if x.Status == types.ExecutionStatusRunning || x.StopDate == nil {
			running = aws.ToTime(x.StartDate)
			continue
		}
		sweep, why := r.read(ctx, x)
		if why != nil {
			return []check.Entry{r.unknown(e, sweepEnded, why)}
		}
		if sweep.isWhole(r.scope.Account, r.scope.Region) {
			return []check.Entry{r.judgeSweep(e, sweep)}
		}
	}
	return []check.Entry{r.noSweep(e, running)}
}

// sweepRun is an execution that has ended.
type sweepRun struct {
	status       types.ExecutionStatus
	stopped      time.Time
	input        struct{ Account, Region, Prefix string }
	totals       struct{ Examined, Open *int }
	error, cause string
}

// read reads how an execution ended.
func (r *round) read(ctx context.Context, x types.ExecutionListItem) (sweepRun, *refusal) {
	out, err := r.Executions.DescribeExecution(ctx, &sfn.DescribeExecutionInput{ExecutionArn: x.ExecutionArn})
	if why := refused(ctx, "states:DescribeExecution", err); why != nil {
		return sweepRun{}, why
	}
	run := sweepRun{status: x.Status, stopped: aws.ToTime(x.StopDate), error: aws.ToString(out.Error), cause: aws.ToString(out.Cause)}
	// An input that cannot be read is nobody's sweep, and fails; an output that cannot
	// has no counts.
	_ = json.Unmarshal([]byte(aws.ToString(out.Input)), &run.input)
	_ = json.Unmarshal([]byte(aws.ToString(out.Output)), &run.totals)
	return run, nil
}

// isWhole tells whether the execution was a sweep of the whole own account and Region.
// One that ended because another sweeps for it has no counts.
func (s sweepRun) isWhole(account, region string) bool {
	return s.input.Prefix == "" && (s.input.Account == "" || s.input.Account == account) &&
		(s.input.Region == "" || s.input.Region == region) &&
		(s.status != types.ExecutionStatusSucceeded || s.totals.Examined != nil)
}

// judgeSweep says what the last whole sweep means.
func (r *round) judgeSweep(e check.Entry, s sweepRun) check.Entry {
	age, limit := r.now.Sub(s.stopped), r.stack.SweepMaxAge()
	switch open := s.totals.Open; {
	case s.status != types.ExecutionStatusSucceeded:
		e.Result = check.Failed
		e.Message = fmt.Sprintf("the last sweep did not end well %s ago (%s): %s", ago(age), s.status, s.reason())
		e.Remedy, e.Runbook = r.audit()+", then "+r.startSweep(), sweepFailed.link()
	case age > limit:
		e.Result = check.Failed
		e.Message = fmt.Sprintf("the last whole sweep ended %s ago; it may be %s at most", ago(age), ago(limit))
		e.Remedy, e.Runbook = r.startSweep(), sweepAbsent.link()
	case open != nil && *open > 0:
		e.Result = check.Warning
		e.Message = fmt.Sprintf("the last whole sweep ended %s ago: of %s, %d without a key of yours that should have one", ago(age), several(*s.totals.Examined, "log group"), *open)
		e.Remedy, e.Runbook = r.audit(), openGroups.link()
	default:
		e.Result = check.OK
		e.Message = fmt.Sprintf("the last whole sweep ended %s ago: %s", ago(age), several(*s.totals.Examined, "log group"))
		if open != nil {
			e.Message += ", none left open"
		}
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
	if !running.IsZero() {
		e.Message += "; one has been running for " + ago(r.now.Sub(running))
		e.Remedy = "wait for its end"
	}
	return e
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
