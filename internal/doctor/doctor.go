// Package doctor finds out whether a deployment is alive. It looks at the outcome
// rather than at the wiring: were the log groups that CloudTrail saw being made brought
// under a key, did the last sweep end, would anybody be told? The deployed functions
// check themselves; all else is asked with the credentials of whoever runs it. It never
// writes.
package doctor

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"log-group-kms/internal/check"
	"log-group-kms/internal/encrypt"
	"log-group-kms/internal/failure"
	"log-group-kms/internal/stack"
	"log-group-kms/internal/target"
)

// The checks that are made here.
const (
	EventsTrail  check.Name = "events.trail"
	EventsRules  check.Name = "events.rules"
	EventsHeard  check.Name = "events.heard"
	SweepRecent  check.Name = "sweep.recent"
	QueuesEmpty  check.Name = "queues.empty"
	AlarmsExist  check.Name = "alarms.exist"
	AlarmsQuiet  check.Name = "alarms.quiet"
	AlarmsToldBy check.Name = "alarms.told"
)

// Decider says what the deployed configuration decides about a log group; the
// Encrypter does.
type Decider interface {
	Decide(context.Context, encrypt.Request) (encrypt.Plan, error)
}

// StacksAPI is what is asked of CloudFormation.
type StacksAPI interface {
	stack.CloudFormationAPI
	stack.ResourcesAPI
}

// Deps are what a doctor works with.
type Deps struct {
	Stacks     StacksAPI
	Functions  stack.LambdaAPI
	Trails     TrailsAPI
	Rules      RulesAPI
	Executions ExecutionsAPI
	Queues     QueuesAPI
	Alarms     AlarmsAPI
	Logs       LogGroupsAPI
	// Decider makes one of the deployed configuration, which is as check.Answer has it.
	Decider func(ctx context.Context, configuration map[string]string) (Decider, error)
}

// Options say what to look at.
type Options struct {
	Stack, Region string
	// Progress hears what is being looked at; nil: nobody does. It may be called from
	// several goroutines.
	Progress func(doing string)
}

// Report is what a doctor found.
type Report struct {
	check.Answer
	Stack string `json:"stack"`

	// Unanswered tells that AWS left a question open for another reason than that the
	// caller may not ask it.
	Unanswered bool `json:"-"`
}

// The exit statuses.
const (
	ExitWell   = 0
	ExitFailed = 1
	ExitUnable = 2 // it could not run, or not ask everything
)

// ExitStatus is the command's: 0 where nothing failed (strict: and nobody has to look at
// anything), 1 where something did, 2 where AWS left a question open: whoever could not
// look at everything does not know.
func (r Report) ExitStatus(strict bool) int {
	switch {
	case r.Unanswered:
		return ExitUnable
	case r.Failed > 0 || strict && r.Warning > 0:
		return ExitFailed
	}
	return ExitWell
}

// round is one look at a deployment.
type round struct {
	Deps
	stack     stack.Stack
	scope     target.Scope
	resources stack.Resources
	notListed error // why the resources are not known; nil where they are

	now        time.Time
	progress   func(string)
	unanswered atomic.Bool
}

// Run looks at everything. Its error says why that was not possible, and what to do.
func Run(ctx context.Context, deps Deps, options Options) (Report, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	r := &round{Deps: deps, now: time.Now(), progress: options.Progress}
	if r.progress == nil {
		r.progress = func(string) {}
	}
	r.progress("stack " + options.Stack)
	if err := r.find(ctx, options); err != nil {
		return Report{}, err
	}
	looks := []func(context.Context) []check.Entry{r.trail, r.rules, r.sweep, r.queues, r.alarms}
	others := make([][]check.Entry, len(looks))
	var beside sync.WaitGroup
	for i, look := range looks {
		beside.Go(func() { others[i] = look(ctx) })
	}
	own, err := r.functions(ctx)
	if err == nil {
		own.entries = append(own.entries, r.heard(ctx, own))
	} else {
		cancel() // nothing half-said: the rest is not wanted any more
	}
	beside.Wait()
	if err != nil {
		return Report{}, err
	}
	if ctx.Err() != nil {
		return Report{}, fmt.Errorf("looking at stack %s: %w", r.stack.Name, ctx.Err())
	}
	return r.report(own, others), nil
}

// find finds the stack and what it is made of. Its error also says why a stack cannot be
// looked at that has no function.
func (r *round) find(ctx context.Context, options Options) (err error) {
	if r.stack, err = stack.Find(ctx, r.Stacks, options.Stack, options.Region); err != nil {
		return needing(err, "cloudformation:DescribeStacks")
	}
	if r.scope, err = r.stack.Scope(); err != nil {
		return err
	}
	r.resources, r.notListed = r.stack.List(ctx, r.Stacks)
	if len(r.resources.Functions()) > 0 {
		return nil
	}
	if r.notListed != nil {
		return needing(r.notListed, "cloudformation:ListStackResources")
	}
	return &failure.Error{
		Type: failure.Unexpected, Doing: "looking at stack " + r.stack.Name, Err: fmt.Errorf("it has no function, and its status is %s", r.stack.Status),
		Advice: "Name a stack of log-group-kms that was deployed to its end.",
	}
}

// report puts the entries in the order in which they are read.
func (r *round) report(own findings, others [][]check.Entry) Report {
	report := Report{Stack: r.stack.Name, Unanswered: r.unanswered.Load()}
	report.Action, report.Account, report.Region = "check", r.scope.Account, r.scope.Region
	report.Version, report.Configuration = own.version, own.configuration
	if report.Configuration == nil {
		report.Configuration = map[string]string{}
	}
	all := slices.Concat(slices.Concat(others...), own.entries)
	slices.SortStableFunc(all, func(a, b check.Entry) int { return place(a.Check) - place(b.Check) })
	for _, e := range all {
		report.Add(e)
	}
	return report
}

// startSweep and audit are commands for the stack.
func (r *round) startSweep() string { return r.command("sweep") }
func (r *round) audit() string      { return r.command("audit") }

func (r *round) command(target string) string {
	return fmt.Sprintf("make %s STACK=%s REGION=%s", target, r.stack.Name, r.scope.Region)
}

// sideBySide looks at several of a kind at the same time, so that where AWS does not
// answer, the waits do not add up.
func sideBySide[What, Found any](list []What, look func(What) Found) []Found {
	found := make([]Found, len(list))
	var all sync.WaitGroup
	for i, one := range list {
		all.Go(func() { found[i] = look(one) })
	}
	all.Wait()
	return found
}

// several says how many of something there are.
func several(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// listed names the first few of many.
func listed(names []string) string {
	const most = 3
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
}
