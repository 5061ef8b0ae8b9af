package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
)

// checkAnswer is what the function found when it looked at itself.
type checkAnswer struct {
	Account string `json:"account"`
	Region  string `json:"region"`
	Version string `json:"version"`
	Result  string `json:"result"`
	Checks  []struct {
		Check   string `json:"check"`
		Result  string `json:"result"`
		Subject string `json:"subject"`
		Message string `json:"message"`
		Remedy  string `json:"remedy"`
		Runbook string `json:"runbook"`
	} `json:"checks"`
}

// sweepAnswer is what a sweep did or, here, would do.
type sweepAnswer struct {
	Action    string `json:"action"`
	Examined  int    `json:"examined"`
	Encrypted int    `json:"encrypted"`
	Planned   int    `json:"planned"`
	Skipped   int    `json:"skipped"`
	Gone      int    `json:"gone"`
	Failed    int    `json:"failed"`
	Unusable  int    `json:"unusable"`
	Failures  []struct {
		LogGroup     string `json:"logGroup"`
		ErrorType    string `json:"errorType"`
		ErrorMessage string `json:"errorMessage"`
	} `json:"failures"`
	QueryResult *struct {
		Outcome      string `json:"outcome"`
		ErrorType    string `json:"errorType"`
		ErrorMessage string `json:"errorMessage"`
	} `json:"queryResult"`
	Cursor string `json:"cursor"`
}

// add joins what the next call of the same sweep answers.
func (a *sweepAnswer) add(next sweepAnswer) {
	a.Examined += next.Examined
	a.Encrypted += next.Encrypted
	a.Planned += next.Planned
	a.Skipped += next.Skipped
	a.Gone += next.Gone
	a.Failed += next.Failed
	a.Unusable += next.Unusable
	a.Failures = append(a.Failures, next.Failures...)
	a.QueryResult = cmp.Or(a.QueryResult, next.QueryResult)
	a.Cursor = next.Cursor
}

// verify has a deployed stack prove itself: the function looks at its keys and
// rights, and in a dry run a sweep says what there is to do. version is what must
// have been deployed; "" is any.
func verify(ctx context.Context, t *tools, name, version string) error {
	s, err := t.describe(ctx, name)
	switch {
	case err != nil:
		return err
	case s == nil:
		return fmt.Errorf("there is no stack %s in %s", name, t.region)
	}
	function := s.output("SweepFunctionName")
	if function == "" {
		return fmt.Errorf("stack %s (%s) has no output SweepFunctionName; is it a stack of log-group-kms, and complete?", name, s.StackStatus)
	}
	var failed error
	if events := s.output("EventFunctionName"); events != "" { // it has a role of its own
		failed = t.lookAtItself(ctx, events, version)
	}
	failed = errors.Join(failed, t.lookAtItself(ctx, function, version))
	if s.parameters()["DryRun"] == "false" {
		// The metrics of a dry sweep tell alarms of log groups without a key that the
		// real one is about to bring under it.
		fmt.Fprintf(t.stdout, "\nA sweep of all log groups starts when a deployment has ended. To start one, wait for its end and see its counts:\n"+
			"  make sweep STACK=%s REGION=%s\n", name, t.region)
	} else {
		failed = errors.Join(failed, t.sweepDry(ctx, s, function))
	}
	if failed != nil {
		return fmt.Errorf("stack %s is deployed, but not well:\n%w", name, failed)
	}
	return nil
}

// lookAtItself has the function check its configuration, keys and rights.
func (t *tools) lookAtItself(ctx context.Context, function, version string) error {
	fmt.Fprintf(t.stdout, "\nThe function looks at itself ({\"action\":\"check\"} to %s):\n", function)
	var answer checkAnswer
	if err := t.invoke(ctx, function, map[string]any{"action": "check"}, &answer); err != nil {
		fmt.Fprintln(t.stdout, "  no answer:", err)
		return fmt.Errorf("the check of %s failed: %w", function, err)
	}
	if answer.Version != "" {
		fmt.Fprintf(t.stdout, "  version %s, account %s, Region %s\n", answer.Version, answer.Account, answer.Region)
	}
	failed := t.list(answer)
	switch {
	case len(answer.Checks) == 0:
		return fmt.Errorf("the check of %s holds no checks", function)
	case failed > 0 || answer.Result == "failed":
		return fmt.Errorf("the check of %s found %d failed", function, failed)
	case version != "" && answer.Version != "" && answer.Version != version:
		return fmt.Errorf("%s is version %s, and this is %s", function, answer.Version, version)
	}
	return nil
}

// list writes the checks and counts those that failed.
func (t *tools) list(answer checkAnswer) (failed int) {
	width := 0
	for _, c := range answer.Checks {
		width = max(width, len(c.Check))
	}
	for _, c := range answer.Checks {
		words := c.Message
		if c.Subject != "" && !strings.Contains(c.Message, c.Subject) {
			words = c.Subject + ": " + words
		}
		fmt.Fprintf(t.stdout, "  %-7s  %-*s  %s\n", mark(c.Result), width, c.Check, words)
		if c.Result == "ok" {
			continue
		}
		for _, hint := range []string{c.Remedy, c.Runbook} {
			if hint != "" {
				fmt.Fprintf(t.stdout, "  %-7s  %-*s  %s\n", "", width, "", hint)
			}
		}
		if c.Result == "failed" {
			failed++
		}
	}
	return failed
}

// mark makes trouble stand out without colour.
func mark(result string) string {
	if result == "failed" || result == "warning" {
		return strings.ToUpper(result)
	}
	return result
}

// sweepDry has a stack in a dry run do a whole sweep and says what it found.
func (t *tools) sweepDry(ctx context.Context, s *stack, function string) error {
	fmt.Fprintf(t.stdout, "\nWhat a sweep would do now (nothing is written):\n")
	var all sweepAnswer
	for first := true; first || all.Cursor != ""; first = false {
		command := map[string]any{"action": "sweep", "dryRun": true}
		if all.Cursor != "" {
			command["cursor"] = all.Cursor
		}
		var next sweepAnswer
		if err := t.invoke(ctx, function, command, &next); err != nil {
			fmt.Fprintln(t.stdout, "  no answer:", err)
			return fmt.Errorf("the dry sweep failed: %w", err)
		}
		if next.Action != "sweep" {
			return errors.New("the function does not answer the sweep as one")
		}
		if next.Cursor != "" && next.Cursor == all.Cursor {
			return errors.New("the dry sweep does not get on: it answers the cursor that it was given")
		}
		all.add(next)
	}
	all.tell(t.stdout)
	if group := s.output("SweepLogGroupName"); group != "" && all.Planned > 0 {
		fmt.Fprintf(t.stdout, "Which, with its key and what chose it (the log takes a few seconds):\n"+
			"  aws logs filter-log-events --region %s --log-group-name %s --filter-pattern '{ $.outcome = \"planned\" }' --query 'events[].message' --output text\n", t.region, group)
	}
	fmt.Fprintln(t.stdout, "DryRun is true: the stack reads and decides, and writes nothing. Set DryRun=false and deploy again to act.")
	if all.Failed > 0 {
		return fmt.Errorf("the dry sweep failed on %d", all.Failed)
	}
	return nil
}

// tell writes the totals and the first failures.
func (a *sweepAnswer) tell(w io.Writer) {
	for _, line := range []struct {
		count int
		means string
	}{
		{a.Examined, "log groups there are"},
		{a.Encrypted, "are under a customer key"},
		{a.Planned, "would get one, or another one"},
		{a.Skipped, "are left alone by decision"},
		{a.Gone, "were deleted in the meantime"},
		{a.Failed, "cannot be decided or done"},
		{a.Unusable, "are under a key that cannot be used"},
	} {
		fmt.Fprintf(w, "  %7d  %s\n", line.count, line.means)
	}
	if q := a.QueryResult; q != nil {
		fmt.Fprintf(w, "           query results: %s\n", cmp.Or(q.Outcome, q.ErrorType+": "+q.ErrorMessage))
	}
	const most = 20
	for _, f := range a.Failures[:min(most, len(a.Failures))] {
		fmt.Fprintf(w, "  %s: %s: %s\n", f.LogGroup, f.ErrorType, f.ErrorMessage)
	}
}
