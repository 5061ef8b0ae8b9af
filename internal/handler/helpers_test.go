package handler_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/lambda/messages"

	"log-group-kms/internal/answer"
	"log-group-kms/internal/encrypt"
	"log-group-kms/internal/failure"
	"log-group-kms/internal/handler"
	"log-group-kms/internal/metric"
	"log-group-kms/internal/report"
	"log-group-kms/internal/sweep"
	"log-group-kms/internal/target"
)

const (
	account = "111122223333"
	region  = "eu-west-1"
	keyARN  = "arn:aws:kms:eu-west-1:111122223333:key/6d5c0f2e-2d0e-4a3c-8a34-5a0f2c1d7e90"
)

// encrypter is scripted, and remembers what it was asked for.
type encrypter struct {
	do func(context.Context, encrypt.Request) (answer.Answer, error)

	mu       sync.Mutex
	requests []encrypt.Request
}

func (e *encrypter) Encrypt(ctx context.Context, request encrypt.Request) (answer.Answer, error) {
	e.mu.Lock()
	e.requests = append(e.requests, request)
	e.mu.Unlock()
	if e.do == nil {
		return answer.Answer{Outcome: answer.Unchanged, Reason: answer.AlreadyAssociated, LogGroup: request.Target.LogGroup}, nil
	}
	return e.do(ctx, request)
}

// sweeper is scripted likewise.
type sweeper struct {
	do       func(context.Context, sweep.Request, func(answer.Answer, error)) (sweep.Answer, error)
	requests []sweep.Request
}

func (s *sweeper) Sweep(ctx context.Context, request sweep.Request, report func(answer.Answer, error)) (sweep.Answer, error) {
	s.requests = append(s.requests, request)
	return s.do(ctx, request, report)
}

// setup is a Handler whose output is kept.
type setup struct {
	*handler.Handler
	encrypter *encrypter
	sweeper   *sweeper
	out       *output
}

// output is safe for concurrent use, as standard output is.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func newSetup(level string) *setup {
	s := &setup{encrypter: &encrypter{}, sweeper: &sweeper{}, out: &output{}}
	s.Handler = &handler.Handler{
		Encrypter: s.encrypter, Sweeper: s.sweeper,
		Home: func(context.Context) (target.Scope, error) {
			return target.Scope{Partition: "aws", Account: account, Region: region}, nil
		},
		Reporter: &report.Reporter{Log: report.NewLogger(s.out, "JSON", level), Metrics: metric.NewWriter(s.out, "LogGroupKms")},
	}
	return s
}

// lines gives what was written, log lines without their time and metric lines by
// their values alone.
func (s *setup) lines(t *testing.T) []map[string]any {
	t.Helper()
	var lines []map[string]any
	for text := range strings.Lines(s.out.text.String()) {
		var line map[string]any
		if err := json.Unmarshal([]byte(text), &line); err != nil {
			t.Fatalf("got a line that is not JSON: %s", text)
		}
		if _, isMetric := line["_aws"]; isMetric {
			delete(line, "_aws")
			delete(line, "Service")
		} else if stamp, ok := line["timestamp"].(string); !ok {
			t.Errorf("got a log line without timestamp: %s", text)
		} else if _, err := time.Parse(time.RFC3339, stamp); err != nil {
			t.Errorf("got a timestamp that Lambda cannot read: %v", err)
		}
		delete(line, "timestamp")
		lines = append(lines, line)
	}
	return lines
}

// created is a CreateLogGroup record of the time at.
func created(at time.Time, parameters string) string {
	return fmt.Sprintf(`{"detail-type":"AWS API Call via CloudTrail","account":"111122223333","region":"eu-west-1","detail":{
		"eventSource":"logs.amazonaws.com","eventName":"CreateLogGroup","awsRegion":"eu-west-1","eventTime":%q,
		"eventID":"efb309eb-d05e-40ee-bac8-0ff6adfb8ee3","recipientAccountId":"111122223333","requestParameters":%s}}`,
		at.UTC().Format(time.RFC3339), parameters)
}

// batch is an SQS batch of bodies with the IDs m0, m1, …
func batch(t *testing.T, bodies ...string) string {
	t.Helper()
	type record struct {
		MessageID   string `json:"messageId"`
		EventSource string `json:"eventSource"`
		Body        string `json:"body"`
	}
	var records []record
	for i, body := range bodies {
		records = append(records, record{fmt.Sprintf("m%d", i), "aws:sqs", body})
	}
	text, err := json.Marshal(map[string]any{"Records": records})
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// lambdaError is err as Lambda sees it.
func lambdaError(t *testing.T, err error) messages.InvokeResponse_Error {
	t.Helper()
	// No unwrapping: the runtime looks at the error itself.
	reported, ok := err.(messages.InvokeResponse_Error)
	if !ok {
		t.Fatalf("got %T, of which Lambda would report the Go type: %v", err, err)
	}
	return reported
}

func fail(kind failure.Type) *failure.Error {
	return &failure.Error{Type: kind, Doing: "associating", Err: fmt.Errorf("cause of %s", kind)}
}
