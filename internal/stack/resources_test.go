package stack_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/google/go-cmp/cmp"

	"log-group-kms/internal/awsfake"
	"log-group-kms/internal/failure"
	"log-group-kms/internal/stack"
	"log-group-kms/internal/target"
)

const (
	ownAccount = "111122223333"
	ownRegion  = "eu-west-1"
)

// longStack makes a World with a stack whose resources take several pages, and finds it.
func longStack(t *testing.T) (*awsfake.World, *cloudformation.Client, stack.Stack) {
	t.Helper()
	world := awsfake.New(ownAccount)
	deployed := awsfake.Stack{
		Name: "keys", Region: ownRegion, Status: "UPDATE_COMPLETE", Parameters: map[string]string{"SweepMaxAgeHours": "26", "CreateAlarms": "false"},
		Outputs: map[string]string{
			"EventFunctionName": "by-output", "SweepStateMachineArn": awsfake.StateMachineARN(ownAccount, ownRegion, "by-output"),
			"EventQueueUrl": "https://events", "DeadLetterQueueUrl": "https://dead",
		},
		Resources: []awsfake.Resource{
			{LogicalID: "Zeta", Is: awsfake.Rule{Name: "z"}}, {LogicalID: "Alpha", Is: awsfake.Rule{Name: "a", Bus: "hub"}},
			{LogicalID: "OtherStateMachine", Is: awsfake.StateMachine{Name: "other"}},
		},
	}
	for i := range 120 {
		deployed.Resources = append(deployed.Resources, awsfake.Resource{LogicalID: fmt.Sprint("Any", i), Is: awsfake.OtherResource{Type: "AWS::IAM::Policy", PhysicalID: fmt.Sprint("policy-", i)}})
	}
	deployed.Resources = append(deployed.Resources,
		awsfake.Resource{LogicalID: "SweepStateMachine", Is: awsfake.StateMachine{Name: "sweep"}},
		awsfake.Resource{LogicalID: "EventQueue", Is: awsfake.Queue{Name: "events"}},
		awsfake.Resource{LogicalID: "Any", Is: awsfake.Alarm{Name: "keys-Any", Composite: true}},
		awsfake.Resource{LogicalID: "Open", Is: awsfake.Alarm{Name: "keys-Open"}},
		awsfake.Resource{LogicalID: "EventFunction", Is: awsfake.Function{Name: "function"}},
	)
	world.DeployStack(deployed)
	client := cloudformation.NewFromConfig(aws.Config{
		Region: ownRegion, HTTPClient: world.Client(), Credentials: credentials.NewStaticCredentialsProvider("AKIAEXAMPLE", "secret", ""),
		Retryer: func() aws.Retryer { return aws.NopRetryer{} },
	})
	found, err := stack.Find(t.Context(), client, "keys", ownRegion)
	if err != nil {
		t.Fatal(err)
	}
	return world, client, found
}

func TestList(t *testing.T) {
	_, client, s := longStack(t)
	r, err := s.List(t.Context(), client)
	if err != nil {
		t.Fatal(err)
	}
	type parts struct {
		StateMachine              string
		Functions, Queues, Alarms []string
		Rules                     []stack.Rule
	}
	want := parts{
		StateMachine: awsfake.StateMachineARN(ownAccount, ownRegion, "sweep"), Functions: []string{"function"},
		Queues: []string{awsfake.QueueURL(ownAccount, ownRegion, "events")}, Alarms: []string{"keys-Any", "keys-Open"},
		Rules: []stack.Rule{{LogicalID: "Alpha", Name: "a", Bus: "hub"}, {LogicalID: "Zeta", Name: "z"}},
	}
	if diff := cmp.Diff(want, parts{r.StateMachine(), r.Functions(), r.Queues(), r.Alarms(), r.Rules()}); diff != "" {
		t.Error(diff)
	}
	for arn, has := range map[string]bool{
		awsfake.QueueARN(ownAccount, ownRegion, "events"): true, awsfake.FunctionARN(ownAccount, ownRegion, "function"): true,
		awsfake.StateMachineARN(ownAccount, ownRegion, "sweep"): true, awsfake.QueueARN(ownAccount, ownRegion, "other-events"): false,
		awsfake.FunctionARN(ownAccount, ownRegion, "f"): false, "": false,
	} {
		if r.Has(arn) != has {
			t.Errorf("%q: got %v, want %v", arn, !has, has)
		}
	}
}

// Whoever may not list the resources still has what the outputs name.
func TestListByOutputs(t *testing.T) {
	world, client, s := longStack(t)
	world.DenyAction("", "cloudformation:ListStackResources", true)
	r, err := s.List(t.Context(), client)
	if failure.TypeOf(err) != failure.AccessDenied {
		t.Fatalf("got %v, want a denial", err)
	}
	if r.StateMachine() != awsfake.StateMachineARN(ownAccount, ownRegion, "by-output") || !cmp.Equal(r.Functions(), []string{"by-output"}) ||
		!cmp.Equal(r.Queues(), []string{"https://events", "https://dead"}) {
		t.Errorf("got %+v, want what the outputs name", r)
	}
}

// endless is a CloudFormation whose tokens go in a circle.
type endless struct{ stack.ResourcesAPI }

func (endless) ListStackResources(context.Context, *cloudformation.ListStackResourcesInput, ...func(*cloudformation.Options)) (*cloudformation.ListStackResourcesOutput, error) {
	return &cloudformation.ListStackResourcesOutput{NextToken: aws.String("again")}, nil
}

func TestListEnds(t *testing.T) {
	_, _, s := longStack(t)
	if _, err := s.List(t.Context(), endless{}); err == nil || !strings.Contains(err.Error(), "same tokens") {
		t.Errorf("got %v, want that the tokens repeat", err)
	}
}

func TestParameters(t *testing.T) {
	_, _, s := longStack(t)
	scope, err := s.Scope()
	if want := (target.Scope{Partition: "aws", Account: ownAccount, Region: ownRegion}); err != nil || scope != want {
		t.Errorf("got %v, %v, want %v", scope, err, want)
	}
	if s.SweepMaxAge() != 26*time.Hour || s.WantsAlarms() || s.Created.IsZero() {
		t.Errorf("got %v, alarms wanted %v, made %v", s.SweepMaxAge(), s.WantsAlarms(), s.Created)
	}
	for text, want := range map[string]time.Duration{"": 3 * time.Hour, "x": 3 * time.Hour, "0": 3 * time.Hour, "1": time.Hour} {
		s := stack.Stack{ID: "nonsense", Parameters: map[string]string{"SweepMaxAgeHours": text}}
		if got := s.SweepMaxAge(); got != want || !s.WantsAlarms() {
			t.Errorf("%q: got %v, and alarms wanted %v, want %v and true", text, got, s.WantsAlarms(), want)
		}
		if _, err := s.Scope(); err == nil {
			t.Error("got no complaint about an ID that names no account")
		}
	}
}
