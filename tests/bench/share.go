package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"log-group-kms/internal/awsfake"
	"log-group-kms/tests/golden"
)

// associateQuota is how many AssociateKmsKey requests a second AWS admits.
const associateQuota = 5

// mostThrottled is the part of all requests that may be throttled.
const mostThrottled = 1. / 3

// measureBurst has many log groups made at once, and the deployed number of copies
// serve the events.
func measureBurst(ctx context.Context, o options) ([]row, error) {
	s, err := share(ctx, o, 0)
	if err != nil {
		return nil, err
	}
	r := ratio(s.took, s.bound())
	rows := []row{{
		fmt.Sprintf("%d log groups at once, %d copies", s.groups, o.deployed.copies),
		seconds(s.took), seconds(s.bound()), in(r), atMost(r, 1.10, ""),
	}}
	return append(rows, s.rows()...), nil
}

// measureContention is the same while a sweep of many open log groups runs.
func measureContention(ctx context.Context, o options) ([]row, error) {
	const open = 3000
	s, err := share(ctx, o, open)
	if err != nil {
		return nil, err
	}
	r := ratio(s.took, s.bound())
	admitted := s.events.admitted + s.sweep.admitted
	used := float64(admitted) / (s.took.Seconds() * associateQuota)
	rows := []row{
		{
			fmt.Sprintf("the same during a sweep of %d open groups", open),
			seconds(s.took), seconds(s.bound()), in(r), atMost(r, 1.60, ""),
		},
		{
			"  AssociateKmsKey admitted", fmt.Sprintf("%d + %d", s.events.admitted, s.sweep.admitted),
			fmt.Sprintf("%.0f", s.took.Seconds()*associateQuota), in(used), atLeast(used, 0.90),
		},
	}
	return append(rows, s.rows()...), nil
}

// tally counts requests of one kind.
type tally struct{ admitted, throttled int }

func (t *tally) add(c awsfake.Call) {
	if c.ErrorCode == "ThrottlingException" {
		t.throttled++
	} else {
		t.admitted++
	}
}

// shared is what became of the events, until the last of them had its key.
type shared struct {
	groups        int
	took          time.Duration
	again         int   // messages that came back
	events, sweep tally // AssociateKmsKey
	describe      tally // DescribeLogGroups
}

func (s *shared) bound() time.Duration {
	return time.Duration(s.groups) * time.Second / associateQuota
}

// rows are those that both parts have.
func (s *shared) rows() []row {
	throttled := s.events.throttled + s.sweep.throttled
	sent := throttled + s.events.admitted + s.sweep.admitted
	part := ratio(throttled, sent)
	return []row{
		{"  of its requests throttled", fmt.Sprint(throttled), fmt.Sprint(sent), in(part), atMost(part, mostThrottled, "")},
		{
			"  of DescribeLogGroups", fmt.Sprint(s.describe.throttled), fmt.Sprint(s.describe.throttled + s.describe.admitted),
			in(ratio(s.describe.throttled, s.describe.throttled+s.describe.admitted)), goal{},
		},
		{"  events that failed", fmt.Sprint(s.again), "", "", atMost(float64(s.again), 0, "")},
	}
}

// share runs the deployed copies of the function on the events of new log groups,
// under AWS's limits. open is how many log groups a sweep works on meanwhile; 0: no
// sweep.
func share(ctx context.Context, o options, open int) (*shared, error) {
	s := &shared{groups: 300}
	if o.quick {
		s.groups = 60
	}
	world := bareAccount(open, 1)
	world.RecordCalls(true)
	world.SetLimits(true)
	world.Inject(awsfake.Fault{Kind: awsfake.Slow, Delay: roundTrip})
	if open > 0 {
		stop, err := startSweep(ctx, o, world)
		if err != nil {
			return nil, err
		}
		defer stop()
	}
	var copies []*process
	defer func() {
		for _, p := range copies {
			p.close()
		}
	}()
	for range o.deployed.copies {
		p, err := launch(ctx, o.function, world, o.deployed.settings()...)
		if err != nil {
			return nil, err
		}
		copies = append(copies, p)
	}
	names := make([]string, s.groups)
	for i := range names {
		names[i] = fmt.Sprintf("%s%04d", newGroups, i)
		world.PutLogGroup(golden.Account, golden.Region, awsfake.LogGroup{Name: names[i]})
	}
	world.ResetCalls()
	begin := time.Now()
	q, err := newQueue(names, o.deployed)
	if err != nil {
		return nil, err
	}
	if err := q.serve(ctx, copies); err != nil {
		return nil, err
	}
	s.again = q.again
	return s, s.count(world.Calls(), begin)
}

// newGroups is how the names of new log groups begin: before those of bareAccount,
// so that a sweep under way does not meet them.
const newGroups = "/at-once/"

// count sums the calls up until the last event's log group has its key.
func (s *shared) count(calls []awsfake.Call, begin time.Time) error {
	isNew := func(c awsfake.Call) bool { return strings.HasPrefix(c.Resource, newGroups) }
	var last time.Time
	for _, c := range calls {
		if c.Operation == "AssociateKmsKey" && c.ErrorCode == "" && isNew(c) && c.At.After(last) {
			last = c.At
		}
	}
	for _, c := range calls {
		switch {
		case c.At.After(last):
		case c.Operation == "DescribeLogGroups":
			s.describe.add(c)
		case c.Operation == "AssociateKmsKey" && isNew(c):
			s.events.add(c)
		case c.Operation == "AssociateKmsKey":
			s.sweep.add(c)
		}
	}
	if s.took = last.Sub(begin); s.events.admitted != s.groups {
		return fmt.Errorf("got %d keys set for %d log groups", s.events.admitted, s.groups)
	}
	return nil
}

// startSweep starts a sweep and gives it some time to find its pace.
func startSweep(ctx context.Context, o options, world *awsfake.World) (stop func(), err error) {
	p, err := launch(ctx, o.function, world, o.deployed.settings()...)
	if err != nil {
		return nil, err
	}
	ended := make(chan error, 1)
	go func() {
		_, err := p.invoke(ctx, `{"action":"sweep"}`)
		ended <- err
	}()
	select {
	case err := <-ended:
		p.close()
		return nil, errors.Join(errors.New("the sweep ended before the events came"), err)
	case <-time.After(15 * time.Second):
		return p.close, nil
	}
}
