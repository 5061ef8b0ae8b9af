package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"time"

	"log-group-kms/tests/soak/judge"
)

// How often an event is handed over before it goes to the failure queue, as by
// Lambda for asynchronous invocations and by SQS's receive count, and how often a
// message that came back from there.
const (
	mostTries    = 3
	mostRedrives = 2
	largestBatch = 8
	window       = 1500 * time.Millisecond // in which SQS gathers messages
)

// bus takes CloudTrail's events from AWS to the function as EventBridge, Lambda
// and SQS do: some are lost, some come twice, late or out of order; what fails
// comes again, and ends in the failure queue. All times are shortened.
type bus struct {
	plan plan

	mu       sync.Mutex
	all      []*parcel
	waiting  []*parcel
	flying   int
	seen     map[string]int // events by what they are about, for the lots
	lost     int
	reliable bool // nothing is lost, doubled or late any more
	redriven bool
}

// parcel is a delivery under way.
type parcel struct {
	judge.Delivery
	lot    lot
	body   []byte // the event
	queued bool   // it goes through SQS
	failed []byte // the failure queue's record of it
	tries  int    // since it was sent, or redriven
	sync   bool   // an operator's command: whoever sent it has the answer, and Lambda does not repeat it
	due    time.Time
}

func newBus(p plan) *bus { return &bus{plan: p, seen: map[string]int{}} }

// lotOf is the lot of the next event about the same. The lock is held.
func (b *bus) lotOf(about string) lot {
	b.seen[about]++
	return b.plan.seed.draw("delivery", about, b.seen[about])
}

// event takes an event of AWS's on its way.
func (b *bus) event(body []byte) {
	in := readEvent(b.plan.config, body)
	b.mu.Lock()
	defer b.mu.Unlock()
	l := b.lotOf(in.Event + in.LogGroup + in.Expect)
	if !b.reliable && l.chance(0.06) {
		b.lost++
		return
	}
	b.send(in, body, l)
	if !b.reliable && l.chance(0.1) {
		b.send(in, body, l)
	}
}

// send makes a parcel; the lock is held.
func (b *bus) send(in judge.Input, body []byte, l lot) *parcel {
	p := &parcel{lot: l, body: body, queued: l.chance(0.3), due: time.Now().Add(l.between(10*time.Millisecond, 700*time.Millisecond))}
	switch {
	case p.queued: // SQS waits a little, for batches to be worth their while
		p.due = p.due.Truncate(window).Add(window)
	case l.chance(0.1) && !b.reliable:
		p.due = p.due.Add(l.between(time.Second, 8*time.Second))
	}
	p.ID = fmt.Sprintf("d%d", len(b.all))
	in.Delivery, in.Message = p.ID, "m-"+p.ID
	p.Input = in
	b.all = append(b.all, p)
	b.waiting = append(b.waiting, p)
	return p
}

// command sends an operator's command.
func (b *bus) command(name string, dryRun bool) {
	body, _ := json.Marshal(map[string]any{"action": "encrypt", "logGroupName": name, "dryRun": dryRun}) // always marshals
	b.mu.Lock()
	defer b.mu.Unlock()
	in := judge.Input{LogGroup: name, Event: "encrypt", DryRun: dryRun, Expect: skipOf(b.plan.config, name)}
	p := b.send(in, body, b.lotOf("command"+name))
	p.queued, p.sync = false, true
}

// take gives what is due: an event, or a batch of messages; nothing where nothing
// is.
func (b *bus) take() []*parcel {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := time.Now()
	slices.SortStableFunc(b.waiting, func(x, y *parcel) int { return x.due.Compare(y.due) })
	if len(b.waiting) == 0 || b.waiting[0].due.After(now) {
		return nil
	}
	job, left := []*parcel{b.waiting[0]}, []*parcel(nil)
	for _, p := range b.waiting[1:] {
		if job[0].queued && p.queued && !p.due.After(now) && len(job) < largestBatch {
			job = append(job, p)
		} else {
			left = append(left, p)
		}
	}
	b.waiting = left
	b.flying += len(job)
	return job
}

// settle takes note of how a parcel fared.
func (b *bus) settle(p *parcel, try judge.Try, errorType, errorMessage string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.flying--
	p.Tries = append(p.Tries, try)
	p.tries++
	most := mostTries
	if b.redriven {
		most = mostRedrives
	}
	switch {
	case !try.Failed, p.sync:
		p.End = "answered"
	case p.tries < most:
		wait := p.lot.between(200*time.Millisecond, 1500*time.Millisecond)
		p.due = time.Now().Add(wait)
		b.waiting = append(b.waiting, p)
	default:
		p.End = "parked"
		p.failed = p.body
		if !p.queued {
			p.failed = failureRecord(p, errorType, errorMessage)
		}
	}
}

// redrive hands over again, as messages, what lies in the failure queue.
func (b *bus) redrive() (n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.redriven = true
	for _, p := range b.all {
		if p.End == "parked" {
			p.End, p.tries, p.queued, p.body, p.due = "", 0, true, p.failed, time.Now()
			b.waiting = append(b.waiting, p)
			n++
		}
	}
	return n
}

// idle says that nothing is under way.
func (b *bus) idle() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.waiting) == 0 && b.flying == 0
}

// calm ends what goes wrong on the way.
func (b *bus) calm() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.reliable = true
}

func (b *bus) isCalm() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.reliable
}

// deliveries lists what became of all that was sent.
func (b *bus) deliveries() (list []judge.Delivery) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, p := range b.all {
		list = append(list, p.Delivery)
	}
	return list
}
