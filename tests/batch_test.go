package tests

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"log-group-kms/internal/awsfake"
	"log-group-kms/internal/runtimeapi"
	"log-group-kms/tests/golden"
)

// batch is an SQS batch of bodies; the messages are called m0, m1 and so on.
func batch(bodies ...string) string {
	var records []string
	for i, body := range bodies {
		records = append(records, toJSON(object{
			"messageId": fmt.Sprintf("m%d", i), "receiptHandle": "h", "body": body, "eventSource": "aws:sqs",
			"eventSourceARN": "arn:aws:sqs:" + region + ":" + account + ":failures", "awsRegion": region, "attributes": object{},
		}))
	}
	return `{"Records":[` + strings.Join(records, ",") + `]}`
}

// failureRecord is what Lambda leaves in the failure queue.
func failureRecord(payload string) string {
	return `{"version":"1.0","timestamp":"2026-03-16T11:30:19.000Z","requestContext":{"requestId":"r",` +
		`"functionArn":"arn:aws:lambda:eu-west-1:123456789012:function:f:$LATEST","condition":"RetriesExhausted","approximateInvokeCount":3},` +
		`"requestPayload":` + payload + `,"responseContext":{"statusCode":200,"executedVersion":"$LATEST","functionError":"Unhandled"},` +
		`"responsePayload":{"errorMessage":"m","errorType":"Throttled"}}`
}

// destination is the event that EventBridge makes of a failure record.
func destination(record string) string {
	return `{"version":"0","detail-type":"Lambda Function Invocation Result - Failure","source":"lambda","account":"` + account +
		`","region":"` + region + `","resources":[],"detail":` + record + `}`
}

// published is what SNS puts into a queue unless raw delivery is switched on.
func published(message string) string {
	return toJSON(object{
		"Type": "Notification", "MessageId": "m", "TopicArn": "arn:aws:sns:" + region + ":" + account + ":failures", "Message": message,
		"Timestamp": "2026-03-16T11:30:19.000Z", "SignatureVersion": "1", "Signature": "s", "SigningCertURL": "u", "UnsubscribeURL": "u",
	})
}

// failed is the messages of a batch that are to come again.
func failed(numbers ...int) []string {
	ids := []string{}
	for _, n := range numbers {
		ids = append(ids, fmt.Sprintf("m%d", n))
	}
	return ids
}

// wantFailed compares the messages in a batch's answer, whatever their order.
func (s *setup) wantFailed(got runtimeapi.Answer, want []string) {
	s.Helper()
	if got.ErrorType != "" {
		s.Fatalf("got the error %s (%s), want an answer", got.ErrorType, got.ErrorMessage)
	}
	var a struct {
		BatchItemFailures []struct {
			ItemIdentifier string `json:"itemIdentifier"`
		} `json:"batchItemFailures"`
	}
	decode(s.T, got.Payload, &a)
	ids := []string{}
	for _, f := range a.BatchItemFailures {
		ids = append(ids, f.ItemIdentifier)
	}
	slices.Sort(ids)
	s.equal("messages to come again", ids, want)
}

// TestBatch sends every kind of body, good and bad.
func TestBatch(t *testing.T) {
	cases := []struct {
		name   string
		bodies []string
		want   []string
		keys   []string // log groups that have the default key afterwards
	}{
		{"an event", []string{created("/app/new")}, failed(), []string{"/app/new"}},
		{"a bare record", []string{bare(created("/app/new"))}, failed(), []string{"/app/new"}},
		{"a command", []string{command("/app/new")}, failed(), []string{"/app/new"}},
		{"a failure record of an event", []string{failureRecord(created("/app/new"))}, failed(), []string{"/app/new"}},
		{"a failure record of a bare record", []string{failureRecord(bare(created("/app/new")))}, failed(), []string{"/app/new"}},
		{"a failure record of a command", []string{failureRecord(command("/app/new"))}, failed(), []string{"/app/new"}},
		{"a failure record by EventBridge", []string{destination(failureRecord(created("/app/new")))}, failed(), []string{"/app/new"}},
		{"an event by SNS", []string{published(created("/app/new"))}, failed(), []string{"/app/new"}},
		{"a failure record by EventBridge and SNS", []string{published(destination(failureRecord(command("/app/new"))))}, failed(), []string{"/app/new"}},
		{"a bad one among good ones", []string{command("/app/new"), `nonsense`, command("/app/orders")}, failed(1), []string{"/app/new", "/app/orders"}},
		{"one whose key is unusable", []string{command("/app/archive"), command("/app/new")}, failed(0), []string{"/app/new"}},
		{"all bad", []string{``, `null`, `[]`, `{"action":"encrypt"}`, failureRecord(`null`), failureRecord(`"text"`)}, failed(0, 1, 2, 3, 4, 5), nil},
		{"skipped and gone ones are done", []string{created("/tmp/x"), command("/not/there"), created("/app/new", with("errorCode", "AccessDenied"))}, failed(), nil},
		{"in a dry run", []string{command("/app/new", `"dryRun":true`)}, failed(), nil},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := start(t, world(), "ASSOCIATE_RATE=0", "DESCRIBE_RATE=0")
			s.wantFailed(s.invoke(batch(c.bodies...)), c.want)
			for _, name := range c.keys {
				s.wantKey(name, golden.DefaultKey)
			}
			s.equal("writes", s.world.CountCalls("AssociateKmsKey"), len(c.keys))
		})
	}
}

// TestBatchInTrouble has AWS refuse one message's log group; the others are done,
// and only that one comes again.
func TestBatchInTrouble(t *testing.T) {
	t.Parallel()
	w := world()
	w.Inject(awsfake.Fault{Operation: "AssociateKmsKey", Resource: "/app/orders", Kind: awsfake.Conflict})
	s := start(t, w, "AWS_MAX_ATTEMPTS=2", "ASSOCIATE_RATE=0")
	s.wantFailed(s.invoke(batch(command("/app/by-hand"), command("/app/orders"), command("/app/new"))), failed(1))
	s.wantKey("/app/by-hand", golden.DefaultKey)
	s.wantKey("/app/new", golden.DefaultKey)
	s.wantKey("/app/orders", "")
}

// TestBatchOfOne delivers one event several times in a batch, as queues do. Two
// writes to one log group at a time are what AWS answers with a conflict.
func TestBatchOfOne(t *testing.T) {
	t.Parallel()
	w := world()
	w.Inject(awsfake.Fault{Operation: "AssociateKmsKey", Kind: awsfake.Slow, Delay: 500 * time.Millisecond})
	s := start(t, w, "ASSOCIATE_RATE=0", "DESCRIBE_RATE=0")
	event := created("/app/new")
	s.wantFailed(s.invoke(batch(event, event, event)), failed())
	s.wantKey("/app/new", golden.DefaultKey)
	s.equal("writes", w.CountCalls("AssociateKmsKey"), 1)
}

// TestBatchSweep takes a sweep out of the queue as well.
func TestBatchSweep(t *testing.T) {
	t.Parallel()
	w, key := manyGroups(3)
	s := start(t, w, "RULES=", "QUERY_RESULT_KMS_KEY=", "ASSOCIATE_RATE=0")
	s.wantFailed(s.invoke(batch(sweepCommand())), failed())
	s.wantKey(sweepName(2), key)
}
