package awsfake_test

import (
	"context"
	"errors"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/google/go-cmp/cmp"

	"log-group-kms/internal/awsfake"
)

func putFunction(w *awsfake.World, f awsfake.Function) {
	w.DeployStack(awsfake.Stack{Name: f.Name, Region: region, Resources: []awsfake.Resource{{LogicalID: "F", Is: f}}})
}

// A function may call the World that it is invoked in, and be invoked side by side.
func TestInvoke(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := overSockets(t, w)
	putFunction(w, awsfake.Function{Name: "f", Answer: func(ctx context.Context, payload []byte) (awsfake.Invoked, error) {
		switch string(payload) {
		case `"fail"`:
			return awsfake.Invoked{Payload: []byte(`{"errorType":"Unexpected"}`), Failed: true}, nil
		case `"trouble"`:
			return awsfake.Invoked{}, errors.New("no room")
		}
		if _, err := s.logs().CreateLogGroup(ctx, &cloudwatchlogs.CreateLogGroupInput{LogGroupName: aws.String("/made")}); err != nil {
			return awsfake.Invoked{}, err
		}
		return awsfake.Invoked{Payload: payload}, nil
	}})
	client := lambda.NewFromConfig(s.config())
	type invoked struct {
		Payload, FunctionError string
		Status                 int32
		Code                   string
	}
	for _, tt := range []struct {
		name, payload string
		want          invoked
	}{
		{"f", `{"a":1}`, invoked{`{"a":1}`, "", 200, ""}},
		{awsfake.FunctionARN(account, region, "f"), `"fail"`, invoked{`{"errorType":"Unexpected"}`, "Unhandled", 200, ""}},
		{"f", `"trouble"`, invoked{"", "", 0, "ServiceException"}},
		{"g", `{}`, invoked{"", "", 0, "ResourceNotFoundException"}},
		{awsfake.FunctionARN(account, "us-east-1", "f"), `{}`, invoked{"", "", 0, "ResourceNotFoundException"}},
	} {
		out, err := client.Invoke(t.Context(), &lambda.InvokeInput{FunctionName: &tt.name, Payload: []byte(tt.payload)})
		got := invoked{Code: errorOf(err).Code}
		if err == nil {
			got = invoked{string(out.Payload), aws.ToString(out.FunctionError), out.StatusCode, ""}
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s of %s: %s", tt.payload, tt.name, diff)
		}
	}
	if _, made := w.LogGroup("", region, "/made"); !made {
		t.Error("the function's own call is missing")
	}
	out, err := client.Invoke(t.Context(), &lambda.InvokeInput{FunctionName: aws.String("f"), InvocationType: types.InvocationTypeDryRun})
	if must(t, err); out.StatusCode != 204 {
		t.Errorf("got status %d for a dry run, want 204", out.StatusCode)
	}
	w.DenyAction("", "lambda:InvokeFunction", true)
	_, err = client.Invoke(t.Context(), &lambda.InvokeInput{FunctionName: aws.String("f")})
	want := apiError{"AccessDeniedException", "User: arn:aws:iam::111122223333:user/local is not authorized to perform: lambda:InvokeFunction on resource: " +
		"arn:aws:lambda:eu-west-1:111122223333:function:f because no identity-based policy allows the lambda:InvokeFunction action"}
	if diff := cmp.Diff(want, errorOf(err)); diff != "" {
		t.Error(diff)
	}
}

func TestFunctionConfiguration(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	putFunction(w, awsfake.Function{Name: "f", Environment: map[string]string{"EXCLUDE": "/tmp/*"}})
	client := lambda.NewFromConfig(inMemory(w).config())
	out, err := client.GetFunctionConfiguration(t.Context(), &lambda.GetFunctionConfigurationInput{FunctionName: aws.String("f")})
	must(t, err)
	if *out.FunctionArn != awsfake.FunctionARN(account, region, "f") || out.Environment.Variables["EXCLUDE"] != "/tmp/*" || *out.LoggingConfig.LogGroup != "/aws/lambda/f" {
		t.Errorf("got %+v, want the function as it was put", out)
	}
}

// Faults come in the form of each protocol.
func TestFaultsOfLambda(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	putFunction(w, awsfake.Function{Name: "f"})
	client := lambda.NewFromConfig(inMemory(w).config())
	for kind, want := range map[awsfake.FaultKind]string{
		awsfake.Throttling400: "TooManyRequestsException", awsfake.ExpiredToken: "ExpiredTokenException", awsfake.InternalFailure500: "InternalFailure",
	} {
		remove := w.Inject(awsfake.Fault{Operation: "GetFunctionConfiguration", Resource: "f", Kind: kind})
		_, err := client.GetFunctionConfiguration(t.Context(), &lambda.GetFunctionConfigurationInput{FunctionName: aws.String("f")})
		if got := errorOf(err).Code; got != want {
			t.Errorf("%s: got %q, want %q", kind, got, want)
		}
		remove()
	}
}
