package deployment_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/google/go-cmp/cmp"

	"log-group-kms/internal/awsfake"
	"log-group-kms/internal/deployment"
	"log-group-kms/internal/failure"
	"log-group-kms/internal/target"
)

const (
	own    = "111122223333"
	region = "eu-west-1"
)

func config(world *awsfake.World) aws.Config {
	return aws.Config{
		Region: region, HTTPClient: world.Client(), Credentials: credentials.NewStaticCredentialsProvider("AKIAEXAMPLE", "secret", ""),
		Retryer: func() aws.Retryer { return aws.NopRetryer{} },
	}
}

// newWorld makes a World with a stack whose resources take several pages.
func newWorld() *awsfake.World {
	world := awsfake.New(own)
	stack := awsfake.Stack{
		Name: "keys", Region: region, Status: "UPDATE_COMPLETE", Parameters: map[string]string{"SweepMaxAgeHours": "26", "CreateAlarms": "false"},
		Outputs: map[string]string{
			"EventFunctionName": "by-output", "SweepStateMachineArn": awsfake.StateMachineARN(own, region, "by-output"),
			"EventQueueUrl": "https://events", "DeadLetterQueueUrl": "https://dead",
		},
		Resources: []awsfake.Resource{
			{LogicalID: "Zeta", Is: awsfake.Rule{Name: "z"}}, {LogicalID: "Alpha", Is: awsfake.Rule{Name: "a", Bus: "hub"}},
			{LogicalID: "OtherStateMachine", Is: awsfake.StateMachine{Name: "other"}},
		},
	}
	for i := range 120 {
		stack.Resources = append(stack.Resources, awsfake.Resource{LogicalID: fmt.Sprint("Any", i), Is: awsfake.OtherResource{Type: "AWS::IAM::Policy", PhysicalID: fmt.Sprint("policy-", i)}})
	}
	stack.Resources = append(stack.Resources,
		awsfake.Resource{LogicalID: "SweepStateMachine", Is: awsfake.StateMachine{Name: "sweep"}},
		awsfake.Resource{LogicalID: "EventQueue", Is: awsfake.Queue{Name: "events"}},
		awsfake.Resource{LogicalID: "Any", Is: awsfake.Alarm{Name: "keys-Any", Composite: true}},
		awsfake.Resource{LogicalID: "Open", Is: awsfake.Alarm{Name: "keys-Open"}},
		awsfake.Resource{LogicalID: "EventFunction", Is: awsfake.Function{Name: "function"}},
	)
	world.DeployStack(stack)
	return world
}

// parts are all that a stack says of itself.
type parts struct {
	Scope                     target.Scope
	Status, StateMachine      string
	Functions, Queues, Alarms []string
	Rules                     []deployment.Rule
	SweepMaxAge               time.Duration
	WantsAlarms               bool
}

func partsOf(s deployment.Stack) parts {
	return parts{s.Scope, s.Status, s.StateMachine(), s.Functions(), s.Queues(), s.Alarms(), s.Rules(), s.SweepMaxAge(), s.WantsAlarms()}
}

func TestFind(t *testing.T) {
	world := newWorld()
	found, err := deployment.Find(t.Context(), cloudformation.NewFromConfig(config(world)), "keys")
	if err != nil {
		t.Fatal(err)
	}
	want := parts{
		Scope: target.Scope{Partition: "aws", Account: own, Region: region}, Status: "UPDATE_COMPLETE",
		StateMachine: awsfake.StateMachineARN(own, region, "sweep"), Functions: []string{"function"},
		Queues: []string{awsfake.QueueURL(own, region, "events")}, Alarms: []string{"keys-Any", "keys-Open"},
		Rules: []deployment.Rule{{"Alpha", "a", "hub"}, {"Zeta", "z", ""}}, SweepMaxAge: 26 * time.Hour,
	}
	if diff := cmp.Diff(want, partsOf(found)); diff != "" {
		t.Error(diff)
	}
	for arn, has := range map[string]bool{
		awsfake.QueueARN(own, region, "events"): true, awsfake.FunctionARN(own, region, "function"): true, awsfake.StateMachineARN(own, region, "sweep"): true,
		awsfake.QueueARN(own, region, "other-events"): false, awsfake.FunctionARN(own, region, "f"): false, "": false,
	} {
		if found.Has(arn) != has {
			t.Errorf("%q: got %v, want %v", arn, !has, has)
		}
	}
}

// Whoever may not list the resources still has what the outputs name.
func TestFindByOutputs(t *testing.T) {
	world := newWorld()
	world.DenyAction("", "cloudformation:ListStackResources", true)
	found, err := deployment.Find(t.Context(), cloudformation.NewFromConfig(config(world)), "keys")
	if err != nil || failure.TypeOf(found.Unlisted) != failure.AccessDenied {
		t.Fatalf("got %v, and %v of the resources, want the stack and a denial", err, found.Unlisted)
	}
	got := partsOf(found)
	if got.StateMachine != awsfake.StateMachineARN(own, region, "by-output") || !cmp.Equal(got.Functions, []string{"by-output"}) || !cmp.Equal(got.Queues, []string{"https://events", "https://dead"}) {
		t.Errorf("got %+v, want what the outputs name", got)
	}
}

func TestDefaults(t *testing.T) {
	for text, want := range map[string]time.Duration{"": 3 * time.Hour, "x": 3 * time.Hour, "0": 3 * time.Hour, "1": time.Hour} {
		s := deployment.Stack{Parameters: map[string]string{"SweepMaxAgeHours": text}}
		if got := s.SweepMaxAge(); got != want || !s.WantsAlarms() {
			t.Errorf("%q: got %v, and alarms wanted %v, want %v and true", text, got, s.WantsAlarms(), want)
		}
	}
}

// What a function says of its trouble is repeated, but not without end.
func TestAsk(t *testing.T) {
	for _, test := range []struct {
		name    string
		invoked awsfake.Invoked
		says    string
	}{
		{"well", awsfake.Invoked{Payload: []byte(`{"action":"check","account":"111122223333","checks":[]}`)}, ""},
		{"its own error", awsfake.Invoked{Failed: true, Payload: []byte(`{"errorType":"AccessDenied","errorMessage":"no"}`)}, "it failed: AccessDenied: no."},
		{"Lambda's error", awsfake.Invoked{Failed: true, Payload: []byte(`{"errorMessage":"Task timed out"}`)}, "it failed: Task timed out."},
		{"no document", awsfake.Invoked{Failed: true, Payload: []byte(`oops`)}, "it failed: oops."},
		{"a long one", awsfake.Invoked{Failed: true, Payload: []byte(`{"errorType":"E","errorMessage":"` + strings.Repeat("x", 5000) + `"}`)}, strings.Repeat("x", 990) + "…"},
		{"another action's answer", awsfake.Invoked{Payload: []byte(`{"action":"sweep"}`)}, "none of a check"},
	} {
		t.Run(test.name, func(t *testing.T) {
			world := awsfake.New(own)
			world.DeployStack(awsfake.Stack{Name: "s", Region: region, Resources: []awsfake.Resource{{LogicalID: "F", Is: awsfake.Function{
				Name: "f", Answer: func(context.Context, []byte) (awsfake.Invoked, error) { return test.invoked, nil },
			}}}})
			answer, err := deployment.Ask(t.Context(), lambda.NewFromConfig(config(world)), "f")
			switch {
			case test.says == "" && (err != nil || answer.Account != own):
				t.Errorf("got %+v, %v, want the answer", answer, err)
			case test.says != "" && (err == nil || !strings.Contains(err.Error(), test.says) || len(err.Error()) > 1500):
				t.Errorf("got %v, want %q in it, and no more than a screen", err, test.says)
			}
		})
	}
}
