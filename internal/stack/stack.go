// Package stack finds a deployed stack of this program and asks its function to look at
// itself, so that a person's machine need not guess the configuration.
package stack

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/lambda"

	"log-group-kms/internal/awserr"
	"log-group-kms/internal/check"
	"log-group-kms/internal/failure"
)

// Outputs of the stack, as the template names them.
const (
	EventFunctionName = "EventFunctionName"
	SweepFunctionName = "SweepFunctionName"
)

// Stack is a deployed stack.
type Stack struct {
	Name       string
	ID         string
	Status     string
	Created    time.Time
	Region     string
	Parameters map[string]string
	Outputs    map[string]string
}

// Output gives an output of the stack.
func (s *Stack) Output(name string) (string, error) {
	if value := s.Outputs[name]; value != "" {
		return value, nil
	}
	return "", &failure.Error{
		Type: failure.Unexpected, Doing: "reading stack " + s.Name, Err: fmt.Errorf("it has no output %s, and its status is %s", name, s.Status),
		Advice: "Look whether it is a stack of log-group-kms that was deployed to its end, and update it if it is an older one.",
	}
}

// CloudFormationAPI is what it takes to find a stack.
type CloudFormationAPI interface {
	DescribeStacks(context.Context, *cloudformation.DescribeStacksInput, ...func(*cloudformation.Options)) (*cloudformation.DescribeStacksOutput, error)
}

// Find finds a stack by its name or ARN. Its error is a *failure.Error.
func Find(ctx context.Context, api CloudFormationAPI, name, region string) (Stack, error) {
	var attempts awserr.Attempts
	out, err := api.DescribeStacks(ctx, &cloudformation.DescribeStacksInput{StackName: aws.String(name)}, func(o *cloudformation.Options) {
		o.APIOptions = append(o.APIOptions, attempts.Watch)
	})
	doing := "DescribeStacks to find stack " + name + " in Region " + region
	if err != nil {
		failed := attempts.Failure(ctx, doing, err)
		switch {
		case awserr.Code(err) == "ValidationError" && strings.Contains(err.Error(), "does not exist"):
			failed.Advice = "Look at the stack's name, and give the Region that it is deployed in with --region."
		case failed.Type == failure.AccessDenied:
			failed.Advice = "Ask for cloudformation:DescribeStacks, or leave --stack out and set the configuration in the environment."
		}
		return Stack{}, failed
	}
	if len(out.Stacks) != 1 {
		return Stack{}, &failure.Error{Type: failure.Unexpected, Doing: doing, Err: fmt.Errorf("AWS answered with %d stacks", len(out.Stacks))}
	}
	found := out.Stacks[0]
	s := Stack{
		Name: aws.ToString(found.StackName), ID: aws.ToString(found.StackId), Status: string(found.StackStatus), Region: region,
		Created:    aws.ToTime(found.CreationTime),
		Parameters: make(map[string]string), Outputs: make(map[string]string),
	}
	for _, p := range found.Parameters {
		s.Parameters[aws.ToString(p.ParameterKey)] = aws.ToString(p.ParameterValue)
	}
	for _, o := range found.Outputs {
		s.Outputs[aws.ToString(o.OutputKey)] = aws.ToString(o.OutputValue)
	}
	return s, nil
}

// LambdaAPI is what it takes to ask a function.
type LambdaAPI interface {
	Invoke(context.Context, *lambda.InvokeInput, ...func(*lambda.Options)) (*lambda.InvokeOutput, error)
}

// Patience is how long a function may take to look at itself, a cold start included.
const Patience = 30 * time.Second

// Check has the stack's function look at itself, and change nothing. It asks the
// function for events: of the one for sweeps there is one copy only, and a sweep may
// keep that busy for minutes. Its error is a *failure.Error.
func Check(ctx context.Context, api LambdaAPI, s Stack) (check.Answer, error) {
	function, err := s.Output(EventFunctionName)
	if err != nil {
		return check.Answer{}, err
	}
	return CheckFunction(ctx, api, function)
}

// CheckFunction has one function look at itself, and change nothing. Its error is a
// *failure.Error.
func CheckFunction(ctx context.Context, api LambdaAPI, function string) (check.Answer, error) {
	var a check.Answer
	doing := "Invoke of function " + function + " to ask for its configuration"
	limited, cancel := context.WithTimeout(ctx, Patience)
	defer cancel()
	var attempts awserr.Attempts
	out, err := api.Invoke(limited, &lambda.InvokeInput{FunctionName: aws.String(function), Payload: []byte(`{"action":"check"}`)}, func(o *lambda.Options) {
		o.APIOptions = append(o.APIOptions, attempts.Watch)
	})
	if err != nil {
		failed := attempts.Failure(limited, doing, err)
		switch {
		case failed.Type == failure.AccessDenied:
			failed.Advice = "Ask for lambda:InvokeFunction, or leave --stack out and set the configuration in the environment."
		case awserr.Code(err) == "ResourceNotFoundException":
			failed.Advice = "Look whether the stack is being deleted; if not, deploy it again."
		case failed.OutOfTime && ctx.Err() == nil:
			failed.Err = fmt.Errorf("it did not answer within %v: %w", Patience, failed.Err)
			failed.Advice = "Look at the function's log, and try again."
		}
		return a, failed
	}
	if out.FunctionError != nil {
		why := reason(out.Payload)
		advice := "Look at the function's log; update the stack if it is an older one, which does not know the action check."
		if strings.HasPrefix(why, "InvalidConfiguration: ") { // it does not start; see cmd/handler
			advice = "Correct the stack's parameters or rules and deploy again: docs/operations.md#does-not-start."
		}
		return a, &failure.Error{Type: failure.Unexpected, Doing: doing, Err: errors.New("it failed: " + why), Advice: advice}
	}
	if err := json.Unmarshal(out.Payload, &a); err != nil || a.Action != "check" || a.Configuration == nil {
		return a, &failure.Error{
			Type: failure.Unexpected, Doing: doing, Err: errors.New("its answer is not that of a check"),
			Advice: "Look whether it is a stack of log-group-kms, and update it if it is an older one.",
		}
	}
	return a, nil
}

// reason reads the error that Lambda reports of a function.
func reason(payload []byte) string {
	var document struct{ ErrorType, ErrorMessage string }
	if err := json.Unmarshal(payload, &document); err != nil || document.ErrorMessage == "" {
		return "Lambda does not say why"
	}
	return document.ErrorType + ": " + document.ErrorMessage
}
