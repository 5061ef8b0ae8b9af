package awsfake_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/google/go-cmp/cmp"

	"log-group-kms/internal/awsfake"
)

// overSockets serves the World on a port.
func overSockets(t *testing.T, w *awsfake.World) site {
	t.Helper()
	server := httptest.NewServer(w)
	t.Cleanup(server.Close)
	client := &http.Client{Transport: &http.Transport{}}
	t.Cleanup(client.CloseIdleConnections)
	return site{http: client, endpoint: server.URL, region: region, keyID: "AKIAEXAMPLE"}
}

// withGroup returns a World with a log group and a key for it.
func withGroup(t *testing.T) (w *awsfake.World, associate *cloudwatchlogs.AssociateKmsKeyInput) {
	t.Helper()
	w = newWorld(t)
	w.PutLogGroup(account, region, awsfake.LogGroup{Name: "/app"})
	return w, &cloudwatchlogs.AssociateKmsKeyInput{LogGroupName: aws.String("/app"), KmsKeyId: aws.String(w.AddKey(awsfake.Key{Region: region}))}
}

func keyOf(w *awsfake.World) string {
	g, _ := w.LogGroup(account, region, "/app")
	return g.KMSKeyARN
}

func TestFaultsThatAnswer(t *testing.T) {
	t.Parallel()
	const user = "User: arn:aws:iam::111122223333:user/local is not authorized to perform: logs:AssociateKmsKey on resource: arn:aws:logs:eu-west-1:111122223333:log-group:/app:log-stream: "
	tests := []struct {
		kind   awsfake.FaultKind
		status int
		want   apiError
	}{
		{awsfake.Conflict, 400, apiError{"OperationAbortedException", "A conflicting operation is currently in progress against this resource. Please try again."}},
		{awsfake.ServiceUnavailable500, 500, apiError{"ServiceUnavailableException", "The service cannot complete the request."}},
		{awsfake.ServiceUnavailable503, 503, apiError{"ServiceUnavailableException", "The service cannot complete the request."}},
		{awsfake.ServiceUnavailable400, 400, apiError{"ServiceUnavailableException", "The service cannot complete the request."}},
		{awsfake.Throttling400, 400, apiError{"ThrottlingException", "Rate exceeded"}},
		{awsfake.Bare429, 429, apiError{}},
		{awsfake.InternalFailure500, 500, apiError{"InternalFailure", "The request processing has failed because of an unknown error, exception or failure."}},
		{awsfake.HTML500, 500, apiError{}},
		{awsfake.BadGateway502, 502, apiError{}},
		{awsfake.GatewayTimeout504, 504, apiError{}},
		{awsfake.RequestTimeout408, 408, apiError{"RequestTimeoutException", "The request timed out."}},
		{awsfake.AccessDeniedIAM, 400, apiError{"AccessDeniedException", user + "because no identity-based policy allows the logs:AssociateKmsKey action"}},
		{awsfake.AccessDeniedSCP, 400, apiError{"AccessDeniedException", user + "with an explicit deny in a service control policy"}},
		{awsfake.KeyNotAllowed, 400, apiError{"AccessDeniedException", keyRefused + "log-group:/app'"}},
		{awsfake.KeyNotFoundText, 400, apiError{"InvalidParameterException", notFound}},
		{awsfake.KeyNotValidated, 400, apiError{"InvalidParameterException", notValid}},
		{awsfake.ReservedName, 400, apiError{"InvalidParameterException", "Log groups starting with AWS/ are reserved for AWS."}},
		{awsfake.NotFound, 400, apiError{"ResourceNotFoundException", "The specified log group does not exist."}},
		{awsfake.InvalidParameter, 400, apiError{"InvalidParameterException", "A parameter is specified incorrectly."}},
		{awsfake.ValidationError400, 400, apiError{"ValidationError", "The input fails to satisfy the constraints specified by an AWS service."}},
		{awsfake.ExpiredToken, 400, apiError{"ExpiredTokenException", "The security token included in the request is expired"}},
		{awsfake.UnrecognizedClient, 400, apiError{"UnrecognizedClientException", "The security token included in the request is invalid."}},
		{awsfake.LimitExceeded, 400, apiError{"LimitExceededException", "Resource limit exceeded."}},
		{awsfake.UnknownOperation, 404, apiError{"UnknownOperationException", "UnknownError"}}, // the SDK's word for no text
		{awsfake.KMSInternal500, 500, apiError{"KMSInternalException", "An internal exception occurred. The request can be retried."}},
		{awsfake.DependencyTimeout500, 500, apiError{"DependencyTimeoutException", "The system timed out while trying to fulfill the request. The request can be retried."}},
		{awsfake.StrangeText, 400, apiError{"InvalidParameterException", "A parameter\u007f is\x00 specified\x1b[31m\r\n\tincorrectly\u0085\u009b31m."}},
	}
	for _, tt := range tests {
		t.Run(string(tt.kind), func(t *testing.T) {
			t.Parallel()
			w, input := withGroup(t)
			w.Inject(awsfake.Fault{Kind: tt.kind})
			_, err := inMemory(w).logs().AssociateKmsKey(t.Context(), input)
			response, ok := errors.AsType[*awshttp.ResponseError](err)
			if !ok || response.HTTPStatusCode() != tt.status {
				t.Fatalf("got %v, want status %d", err, tt.status)
			}
			if got := errorOf(err); tt.want.Code != "" && got != tt.want {
				t.Error(cmp.Diff(tt.want, got))
			}
			if calls := w.Calls(); len(calls) != 1 || calls[0].Status != tt.status || calls[0].ErrorCode != tt.want.Code {
				t.Errorf("got calls %+v", calls)
			}
			if key := keyOf(w); key != "" {
				t.Errorf("the key was set to %s", key)
			}
		})
	}
}

func TestWhichRequestsAFaultStrikes(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		fault awsfake.Fault
		want  string // of six requests, those struck
	}{
		{"any", awsfake.Fault{}, "xxxxxx"},
		{"twice", awsfake.Fault{Times: 2}, "xx----"},
		{"each third", awsfake.Fault{Every: 3}, "--x--x"},
		{"each second, but twice only", awsfake.Fault{Every: 2, Times: 2}, "-x-x--"},
		{"this operation", awsfake.Fault{Service: "logs", Operation: "AssociateKmsKey"}, "xxxxxx"},
		{"this group", awsfake.Fault{Resource: "/app"}, "xxxxxx"},
		{"another service", awsfake.Fault{Service: "kms"}, "------"},
		{"another operation", awsfake.Fault{Operation: "CreateLogGroup"}, "------"},
		{"another group", awsfake.Fault{Resource: "/ap"}, "------"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w, input := withGroup(t)
			tt.fault.Kind = awsfake.Conflict
			remove := w.Inject(tt.fault)
			got := ""
			for range 6 {
				if _, err := inMemory(w).logs().AssociateKmsKey(t.Context(), input); err != nil {
					got += "x"
				} else {
					got += "-"
				}
			}
			if got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
			remove()
			if _, err := inMemory(w).logs().AssociateKmsKey(t.Context(), input); err != nil {
				t.Errorf("after it was removed: %v", err)
			}
		})
	}
}

// The two ways to reach a World must fail alike.
func TestBrokenConnections(t *testing.T) {
	t.Parallel()
	ways := map[string]func(*testing.T, *awsfake.World) site{
		"memory":  func(_ *testing.T, w *awsfake.World) site { return inMemory(w) },
		"sockets": overSockets,
	}
	tests := []struct {
		kind    awsfake.FaultKind
		applied bool
		want    error
	}{
		{awsfake.Reset, false, syscall.ECONNRESET},
		{awsfake.AppliedThenReset, true, syscall.ECONNRESET},
		{awsfake.Truncated, true, io.ErrUnexpectedEOF},
		{awsfake.Hang, false, context.DeadlineExceeded},
		{awsfake.AppliedThenHang, true, context.DeadlineExceeded},
	}
	for way, serve := range ways {
		for _, tt := range tests {
			t.Run(way+"/"+string(tt.kind), func(t *testing.T) {
				t.Parallel()
				w, input := withGroup(t)
				s := serve(t, w)
				w.Inject(awsfake.Fault{Kind: tt.kind})
				ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
				defer cancel()
				if tt.want == context.DeadlineExceeded {
					// The World must have the request before its sender gives up.
					ctx, cancel = context.WithCancel(t.Context())
					defer cancel()
					w.OnCall(func(awsfake.Call) { cancel() })
				}
				_, err := s.logs().AssociateKmsKey(ctx, input)
				switch {
				case tt.want == context.DeadlineExceeded:
					if !errors.Is(err, context.Canceled) {
						t.Errorf("got %v, want the context's error", err)
					}
				case tt.want == syscall.ECONNRESET:
					if lost, ok := errors.AsType[*net.OpError](err); !ok || !errors.Is(lost, tt.want) {
						t.Errorf("got %v, want a reset connection", err)
					}
				case err != nil && !errors.Is(err, tt.want): // the client may not read a body it needs nothing from
					t.Errorf("got %v, want %v", err, tt.want)
				}
				if applied := keyOf(w) != ""; applied != tt.applied {
					t.Errorf("got the work done %t, want %t", applied, tt.applied)
				}
			})
		}
	}
}

func TestTruncatedAnswer(t *testing.T) {
	t.Parallel()
	for _, way := range []string{"memory", "sockets"} {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			w, _ := withGroup(t)
			s := inMemory(w)
			if way == "sockets" {
				s = overSockets(t, w)
			}
			w.Inject(awsfake.Fault{Operation: "DescribeLogGroups", Kind: awsfake.Truncated})
			_, err := s.logs().DescribeLogGroups(t.Context(), &cloudwatchlogs.DescribeLogGroupsInput{})
			if err == nil {
				t.Error("half an answer was taken for a whole one")
			}
		})
	}
}

func TestTimeOfFaults(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, input := withGroup(t)
		logs := inMemory(w).logs()

		remove := w.Inject(awsfake.Fault{Kind: awsfake.Slow, Delay: 3 * time.Second})
		start := time.Now()
		_, err := logs.AssociateKmsKey(t.Context(), input)
		must(t, err)
		if took := time.Since(start); took != 3*time.Second || keyOf(w) == "" {
			t.Errorf("got an answer after %v, key %q", took, keyOf(w))
		}

		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start = time.Now()
		_, err = logs.AssociateKmsKey(ctx, input)
		if took := time.Since(start); took != time.Second || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v after %v, want the deadline after a second", err, took)
		}
		remove()

		w.Inject(awsfake.Fault{Kind: awsfake.Hang})
		ctx, cancel = context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		start = time.Now()
		_, err = logs.AssociateKmsKey(ctx, input)
		if took := time.Since(start); took != time.Minute || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v after %v, want the deadline after a minute", err, took)
		}
	})
}

// The SDK's own retryer must see each fault as it sees the real one.
func TestRetriesOfTheSDK(t *testing.T) {
	t.Parallel()
	tests := []struct {
		kind awsfake.FaultKind
		want int
	}{
		{awsfake.Conflict, 1},
		{awsfake.ServiceUnavailable500, 3},
		{awsfake.ServiceUnavailable503, 3},
		{awsfake.ServiceUnavailable400, 1},
		{awsfake.LimitExceeded, 3},
		{awsfake.Throttling400, 3},
		{awsfake.InvalidParameter, 1},
		{awsfake.NotFound, 1},
		{awsfake.AccessDeniedIAM, 1},
		{awsfake.ExpiredToken, 1},
		{awsfake.Bare429, 1},
		{awsfake.HTML500, 3},
		{awsfake.BadGateway502, 3},
		{awsfake.GatewayTimeout504, 3},
		{awsfake.Reset, 3},
	}
	for _, tt := range tests {
		t.Run(string(tt.kind), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w, input := withGroup(t)
				w.Inject(awsfake.Fault{Kind: tt.kind})
				_, err := inMemory(w).logs().AssociateKmsKey(t.Context(), input, func(o *cloudwatchlogs.Options) { o.Retryer = retry.NewStandard() })
				if got := w.CountCalls("AssociateKmsKey"); err == nil || got != tt.want {
					t.Errorf("got %d requests, want %d; error %v", got, tt.want, err)
				}
			})
		})
	}
}

func TestTimeoutOfTheClient(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, input := withGroup(t)
		w.Inject(awsfake.Fault{Kind: awsfake.Hang, Times: 2})
		s := inMemory(w)
		s.http = w.Client().WithTimeout(5 * time.Second)
		start := time.Now()
		_, err := s.logs().AssociateKmsKey(t.Context(), input)
		lost, ok := errors.AsType[net.Error](err)
		if took := time.Since(start); !ok || !lost.Timeout() || !errors.Is(err, context.DeadlineExceeded) || took != 5*time.Second {
			t.Errorf("got %v after %v, want a time-out after 5 s", err, took)
		}
		_, err = s.logs().AssociateKmsKey(t.Context(), input, func(o *cloudwatchlogs.Options) { o.Retryer = retry.NewStandard() })
		if got := w.CountCalls("AssociateKmsKey"); err != nil || got != 3 {
			t.Errorf("got %d requests, %v; want the third to succeed", got, err)
		}
	})
}

func TestFaultsOfKMS(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	key := w.AddKey(awsfake.Key{Region: region})
	w.Inject(awsfake.Fault{Service: "kms", Resource: key, Kind: awsfake.NotFound})
	_, err := inMemory(w).kms().DescribeKey(t.Context(), &kms.DescribeKeyInput{KeyId: &key})
	if diff := cmp.Diff(apiError{"NotFoundException", "Key '" + key + "' does not exist"}, errorOf(err)); diff != "" {
		t.Error(diff)
	}
}

func TestDenyAction(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	logs := inMemory(w).logs()
	w.DenyAction(other, "logs:DescribeLogGroups", true)
	_, err := logs.DescribeLogGroups(t.Context(), &cloudwatchlogs.DescribeLogGroupsInput{})
	must(t, err)
	w.DenyAction(account, "logs:DescribeLogGroups", true)
	_, err = logs.DescribeLogGroups(t.Context(), &cloudwatchlogs.DescribeLogGroupsInput{})
	want := apiError{"AccessDeniedException", "User: arn:aws:iam::111122223333:user/local is not authorized to perform: logs:DescribeLogGroups" +
		" on resource: arn:aws:logs:eu-west-1:111122223333:log-group::log-stream: because no identity-based policy allows the logs:DescribeLogGroups action"}
	if diff := cmp.Diff(want, errorOf(err)); diff != "" {
		t.Error(diff)
	}
	w.DenyAction(account, "logs:DescribeLogGroups", false)
	_, err = logs.DescribeLogGroups(t.Context(), &cloudwatchlogs.DescribeLogGroupsInput{})
	must(t, err)
}
