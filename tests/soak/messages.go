package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"log-group-kms/tests/soak/judge"
)

// acted lists the calls after which the function looks at a log group.
var acted = []string{"CreateLogGroup", "AssociateKmsKey", "DisassociateKmsKey", "TagResource", "UntagResource", "TagLogGroup", "UntagLogGroup"}

// readEvent says what an event of AWS's asks the function to do.
func readEvent(c judge.Config, body []byte) judge.Input {
	var e struct {
		Detail struct {
			EventName, EventID, EventTime, ErrorCode string
			RequestParameters                        struct {
				LogGroupName, ResourceArn, ResourceIdentifier string
				Tags                                          json.RawMessage // of UntagLogGroup they are a list
			}
		}
	}
	if err := json.Unmarshal(body, &e); err != nil {
		panic(fmt.Sprintf("the local AWS made an event that is none: %v", err)) // its own tests would fail
	}
	d, p := e.Detail, e.Detail.RequestParameters
	in := judge.Input{LogGroup: p.LogGroupName, Event: d.EventName, EventID: d.EventID}
	in.EventTime, _ = time.Parse(time.RFC3339, d.EventTime)
	if in.LogGroup == "" {
		_, in.LogGroup, _ = strings.Cut(p.ResourceArn+p.ResourceIdentifier, ":log-group:")
	}
	if d.EventName == "CreateLogGroup" {
		_ = json.Unmarshal(p.Tags, &in.Tags) // there may be none
	}
	switch {
	case d.ErrorCode != "":
		in.Expect = "skipped/failed-call"
	case !slices.Contains(acted, d.EventName), in.LogGroup == "":
		in.Expect = "skipped/unhandled-event"
	default:
		in.Expect = skipOf(c, in.LogGroup)
	}
	return in
}

// skipOf is the answer to whatever is about a name that is off limits.
func skipOf(c judge.Config, name string) string {
	if reason := c.OffLimits(name); reason != "" {
		return "skipped/" + reason
	}
	return ""
}

// noise sends what is not for the function: other services' events, a schedule
// without an input, and what is nothing at all.
func (b *bus) noise(l lot, name string) {
	const unhandled, invalid = "skipped/unhandled-event", "InvalidEvent"
	kind := oneOf(l,
		judge.Input{Event: "schedule", Expect: unhandled}, judge.Input{Event: "other-service", Expect: unhandled},
		judge.Input{Event: "other-call", Expect: unhandled, LogGroup: name}, judge.Input{Event: "test-button", Expect: invalid})
	body := map[string]string{
		"schedule": `{"version":"0","id":"53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa","detail-type":"Scheduled Event","source":"aws.scheduler",
			"account":"123456789012","time":"2026-11-24T08:00:00Z","region":"eu-west-1","resources":[],"detail":"{}"}`,
		"other-service": `{"version":"0","id":"c1d4b9a2-7e55-4f0c-9d6b-2f3e8a7b1c90","detail-type":"Object Created","source":"aws.s3",
			"account":"123456789012","time":"2026-11-24T08:00:00Z","region":"eu-west-1","resources":[],"detail":{"reason":"PutObject"}}`,
		"other-call": fmt.Sprintf(`{"eventVersion":"1.11","eventSource":"logs.amazonaws.com","eventName":"PutMetricFilter","awsRegion":"eu-west-1",
			"recipientAccountId":"123456789012","eventTime":"2026-11-24T08:00:00Z","requestParameters":{"logGroupName":%q}}`, name),
		"test-button": `{"key1":"value1","key2":"value2","key3":"value3"}`,
	}[kind.Event]
	b.mu.Lock()
	defer b.mu.Unlock()
	b.send(kind, []byte(body), b.lotOf(kind.Event))
}

// failureRecord is what Lambda puts into the failure queue.
func failureRecord(p *parcel, errorType, errorMessage string) []byte {
	record, _ := json.Marshal(map[string]any{ // always marshals
		"version": "1.0", "timestamp": time.Now().UTC().Format(time.RFC3339Nano),
		"requestContext": map[string]any{
			"requestId": "b9d8e9a1-4e29-4e1c-9e0a-5b7d0c1f2a3b", "condition": "RetriesExhausted", "approximateInvokeCount": p.tries,
			"functionArn": "arn:aws:lambda:" + judge.Region + ":" + judge.Account + ":function:log-group-kms:$LATEST",
		},
		"requestPayload":  json.RawMessage(p.body),
		"responseContext": map[string]any{"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
		"responsePayload": map[string]string{"errorType": errorType, "errorMessage": errorMessage},
	})
	return record
}

// batchOf is the event with which SQS hands over messages.
func batchOf(job []*parcel) []byte {
	var records []map[string]any
	for _, p := range job {
		records = append(records, map[string]any{
			"messageId": p.Input.Message, "receiptHandle": "handle of " + p.Input.Message, "body": string(p.body),
			"attributes":        map[string]string{"ApproximateReceiveCount": fmt.Sprint(p.tries + 1)},
			"messageAttributes": map[string]any{}, "md5OfBody": "e4e68fb7bd0e697a0ae8f1bb342846b3", "eventSource": "aws:sqs",
			"eventSourceARN": "arn:aws:sqs:" + judge.Region + ":" + judge.Account + ":log-group-kms", "awsRegion": judge.Region,
		})
	}
	batch, _ := json.Marshal(map[string]any{"Records": records}) // always marshals
	return batch
}

// failedItems lists the messages that a batch's answer names; all of them where
// the answer is none.
func failedItems(answer []byte, job []*parcel) map[string]bool {
	var a struct {
		BatchItemFailures []struct{ ItemIdentifier string }
	}
	failed := map[string]bool{}
	if json.Unmarshal(answer, &a) != nil {
		for _, p := range job {
			failed[p.Input.Message] = true
		}
	}
	for _, item := range a.BatchItemFailures {
		failed[item.ItemIdentifier] = true
	}
	return failed
}
