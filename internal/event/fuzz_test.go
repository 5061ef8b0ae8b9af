package event_test

import (
	"cmp"
	"encoding/json"
	"errors"
	"path/filepath"
	"regexp"
	"testing"

	"log-group-kms/internal/answer"
	"log-group-kms/internal/event"
	"log-group-kms/internal/failure"
	"log-group-kms/internal/target"
)

func FuzzParse(f *testing.F) {
	for _, path := range goldenFiles(f) {
		f.Add(readGolden(f, path))
	}
	f.Add([]byte(`{"action":"check","account":"123456789012"}`))
	f.Add([]byte(`{"detail-type":"AWS API Call via CloudTrail","source":"com.example","account":"123456789012","detail":{"eventSource":"logs.amazonaws.com",` +
		`"eventName":"CreateLogGroup","recipientAccountId":"210987654321","awsRegion":"eu-west-1","requestParameters":{"logGroupName":"a","tags":{"b":null}}}}`))
	f.Add([]byte(`{"eventSource":"logs.amazonaws.com","eventName":"TagResource","requestParameters":{"resourceArn":"arn:aws:logs:::log-group:a"}}`))
	f.Fuzz(func(t *testing.T, payload []byte) {
		got, err := event.Parse(payload)
		checkParsed(t, got, err)
		checkSpeaksForItself(t, got, payload)
	})
}

func FuzzParseMessage(f *testing.F) {
	for _, path := range goldenFiles(f) {
		f.Add(string(readGolden(f, path)))
	}
	for _, m := range goldenMessages(f) {
		var body string
		if json.Unmarshal(m.Body, &body) == nil {
			f.Add(body)
			f.Add(`{"detail-type":"Lambda Function Invocation Result - Failure","source":"lambda","detail":` + body + `}`)
			f.Add(`{"Type":"Notification","Message":` + string(m.Body) + `}`)
		}
	}
	f.Fuzz(func(t *testing.T, body string) {
		text, err := json.Marshal(body)
		if err != nil {
			t.Skip("no message can have this body")
		}
		got, err := event.ParseMessage(event.Message{ID: "1", Body: text})
		checkParsed(t, got, err)
		checkSpeaksForItself(t, got, []byte(body))
		if _, nested := got.(*event.Batch); nested {
			t.Error("got a batch out of a message, want it refused; nobody would answer for its messages")
		}
		// The body as it stands is raw JSON of any kind, or none at all.
		got, err = event.ParseMessage(event.Message{ID: "1", Body: []byte(body)})
		checkParsed(t, got, err)
	})
}

func goldenMessages(tb testing.TB) []event.Message {
	tb.Helper()
	got, err := event.Parse(readGolden(tb, filepath.Join(goldenFolder, "sqs-batch.json")))
	if err != nil {
		tb.Fatal(err)
	}
	return got.(*event.Batch).Messages
}

// checkParsed checks what holds for every input whatever: there is an Input or
// an InvalidEvent, and what is acted on is something that AWS could have.
func checkParsed(t *testing.T, got event.Input, err error) {
	t.Helper()
	if err != nil {
		if got != nil {
			t.Errorf("got %T and error %v, want one of the two", got, err)
		}
		if _, ok := errors.AsType[*failure.Error](err); !ok {
			t.Errorf("got %T, want *failure.Error", err)
		}
		checkInvalid(t, nil, err)
		return
	}
	switch in := got.(type) {
	case *event.Change:
		checkTarget(t, in.Target)
		if in.Target.IsQueryResult() {
			t.Error("got a change of the query results, want it ignored; answering our own call would never end")
		}
	case *event.Ignored:
		if in.Reason != answer.FailedCall && in.Reason != answer.UnhandledEvent {
			t.Errorf("got reason %q, want failed-call or unhandled-event", in.Reason)
		}
		if in.LogGroup != "" && !nameForm.MatchString(in.LogGroup) {
			t.Errorf("got the name %q, want none or one that AWS can have", in.LogGroup)
		}
	case *event.Encrypt:
		named := in.Target // what it leaves out is the function's own
		named.Account = cmp.Or(named.Account, "123456789012")
		if named.Region == "" {
			named.Region, named.Partition = "eu-west-1", "aws"
		}
		checkTarget(t, named)
	case *event.Sweep:
		if in.Prefix != "" && !nameForm.MatchString(in.Prefix) {
			t.Errorf("got prefix %q, want one that a name can begin with", in.Prefix)
		}
		checkTarget(t, target.QueryResults(target.Scope{
			Partition: "aws", Account: cmp.Or(in.Account, "123456789012"), Region: cmp.Or(in.Region, "eu-west-1"),
		}))
	case *event.Check:
		checkTarget(t, target.QueryResults(target.Scope{
			Partition: "aws", Account: cmp.Or(in.Account, "123456789012"), Region: cmp.Or(in.Region, "eu-west-1"),
		}))
	case *event.Relayed:
		checkParsed(t, in.Input, nil)
		checkParsed(t, in.Otherwise, nil)
	case *event.Batch:
		for i, m := range in.Messages {
			if m.ID == "" {
				t.Errorf("message %d: got no ID, want one; its failure could not be reported", i)
			}
		}
	default:
		t.Errorf("got %T, want one of the inputs", got)
	}
}

// checkSpeaksForItself checks that what EventBridge says of an event is believed,
// and nobody else: a change comes from CloudWatch Logs, and is of the envelope's
// account.
func checkSpeaksForItself(t *testing.T, got event.Input, payload []byte) {
	t.Helper()
	change, isChange := got.(*event.Change)
	var o map[string]any
	if json.Unmarshal(payload, &o) != nil || !isChange || o["detail-type"] != "AWS API Call via CloudTrail" {
		return
	}
	if o["source"] != nil && o["source"] != "" && o["source"] != "aws.logs" {
		t.Errorf("got a change out of an event of %v, want it ignored", o["source"])
	}
	if o["account"] != nil && o["account"] != "" && o["account"] != change.Target.Account {
		t.Errorf("got a change of account %s out of an event of account %v, want it refused", change.Target.Account, o["account"])
	}
}

// The forms as AWS's own models write them, to share nothing with the code that
// is tested.
var (
	nameForm      = regexp.MustCompile(`\A[.\-_/#A-Za-z0-9]{1,512}\z`)
	accountForm   = regexp.MustCompile(`\A[0-9]{12}\z`)
	regionForm    = regexp.MustCompile(`\A[a-z]+(-[a-z]+)+-[0-9]{1,2}\z`)
	partitionForm = regexp.MustCompile(`\Aaws[a-z-]*\z`)
)

func checkTarget(t *testing.T, got target.Target) {
	t.Helper()
	if !accountForm.MatchString(got.Account) || !regionForm.MatchString(got.Region) || !partitionForm.MatchString(got.Partition) {
		t.Errorf("got %+v, want a valid partition, account and Region; requests could go astray", got.Scope)
	}
	if !got.IsQueryResult() && !nameForm.MatchString(got.LogGroup) {
		t.Errorf("got the name %q, want one that AWS can have", got.LogGroup)
	}
}
