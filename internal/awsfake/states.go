package awsfake

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"
)

var statesOperations = map[string]operation{
	"DescribeExecution": (*World).describeExecution,
	"ListExecutions":    (*World).listExecutions,
	"StartExecution":    (*World).startExecution,
}

// Statuses of an execution.
const (
	Running   = "RUNNING"
	Succeeded = "SUCCEEDED"
	Failed    = "FAILED"
	TimedOut  = "TIMED_OUT"
	Aborted   = "ABORTED"
)

// StateMachine is a state machine of Step Functions.
type StateMachine struct {
	Name string
	// Run does an execution's work for StartExecution, outside all locks. An
	// [ExecutionFailed] as its error says how the execution failed; without Run,
	// executions are put from outside alone.
	Run func(ctx context.Context, input []byte) (output []byte, err error)
}

// ExecutionFailed is how an execution failed.
type ExecutionFailed struct{ Code, Cause string }

func (e ExecutionFailed) Error() string { return e.Code + ": " + e.Cause }

// Execution is one run of a state machine.
type Execution struct {
	Name          string // made up if empty
	Status        string
	Start, Stop   time.Time // Stop is zero while it runs
	Input, Output string
	Error, Cause  string
}

// machine is a state machine with its executions, the newest last.
type machine struct {
	StateMachine
	executions []*Execution
}

// StateMachineARN returns the ARN of a state machine.
func StateMachineARN(account, region, name string) string {
	return "arn:" + Partition(region) + ":states:" + region + ":" + account + ":stateMachine:" + name
}

// executionARN returns the ARN of an execution.
func executionARN(account, region, machine, name string) string {
	return "arn:" + Partition(region) + ":states:" + region + ":" + account + ":execution:" + machine + ":" + name
}

func (m StateMachine) deploy(w *World, s scope) (kind, physicalID string) {
	if old := w.deployed.machines[s][m.Name]; old != nil {
		old.StateMachine = m
	} else {
		put(w.deployed.machines, s, m.Name, &machine{StateMachine: m})
	}
	return "AWS::StepFunctions::StateMachine", StateMachineARN(s.account, s.region, m.Name)
}

// PutExecution adds an execution of a state machine from outside.
func (w *World) PutExecution(account, region, stateMachine string, e Execution) {
	w.mu.Lock()
	defer w.mu.Unlock()
	s := scope{cmp.Or(account, w.account), region}
	if w.deployed.machines[s][stateMachine] == nil {
		StateMachine{Name: stateMachine}.deploy(w, s)
	}
	w.deployed.machines[s][stateMachine].add(&e)
}

func (m *machine) add(e *Execution) {
	e.Name = cmp.Or(e.Name, newUUID())
	m.executions = append(m.executions, e)
	slices.SortStableFunc(m.executions, func(a, b *Execution) int { return a.Start.Compare(b.Start) })
}

func (w *World) findMachine(r *request, arn string) (*machine, error) {
	for name, m := range w.deployed.machines[r.scope] {
		if StateMachineARN(r.account, r.region, name) == arn {
			return m, nil
		}
	}
	return nil, fail("StateMachineDoesNotExist", "State Machine Does Not Exist: '%s'", arn)
}

func (e *Execution) listed(r *request, m *machine) map[string]any {
	out := map[string]any{
		"executionArn": executionARN(r.account, r.region, m.Name, e.Name), "name": e.Name, "status": e.Status,
		"stateMachineArn": StateMachineARN(r.account, r.region, m.Name), "startDate": seconds(e.Start),
	}
	if !e.Stop.IsZero() {
		out["stopDate"] = seconds(e.Stop)
	}
	return out
}

func (w *World) listExecutions(r *request) (any, error) {
	in, err := decode[struct {
		StateMachineArn, StatusFilter, NextToken string
		MaxResults                               int
	}](r)
	if err != nil {
		return nil, err
	}
	m, err := w.findMachine(r, in.StateMachineArn)
	if err != nil {
		return nil, err
	}
	if in.MaxResults < 0 || in.MaxResults > 1000 {
		return nil, fail("ValidationException", "maxResults must be between 0 and 1000")
	}
	var found []*Execution
	for _, e := range slices.Backward(m.executions) {
		if in.StatusFilter == "" || e.Status == in.StatusFilter {
			found = append(found, e)
		}
	}
	page, next, err := paged(found, in.NextToken, cmp.Or(in.MaxResults, 100))
	if err != nil {
		return nil, fail("InvalidToken", "Invalid Token: '%s'", in.NextToken)
	}
	list := []map[string]any{}
	for _, e := range page {
		list = append(list, e.listed(r, m))
	}
	out := map[string]any{"executions": list}
	if next != "" {
		out["nextToken"] = next
	}
	return out, nil
}

func (w *World) describeExecution(r *request) (any, error) {
	in, err := decode[struct{ ExecutionArn string }](r)
	if err != nil {
		return nil, err
	}
	for _, m := range w.deployed.machines[r.scope] {
		for _, e := range m.executions {
			if executionARN(r.account, r.region, m.Name, e.Name) == in.ExecutionArn {
				return e.described(r, m), nil
			}
		}
	}
	return nil, fail("ExecutionDoesNotExist", "Execution Does Not Exist: '%s'", in.ExecutionArn)
}

func (e *Execution) described(r *request, m *machine) map[string]any {
	out := e.listed(r, m)
	for name, value := range map[string]string{"input": e.Input, "output": e.Output, "error": e.Error, "cause": e.Cause} {
		if value != "" {
			out[name] = value
		}
	}
	return out
}

// startExecution begins an execution. As in AWS, the answer does not wait for its
// end.
func (w *World) startExecution(r *request) (any, error) {
	in, err := decode[struct{ StateMachineArn, Name, Input string }](r)
	if err != nil {
		return nil, err
	}
	m, err := w.findMachine(r, in.StateMachineArn)
	if err != nil {
		return nil, err
	}
	if m.Run == nil {
		return nil, fail("StateMachineDeleting", "the state machine %s of this local AWS runs nothing", m.Name)
	}
	if strings.TrimSpace(in.Input) == "" {
		in.Input = "{}"
	}
	e := &Execution{Name: in.Name, Status: Running, Start: time.Now(), Input: in.Input}
	m.add(e)
	go w.run(m.Run, e)
	return map[string]any{"executionArn": executionARN(r.account, r.region, m.Name, e.Name), "startDate": seconds(e.Start)}, nil
}

// run does an execution's work. It outlives the request that began it.
func (w *World) run(work func(context.Context, []byte) ([]byte, error), e *Execution) {
	output, err := work(context.Background(), []byte(e.Input))
	w.mu.Lock()
	defer w.mu.Unlock()
	e.Status, e.Stop, e.Output = Succeeded, time.Now(), string(output)
	if err != nil {
		e.Status, e.Output, e.Error, e.Cause = Failed, "", "States.TaskFailed", err.Error()
		if failed, ok := errors.AsType[ExecutionFailed](err); ok {
			e.Error, e.Cause = failed.Code, failed.Cause
		}
	}
}
