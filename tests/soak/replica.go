package main

import (
	"context"
	"fmt"
	"sync"
	"syscall"
	"time"

	"log-group-kms/internal/awsfake"
	"log-group-kms/internal/runtimeapi"
	"log-group-kms/tests/soak/judge"
)

// replica is one copy of the function, as Lambda keeps several: it serves one
// event at a time, and has an access key of its own, by which AWS's record tells
// the copies apart.
type replica struct {
	name      string
	accessKey string
	sweeps    bool
	function  *runtimeapi.Function

	mu       sync.Mutex
	trap     *trap
	troubles []judge.Trouble
	frozen   *time.Timer // thaws it
	harmed   bool        // in the present invocation
}

// trap is what happens to a copy in the middle of an invocation: when AWS has got
// so many of its requests, before it answers the last of them.
type trap struct {
	kills     bool
	calls     int
	frozen    time.Duration // if it does not kill
	operation string        // whose calls count; empty: all
}

func startReplica(ctx context.Context, binary, endpoint string, p plan, name, accessKey string, sweeps bool) (*replica, error) {
	f, err := runtimeapi.Start(ctx, runtimeapi.Options{
		Binary: binary, Env: p.env(endpoint, accessKey),
		FunctionARN: "arn:aws:lambda:" + judge.Region + ":" + judge.Account + ":function:log-group-kms",
	})
	if err != nil {
		return nil, fmt.Errorf("starting %s: %w", name, err)
	}
	if err := f.Ready(ctx); err != nil {
		return nil, fmt.Errorf("starting %s: %w", name, err)
	}
	return &replica{name: name, accessKey: accessKey, sweeps: sweeps, function: f}, nil
}

// invoke hands over an event and waits for what comes of it.
func (r *replica) invoke(ctx context.Context, payload []byte, deadline time.Duration, t *trap, inputs ...judge.Input) (judge.Invocation, error) {
	r.mu.Lock()
	r.trap, r.harmed = t, false
	r.mu.Unlock()
	v := judge.Invocation{Copy: r.accessKey, Begin: time.Now(), Deadline: deadline, Inputs: inputs, Sweep: r.sweeps}
	a, err := r.function.InvokeWithin(ctx, payload, deadline)
	if err != nil {
		return v, fmt.Errorf("invoking %s: %w", r.name, err)
	}
	v.End = time.Now()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.trap = nil
	v.RequestID, v.Answer, v.ErrorType, v.Error = a.RequestID, a.Payload, a.ErrorType, a.ErrorMessage
	v.Harmed = r.harmed || a.TimedOut
	return v, nil
}

// heard springs the trap if its time has come. AWS has got the call, and has not
// answered it yet.
func (r *replica) heard(c awsfake.Call) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.trap == nil || r.trap.operation != "" && r.trap.operation != c.Operation {
		return
	}
	if r.trap.calls--; r.trap.calls > 0 {
		return
	}
	t := r.trap
	r.trap, r.harmed = nil, true
	pid := r.function.PID()
	trouble := judge.Trouble{Copy: r.accessKey, Kind: "killed", From: time.Now()}
	if t.kills {
		_ = syscall.Kill(pid, syscall.SIGKILL) // it may have been killed for its deadline
		r.troubles = append(r.troubles, trouble)
		return
	}
	_ = syscall.Kill(pid, syscall.SIGSTOP) // as above
	trouble.Kind, trouble.To = "frozen", trouble.From.Add(t.frozen)
	r.troubles = append(r.troubles, trouble)
	n := len(r.troubles) - 1
	r.frozen = time.AfterFunc(t.frozen, func() { r.thaw(pid, n) })
}

// thaw lets a process go on, unless Lambda has ended it for its deadline.
func (r *replica) thaw(pid, n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if ended, _ := r.function.Exited(); !ended && r.function.PID() == pid {
		_ = syscall.Kill(pid, syscall.SIGCONT) // as above
	}
	r.troubles[n].To = time.Now()
}

// close ends the process and gives what was done to it.
func (r *replica) close() []judge.Trouble {
	r.mu.Lock()
	if r.frozen != nil && r.frozen.Stop() {
		_ = syscall.Kill(r.function.PID(), syscall.SIGCONT) // nothing is lost if it is gone
	}
	r.mu.Unlock()
	_ = r.function.Close() // it is killed in any case
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.troubles
}
