package main

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"

	"log-group-kms/internal/awsfake"
	"log-group-kms/tests/golden"
)

// live is the deployed stack at work in one World: what comes of a new log group, and
// what of a sweep.
type live struct {
	world    *awsfake.World
	function *function

	mu     sync.Mutex
	parked int // events in the dead-letter queue
}

// deploy deploys the stack into a World and lets it work.
func deploy(world *awsfake.World, f *function) {
	l := &live{world: world, function: f}
	world.ServeQueuesAt(f.url)
	golden.Deploy(world, golden.Live{Invoke: f.invoke, Sweep: l.sweep})
	world.OnEvent(func(event []byte) {
		if l.hears(event) {
			go l.handle(event)
		}
	})
}

// hears says whether an event gets as far as the function: a trail must log it, and the
// rule let it through.
func (l *live) hears(event []byte) bool {
	var e struct {
		Region string
		Detail struct{ EventName, ErrorCode string }
	}
	return json.Unmarshal(event, &e) == nil && e.Detail.EventName == "CreateLogGroup" && e.Detail.ErrorCode == "" && e.Region == golden.Region &&
		l.world.Reaches(golden.Account, golden.Region, "logs.amazonaws.com") && l.world.RuleEnabled(golden.Account, golden.Region, golden.CreateRule)
}

// handle gives an event to the function as the queue does. One that fails is parked,
// after one try instead of AWS's several.
func (l *live) handle(event []byte) {
	batch, err := json.Marshal(map[string]any{"Records": []map[string]any{{
		"messageId": "1", "body": string(event), "eventSource": "aws:sqs", "awsRegion": golden.Region,
		"eventSourceARN": awsfake.QueueARN(golden.Account, golden.Region, golden.EventQueue),
	}}})
	if err != nil {
		return // an event always marshals
	}
	invoked, err := l.function.invoke(context.Background(), batch)
	var answer struct{ BatchItemFailures []any }
	if err != nil || invoked.Failed || json.Unmarshal(invoked.Payload, &answer) != nil || len(answer.BatchItemFailures) > 0 {
		l.park()
	}
}

func (l *live) park() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.parked++
	l.world.PutQueue(golden.Account, golden.Region, awsfake.Queue{Name: golden.DeadLetterQueue, Visible: l.parked})
	l.world.SetAlarmState(golden.Account, golden.Region, golden.AlarmName("EventsParked"), awsfake.AlarmRings)
}

// counts are what the state machine adds up.
type counts struct {
	Account        string `json:"account"`
	Region         string `json:"region"`
	Calls          int    `json:"calls"`
	Examined       int    `json:"examined"`
	Encrypted      int    `json:"encrypted"`
	Associated     int    `json:"associated"`
	Planned        int    `json:"planned"`
	Unchanged      int    `json:"unchanged"`
	Skipped        int    `json:"skipped"`
	Gone           int    `json:"gone"`
	Failed         int    `json:"failed"`
	Open           int    `json:"open"`
	Unusable       int    `json:"unusable"`
	MissedByEvents int    `json:"missedByEvents"`
}

func (c *counts) add(more counts) {
	c.Account, c.Region = more.Account, more.Region
	c.Calls++
	for _, sum := range []struct {
		to   *int
		more int
	}{
		{&c.Examined, more.Examined}, {&c.Encrypted, more.Encrypted}, {&c.Associated, more.Associated}, {&c.Planned, more.Planned},
		{&c.Unchanged, more.Unchanged}, {&c.Skipped, more.Skipped}, {&c.Gone, more.Gone}, {&c.Failed, more.Failed},
		{&c.Open, more.Open}, {&c.Unusable, more.Unusable}, {&c.MissedByEvents, more.MissedByEvents},
	} {
		*sum.to += sum.more
	}
}

// sweep does what the state machine does: it calls the function until that gives no
// cursor, and adds up.
func (l *live) sweep(ctx context.Context, input []byte) ([]byte, error) {
	var request map[string]any
	if err := json.Unmarshal(input, &request); err != nil || request["action"] != "sweep" {
		return nil, awsfake.ExecutionFailed{Code: "InvalidEvent", Cause: `The input must be {"action":"sweep"}.`}
	}
	delete(request, "startedBy")
	var totals counts
	for {
		payload, err := json.Marshal(request)
		if err != nil {
			return nil, err
		}
		invoked, err := l.function.invoke(ctx, payload)
		if err != nil {
			return nil, err
		}
		var answer struct {
			counts
			Cursor, ErrorType, ErrorMessage string
		}
		if err := json.Unmarshal(invoked.Payload, &answer); err != nil || invoked.Failed {
			return nil, awsfake.ExecutionFailed{Code: answer.ErrorType, Cause: answer.ErrorMessage}
		}
		totals.add(answer.counts)
		if answer.Cursor == "" {
			break
		}
		request["cursor"] = answer.Cursor
	}
	l.ring("OpenLogGroups", totals.Open > 0)
	l.ring("KeysInDanger", totals.Unusable > 0)
	l.ring("SweepFailed", totals.Failed > 0)
	if totals.Failed > 0 {
		return nil, awsfake.ExecutionFailed{Code: "LogGroupsFailed", Cause: fmt.Sprintf("%d failed of %d log groups examined in %d calls; %d lack the key that they should have",
			totals.Failed, totals.Examined, totals.Calls, totals.Open)}
	}
	return json.Marshal(totals)
}

// ring puts an alarm into the state that the sweep's counts mean.
func (l *live) ring(name string, rings bool) {
	state := awsfake.AlarmOK
	if rings {
		state = awsfake.AlarmRings
	}
	l.world.SetAlarmState(golden.Account, golden.Region, golden.AlarmName(name), state)
}
