package doctor_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/google/go-cmp/cmp"

	"log-group-kms/internal/awsfake"
	"log-group-kms/internal/check"
	"log-group-kms/internal/doctor"
)

var well = []string{
	"config.valid ok", "events.trail ok", "events.rules ok", "events.heard ok", "own-logs.key ok",
	"sweep.recent ok", "queues.empty ok", "alarms.exist ok", "alarms.quiet ok", "alarms.told ok",
}

func TestAllWell(t *testing.T) {
	run(t, func(s *setup) {
		report := s.mustLook()
		if diff := cmp.Diff(well, results(report)); diff != "" {
			s.Errorf("checks (-want +got):\n%s", diff)
		}
		if report.Result != check.OK || report.OK != len(well) || report.ExitStatus(true) != 0 || report.Version != "1.2.3" {
			s.Errorf("got %+v, want all well and status 0, also where warnings count", report)
		}
		for _, c := range s.world.Calls() {
			for _, reading := range []string{"Describe", "List", "Get", "Lookup", "Invoke"} {
				if strings.HasPrefix(c.Operation, reading) {
					c.Operation = ""
				}
			}
			if c.Operation != "" {
				s.Errorf("got a call of %s, want calls that only read", c.Operation)
			}
		}
	})
}

// rights are those that the doctor uses, and the checks that cannot be made without
// each.
var rights = map[string][]string{
	"cloudformation:ListStackResources": nil, // without it, the stack's functions are not known
	"lambda:InvokeFunction":             {"config.valid unknown", "key.usable unknown", "events.heard unknown", "role.set unknown", "own-logs.key unknown"},
	"cloudtrail:DescribeTrails":         {"events.trail unknown"},
	"cloudtrail:GetTrailStatus":         {"events.trail unknown"},
	"cloudtrail:GetEventSelectors":      {"events.trail unknown"},
	"cloudtrail:LookupEvents":           {"events.heard unknown"},
	"logs:DescribeLogGroups":            {"events.heard unknown"},
	"logs:ListTagsForResource":          {"events.heard unknown"},
	"events:DescribeRule":               {"events.rules unknown"},
	"events:ListTargetsByRule":          {"events.rules unknown"},
	"states:ListExecutions":             {"sweep.recent unknown"},
	"states:DescribeExecution":          {"sweep.recent unknown"},
	"sqs:GetQueueAttributes":            {"queues.empty unknown"},
	"cloudwatch:DescribeAlarms":         {"alarms.exist unknown", "alarms.quiet unknown", "alarms.told unknown"},
	"cloudwatch:DescribeAlarmHistory":   {"alarms.told unknown"},
}

// What the caller may not ask is unknown, says which right is missing, and fails
// nothing; all other checks are made.
func TestMissingRights(t *testing.T) {
	for right, want := range rights {
		if want == nil {
			continue
		}
		t.Run(right, func(t *testing.T) {
			run(t, func(s *setup) {
				s.world.PutLogGroup("", region, awsfake.LogGroup{Name: "/app"}) // without a key, so that its tags matter
				s.world.PutHistory("", region, time.Now().Add(-time.Hour), "CreateLogGroup", map[string]any{"logGroupName": "/app"}, "")
				s.world.DenyAction("", right, true)
				if right != "logs:ListTagsForResource" && right != "logs:DescribeLogGroups" {
					s.world.DeleteLogGroup("", region, "/app")
				}
				report := s.mustLook()
				var got []string
				for _, e := range report.Checks {
					if e.Result == check.OK {
						continue
					}
					got = append(got, string(e.Check)+" "+string(e.Result))
					expect{check.Unknown, []string{right}, right, "missing-right"}.holdsEntry(s.T, e)
					if right == "sqs:GetQueueAttributes" {
						break // there are two queues
					}
				}
				if diff := cmp.Diff(want, got); diff != "" {
					s.Errorf("checks that are not ok (-want +got):\n%s", diff)
				}
				if report.ExitStatus(false) != 0 || report.Result != check.Unknown {
					s.Errorf("got status %d and %s, want 0 and unknown", report.ExitStatus(false), report.Result)
				}
			})
		})
	}
}

// Every call is in the list of rights.
func TestRightsAreComplete(t *testing.T) {
	run(t, func(s *setup) {
		s.world.PutLogGroup("", region, awsfake.LogGroup{Name: "/app"})
		s.world.PutHistory("", region, time.Now().Add(-time.Hour), "CreateLogGroup", map[string]any{"logGroupName": "/app"}, "")
		s.mustLook()
		for _, c := range s.world.Calls() {
			action := map[string]string{"monitoring": "cloudwatch"}[c.Service]
			if action == "" {
				action = c.Service
			}
			action += ":" + strings.Replace(c.Operation, "Invoke", "InvokeFunction", 1)
			if _, known := rights[action]; !known && action != "cloudformation:DescribeStacks" && action != "kms:DescribeKey" && action != "sts:GetCallerIdentity" {
				s.Errorf("got a call that needs %s, want it among the rights", action)
			}
		}
	})
}

// Where AWS does not answer, whoever asks does not know: the status says so.
func TestNoAnswer(t *testing.T) {
	run(t, func(s *setup) {
		s.world.Inject(awsfake.Fault{Operation: "DescribeTrails", Kind: awsfake.Throttling400})
		s.world.PutRule("", region, awsfake.Rule{Name: "keys-Created", Disabled: true})
		s.replace(awsfake.Resource{LogicalID: "CreateLogGroupRule", Is: awsfake.Rule{Name: "keys-Created", Disabled: true}})
		report := s.mustLook()
		expect{check.Unknown, []string{"ThrottlingException"}, "other program uses up the quota", "throttled"}.holds(s.T, report, doctor.EventsTrail)
		if report.ExitStatus(false) != 2 || report.Failed != 1 {
			s.Errorf("got status %d with %d failed, want 2 although one failed", report.ExitStatus(false), report.Failed)
		}
	})
}

func TestExitStatus(t *testing.T) {
	for _, test := range []struct {
		name           string
		results        []check.Result
		status, strict int
	}{
		{"well", []check.Result{check.OK}, 0, 0},
		{"unknown", []check.Result{check.OK, check.Unknown}, 0, 0},
		{"warning", []check.Result{check.Warning, check.Unknown}, 0, 1},
		{"failed", []check.Result{check.Warning, check.Failed}, 1, 1},
	} {
		var report doctor.Report
		for _, result := range test.results {
			report.Add(check.Entry{Result: result})
		}
		if got, strict := report.ExitStatus(false), report.ExitStatus(true); got != test.status || strict != test.strict {
			t.Errorf("%s: got %d, strict %d, want %d, %d", test.name, got, strict, test.status, test.strict)
		}
	}
}

// Where the doctor cannot run, one sentence says why and what to do.
func TestUnableToRun(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(*setup)
		says   []string
	}{
		{"no such stack", func(s *setup) { s.stack.Name = "others" }, []string{"Stack with id keys does not exist", "Region eu-west-1", "--region"}},
		{"stack may not be described", func(s *setup) { s.world.DenyAction("", "cloudformation:DescribeStacks", true) }, []string{"right cloudformation:DescribeStacks"}},
		{"resources may not be listed", func(s *setup) { s.world.DenyAction("", "cloudformation:ListStackResources", true) }, []string{"right cloudformation:ListStackResources"}},
		{"credentials are not accepted", func(s *setup) { s.world.Inject(awsfake.Fault{Kind: awsfake.UnrecognizedClient}) }, []string{"DescribeStacks", "InvalidClientTokenId"}},
		{"AWS does not answer", func(s *setup) { s.world.Inject(awsfake.Fault{Kind: awsfake.InternalFailure500}) }, []string{"InternalFailure", "8 attempts"}},
		{"stack that was rolled back", func(s *setup) { s.stack.Resources, s.stack.Status = nil, "ROLLBACK_COMPLETE" }, []string{"no function", "ROLLBACK_COMPLETE"}},
		{"function that fails", func(s *setup) {
			s.invoked = &awsfake.Invoked{Failed: true, Payload: []byte(`{"errorType":"InitError","errorMessage":"EXCLUDE: a pattern is empty"}`)}
		}, []string{"keys-EventFunction", "InitError: EXCLUDE: a pattern is empty", "log"}},
		{"function of another program", func(s *setup) { s.invoked = &awsfake.Invoked{Payload: []byte(`{"hello":"world"}`)} }, []string{"not that of a check"}},
		{"function that says nothing", func(s *setup) { s.invoked = &awsfake.Invoked{} }, []string{"not that of a check"}},
		{"Lambda is throttled", func(s *setup) { s.world.Inject(awsfake.Fault{Service: "lambda", Kind: awsfake.Throttling400}) }, []string{"keys-EventFunction", "TooManyRequestsException"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			run(t, func(s *setup) {
				test.change(s)
				report, err := s.look()
				if err == nil {
					s.Fatalf("got the report %+v, want an error", report)
				}
				for _, text := range test.says {
					if !strings.Contains(err.Error(), text) {
						s.Errorf("got %q, want %q in it", err, text)
					}
				}
			})
		})
	}
}

// What AWS refuses for a moment is asked again, as often as the function would.
func TestPassingTrouble(t *testing.T) {
	run(t, func(s *setup) {
		s.world.Inject(awsfake.Fault{Operation: "DescribeTrails", Kind: awsfake.Throttling400, Times: 6})
		s.world.Inject(awsfake.Fault{Operation: "DescribeAlarms", Kind: awsfake.ServiceUnavailable400, Times: 6})
		if diff := cmp.Diff(well, results(s.mustLook())); diff != "" {
			s.Errorf("checks (-want +got):\n%s", diff)
		}
	})
}

// A function that fails ends it all at once, whatever else is still being asked.
func TestNothingHalfSaid(t *testing.T) {
	run(t, func(s *setup) {
		s.invoked = &awsfake.Invoked{Failed: true, Payload: []byte(`{"errorType":"InitError","errorMessage":"no"}`)}
		s.world.Inject(awsfake.Fault{Operation: "DescribeTrails", Kind: awsfake.Hang})
		if report, err := s.look(); err == nil || !strings.Contains(err.Error(), "InitError") {
			s.Errorf("got %+v, %v, want why the function failed", report, err)
		}
	})
}

// gate lets nobody through before two have come.
type gate struct {
	come atomic.Int32
	open chan struct{}
}

func newGate() *gate { return &gate{open: make(chan struct{})} }

func (g *gate) pass() error {
	if g.come.Add(1) == 2 {
		close(g.open)
	}
	select {
	case <-g.open:
		return nil
	case <-time.After(time.Minute):
		return errors.New("no other came")
	}
}

type gatedRules struct {
	doctor.RulesAPI
	*gate
}

func (g gatedRules) DescribeRule(ctx context.Context, in *eventbridge.DescribeRuleInput, o ...func(*eventbridge.Options)) (*eventbridge.DescribeRuleOutput, error) {
	if err := g.pass(); err != nil {
		return nil, err
	}
	return g.RulesAPI.DescribeRule(ctx, in, o...)
}

type gatedTrails struct {
	doctor.TrailsAPI
	*gate
}

func (g gatedTrails) GetTrailStatus(ctx context.Context, in *cloudtrail.GetTrailStatusInput, o ...func(*cloudtrail.Options)) (*cloudtrail.GetTrailStatusOutput, error) {
	if err := g.pass(); err != nil {
		return nil, err
	}
	return g.TrailsAPI.GetTrailStatus(ctx, in, o...)
}

type gatedQueues struct {
	doctor.QueuesAPI
	*gate
}

func (g gatedQueues) GetQueueAttributes(ctx context.Context, in *sqs.GetQueueAttributesInput, o ...func(*sqs.Options)) (*sqs.GetQueueAttributesOutput, error) {
	if err := g.pass(); err != nil {
		return nil, err
	}
	return g.QueuesAPI.GetQueueAttributes(ctx, in, o...)
}

// Where AWS does not answer, the waits for several of a kind do not add up.
func TestSideBySide(t *testing.T) {
	run(t, func(s *setup) {
		s.stack.Resources = append(s.stack.Resources, resource("Second", awsfake.Rule{Name: "r", Targets: []awsfake.RuleTarget{{ID: "q", ARN: awsfake.QueueARN(own, region, "keys-events")}}}))
		s.world.PutTrail(awsfake.Trail{Name: "second", HomeRegion: region})
		s.world.DeployStack(s.stack)
		deps := s.deps()
		deps.Rules, deps.Trails, deps.Queues = gatedRules{deps.Rules, newGate()}, gatedTrails{deps.Trails, newGate()}, gatedQueues{deps.Queues, newGate()}
		report, err := doctor.Run(s.Context(), deps, doctor.Options{Stack: "keys", Region: region})
		if err != nil {
			s.Fatal(err)
		}
		if diff := cmp.Diff(well, results(report)); diff != "" {
			s.Errorf("checks (-want +got):\n%s", diff)
		}
	})
}

func TestInterrupted(t *testing.T) {
	run(t, func(s *setup) {
		s.world.Inject(awsfake.Fault{Operation: "DescribeTrails", Kind: awsfake.Hang})
		s.world.DeployStack(s.stack)
		ctx, cancel := context.WithTimeout(s.Context(), time.Second)
		defer cancel()
		if report, err := doctor.Run(ctx, s.deps(), doctor.Options{Stack: "keys", Region: region}); err == nil {
			s.Errorf("got %+v, want an error: nothing half-said", report)
		}
	})
}

// The functions of a stack have one configuration; what they say alike is said once.
func TestTwoFunctions(t *testing.T) {
	run(t, func(s *setup) {
		second := s.answer
		second.Checks = []check.Entry{
			s.answer.Checks[0],
			{Check: check.RoleList, Result: check.Failed, Message: "it may not list", Remedy: "allow it", Runbook: "docs/operations.md#access-denied"},
			{Check: check.OwnLogsKey, Result: check.OK, Subject: "/aws/lambda/second", Message: "its own log group is under a key"},
			{Check: check.RoleTags, Result: check.OK, Message: "its own log group is under a key"}, // by chance in the same words
			{Check: "later.check", Result: check.Warning, Message: "of another version", Remedy: "look", Runbook: "docs/operations.md#later"},
		}
		text, err := json.Marshal(second)
		if err != nil {
			s.Fatal(err)
		}
		s.stack.Resources = append(s.stack.Resources, awsfake.Resource{LogicalID: "SweepFunction", Is: awsfake.Function{
			Name: "keys-SweepFunction", Answer: func(context.Context, []byte) (awsfake.Invoked, error) { return awsfake.Invoked{Payload: text}, nil },
		}})
		want := append([]string{}, well[:4]...)
		want = append(want, "role.list failed", "role.tags ok")
		want = append(want, well[4:]...)
		want = append(want, "later.check warning")
		if diff := cmp.Diff(want, results(s.mustLook())); diff != "" {
			s.Errorf("checks (-want +got):\n%s", diff)
		}
	})
}

// The report has the form of the function's own answer.
func TestJSON(t *testing.T) {
	run(t, func(s *setup) {
		var b strings.Builder
		if err := s.mustLook().JSON(&b); err != nil {
			s.Fatal(err)
		}
		var got map[string]any
		if err := json.Unmarshal([]byte(b.String()), &got); err != nil || strings.Count(b.String(), "\n") != 1 {
			s.Fatalf("got %q, %v, want one line of JSON", &b, err)
		}
		for name, want := range map[string]any{
			"action": "check", "account": own, "region": region, "stack": "keys", "version": "1.2.3", "result": "ok",
			"ok": 10.0, "warnings": 0.0, "failed": 0.0, "unknown": 0.0,
			"configuration": map[string]any{"DEFAULT_KMS_KEY": "alias/logs", "EXCLUDE": "/tmp/*", "RULES": "rules: [{name: none, tags: {key: none}, skip: true}]"},
		} {
			if diff := cmp.Diff(want, got[name]); diff != "" {
				s.Errorf("%s: %s", name, diff)
			}
		}
		if len(got) != 12 {
			s.Errorf("got the keys of %v, want the twelve", got)
		}
	})
}
