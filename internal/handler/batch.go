package handler

import (
	"context"
	"errors"
	"sync"

	"golang.org/x/sync/errgroup"

	"log-group-kms/internal/answer"
	"log-group-kms/internal/event"
	"log-group-kms/internal/sweep"
)

// batchWidth is how many messages of a batch are worked on side by side: one
// that waits between retries does not hold up the others. SQS sends 10 unless told
// otherwise.
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
	var group errgroup.Group
	group.SetLimit(batchWidth)
	for _, message := range batch.Messages {
		group.Go(func() error {
			if h.message(ctx, message) != nil {
				mu.Lock()
				defer mu.Unlock()
				failed.BatchItemFailures = append(failed.BatchItemFailures, batchItemFailure{message.ID})
			}
			return nil
		})
	}
	_ = group.Wait() // no message's error ends the batch
	return failed
}

func (h *Handler) message(ctx context.Context, message event.Message) error {
	input, err := event.ParseMessage(message)
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
