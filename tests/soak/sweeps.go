package main

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"log-group-kms/tests/soak/judge"
)

// mostRepeats is how often a call of a sweep that failed is repeated from the
// same cursor before the sweep is given up; mostCalls how many calls the last
// sweep may take.
const (
	mostRepeats = 2
	mostCalls   = 200
)

// order is a sweep that was asked for.
type order struct {
	Action string `json:"action"`
	Prefix string `json:"prefix,omitempty"`
	DryRun bool   `json:"dryRun,omitempty"`
	Cursor string `json:"cursor,omitempty"`
}

// sweepAll sweeps time and again until the traffic ends, each sweep along its
// cursor to the end, as the state machine does.
func (e *episode) sweepAll(ctx, traffic context.Context, r *replica, i int) {
	for n := 0; traffic.Err() == nil; n++ {
		l := e.plan.seed.draw("sweep", i, n)
		o := order{Action: "sweep", DryRun: l.chance(0.1)}
		if l.chance(0.2) {
			o.Prefix = "/app/"
		}
		for repeats := 0; traffic.Err() == nil; {
			deadline := oneOf(l, 1500*time.Millisecond, 3*time.Second, 5*time.Second, 8*time.Second)
			if e.plan.slow {
				deadline = 95 * time.Second
			}
			v, err := e.sweep(ctx, r, o, deadline, sweepTrap(l), false)
			if err != nil {
				e.fail(err)
				return
			}
			if v.ErrorType != "" {
				if repeats++; repeats > mostRepeats {
					break
				}
				continue
			}
			if o.Cursor = cursorOf(v); o.Cursor == "" {
				break
			}
		}
		rest(traffic, l.between(0, 1500*time.Millisecond))
	}
}

// sweepTrap is newTrap for sweeps, which work on several log groups side by side:
// they are frozen at the first page alone.
func sweepTrap(l lot) *trap {
	switch {
	case l.chance(0.12):
		return &trap{kills: true, calls: 1 + l.IntN(60)}
	case l.chance(0.15):
		return &trap{calls: 1, frozen: l.between(300*time.Millisecond, 4*time.Second), operation: "DescribeLogGroups"}
	}
	return nil
}

func (e *episode) sweep(ctx context.Context, r *replica, o order, deadline time.Duration, t *trap, last bool) (judge.Invocation, error) {
	payload, _ := json.Marshal(o) // always marshals
	v, err := r.invoke(ctx, payload, deadline, t, judge.Input{Event: "sweep", DryRun: o.DryRun})
	if v.LastSweep = last; err == nil {
		e.note(v)
	}
	return v, err
}

func cursorOf(v judge.Invocation) string {
	var a struct{ Cursor string }
	_ = json.Unmarshal(v.Answer, &a) // the judge looks at what is no object
	return a.Cursor
}

// lastSweep sweeps once more, to the end, by a copy that has swept before.
func (e *episode) lastSweep(ctx context.Context, r *replica) {
	o := order{Action: "sweep"}
	for range mostCalls {
		v, err := e.sweep(ctx, r, o, 6*time.Second, nil, true)
		if err != nil {
			e.fail(err)
			return
		}
		if v.ErrorType != "" {
			continue
		}
		if o.Cursor = cursorOf(v); o.Cursor == "" {
			return
		}
	}
	e.fail(fmt.Errorf("the last sweep did not end in %d calls", mostCalls))
}
