package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"log-group-kms/internal/awsfake"
	"log-group-kms/tests/soak/judge"
)

// episode is one simulation: an account, the function in several copies, and all
// who act on both.
type episode struct {
	plan    plan
	world   *awsfake.World
	bus     *bus
	weather *weather
	people  *people
	copies  []*replica

	mu          sync.Mutex
	invocations []judge.Invocation
	failure     error // of the simulation itself
}

// How long the simulation waits for what it cannot do without, before it gives
// itself up. On no machine should these matter.
const (
	drainPatience = 3 * time.Minute
	calmDeadline  = 2 * time.Minute
)

// simulate runs an episode and gives its record.
func simulate(ctx context.Context, binary string, p plan, late *watch) (judge.Record, error) {
	e := &episode{plan: p, world: newWorld(p), bus: newBus(p)}
	e.people = newPeople(p, e.world, e.bus)
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return judge.Record{}, fmt.Errorf("listening for the local AWS: %w", err)
	}
	server := &http.Server{Handler: e.world, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = server.Serve(listener) }() // ends with ErrServerClosed
	defer func() { _ = server.Close() }()      // nobody is left to be told
	if err := e.start(ctx, binary, "http://"+listener.Addr().String()); err != nil {
		e.close()
		return judge.Record{}, err
	}
	begin := time.Now()
	calm := e.run(ctx)
	troubles, claims := e.close(), e.claims()
	if e.failure == nil {
		e.failure = ctx.Err()
	}
	return e.record(begin, calm, troubles, claims, late), e.failure
}

// start starts the copies and lets the people hear of their calls.
func (e *episode) start(ctx context.Context, binary, endpoint string) error {
	byKey := map[string]*replica{}
	for i := range e.plan.copies + e.plan.sweepers {
		sweeps := i >= e.plan.copies
		name := fmt.Sprintf("copy %d", i+1)
		if sweeps {
			name = fmt.Sprintf("sweeper %d", i+1-e.plan.copies)
		}
		accessKey := fmt.Sprintf("AKIACOPY%012d", i)
		e.world.AddAccessKey(accessKey, judge.Account, "copy")
		r, err := startReplica(ctx, binary, endpoint, e.plan, name, accessKey, sweeps)
		if err != nil {
			return err
		}
		byKey[accessKey] = r
		e.copies = append(e.copies, r)
	}
	e.weather = &weather{plan: e.plan, copies: byKey, seen: map[string]int{}}
	e.world.InjectEach(e.weather.strike)
	e.world.OnEvent(e.bus.event)
	e.world.OnCall(func(c awsfake.Call) {
		if r := byKey[c.Caller]; r != nil {
			e.people.react(ctx, c)
			r.heard(c)
		}
	})
	return nil
}

// run lets everything happen: the traffic, then what is still under way, then
// what lies in the failure queue, then a last sweep. It returns the time from
// which on AWS was well.
func (e *episode) run(ctx context.Context) (calm time.Time) {
	work, stop := context.WithCancel(ctx)
	var working sync.WaitGroup
	defer working.Wait()
	defer stop()
	for i, r := range e.copies[:e.plan.copies] {
		working.Go(func() { e.serve(work, r, i) })
	}
	traffic, end := context.WithTimeout(ctx, e.plan.traffic)
	defer end()
	var sweeping sync.WaitGroup
	for i, r := range e.copies[e.plan.copies:] {
		sweeping.Go(func() { e.sweepAll(ctx, traffic, r, i) })
	}
	e.people.live(traffic)
	e.people.settle()
	e.weather.clear()
	e.bus.calm()
	e.world.SetLimits(false)
	sweeping.Wait()
	e.drain(ctx)
	calm = time.Now()
	e.bus.redrive()
	e.drain(ctx)
	e.lastSweep(ctx, e.copies[e.plan.copies])
	e.drain(ctx)
	return calm
}

// drain waits until nothing is under way.
func (e *episode) drain(ctx context.Context) {
	for patience := time.Now().Add(drainPatience); !e.bus.idle() && rest(ctx, 20*time.Millisecond); {
		if time.Now().After(patience) {
			return // the judge will say that events have not ended
		}
	}
}

// serve lets a copy work off what is due.
func (e *episode) serve(ctx context.Context, r *replica, i int) {
	for n := 0; ctx.Err() == nil; {
		job := e.bus.take()
		if len(job) == 0 {
			rest(ctx, 5*time.Millisecond)
			continue
		}
		e.hand(r, job, e.plan.seed.draw("invocation", i, n))
		n++
	}
}

// hand gives a job to a copy. It goes on to its end in any case, so that each
// event has one.
func (e *episode) hand(r *replica, job []*parcel, l lot) {
	payload, through := job[0].body, "directly"
	if job[0].queued {
		payload, through = batchOf(job), fmt.Sprintf("in a batch of %d", len(job))
	}
	var inputs []judge.Input
	for _, p := range job {
		inputs = append(inputs, p.Input)
	}
	deadline, t := calmDeadline, (*trap)(nil)
	if !e.bus.isCalm() {
		deadline = oneOf(l, 400*time.Millisecond, 1500*time.Millisecond, 3*time.Second, 8*time.Second, 8*time.Second, 8*time.Second, 8*time.Second, 8*time.Second)
		t = newTrap(l, job[0].queued)
	}
	v, err := r.invoke(context.Background(), payload, deadline, t, inputs...)
	if v.Batch = job[0].queued; err != nil {
		e.fail(err)
	} else {
		e.note(v)
	}
	failed := failedItems(v.Answer, job)
	for _, p := range job {
		bad := err != nil || v.ErrorType != "" || p.queued && failed[p.Input.Message]
		e.bus.settle(p, judge.Try{At: v.Begin, Through: through + " to " + r.name, Failed: bad}, v.ErrorType, v.Error)
	}
}

// newTrap draws what happens to a copy in the middle of an invocation.
//
// It is frozen only where it waits for AWS's answer and has nothing else to do
// that leads to a write: else it might be frozen just between its look at the age
// of what it knows and its signature, and nobody could tell that from a program
// that does not look. So a batch, which works on many log groups side by side,
// is frozen at its first look at a log group alone. Later looks are left in
// peace: a program that cannot get an answer within a second has to believe one
// at last, from its arrival on.
func newTrap(l lot, batch bool) *trap {
	switch {
	case l.chance(0.04):
		return &trap{kills: true, calls: 1 + l.IntN(4)}
	case l.chance(0.06):
		return &trap{calls: 1, frozen: l.between(300*time.Millisecond, 4*time.Second), operation: "DescribeLogGroups"}
	case l.chance(0.1) && !batch:
		return &trap{calls: 1 + l.IntN(2), frozen: l.between(300*time.Millisecond, 4*time.Second), operation: "AssociateKmsKey"}
	}
	return nil
}

func (e *episode) note(v judge.Invocation) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.invocations = append(e.invocations, v)
}

// fail keeps the first trouble of the simulation itself.
func (e *episode) fail(err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.failure == nil {
		e.failure = err
	}
}

func (e *episode) close() (troubles []judge.Trouble) {
	for _, r := range e.copies {
		troubles = append(troubles, r.close()...)
	}
	return troubles
}

// record gathers what the judge looks at.
func (e *episode) record(begin, calm time.Time, troubles []judge.Trouble, claims []judge.Claim, late *watch) judge.Record {
	r := judge.Record{
		Config: e.plan.config, Changes: e.world.Changes(), Calls: e.world.Calls(), Copies: map[string]judge.Copy{},
		Invocations: e.invocations, Claims: claims, Deliveries: e.bus.deliveries(), Troubles: troubles, Lateness: late.since(begin),
		Unfit: map[string]bool{key("sign"): true}, Calm: calm,
		Paced: e.plan.writes != "0" || e.plan.reads != "0",
	}
	for _, c := range e.copies {
		r.Copies[c.accessKey] = judge.Copy{Name: c.name, Sweeps: c.sweeps}
	}
	for _, s := range e.world.Unexpected() {
		r.Strange = append(r.Strange, "AWS got what no real client would send: "+s)
	}
	for _, a := range e.world.ManagedKeysCreated() {
		r.Strange = append(r.Strange, "a DescribeKey made AWS create the key of "+a)
	}
	return r
}

// claims reads the log lines of all copies.
func (e *episode) claims() (list []judge.Claim) {
	for _, r := range e.copies {
		for _, text := range r.function.Lines() {
			if c, ok := readLine(text); ok {
				list = append(list, c)
			}
		}
	}
	return list
}

// readLine takes a log line that says what became of a log group. Those at WARN
// say something beside that.
func readLine(text string) (judge.Claim, bool) {
	var c judge.Claim
	var l struct {
		Timestamp                                                                                     time.Time
		Level, RequestID, Outcome, Reason, LogGroup, ResourceIdentifier, KmsKeyArn, PreviousKmsKeyArn string
		Rule, TagRejected, EventID, ErrorType, ErrorMessage                                           string
		Attempts                                                                                      int
		DryRun                                                                                        bool
		ExposureSeconds                                                                               *float64
	}
	if json.Unmarshal([]byte(text), &l) != nil || l.RequestID == "" || l.Level == "WARN" || l.Outcome == "" && l.ErrorType == "" {
		return c, false
	}
	c = judge.Claim{
		RequestID: l.RequestID, At: l.Timestamp, Level: l.Level, Outcome: l.Outcome, Reason: l.Reason, LogGroup: l.LogGroup,
		QueryKey: l.ResourceIdentifier != "", Key: l.KmsKeyArn, Previous: l.PreviousKmsKeyArn, Rule: l.Rule, Rejected: l.TagRejected,
		EventID: l.EventID, Attempts: l.Attempts, DryRun: l.DryRun, Exposure: l.ExposureSeconds, ErrorType: l.ErrorType, ErrorText: l.ErrorMessage,
	}
	_ = json.Unmarshal([]byte(text), &c.Everything) // it has been read once already
	return c, true
}
