package judge

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/kms"

	"log-group-kms/internal/awsfake"
)

// Keys of the stage: what alias/default and alias/team-a mean at first, what they
// may mean later, one of other people's, and one of another account.
var (
	default1 = stageKey(1)
	default2 = stageKey(2)
	team1    = stageKey(3)
	team2    = stageKey(4)
	theirs   = stageKey(5)
	foreign  = awsfake.KeyARN("210987654321", Region, "00000000-0000-4000-8000-000000000006")
)

func stageKey(n int) string {
	return awsfake.KeyARN(Account, Region, fmt.Sprintf("00000000-0000-4000-8000-%012d", n))
}

const (
	copyKey  = "AKIACOPY000000000000"
	otherKey = "AKIAOTHERPEOPLEEXMPL"
)

// step is what each action takes, so that they have an order.
const step = time.Millisecond

// stage is the local AWS on a fake clock, with a copy of the function that does
// what a test says, and other people.
type stage struct {
	*testing.T
	world      *awsfake.World
	logs, them *cloudwatchlogs.Client
	keys       *kms.Client
	record     Record
}

// perform runs a play on a stage and gives the record of it.
func perform(t *testing.T, config Config, play func(*stage)) (r Record) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := awsfake.New(Account)
		w.RecordChanges(true)
		w.KeepAnswers(true)
		for _, arn := range []string{default1, default2, team1, team2, theirs} {
			w.AddKey(awsfake.Key{ID: arn[len(arn)-36:], Region: Region})
		}
		w.AddKey(awsfake.Key{ID: foreign[len(foreign)-36:], Region: Region, Account: "210987654321", Policy: awsfake.PolicyEveryAccount})
		w.AddAlias(Account, Region, "alias/default", default1)
		w.AddAlias(Account, Region, "alias/team-a", team1)
		for _, name := range []string{"/app", "/app/2", "/tmp/x", "/build/1"} {
			w.PutLogGroup(Account, Region, awsfake.LogGroup{Name: name})
		}
		time.Sleep(time.Minute) // all that has been there for long
		s := &stage{T: t, world: w, logs: stageLogs(w, copyKey), them: stageLogs(w, otherKey), keys: kms.New(kms.Options{
			BaseEndpoint: aws.String("http://aws.invalid"), Region: Region, HTTPClient: w.Client(), Retryer: aws.NopRetryer{},
			Credentials: credentials.NewStaticCredentialsProvider(copyKey, "secret", ""),
		})}
		s.record = Record{Config: config, Copies: map[string]Copy{copyKey: {Name: "copy 1"}}, Unfit: map[string]bool{}}
		play(s)
		s.record.Changes, s.record.Calls = w.Changes(), w.Calls()
		if s.record.Calm.IsZero() {
			s.record.Calm = time.Now()
		}
		r = s.record
	})
	return r
}

func stageLogs(w *awsfake.World, accessKey string) *cloudwatchlogs.Client {
	return cloudwatchlogs.New(cloudwatchlogs.Options{
		BaseEndpoint: aws.String("http://aws.invalid"), Region: Region, HTTPClient: w.Client(), Retryer: aws.NopRetryer{},
		Credentials: credentials.NewStaticCredentialsProvider(accessKey, "secret", ""),
	})
}

// ctx is no test's own: the bubble's clock would cancel that one.
var ctx = context.Background()

// asked hands an input to the copy, which then does its work.
func (s *stage) asked(in Input, work func(requestID string)) *Invocation {
	return s.invoked(Invocation{Inputs: []Input{in}, Sweep: in.Event == "sweep"}, work)
}

func (s *stage) invoked(v Invocation, work func(requestID string)) *Invocation {
	v.Copy, v.Begin, v.Deadline = copyKey, time.Now(), 8*time.Second
	v.RequestID = fmt.Sprintf("request-%d", len(s.record.Invocations))
	work(v.RequestID)
	time.Sleep(step)
	v.End = time.Now()
	s.record.Invocations = append(s.record.Invocations, v)
	last := &s.record.Invocations[len(s.record.Invocations)-1]
	s.answer(last)
	return last
}

// answer makes the answer that goes with the log lines. Where there are none,
// the copy was killed.
func (s *stage) answer(v *Invocation) {
	if !slices.ContainsFunc(s.record.Claims, func(c Claim) bool { return c.RequestID == v.RequestID }) {
		v.ErrorType, v.Harmed = "Runtime.ExitError", true
		return
	}
	counts := map[string]any{}
	for _, c := range s.record.Claims {
		if c.RequestID != v.RequestID {
			continue
		}
		if c.Outcome == "" {
			v.ErrorType, v.Error = c.ErrorType, c.ErrorText
		}
		if !v.Sweep {
			v.Answer, _ = json.Marshal(c.Everything)
		}
		for _, word := range []string{c.Outcome, "examined"} {
			n, _ := counts[word].(int)
			counts[word] = n + 1
		}
	}
	if v.Sweep {
		v.Answer, _ = json.Marshal(counts)
	}
}

// says writes a log line.
func (s *stage) says(requestID string, c Claim) {
	c.RequestID, c.At = requestID, time.Now().Truncate(time.Millisecond)
	c.Everything = map[string]any{"outcome": c.Outcome, "reason": c.Reason, "logGroup": c.LogGroup, "eventId": c.EventID, "dryRun": c.DryRun}
	s.record.Claims = append(s.record.Claims, c)
}

func (s *stage) look(group string) {
	time.Sleep(step)
	_, _ = s.logs.DescribeLogGroups(ctx, &cloudwatchlogs.DescribeLogGroupsInput{LogGroupNamePrefix: &group}) // a fault may strike
}

func (s *stage) page() {
	_, _ = s.logs.DescribeLogGroups(ctx, &cloudwatchlogs.DescribeLogGroupsInput{})
}

func (s *stage) readTags(group string) {
	time.Sleep(step)
	_, _ = s.logs.ListTagsForResource(ctx, &cloudwatchlogs.ListTagsForResourceInput{ResourceArn: aws.String(awsfake.LogGroupARN(Account, Region, group))})
}

func (s *stage) ask(reference string) {
	time.Sleep(step)
	_, _ = s.keys.DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: &reference})
}

func (s *stage) send(group, key string) {
	time.Sleep(step)
	_, _ = s.logs.AssociateKmsKey(ctx, &cloudwatchlogs.AssociateKmsKeyInput{LogGroupName: &group, KmsKeyId: &key})
}

// others set a key.
func (s *stage) others(group, key string) {
	time.Sleep(step)
	if _, err := s.them.AssociateKmsKey(ctx, &cloudwatchlogs.AssociateKmsKeyInput{LogGroupName: &group, KmsKeyId: &key}); err != nil {
		s.Fatal(err)
	}
}

func (s *stage) tag(group string, tags map[string]string) {
	time.Sleep(step)
	//lint:ignore SA1019 the older call still works, and people use it
	if _, err := s.them.TagLogGroup(ctx, &cloudwatchlogs.TagLogGroupInput{LogGroupName: &group, Tags: tags}); err != nil {
		s.Fatal(err)
	}
}

// once makes the copy's next request of an operation go wrong.
func (s *stage) once(operation string, kind awsfake.FaultKind) {
	s.world.Inject(awsfake.Fault{Operation: operation, Kind: kind, Times: 1})
}

// created is the event of a creation a moment ago.
func created(group string) Input {
	return Input{LogGroup: group, Event: "CreateLogGroup", EventID: "event-" + group}
}

// claimed is the log line of a key that was set.
func claimed(group, key, reason string) Claim {
	return Claim{Outcome: "associated", Reason: reason, LogGroup: group, Key: key, EventID: "event-" + group, Attempts: 1}
}
