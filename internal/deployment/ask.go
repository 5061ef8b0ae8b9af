package deployment

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"

	"log-group-kms/internal/awserr"
	"log-group-kms/internal/check"
	"log-group-kms/internal/failure"
)

// FunctionsAPI is what is asked of Lambda.
type FunctionsAPI interface {
	Invoke(context.Context, *lambda.InvokeInput, ...func(*lambda.Options)) (*lambda.InvokeOutput, error)
}

// RightToAsk is the right that Ask needs.
const RightToAsk = "lambda:InvokeFunction"

// longestReport is how much of what a function says about its trouble is repeated.
const longestReport = 1000

// Ask lets a function check itself. The error is a *failure.Error, of type AccessDenied
// where the caller may not ask.
func Ask(ctx context.Context, api FunctionsAPI, function string) (check.Answer, error) {
	doing := "Invoke to let function " + function + " check itself"
	var attempts awserr.Attempts
	out, err := api.Invoke(ctx, &lambda.InvokeInput{
		FunctionName: aws.String(function), Payload: []byte(`{"action":"check"}`),
	}, func(o *lambda.Options) { o.APIOptions = append(o.APIOptions, attempts.Watch) })
	if err != nil {
		failed := attempts.Failure(ctx, doing, err)
		failed.Advice = "Try again; if it lasts, look at the function in the console, and at its log."
		if failed.Type == failure.AccessDenied {
			failed.Advice = "Your credentials need the right " + RightToAsk + "."
		}
		return check.Answer{}, failed
	}
	if out.FunctionError != nil {
		return check.Answer{}, &failure.Error{
			Type: failure.Unexpected, Doing: doing, Err: errors.New("it failed: " + report(out.Payload)),
			Advice: "Look at the function's log; after a change of its settings, at what they say of it there.",
		}
	}
	var answer check.Answer
	if err := json.Unmarshal(out.Payload, &answer); err != nil || answer.Action != "check" {
		return check.Answer{}, &failure.Error{
			Type: failure.Unexpected, Doing: doing, Err: errors.New("its answer is none of a check: " + shortened(string(out.Payload))),
			Advice: "Deploy a version of the stack that knows the action check.",
		}
	}
	return answer, nil
}

// report is what Lambda or the function says of its failure.
func report(payload []byte) string {
	var document struct{ ErrorType, ErrorMessage string }
	if json.Unmarshal(payload, &document) != nil || document.ErrorMessage == "" && document.ErrorType == "" {
		return shortened(string(payload))
	}
	return shortened(strings.TrimPrefix(fmt.Sprintf("%s: %s", document.ErrorType, document.ErrorMessage), ": "))
}

func shortened(text string) string {
	if len(text) > longestReport {
		return strings.ToValidUTF8(text[:longestReport], "") + "…"
	}
	return text
}
