package awserr_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/ratelimit"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/smithy-go/middleware"
	"github.com/google/go-cmp/cmp"

	"log-group-kms/internal/awserr"
	"log-group-kms/internal/awsfake"
	"log-group-kms/internal/failure"
)

const doing = "associating key K with log group /app of account 111122223333, Region eu-west-1"

// associate makes one AssociateKmsKey that repeats conflicts as long as the
// deadline allows, and gives the failure.
func associate(t *testing.T, deadline time.Duration, faults ...awsfake.Fault) (*failure.Error, *awserr.Attempts) {
	t.Helper()
	world := awsfake.New(account)
	world.PutLogGroup("", region, awsfake.LogGroup{Name: "/app"})
	for _, f := range faults {
		world.Inject(f)
	}
	api := cloudwatchlogs.New(cloudwatchlogs.Options{
		Region: region, HTTPClient: world.Client(), Credentials: caller,
		Retryer: retry.AddWithErrorCodes(retry.NewStandard(func(o *retry.StandardOptions) {
			o.MaxAttempts, o.RateLimiter, o.MaxBackoff = 1000, ratelimit.None, 5*time.Second
		}), "OperationAbortedException"),
	})
	ctx, cancel := context.WithTimeout(t.Context(), deadline)
	defer cancel()
	var attempts awserr.Attempts
	_, err := api.AssociateKmsKey(ctx, &cloudwatchlogs.AssociateKmsKeyInput{
		KmsKeyId: aws.String(world.AddKey(awsfake.Key{Region: region})), LogGroupName: aws.String("/app"),
	}, func(o *cloudwatchlogs.Options) { o.APIOptions = append(o.APIOptions, attempts.Watch) })
	if err == nil {
		return nil, &attempts
	}
	if sent := world.CountCalls("AssociateKmsKey"); attempts.Sent() != sent {
		t.Errorf("got %d attempts counted, want the %d that arrived", attempts.Sent(), sent)
	}
	return attempts.Failure(ctx, doing, err), &attempts
}

// Every request counts, repeated ones included: the answer and the metric tell
// how much of AWS's fixed quota was used.
func TestSentCountsEveryRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		failed, attempts := associate(t, time.Minute, awsfake.Fault{Kind: awsfake.Conflict, Times: 4})
		if failed != nil || attempts.Sent() != 5 {
			t.Errorf("got %d requests and failure %v, want 5 and none", attempts.Sent(), failed)
		}
	})
}

// The SDK forgets what AWS last said when the context ends. The operator needs
// it: a conflict is other trouble than a service that does not answer.
func TestLastAnswerOutlivesTheDeadline(t *testing.T) {
	for name, test := range map[string]struct {
		faults []awsfake.Fault
		want   failure.Type
		text   string
	}{
		"in the back-off after conflicts": {
			[]awsfake.Fault{{Kind: awsfake.Conflict}}, failure.Conflict,
			"AWS last answered OperationAbortedException: A conflicting operation",
		},
		"in the back-off after throttling": {
			[]awsfake.Fault{{Kind: awsfake.Throttling400}}, failure.Throttled,
			"AWS last answered ThrottlingException: Rate exceeded [HTTP 400",
		},
		"in the back-off after a proxy's page": {
			[]awsfake.Fault{{Kind: awsfake.BadGateway502}}, failure.Unavailable,
			"AWS last answered something that is not AWS's form of error [HTTP 502]",
		},
		"in a request after a conflict": {
			[]awsfake.Fault{{Kind: awsfake.Conflict, Times: 1}, {Kind: awsfake.Hang}}, failure.Conflict,
			"AWS last answered OperationAbortedException",
		},
		"in the first request": {
			[]awsfake.Fault{{Kind: awsfake.Hang}}, failure.Unavailable, "time ran out before AWS answered (1 attempt)",
		},
		"in a slow answer": {
			[]awsfake.Fault{{Kind: awsfake.Slow, Delay: time.Hour}}, failure.Unavailable, "time ran out before AWS answered",
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				begin := time.Now()
				failed, attempts := associate(t, 20*time.Second, test.faults...)
				if failed == nil {
					t.Fatal("got success, want a failure")
				}
				if took := time.Since(begin); took > 20*time.Second {
					t.Errorf("got an answer after %v, want it by the deadline", took)
				}
				if failed.Type != test.want || !failed.OutOfTime || failed.Attempts != attempts.Sent() {
					t.Errorf("got type %s, out of time %t, %d attempts; want %s, true, %d",
						failed.Type, failed.OutOfTime, failed.Attempts, test.want, attempts.Sent())
				}
				if !strings.Contains(failed.Error(), test.text) || !strings.HasPrefix(failed.Error(), doing+": time ran out") {
					t.Errorf("got %q, want %q in it", failed, test.text)
				}
			})
		})
	}
}

// A request that got no answer at all, because the client gave up on it, the
// connection broke or nobody listened, says nothing that could take the place of
// what AWS last answered.
func TestLostAnswersDoNotReplaceTheLast(t *testing.T) {
	for name, lost := range map[string]error{
		"client's timeout":   &url.Error{Op: "Post", URL: "https://logs", Err: context.DeadlineExceeded},
		"connection refused": refused,
		"connection reset":   &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				answers := turns{coded(400, "OperationAbortedException", "A conflicting operation is in progress."), reply{err: lost}}
				api := cloudwatchlogs.New(cloudwatchlogs.Options{
					Region: region, HTTPClient: &answers, Credentials: caller,
					Retryer: retry.AddWithMaxAttempts(retry.AddWithErrorCodes(retry.NewStandard(func(o *retry.StandardOptions) {
						o.RateLimiter = ratelimit.None
						o.Retryables = append([]retry.IsErrorRetryable{always{}}, o.Retryables...)
					}), "OperationAbortedException"), 1000),
				})
				ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
				defer cancel()
				var attempts awserr.Attempts
				_, err := api.AssociateKmsKey(ctx, &cloudwatchlogs.AssociateKmsKeyInput{
					KmsKeyId: aws.String("k"), LogGroupName: aws.String("/app"),
				}, func(o *cloudwatchlogs.Options) { o.APIOptions = append(o.APIOptions, attempts.Watch) })
				failed := attempts.Failure(ctx, doing, err)
				if attempts.Sent() < 3 || !failed.OutOfTime {
					t.Fatalf("got %d requests and out of time %t, want several, the last ones lost, until time ran out", attempts.Sent(), failed.OutOfTime)
				}
				if failed.Type != failure.Conflict || !strings.Contains(failed.Error(), "AWS last answered OperationAbortedException: A conflicting operation") {
					t.Errorf("got %s: %v; want Conflict and AWS's words", failed.Type, failed)
				}
			})
		})
	}
}

// Where nothing listens, the network's own words are what helps, and neither the
// SDK's account of how it came by them nor an HTTP status that nobody sent.
func TestUnreachable(t *testing.T) {
	var attempts awserr.Attempts
	err := reply{err: refused}.fromLogs(t, func(o *cloudwatchlogs.Options) { o.APIOptions = append(o.APIOptions, attempts.Watch) })
	failed := attempts.Failure(t.Context(), doing, err)
	if failed.Type != failure.Unavailable {
		t.Errorf("got %s, want Unavailable", failed.Type)
	}
	want := doing + ": no answer: dial tcp 127.0.0.1:1: connect: connection refused (1 attempt). " +
		"AWS did not answer as it should; look at the network path and AWS Health if it lasts, it is tried again by Lambda's retry or the next sweep."
	if diff := cmp.Diff(want, failed.Error()); diff != "" {
		t.Errorf("message (-want +got):\n%s", diff)
	}
}

// The message names the action with its ids, AWS's code and text, what AWS
// Support asks for, the attempts, and what to do.
func TestMessage(t *testing.T) {
	for _, test := range []struct {
		reply reply
		want  string
	}{
		{
			coded(400, "AccessDeniedException", textIAM),
			doing + ": AccessDeniedException: " + textIAM + " [HTTP 400, request c80afb02] (1 attempt). " +
				"Allow the call in this function's role, and look for a service control policy that denies it.",
		},
		{
			coded(400, "ValidationError", "The input fails."),
			doing + ": ValidationError: The input fails. [HTTP 400, request c80afb02] (1 attempt). " +
				"Look the code up in the CloudWatch Logs and KMS API references.",
		},
		{
			coded(400, "ValidationError", ""), // for which the SDK makes up a message
			doing + ": ValidationError [HTTP 400, request c80afb02] (1 attempt). " +
				"Look the code up in the CloudWatch Logs and KMS API references.",
		},
		{
			reply{status: 500, body: "<html>secret inner page</html>"},
			doing + ": something that is not AWS's form of error [HTTP 500, request c80afb02] (1 attempt). " +
				"AWS did not answer as it should; look at the network path and AWS Health if it lasts, it is tried again by Lambda's retry or the next sweep.",
		},
	} {
		t.Run(test.want[len(doing)+2:][:24], func(t *testing.T) {
			var attempts awserr.Attempts
			err := test.reply.fromLogs(t, func(o *cloudwatchlogs.Options) { o.APIOptions = append(o.APIOptions, attempts.Watch) })
			if diff := cmp.Diff(test.want, attempts.Failure(t.Context(), doing, err).Error()); diff != "" {
				t.Errorf("message (-want +got):\n%s", diff)
			}
		})
	}
}

// The chain still holds AWS's error, for whoever asks for the code later.
func TestFailureKeepsTheChain(t *testing.T) {
	var attempts awserr.Attempts
	failed := attempts.Failure(t.Context(), doing, coded(400, "ResourceNotFoundException", "The specified log group does not exist.").fromLogs(t))
	if !awserr.IsNotFound(failed) {
		t.Errorf("got no ResourceNotFoundException in the chain of %v", failed)
	}
}

// A failure that somebody made already knows better, but for what it was needed for.
func TestFailureOfAFailure(t *testing.T) {
	var attempts awserr.Attempts
	for _, test := range []struct{ said, want string }{{"", doing}, {"AssumeRole", "AssumeRole"}} {
		made := &failure.Error{Type: failure.AccessDenied, Doing: test.said, Attempts: 3, Err: errors.New("no role")}
		want := *made
		want.Doing, want.Beforehand = test.want, true
		got := attempts.Failure(t.Context(), doing, fmt.Errorf("around: %w", made))
		if *got != want {
			t.Errorf("got %+v, want %+v", *got, want)
		}
		if made.Doing != test.said {
			t.Errorf("got %q in the failure that others hold as well, want %q", made.Doing, test.said)
		}
	}
}

// paced refuses the n-th request and all that follow, as a pacer does.
func paced(n int) func(*middleware.Stack) error {
	return func(stack *middleware.Stack) error {
		return stack.Finalize.Insert(middleware.FinalizeMiddlewareFunc("RefuseTurn",
			func(ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler) (
				middleware.FinalizeOutput, middleware.Metadata, error,
			) {
				if n--; n < 0 {
					return middleware.FinalizeOutput{}, middleware.Metadata{}, &awserr.Paced{Setting: "RATE"}
				}
				return next.HandleFinalize(ctx, in)
			}), "Retry", middleware.After)
	}
}

// Where this program's own rate left no turn, that is what the failure says,
// unless AWS has answered before.
func TestPaced(t *testing.T) {
	for _, test := range []struct {
		name     string
		turns    int
		want     failure.Type
		attempts int
		text     string
		omits    string
	}{
		// AWS has not throttled, so a lower rate would only make it worse.
		{"no turn at all", 0, failure.Throttled, 0, "own rate limit (RATE)", "lower"},
		{"a turn and a conflict before", 1, failure.Conflict, 1, "AWS last answered OperationAbortedException", "RATE"},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				world := awsfake.New(account)
				world.Inject(awsfake.Fault{Kind: awsfake.Conflict})
				api := cloudwatchlogs.New(cloudwatchlogs.Options{
					Region: region, HTTPClient: world.Client(), Credentials: caller,
					Retryer: retry.AddWithErrorCodes(retry.NewStandard(), "OperationAbortedException"),
				})
				var attempts awserr.Attempts
				_, err := api.AssociateKmsKey(t.Context(), &cloudwatchlogs.AssociateKmsKeyInput{
					KmsKeyId: aws.String("k"), LogGroupName: aws.String("/app"),
				}, func(o *cloudwatchlogs.Options) {
					o.APIOptions = append(o.APIOptions, attempts.Watch, paced(test.turns))
				})
				failed := attempts.Failure(t.Context(), doing, err)
				if failed.Type != test.want || !failed.OutOfTime || failed.Attempts != test.attempts {
					t.Errorf("got %s, out of time %t, %d attempts; want %s, true, %d",
						failed.Type, failed.OutOfTime, failed.Attempts, test.want, test.attempts)
				}
				if !strings.Contains(failed.Error(), test.text) || strings.Contains(failed.Error(), test.omits) {
					t.Errorf("got %q, want %q in it, and not %q", failed, test.text, test.omits)
				}
			})
		})
	}
}
