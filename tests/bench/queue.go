package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"log-group-kms/tests/golden"
)

// pollGap is about what passes between the end of a batch and the begin of the
// next: Lambda deletes messages, receives new ones and invokes the function.
const pollGap = 50 * time.Millisecond

// message is an SQS message in the form in which Lambda hands it to a function.
type message struct {
	ID          string `json:"messageId"`
	Body        string `json:"body"`
	EventSource string `json:"eventSource"`
}

// queue stands in for SQS and Lambda's event source mapping.
type queue struct {
	deployed deployment

	mu      sync.Mutex
	visible []message
	left    int           // messages that were not deleted yet
	again   int           // how often a message became visible again
	changed chan struct{} // closed when there may be something to receive
}

// newQueue makes a queue that holds an event for each log group.
func newQueue(groups []string, d deployment) (*queue, error) {
	q := &queue{deployed: d, left: len(groups), changed: make(chan struct{})}
	for i, name := range groups {
		body, err := json.Marshal(creation(i, name))
		if err != nil {
			return nil, fmt.Errorf("encoding an event: %w", err)
		}
		q.visible = append(q.visible, message{ID: fmt.Sprint(i), Body: string(body), EventSource: "aws:sqs"})
	}
	return q, nil
}

// creation is EventBridge's event of a CreateLogGroup call a moment ago, with no
// more than what matters of it.
func creation(i int, name string) map[string]any {
	now := time.Now().UTC().Format(time.RFC3339)
	return map[string]any{
		"version": "0", "id": fmt.Sprintf("bench-%d", i), "detail-type": "AWS API Call via CloudTrail", "source": "aws.logs",
		"account": golden.Account, "time": now, "region": golden.Region, "resources": []string{},
		"detail": map[string]any{
			"eventVersion": "1.11", "eventTime": now, "eventSource": "logs.amazonaws.com", "eventName": "CreateLogGroup",
			"awsRegion": golden.Region, "requestParameters": map[string]any{"logGroupName": name},
			"eventID": fmt.Sprintf("bench-%d", i), "recipientAccountId": golden.Account,
		},
	}
}

// receive waits for messages; none: all were deleted, or the context ended.
func (q *queue) receive(ctx context.Context) []message {
	for {
		q.mu.Lock()
		n := min(q.deployed.batch, len(q.visible))
		batch := slices.Clone(q.visible[:n])
		q.visible = q.visible[n:]
		left, changed := q.left, q.changed
		q.mu.Unlock()
		if n > 0 || left == 0 {
			return batch
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil
		}
	}
}

// settle deletes the messages of a batch, except the failed ones: those become
// visible again after a time.
func (q *queue) settle(batch []message, failed []string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, m := range batch {
		if !slices.Contains(failed, m.ID) {
			q.left--
			continue
		}
		q.again++
		time.AfterFunc(q.deployed.visibility, func() {
			q.mu.Lock()
			defer q.mu.Unlock()
			q.visible = append(q.visible, m)
			q.announce()
		})
	}
	if q.left == 0 {
		q.announce()
	}
}

// announce wakes those who wait for messages; q.mu is held.
func (q *queue) announce() {
	close(q.changed)
	q.changed = make(chan struct{})
}

// feed hands batches to a copy of the function until the queue is empty.
func (q *queue) feed(ctx context.Context, p *process) error {
	for {
		batch := q.receive(ctx)
		if len(batch) == 0 {
			return ctx.Err()
		}
		payload, err := json.Marshal(map[string]any{"Records": batch})
		if err != nil {
			return fmt.Errorf("encoding a batch: %w", err)
		}
		answer, err := p.InvokeWithin(ctx, payload, q.deployed.timeout)
		if err != nil {
			return fmt.Errorf("invoking the function: %w", err)
		}
		var report struct {
			BatchItemFailures []struct{ ItemIdentifier string }
		}
		var failed []string
		if answer.ErrorType != "" {
			return fmt.Errorf("the function failed on a batch: %s: %s", answer.ErrorType, answer.ErrorMessage)
		}
		if err := json.Unmarshal(answer.Payload, &report); err != nil {
			return fmt.Errorf("decoding the answer to a batch: %w", err)
		}
		for _, f := range report.BatchItemFailures {
			failed = append(failed, f.ItemIdentifier)
		}
		q.settle(batch, failed)
		time.Sleep(pollGap)
	}
}

// serve has all copies work on the queue until it is empty.
func (q *queue) serve(ctx context.Context, copies []*process) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var all sync.WaitGroup
	errs := make([]error, len(copies))
	for i, p := range copies {
		all.Go(func() {
			if errs[i] = q.feed(ctx, p); errs[i] != nil {
				cancel()
			}
		})
	}
	all.Wait()
	return errors.Join(errs...)
}
