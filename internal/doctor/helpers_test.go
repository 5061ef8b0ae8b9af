package doctor_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"log-group-kms/internal/app"
	"log-group-kms/internal/awsfake"
	"log-group-kms/internal/check"
	"log-group-kms/internal/config"
	"log-group-kms/internal/doctor"
)

const (
	own    = "111122223333"
	other  = "444455556666"
	region = "eu-west-1"
	topic  = "arn:aws:sns:eu-west-1:111122223333:on-call"
)

// setup is a deployment in which all is well, two hours old. Its function answers what
// answer says; it does no work.
type setup struct {
	*testing.T
	world  *awsfake.World
	stack  awsfake.Stack
	answer check.Answer
	// invoked is what Lambda answers in place of the answer, where it is not nil.
	invoked *awsfake.Invoked
}

// run calls a test with a deployment in which all is well.
func run(t *testing.T, test func(*setup)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := &setup{T: t, world: awsfake.New(own)}
		s.answer = check.Answer{Action: "check", Account: own, Region: region, Version: "1.2.3", Configuration: map[string]string{
			"DEFAULT_KMS_KEY": "alias/logs", "EXCLUDE": "/tmp/*", "RULES": "rules: [{name: none, tags: {key: none}, skip: true}]",
		}}
		s.answer.Add(check.Entry{Check: check.ConfigValid, Result: check.OK, Message: "1 rule, default key alias/logs"})
		s.answer.Add(check.Entry{Check: check.OwnLogsKey, Result: check.OK, Message: "its own log group is under a key"})
		s.world.AddAlias("", region, "alias/logs", s.world.AddKey(awsfake.Key{Region: region}))
		s.world.PutTrail(awsfake.Trail{Name: "all", HomeRegion: region, MultiRegion: true})
		s.world.KeepHistory(true)
		s.stack = s.resources()
		time.Sleep(2 * time.Hour)
		s.swept(time.Hour, awsfake.Execution{Status: awsfake.Succeeded, Input: `{"action":"sweep","startedBy":"schedule"}`, Output: `{"examined":41,"open":0}`})
		test(s)
		if strange := s.world.Unexpected(); len(strange) > 0 {
			t.Errorf("unexpected requests: %q", strange)
		}
	})
}

func (s *setup) resources() awsfake.Stack {
	return awsfake.Stack{
		Name: "keys", Region: region, Created: time.Now(), Parameters: map[string]string{"SweepMaxAgeHours": "3"},
		Resources: []awsfake.Resource{
			{LogicalID: "EventFunction", Is: awsfake.Function{Name: "keys-EventFunction", Answer: s.invoke}},
			{LogicalID: "CreateLogGroupRule", Is: awsfake.Rule{Name: "keys-Created", Targets: []awsfake.RuleTarget{{ID: "q", ARN: awsfake.QueueARN(own, region, "keys-events")}}}},
			{LogicalID: "EventQueue", Is: awsfake.Queue{Name: "keys-events", Visible: 5, RedriveTo: awsfake.QueueARN(own, region, "keys-dead"), MaxReceives: 5}},
			{LogicalID: "DeadLetterQueue", Is: awsfake.Queue{Name: "keys-dead"}},
			{LogicalID: "SweepStateMachine", Is: awsfake.StateMachine{Name: "keys-sweep"}},
			{LogicalID: "OpenAlarm", Is: awsfake.Alarm{
				Name: "keys-OpenLogGroups", State: "OK", Actions: []string{topic},
				Description: "Log groups are open.\nThey have no key of yours.\nRunbook: https://example.com/docs/operations.md#open-log-groups",
			}},
			{LogicalID: "AllAlarm", Is: awsfake.Alarm{Name: "keys-NotAllIsWell", Composite: true, State: "OK", Actions: []string{topic}}},
		},
	}
}

func (s *setup) invoke(_ context.Context, payload []byte) (awsfake.Invoked, error) {
	if s.invoked != nil {
		return *s.invoked, nil
	}
	if string(payload) != `{"action":"check"}` {
		return awsfake.Invoked{}, fmt.Errorf("got the payload %s, want a check", payload)
	}
	text, err := json.Marshal(s.answer)
	return awsfake.Invoked{Payload: text}, err
}

// swept adds an execution that ended so long ago.
func (s *setup) swept(ago time.Duration, e awsfake.Execution) {
	e.Stop = time.Now().Add(-ago)
	e.Start = e.Stop.Add(-time.Minute)
	s.world.PutExecution("", region, "keys-sweep", e)
}

// replace puts other resources in the place of those with their logical IDs.
func (s *setup) replace(changes ...awsfake.Resource) {
	for _, change := range changes {
		for i := range s.stack.Resources {
			if s.stack.Resources[i].LogicalID == change.LogicalID {
				s.stack.Resources[i] = change
			}
		}
	}
}

// remove takes resources out of the stack.
func (s *setup) remove(logicalIDs ...string) {
	var left []awsfake.Resource
	for _, r := range s.stack.Resources {
		if !strings.Contains(" "+strings.Join(logicalIDs, " ")+" ", " "+r.LogicalID+" ") {
			left = append(left, r)
		}
	}
	s.stack.Resources = left
}

func (s *setup) config() aws.Config {
	return aws.Config{Region: region, HTTPClient: s.world.Client(), Credentials: credentials.NewStaticCredentialsProvider("AKIAEXAMPLE", "secret", "")}
}

func (s *setup) deps() doctor.Deps {
	deps := doctor.Clients(s.config())
	deps.Decider = func(_ context.Context, configuration map[string]string) (doctor.Decider, error) {
		settings, err := config.Load(func(name string) (string, bool) {
			value, set := configuration[name]
			return value, set
		}, nil)
		if err != nil {
			return nil, err
		}
		return app.New(s.config(), settings).Encrypter, nil
	}
	return deps
}

// look deploys the stack as it is by now and lets the doctor look at it.
func (s *setup) look() (doctor.Report, error) {
	s.world.DeployStack(s.stack)
	return doctor.Run(s.Context(), s.deps(), doctor.Options{Stack: "keys", Region: region})
}

// mustLook is look where the doctor can look.
func (s *setup) mustLook() doctor.Report {
	s.Helper()
	report, err := s.look()
	if err != nil {
		s.Fatal(err)
	}
	return report
}

// results are the checks' names and results in order.
func results(r doctor.Report) []string {
	var list []string
	for _, e := range r.Checks {
		list = append(list, string(e.Check)+" "+string(e.Result))
	}
	return list
}

// entries are those of one check.
func entries(r doctor.Report, name check.Name) []check.Entry {
	var list []check.Entry
	for _, e := range r.Checks {
		if e.Check == name {
			list = append(list, e)
		}
	}
	return list
}

// expect is what one check is to say.
type expect struct {
	result check.Result
	says   []string // parts of the message
	todo   string   // part of the remedy
	link   string   // anchor of the runbook
}

// holds holds the one entry of a check against what it is to say.
func (want expect) holds(t *testing.T, r doctor.Report, name check.Name) {
	t.Helper()
	got := entries(r, name)
	if len(got) != 1 {
		t.Fatalf("got %d entries of %s, want 1: %+v", len(got), name, got)
	}
	want.holdsEntry(t, got[0])
}

func (want expect) holdsEntry(t *testing.T, e check.Entry) {
	t.Helper()
	if e.Result != want.result {
		t.Errorf("got %s %s, want %s: %s", e.Check, e.Result, want.result, e.Message)
	}
	for _, text := range want.says {
		if !strings.Contains(e.Message, text) {
			t.Errorf("got the message %q, want %q in it", e.Message, text)
		}
	}
	if !strings.Contains(e.Remedy, want.todo) {
		t.Errorf("got the remedy %q, want %q in it", e.Remedy, want.todo)
	}
	if want.link != "" && e.Runbook != "docs/operations.md#"+want.link {
		t.Errorf("got the runbook %q, want #%s", e.Runbook, want.link)
	}
	if (e.Result == check.Failed || e.Result == check.Warning) && (e.Remedy == "" || e.Runbook == "") {
		t.Errorf("got no remedy or no runbook for %q", e.Message)
	}
}
