package event

import (
	"encoding/json"
	"fmt"

	"log-group-kms/internal/failure"
)

const sqsEventSource = "aws:sqs"

// parseBatch reads an SQS batch
// (https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html). Only what is
// needed to report on each message is demanded here; a bad body fails its own
// message, later.
func parseBatch(o object) (Input, error) {
	records, err := o.list("Records")
	if err != nil {
		return nil, err
	}
	if len(records) == 0 {
		return nil, failure.Invalid("Records", "the batch is empty")
	}
	batch := &Batch{Messages: make([]Message, 0, len(records))}
	for i, raw := range records {
		name := fmt.Sprintf("Records[%d]", i)
		record, err := parseObject(name, name+".", raw)
		if err != nil {
			return nil, err
		}
		source, err := record.text("eventSource")
		if err != nil {
			return nil, err
		}
		if source != sqsEventSource {
			return nil, failure.Invalid(name+".eventSource", "each record of a batch must be of %q", sqsEventSource)
		}
		id, err := record.text("messageId")
		if err != nil {
			return nil, err
		}
		if id == "" {
			return nil, failure.Invalid(name+".messageId", "without it the message's failure could not be reported")
		}
		batch.Messages = append(batch.Messages, Message{ID: id, Body: record.members["body"]})
	}
	return batch, nil
}

// ParseMessage reads the body of an SQS message: an event, a record or a command,
// with or without what carried it there.
func ParseMessage(m Message) (Input, error) {
	var body *string
	if json.Unmarshal(m.Body, &body) != nil || body == nil {
		return nil, failure.Invalid("body", "an SQS message has a body that is a string")
	}
	o, err := parseObject("body", "", []byte(*body))
	if err != nil {
		return nil, err
	}
	if o, err = published(o); err != nil {
		return nil, err
	}
	if k, err := kindOf(o); err == nil && k == invocationFailed {
		return parseRelayed(o)
	}
	if o.has("requestPayload") {
		if o, err = o.object("requestPayload"); err != nil {
			return nil, err
		}
	}
	return parseInner(o)
}

// parseInner reads what a message holds once all that carried it is taken away.
func parseInner(o object) (Input, error) {
	if o.has("Records") {
		return nil, failure.Invalid("body", "a batch inside of a message is not read")
	}
	return parseOne(o)
}

// published takes away what SNS puts around a message.
func published(o object) (object, error) {
	if o.textIfAny("Type") != "Notification" {
		return o, nil
	}
	message, err := o.text("Message")
	if err != nil {
		return o, err
	}
	return parseObject("Message", "Message.", []byte(message))
}

// parseRelayed reads EventBridge's event of a failed invocation, which holds Lambda's
// record of it
// (https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html).
func parseRelayed(o object) (Input, error) {
	record, err := o.object("detail")
	if err != nil {
		return nil, err
	}
	payload, err := record.object("requestPayload")
	if err != nil {
		return nil, err
	}
	input, err := parseInner(payload)
	if err != nil {
		return nil, err
	}
	otherwise := ignoreEvent(o)
	otherwise.Warning = "it tells of a failed invocation in another account, whose functions have nothing to ask of this one"
	return &Relayed{Input: input, Account: o.textIfAny("account"), Otherwise: otherwise}, nil
}
