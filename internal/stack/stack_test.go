package stack

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	cfntypes "github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/smithy-go"

	"log-group-kms/internal/failure"
)

// deployed stands in for CloudFormation and Lambda.
type deployed struct {
	stacks  []cfntypes.Stack
	payload string
	failed  bool // whether the function failed
	hangs   bool
	err     error

	asked string // function and payload
}

func (d *deployed) DescribeStacks(context.Context, *cloudformation.DescribeStacksInput, ...func(*cloudformation.Options)) (*cloudformation.DescribeStacksOutput, error) {
	return &cloudformation.DescribeStacksOutput{Stacks: d.stacks}, d.err
}

func (d *deployed) Invoke(ctx context.Context, in *lambda.InvokeInput, _ ...func(*lambda.Options)) (*lambda.InvokeOutput, error) {
	d.asked = aws.ToString(in.FunctionName) + " " + string(in.Payload)
	if d.hangs {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	if d.err != nil {
		return nil, d.err
	}
	out := &lambda.InvokeOutput{StatusCode: 200, Payload: []byte(d.payload)}
	if d.failed {
		out.FunctionError = aws.String("Unhandled")
	}
	return out, nil
}

func apiError(code, message string) error {
	return &smithy.GenericAPIError{Code: code, Message: message}
}

var outputs = []cfntypes.Output{
	{OutputKey: aws.String(EventFunctionName), OutputValue: aws.String("events-1")},
	{OutputKey: aws.String(SweepFunctionName), OutputValue: aws.String("sweeps-1")},
}

func TestFind(t *testing.T) {
	api := &deployed{stacks: []cfntypes.Stack{{
		StackName: aws.String("s"), StackId: aws.String("arn:s"), StackStatus: "UPDATE_COMPLETE", Outputs: outputs,
		Parameters: []cfntypes.Parameter{{ParameterKey: aws.String("DryRun"), ParameterValue: aws.String("false")}},
	}}}
	s, err := Find(t.Context(), api, "s", "eu-west-1")
	if err != nil {
		t.Fatal(err)
	}
	if name, err := s.Output(SweepFunctionName); name != "sweeps-1" || err != nil || s.Status != "UPDATE_COMPLETE" || s.Parameters["DryRun"] != "false" || s.Region != "eu-west-1" {
		t.Errorf("got %+v, %q, %v, want the whole stack", s, name, err)
	}
	if _, err := s.Output("None"); err == nil || !strings.Contains(err.Error(), "it has no output None") {
		t.Errorf("got %v, want that there is none", err)
	}
}

// Each trouble says what to do about it.
func TestFindFails(t *testing.T) {
	for _, test := range []struct {
		name string
		api  *deployed
		want string
	}{
		{"no such stack", &deployed{err: apiError("ValidationError", "Stack with id s does not exist")}, "Look at the stack's name, and give the Region"},
		{"denied", &deployed{err: apiError("AccessDenied", "User: x is not authorized to perform: cloudformation:DescribeStacks")}, "Ask for cloudformation:DescribeStacks"},
		{"no answer", &deployed{err: errors.New("connection refused")}, "DescribeStacks to find stack s in Region eu-west-1"},
		{"an empty answer", &deployed{}, "AWS answered with 0 stacks"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := Find(t.Context(), test.api, "s", "eu-west-1")
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q in it", err, test.want)
			}
		})
	}
}

func find(t *testing.T, outputs ...cfntypes.Output) Stack {
	t.Helper()
	s, err := Find(t.Context(), &deployed{stacks: []cfntypes.Stack{{StackName: aws.String("s"), StackStatus: "UPDATE_COMPLETE", Outputs: outputs}}}, "s", "eu-west-1")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// The function for events is asked: the one for sweeps may be busy.
func TestCheck(t *testing.T) {
	api := &deployed{payload: `{"action":"check","version":"9.9","configuration":{"DEFAULT_KMS_KEY":"alias/logs","KMS_KEY_TAG":""}}`}
	a, err := Check(t.Context(), api, find(t, outputs...))
	if err != nil {
		t.Fatal(err)
	}
	if tag, set := a.Configuration["KMS_KEY_TAG"]; a.Configuration["DEFAULT_KMS_KEY"] != "alias/logs" || tag != "" || !set {
		t.Errorf("got %v, want the configuration as it is, empty values included", a.Configuration)
	}
	if want := `events-1 {"action":"check"}`; api.asked != want {
		t.Errorf("got %s asked, want %s", api.asked, want)
	}
}

func TestCheckFails(t *testing.T) {
	for _, test := range []struct {
		name    string
		outputs []cfntypes.Output
		api     *deployed
		want    []string
	}{
		{"another stack", nil, &deployed{}, []string{"it has no output EventFunctionName, and its status is UPDATE_COMPLETE", "Look whether it is a stack of log-group-kms"}},
		{"denied", outputs, &deployed{err: apiError("AccessDeniedException", "User: x is not authorized to perform: lambda:InvokeFunction")}, []string{"Invoke of function events-1", "Ask for lambda:InvokeFunction"}},
		{"the function fails", outputs, &deployed{failed: true, payload: `{"errorType":"InvalidEvent","errorMessage":"action: \"check\" is unknown"}`}, []string{`it failed: InvalidEvent: action: "check" is unknown`, "update the stack"}},
		{"the function does not start", outputs, &deployed{failed: true, payload: `{"errorType":"InvalidConfiguration","errorMessage":"the configuration has 1 fault"}`}, []string{"the configuration has 1 fault", "docs/operations.md#does-not-start"}},
		{"the function fails without a word", outputs, &deployed{failed: true, payload: `null`}, []string{"Lambda does not say why"}},
		{"not JSON", outputs, &deployed{payload: `<html>`}, []string{"its answer is not that of a check"}},
		{"a function that is gone", outputs, &deployed{err: apiError("ResourceNotFoundException", "Function not found")}, []string{"Function not found", "Look whether the stack is being deleted"}},
		{"no configuration", outputs, &deployed{payload: `{"action":"check","checks":[]}`}, []string{"its answer is not that of a check"}},
		{"another answer", outputs, &deployed{payload: `{"action":"sweep"}`}, []string{"its answer is not that of a check"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := Check(t.Context(), test.api, find(t, test.outputs...))
			for _, want := range test.want {
				if err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("got %v, want %q in it", err, want)
				}
			}
		})
	}
}

// A function that does not answer is waited for, but not for ever.
func TestCheckHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		_, err := Check(t.Context(), &deployed{hangs: true}, find(t, outputs...))
		if err == nil || !strings.Contains(err.Error(), "it did not answer within 30s") || failure.TypeOf(err) != failure.Unavailable {
			t.Errorf("got %v, want that it did not answer", err)
		}
		if took := time.Since(began); took != Patience {
			t.Errorf("got the error after %v, want %v", took, Patience)
		}
	})
}
