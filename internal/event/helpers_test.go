package event_test

import (
	"encoding/json"
	"strings"
	"testing"

	"log-group-kms/internal/event"
	"log-group-kms/internal/failure"
)

// longestText bounds error texts: they reach logs and failure queues, so they
// must hold no more than a short clip of what was sent. A clip of 40 characters
// takes 10 bytes each at worst, where all of them have to be escaped.
const longestText = 1000

// checkInvalid checks that reading failed as an InvalidEvent whose text is
// bounded and holds the words.
func checkInvalid(t *testing.T, got event.Input, err error, words ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("got %T %+v, want an InvalidEvent", got, got)
	}
	if typ := failure.TypeOf(err); typ != failure.InvalidEvent {
		t.Errorf("got an error of type %s (%v), want InvalidEvent; Lambda would report the wrong errorType", typ, err)
	}
	if n := len(err.Error()); n > longestText {
		t.Errorf("got an error text of %d bytes, want at most %d; it would carry the event into the logs", n, longestText)
	}
	for _, word := range words {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("got %q, want it to name %q; the sender could not find the fault", err, word)
		}
	}
}

// tree is a JSON object that tests build and bend.
type tree = map[string]any

// marshal gives a tree as a payload.
func marshal(t *testing.T, value any) []byte {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// record is a CloudTrail record of a call that succeeded.
func record(name string, parameters any) tree {
	return tree{
		"eventVersion": "1.11", "eventSource": "logs.amazonaws.com", "eventName": name,
		"eventTime": "2026-03-11T09:14:27Z", "awsRegion": "eu-west-1", "recipientAccountId": "123456789012",
		"eventID": "0d04ad5c", "requestParameters": parameters,
		// The caller's account is another one on purpose: nothing may take it.
		"userIdentity": tree{"type": "AssumedRole", "accountId": "999988887777", "arn": "arn:aws-cn:sts::999988887777:assumed-role/x/y"},
	}
}

// enveloped puts a record into an EventBridge event of another Region, so that a
// test sees which of the two was taken. Its account is the record's: an envelope
// of another one is refused.
func enveloped(detail any) tree {
	return tree{
		"version": "0", "id": "664e3614", "detail-type": "AWS API Call via CloudTrail", "source": "aws.logs",
		"account": "123456789012", "region": "us-east-2", "time": "2026-03-11T09:14:27Z", "resources": []any{}, "detail": detail,
	}
}

// without takes a field away.
func without(o tree, field string) tree {
	delete(o, field)
	return o
}

// set gives a field another value.
func set(o tree, field string, value any) tree {
	o[field] = value
	return o
}

// parseChange reads a payload that must be a Change.
func parseChange(t *testing.T, payload []byte) *event.Change {
	t.Helper()
	got, err := event.Parse(payload)
	change, ok := got.(*event.Change)
	if err != nil || !ok {
		t.Fatalf("got %T, %v, want *event.Change; the log group would stay open", got, err)
	}
	return change
}
