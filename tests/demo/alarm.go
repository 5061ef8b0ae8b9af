package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"log-group-kms/tests/alarms"
	"log-group-kms/tests/golden"
)

// watch evaluates the stack's alarms once an hour, after the sweep of the hour, as
// CloudWatch would with the schedule of the template.
type watch struct {
	stack   alarms.Stack
	metrics alarms.Metrics
	clock   time.Time
	read    int // lines of the function that were read
	states  map[string]alarms.State
}

func newWatch(stack alarms.Stack) *watch {
	return &watch{
		stack: stack, metrics: make(alarms.Metrics), states: make(map[string]alarms.State),
		clock: time.Date(2026, 11, 24, 1, 0, 0, 0, time.UTC),
	}
}

// hour takes what the function has written since the last one, lets the hour pass, and
// returns the names of the alarms that are then in the state ALARM.
func (w *watch) hour(s *stage) ([]string, error) {
	lines := s.function.Lines()
	if err := w.metrics.Read(lines[w.read:], w.clock.Add(time.Minute)); err != nil {
		return nil, err
	}
	w.read = len(lines)
	w.clock = w.clock.Add(time.Hour)
	var ringing []string
	for _, alarm := range w.stack.Alarms {
		points, err := alarm.Points(w.metrics, w.clock)
		if err != nil {
			return nil, err
		}
		w.states[alarm.Name] = alarm.Rule.Evaluate(points, w.states[alarm.Name])
		if w.states[alarm.Name] == alarms.Alarm {
			ringing = append(ringing, alarm.Name)
		}
	}
	slices.Sort(ringing)
	return ringing, nil
}

// text is what an alarm tells the person on call.
func (w *watch) text(name string) string {
	i := slices.IndexFunc(w.stack.Alarms, func(a alarms.Definition) bool { return a.Name == name })
	if i < 0 {
		return ""
	}
	return w.stack.Alarms[i].Text
}

// hours is the table of the hours: what happened, and what rang.
type hours struct {
	rows [][]string
}

func (h *hours) add(w *watch, what string, sum sweepAnswer, ringing []string) {
	h.rows = append(h.rows, []string{
		w.clock.Format("15:04"), what, fmt.Sprintf("%4d", sum.Open), fmt.Sprintf("%8d", sum.Unusable), orNone(strings.Join(ringing, ", ")),
	})
}

// showAlarm has a key scheduled for deletion in the account that was swept, and goes the
// way of the person on call until all is quiet.
func (d *demo) showAlarm(ctx context.Context, s *stage, families []family) error {
	w, table := newWatch(d.stack), &hours{}
	admin := newEngineer(s)
	underPayments, failed := 0, total(families, "failed")
	for _, f := range families {
		if f.keyIs == "payments" {
			underPayments += f.count
		}
	}

	ringing, err := w.hour(s)
	if err != nil {
		return err
	}
	table.add(w, "the sweep of part 3", sweepAnswer{Open: failed}, ringing)
	d.checks.expect("the alarms after the sweep", "OpenLogGroups", strings.Join(ringing, " "))

	if err := admin.scheduleDeletion(ctx, golden.PaymentsKey); err != nil {
		return err
	}
	if err := d.nextHour(ctx, s, w, table, "a key is scheduled for deletion", failed, underPayments, "KeysInDanger OpenLogGroups"); err != nil {
		return err
	}
	d.page.say("In the account of part 3 one log group is still without its key. Now somebody schedules the key alias/payments for " +
		"deletion. The sweep finds both, its metrics make the template's alarms ring (evaluated here as CloudWatch does), and this is " +
		"what the person on call gets:")
	for line := range strings.Lines(w.text("KeysInDanger")) {
		d.page.indentedLine(line)
	}
	d.page.line("")
	if err := d.lookAround(ctx, s, underPayments); err != nil {
		return err
	}
	if err := d.repair(ctx, admin); err != nil {
		return err
	}
	if err := d.nextHour(ctx, s, w, table, "both keys are repaired", 0, 0, ""); err != nil {
		return err
	}
	status, _, err := d.audit(ctx, s)
	if err != nil {
		return err
	}
	d.checks.expect("the audit's exit status after the repair", "0", fmt.Sprint(status))
	d.page.say("The hours, each with its sweep; the alarms are those in the state ALARM at its end. In AWS nobody would have waited " +
		"for the hour: the rule for key events starts a sweep at once.")
	d.page.table([]string{"hour", "what happened", "open", "unusable", "alarms"}, table.rows)
	d.tell("The same command now ends with exit status 0: nothing is without its key, and every key can be used.")
	return d.page.err
}

// nextHour sweeps, lets the hour pass, and compares what is then wrong with what should be.
func (d *demo) nextHour(ctx context.Context, s *stage, w *watch, table *hours, what string, open, unusable int, want string) error {
	sum, err := s.sweep(ctx, func(sweepAnswer, time.Duration) {})
	if err != nil {
		return err
	}
	ringing, err := w.hour(s)
	if err != nil {
		return err
	}
	table.add(w, what, sum, ringing)
	d.checks.expect("the sweep when "+what, fmt.Sprintf("%d open, %d unusable", open, unusable), fmt.Sprintf("%d open, %d unusable", sum.Open, sum.Unusable))
	d.checks.expect("the alarms when "+what, want, strings.Join(ringing, " "))
	return nil
}

// lookAround is the runbook's first command, and the audit's page for whoever is told of it.
func (d *demo) lookAround(ctx context.Context, s *stage, inDanger int) error {
	status, found, err := d.audit(ctx, s)
	if err != nil {
		return err
	}
	d.page.say("Under that heading of docs/operations.md stands the first command, here with long lists cut short:")
	d.page.indentedLine("$ make audit STACK=" + golden.StackName + " REGION=" + golden.Region)
	for _, line := range abridged(found, 3, width-4) {
		d.page.indentedLine(line)
	}
	d.page.indentedLine(fmt.Sprintf("exit status %d", status))
	d.page.line("")
	d.checks.expect("the audit's exit status", "1", fmt.Sprint(status))
	for _, want := range []string{fmt.Sprintf("%d log groups are under a key that cannot be used", inDanger), "/app/archive-2011"} {
		d.checks.expect("that the audit says "+want, "true", fmt.Sprint(strings.Contains(found, want)))
	}
	return d.writeReport(ctx, s)
}

// repair does what the runbook says.
func (d *demo) repair(ctx context.Context, admin *engineer) error {
	d.page.say("And the commands that repair it:")
	for _, step := range []struct {
		command string
		do      func(context.Context, string) error
		key     string
	}{
		{"cancel-key-deletion", admin.cancelDeletion, golden.PaymentsKey},
		{"enable-key", admin.enableKey, golden.PaymentsKey},
		{"enable-key", admin.enableKey, golden.ArchiveKey},
	} {
		if err := step.do(ctx, step.key); err != nil {
			return err
		}
		d.page.line("  $ aws kms " + step.command + " --key-id " + step.key[strings.LastIndex(step.key, "/")+1:])
	}
	d.page.line("")
	return nil
}
