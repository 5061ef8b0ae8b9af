package handler

import (
	"context"
	"errors"
	"sync"

	"log-group-kms/internal/answer"
	"log-group-kms/internal/event"
	"log-group-kms/internal/sweep"
	"log-group-kms/internal/target"
)

// batchWidth is how many messages of a batch are worked on side by side for one account
// and Region: one that waits between retries does not hold up the others, and an account
// whose messages all hang does not hold up another's. SQS sends 10 unless told otherwise.
const batchWidth = 10

// batchAnswer names the messages that SQS is to deliver again
// (https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html).
type batchAnswer struct {
	BatchItemFailures []batchItemFailure `json:"batchItemFailures"`
}

type batchItemFailure struct {
	ItemIdentifier string `json:"itemIdentifier"`
}

// batch serves the messages of a batch, each by itself.
func (h *Handler) batch(ctx context.Context, batch *event.Batch) batchAnswer {
	failed := batchAnswer{BatchItemFailures: []batchItemFailure{}}
	var mu sync.Mutex
	var all sync.WaitGroup
	slots := make(map[target.Scope]chan struct{})
	for _, message := range batch.Messages {
		input, err := event.ParseMessage(message)
		scope := scopeOf(input)
		if slots[scope] == nil {
			slots[scope] = make(chan struct{}, batchWidth)
		}
		slot := slots[scope]
		all.Go(func() {
			slot <- struct{}{}
			defer func() { <-slot }()
			if h.message(ctx, input, err) != nil {
				mu.Lock()
				defer mu.Unlock()
				failed.BatchItemFailures = append(failed.BatchItemFailures, batchItemFailure{message.ID})
			}
		})
	}
	all.Wait() // no message's error ends the batch
	return failed
}

// scopeOf gives the account and Region that an input is about, as far as it says so.
func scopeOf(input event.Input) target.Scope {
	switch in := input.(type) {
	case *event.Change:
		return in.Target.Scope
	case *event.Encrypt:
		return in.Target.Scope
	case *event.Sweep:
		return target.Scope{Account: in.Account, Region: in.Region}
	case *event.Check:
		return target.Scope{Account: in.Account, Region: in.Region}
	case *event.Relayed:
		return scopeOf(in.Input)
	}
	return target.Scope{}
}

// message serves one message. err says that it could not be read.
func (h *Handler) message(ctx context.Context, input event.Input, err error) error {
	if err != nil {
		return h.Reporter.LogGroup(ctx, answer.Answer{}, err)
	}
	result, err := h.dispatch(ctx, input)
	if s, ok := result.(sweep.Answer); ok && s.Cursor != "" {
		// Nobody follows the cursor, so the message comes again; what is done then
		// costs little.
		return errUnfinished
	}
	return err
}

var errUnfinished = errors.New("the sweep did not get to its end")
