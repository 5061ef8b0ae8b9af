package event_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"log-group-kms/internal/answer"
	"log-group-kms/internal/event"
	"log-group-kms/internal/target"
)

func message(id string, body any) tree {
	return tree{"messageId": id, "body": body, "eventSource": "aws:sqs", "receiptHandle": "x", "awsRegion": "eu-west-1"}
}

func batchOf(records ...any) tree { return tree{"Records": records} }

// A bad body must not take its neighbours down: it is judged by ParseMessage.
func TestBatch(t *testing.T) {
	payload := marshal(t, batchOf(
		message("a", `{"action":"sweep"}`), message("b", "nonsense"), message("c", nil), without(message("d", nil), "body"), message("e", 1),
	))
	got, err := event.Parse(payload)
	batch, ok := got.(*event.Batch)
	if err != nil || !ok {
		t.Fatalf("got %T, %v, want *event.Batch; the whole batch would repeat for ever", got, err)
	}
	var ids []string
	for i, m := range batch.Messages {
		ids = append(ids, m.ID)
		input, err := event.ParseMessage(m)
		if i > 0 {
			checkInvalid(t, input, err, "body")
			continue
		}
		if diff := cmp.Diff(event.Input(&event.Sweep{}), input); err != nil || diff != "" {
			t.Errorf("message %s: error %v (-want +got):\n%s", m.ID, err, diff)
		}
	}
	if diff := cmp.Diff([]string{"a", "b", "c", "d", "e"}, ids); diff != "" {
		t.Errorf("message IDs: a message would be lost or repeated (-want +got):\n%s", diff)
	}
}

func TestInvalidBatches(t *testing.T) {
	good := message("a", `{"action":"sweep"}`)
	tests := []struct {
		name    string
		payload any
		word    string
	}{
		{"empty", tree{"Records": []any{}}, "Records"},
		{"null", tree{"Records": nil}, ""},
		{"object", tree{"Records": tree{"0": good}}, "Records"},
		{"string", tree{"Records": "x"}, "Records"},
		{"a record is null", batchOf(good, nil), "Records[1]"},
		{"a record is a string", batchOf(good, "x"), "Records[1]"},
		{"mixed sources", batchOf(good, set(message("b", "{}"), "eventSource", "aws:s3")), "Records[1].eventSource"},
		{"another source", batchOf(set(message("a", "{}"), "eventSource", "aws:kinesis")), "Records[0].eventSource"},
		{"no source", batchOf(without(message("a", "{}"), "eventSource")), "Records[0].eventSource"},
		{"a source of SNS's spelling", batchOf(without(set(message("a", "{}"), "EventSource", "aws:sns"), "eventSource")), "Records[0].eventSource"},
		{"source is a number", batchOf(set(message("a", "{}"), "eventSource", 1)), "Records[0].eventSource"},
		{"no messageId", batchOf(good, without(message("", "{}"), "messageId")), "Records[1].messageId"},
		{"empty messageId", batchOf(message("", "{}")), "Records[0].messageId"},
		{"messageId is a number", batchOf(set(message("", "{}"), "messageId", 1)), "Records[0].messageId"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := event.Parse(marshal(t, tt.payload))
			checkInvalid(t, got, err, tt.word)
		})
	}
}

func TestParseMessage(t *testing.T) {
	call := record("CreateLogGroup", tree{"logGroupName": "/app"})
	foreign := &event.Ignored{Reason: answer.UnhandledEvent, Account: "444455556666", Region: "us-east-1"}
	change := created("/app", "0d04ad5c", "2026-03-11T09:14:27Z")
	failureRecord := func(payload any) tree {
		return tree{
			"version": "1.0", "timestamp": "2026-04-01T07:06:21.814Z",
			"requestContext": tree{"condition": "RetriesExhausted", "approximateInvokeCount": 3},
			"requestPayload": payload, "responsePayload": tree{"errorType": "Unavailable", "action": "sweep"},
		}
	}
	// What EventBridge and SNS make of it on its way into the queue.
	destination := func(record any) tree {
		return tree{
			"version": "0", "detail-type": "Lambda Function Invocation Result - Failure", "source": "lambda",
			"account": "444455556666", "region": "us-east-1", "detail": record,
		}
	}
	relayed := func(input event.Input) event.Input {
		return &event.Relayed{Input: input, Account: "444455556666", Otherwise: &event.Ignored{
			Reason: answer.UnhandledEvent, Account: "444455556666", Region: "us-east-1",
			Warning: "it tells of a failed invocation in another account, whose functions have nothing to ask of this one",
		}}
	}
	published := func(message any) tree {
		return tree{
			"Type": "Notification", "MessageId": "5a2c", "TopicArn": "arn:aws:sns:eu-west-1:123456789012:failures",
			"Message": message, "Timestamp": "2026-04-01T07:06:21.814Z", "SignatureVersion": "1", "MessageAttributes": tree{},
		}
	}
	text := func(value any) string { return string(marshal(t, value)) }
	tooOld := without(failureRecord(enveloped(call)), "responsePayload")
	tooOld["requestContext"] = tree{"condition": "EventAgeExceeded", "approximateInvokeCount": 1}
	tests := []struct {
		name string
		body any
		want event.Input // nil: an InvalidEvent that names word
		word string
	}{
		{"EventBridge event", enveloped(call), change, ""},
		{"bare record", call, change, ""},
		{"command", tree{"action": "encrypt", "logGroupName": "/app"}, &event.Encrypt{Target: target.LogGroup(target.Scope{}, "/app")}, ""},
		{"failure record of an event", failureRecord(enveloped(call)), change, ""},
		{"failure record of a record", failureRecord(call), change, ""},
		{"failure record of a command", failureRecord(tree{"action": "sweep"}), &event.Sweep{}, ""},
		{"failure record of a wrong command", failureRecord(tree{"action": "sweep", "dryrun": true}), nil, "dryrun"},
		{"failure record of a broken record", failureRecord(record("CreateLogGroup", nil)), nil, "logGroupName"},
		{"failure record without payload", failureRecord(nil), nil, ""},
		{"failure record with a payload cut off to a string", failureRecord(`{"action":"sw`), nil, "requestPayload"},
		{"failure record of an array", failureRecord([]any{}), nil, "requestPayload"},
		{"failure record of a batch", failureRecord(batchOf(message("a", "{}"))), nil, "inside"},
		{"failure record of an event that grew too old", tooOld, change, ""},
		{"EventBridge's event of a failure", destination(failureRecord(enveloped(call))), relayed(change), ""},
		{"EventBridge's event of a command's failure", destination(failureRecord(tree{"action": "sweep"})), relayed(&event.Sweep{}), ""},
		{"EventBridge's event of a batch's failure", destination(failureRecord(batchOf(message("a", "{}")))), nil, "inside"},
		{"EventBridge's event of a failure without payload", destination(failureRecord(nil)), nil, "requestPayload"},
		{"EventBridge's event of a failure without a record", destination(nil), nil, "detail.requestPayload"},
		{"EventBridge's event of a failure, detail a string", destination("x"), nil, "detail"},
		{"EventBridge's event of a success", set(destination(failureRecord(enveloped(call))), "detail-type", "Lambda Function Invocation Result - Success"), foreign, ""},
		{"somebody else's event of a failure", set(destination(failureRecord(enveloped(call))), "source", "com.example"), foreign, ""},
		{"SNS around an event", published(text(enveloped(call))), change, ""},
		{"SNS around a record", published(text(call)), change, ""},
		{"SNS around a command", published(`{"action":"encrypt","logGroupName":"/app"}`), &event.Encrypt{Target: target.LogGroup(target.Scope{}, "/app")}, ""},
		{"SNS around a failure record", published(text(failureRecord(enveloped(call)))), change, ""},
		{"SNS around EventBridge's event of a failure", published(text(destination(failureRecord(enveloped(call))))), relayed(change), ""},
		{"SNS around a batch", published(text(batchOf(message("a", "{}")))), nil, "inside"},
		{"SNS around SNS", published(text(published(text(call)))), nil, "Message"},
		{"SNS around words", published("An alarm has gone off."), nil, "Message"},
		{"SNS around nothing", published(nil), nil, "Message"},
		{"SNS around an object", published(tree{"action": "sweep"}), nil, "Message"},
		{"a doubled key in a failed command", failureRecord(json.RawMessage(`{"action":"sweep","dryRun":true,"dryRun":false}`)), nil, "dryRun"},
		{"a doubled key in a published command", published(`{"action":"sweep","dryRun":true,"dryRun":false}`), nil, "dryRun"},
		{"nested batch", batchOf(message("a", `{"action":"sweep"}`)), nil, "inside"},
		{"array", []any{call}, nil, "body"},
		{"null", nil, nil, "body"},
		{"encoded twice", fmt.Sprintf("%q", `{"action":"sweep"}`), nil, "body"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := event.ParseMessage(event.Message{ID: "1", Body: marshal(t, string(marshal(t, tt.body)))})
			if tt.want == nil {
				checkInvalid(t, got, err, tt.word)
				return
			}
			if err != nil {
				t.Fatalf("got error %v, want %T", err, tt.want)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// A redriven message is often an object where a string belongs.
func TestBodyThatIsNoString(t *testing.T) {
	for _, body := range []string{"", "null", "1", "true", "[]", `{"action":"sweep"}`, `"cut`} {
		got, err := event.ParseMessage(event.Message{ID: "1", Body: []byte(body)})
		checkInvalid(t, got, err, "body")
	}
}
