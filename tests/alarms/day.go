package alarms

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"time"

	"log-group-kms/internal/awsfake"
	"log-group-kms/internal/runtimeapi"
)

// The account of a Day, and the stack in it.
const (
	Account   = "111122223333"
	Region    = "eu-west-1"
	StackName = "keys"
)

// step is how often alarms are evaluated.
const step = 5 * time.Minute

// Metrics of AWS's own that a Day plays.
var (
	SweepFailed = Key("AWS/States", "ExecutionsFailed", "StateMachineArn=SweepStateMachine")
	Parked      = Key("AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName=DeadLetterQueue")
	Oldest      = Key("AWS/SQS", "ApproximateAgeOfOldestMessage", "QueueName=EventQueue")
	Lost        = Key("AWS/Events", "InvocationsFailedToBeSentToDlq", "RuleName=CreateLogGroupRule")
)

// Line is a line of JSON that the function wrote, and when by the Day's own clock.
type Line struct {
	At     time.Time
	Fields map[string]any
}

// Day is a time in the life of a stack: the real function works in an account, and what
// it writes is dated by the Day's own clock, which only [Day.Step] and its owner move.
type Day struct {
	World   *awsfake.World
	Clock   time.Time
	Metrics Metrics
	Lines   []Line
	States  map[string]State     // of the alarms, by name
	Since   map[string]time.Time // when they changed last
	Stack   Stack

	function *runtimeapi.Function
	server   *http.Server
	read     int // lines of the function that were read
}

// Begin starts the function, which is a binary with further settings, in an account.
func Begin(ctx context.Context, binary string, stack Stack, world *awsfake.World, clock time.Time, settings ...string) (*Day, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listening for the local AWS: %w", err)
	}
	d := &Day{
		World: world, Clock: clock, Metrics: make(Metrics), States: make(map[string]State), Since: make(map[string]time.Time),
		Stack: stack, server: &http.Server{Handler: world, ReadHeaderTimeout: 10 * time.Second},
	}
	go func() { _ = d.server.Serve(listener) }() // ends with ErrServerClosed
	d.function, err = runtimeapi.Start(ctx, runtimeapi.Options{
		Binary: binary, FunctionARN: "arn:aws:lambda:" + Region + ":" + Account + ":function:keys",
		Env: append([]string{
			"AWS_REGION=" + Region, "AWS_ENDPOINT_URL=http://" + listener.Addr().String(), "AWS_ACCESS_KEY_ID=AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY=secret",
			"AWS_EC2_METADATA_DISABLED=true", "AWS_MAX_ATTEMPTS=2", "ASSOCIATE_RATE=0", "DESCRIBE_RATE=0",
			"METRICS_NAMESPACE=" + stack.Parameters["MetricsNamespace"] + "/" + stack.Name,
		}, settings...),
	})
	if err != nil {
		_ = d.server.Close()
		return nil, fmt.Errorf("starting the function: %w", err)
	}
	return d, nil
}

// Close ends the function.
func (d *Day) Close() {
	_ = d.function.Close() // it was made to be thrown away
	_ = d.server.Close()
}

// Sample adds one of AWS's own metrics.
func (d *Day) Sample(key string, value float64) {
	d.Metrics[key] = append(d.Metrics[key], Sample{d.Clock, value})
}

// Invoke has the function serve an event, and dates what it writes.
func (d *Day) Invoke(ctx context.Context, event string) (runtimeapi.Answer, error) {
	answer, err := d.function.Invoke(ctx, []byte(event))
	if err != nil {
		return answer, fmt.Errorf("invoking the function: %w", err)
	}
	lines := d.function.Lines()
	for _, text := range lines[d.read:] {
		var fields map[string]any
		if json.Unmarshal([]byte(text), &fields) != nil {
			continue // Lambda's own, such as a stack trace
		}
		d.Lines = append(d.Lines, Line{d.Clock, fields})
	}
	if err := d.Metrics.Read(lines[d.read:], d.Clock); err != nil {
		return answer, err
	}
	d.read = len(lines)
	return answer, nil
}

// Sweep has the function sweep. The state machine ends Failed where log groups failed or
// the sweep could not list.
func (d *Day) Sweep(ctx context.Context) error {
	answer, err := d.Invoke(ctx, `{"action":"sweep"}`)
	if err != nil {
		return err
	}
	var sum struct{ Failed int }
	if answer.ErrorType == "" {
		if err := json.Unmarshal(answer.Payload, &sum); err != nil {
			return fmt.Errorf("reading the answer %s: %w", answer.Payload, err)
		}
	}
	if answer.ErrorType != "" || sum.Failed > 0 {
		d.Sample(SweepFailed, 1)
	}
	return nil
}

// Created has the event of a log group's creation come to the function, and tells
// whether the function could serve it.
func (d *Day) Created(ctx context.Context, name string, at time.Time) (served bool, err error) {
	answer, err := d.Invoke(ctx, fmt.Sprintf(`{"source":"aws.logs","detail-type":"AWS API Call via CloudTrail","account":%q,"region":%q,"detail":{
		"eventSource":"logs.amazonaws.com","eventName":"CreateLogGroup","awsRegion":%q,"eventTime":%q,"requestParameters":{"logGroupName":%q}}}`,
		Account, Region, Region, at.UTC().Format(time.RFC3339), name))
	return answer.ErrorType == "", err
}

// Step lets five minutes pass and evaluates the alarms whose period has ended.
func (d *Day) Step() error {
	d.Clock = d.Clock.Add(step)
	for _, alarm := range d.Stack.Alarms {
		if !d.Clock.Equal(d.Clock.Truncate(alarm.Period)) {
			continue
		}
		points, err := alarm.Points(d.Metrics, d.Clock)
		if err != nil {
			return err
		}
		before := d.States[alarm.Name]
		state := alarm.Rule.Evaluate(points, before)
		if state != before {
			d.States[alarm.Name], d.Since[alarm.Name] = state, d.Clock
		}
	}
	return nil
}
