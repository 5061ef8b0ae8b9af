package awsconf_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"log-group-kms/internal/awsconf"
	"log-group-kms/internal/awserr"
	"log-group-kms/internal/awsfake"
	"log-group-kms/internal/failure"
)

var transient = []awsfake.FaultKind{
	awsfake.Conflict, awsfake.ServiceUnavailable400, awsfake.ServiceUnavailable500, awsfake.ServiceUnavailable503,
	awsfake.Throttling400, awsfake.Bare429, awsfake.InternalFailure500, awsfake.HTML500, awsfake.BadGateway502,
	awsfake.GatewayTimeout504, awsfake.RequestTimeout408, awsfake.Reset, awsfake.AppliedThenReset,
}

var permanent = []awsfake.FaultKind{
	awsfake.AccessDeniedIAM, awsfake.AccessDeniedSCP, awsfake.KeyNotAllowed, awsfake.KeyNotFoundText,
	awsfake.KeyNotValidated, awsfake.ReservedName, awsfake.NotFound, awsfake.InvalidParameter,
	awsfake.ValidationError400, awsfake.ExpiredToken, awsfake.UnrecognizedClient, awsfake.UnknownOperation,
}

var operations = []string{"AssociateKmsKey", "DescribeLogGroups", "ListTagsForResource", "DescribeKey"}

// count makes one call that meets a fault each time, and gives the requests.
func count(t *testing.T, operation string, kind awsfake.FaultKind, maxAttempts int) int {
	t.Helper()
	sent := 0
	synctest.Test(t, func(t *testing.T) {
		world, key := newWorld(t)
		world.Inject(awsfake.Fault{Operation: operation, Kind: kind})
		clients := awsconf.NewClients(configured(world, maxAttempts), home, unpaced)
		if err := call(t.Context(), clients, operation, key); err == nil {
			t.Error("got success, want an error")
		}
		sent = world.CountCalls(operation)
	})
	return sent
}

func TestTransientTroubleIsRepeated(t *testing.T) {
	for _, operation := range operations {
		for _, kind := range transient {
			t.Run(operation+" "+string(kind), func(t *testing.T) {
				if got := count(t, operation, kind, 0); got != 8 {
					t.Errorf("got %d requests, want 8", got)
				}
			})
		}
	}
	for _, kind := range []awsfake.FaultKind{awsfake.KMSInternal500, awsfake.DependencyTimeout500} {
		t.Run(string(kind), func(t *testing.T) {
			if got := count(t, "DescribeKey", kind, 0); got != 8 {
				t.Errorf("got %d requests, want 8", got)
			}
		})
	}
}

// The answer of AssociateKmsKey is empty, hence nothing of it can be missing;
// of all others half a body is none.
func TestTruncatedAnswersAreRepeated(t *testing.T) {
	for _, operation := range []string{"DescribeLogGroups", "ListTagsForResource", "DescribeKey"} {
		t.Run(operation, func(t *testing.T) {
			if got := count(t, operation, awsfake.Truncated, 0); got != 8 {
				t.Errorf("got %d requests, want 8", got)
			}
		})
	}
}

func TestPermanentTroubleIsNotRepeated(t *testing.T) {
	for _, operation := range operations {
		for _, kind := range permanent {
			t.Run(operation+" "+string(kind), func(t *testing.T) {
				if got := count(t, operation, kind, 0); got != 1 {
					t.Errorf("got %d requests, want 1", got)
				}
			})
		}
	}
}

// AWS_MAX_ATTEMPTS holds above this program's own number as well as below it.
func TestMaxAttempts(t *testing.T) {
	for _, maxAttempts := range []int{1, 3, 8, 12} {
		for _, operation := range []string{"AssociateKmsKey", "DescribeKey"} {
			t.Run(fmt.Sprint(operation, " ", maxAttempts), func(t *testing.T) {
				if got := count(t, operation, awsfake.Throttling400, maxAttempts); got != maxAttempts {
					t.Errorf("got %d requests, want %d", got, maxAttempts)
				}
			})
		}
	}
}

// The SDK's token bucket would leave the later of many failing calls without
// retries, just when an incident needs them.
func TestRetriesDoNotRunDry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		world, key := newWorld(t)
		world.Inject(awsfake.Fault{Operation: "AssociateKmsKey", Kind: awsfake.ServiceUnavailable500})
		world.Inject(awsfake.Fault{Operation: "DescribeKey", Kind: awsfake.Throttling400})
		clients := awsconf.NewClients(configured(world, 0), home, unpaced)
		for i := range 100 {
			for _, operation := range []string{"AssociateKmsKey", "DescribeKey"} {
				before := world.CountCalls(operation)
				if err := call(t.Context(), clients, operation, key); err == nil {
					t.Fatal("got success, want an error")
				}
				if got := world.CountCalls(operation) - before; got != 8 {
					t.Fatalf("%s, failing call %d: got %d requests, want 8", operation, i+1, got)
				}
			}
		}
	})
}

// The delays double up to a bound of a few seconds, and are random below it:
// colliding writers part, and a conflict of ten seconds is ridden out.
func TestBackoff(t *testing.T) {
	const runs = 200
	bounds := []time.Duration{400, 800, 1600, 3200, 5000, 5000, 5000} // milliseconds
	var sums [7]time.Duration
	distinct := make(map[time.Duration]bool)
	synctest.Test(t, func(t *testing.T) {
		world, key := newWorld(t)
		world.Inject(awsfake.Fault{Operation: "AssociateKmsKey", Kind: awsfake.Conflict})
		clients := awsconf.NewClients(configured(world, 0), home, unpaced)
		for range runs {
			world.ResetCalls()
			if err := call(t.Context(), clients, "AssociateKmsKey", key); err == nil {
				t.Fatal("got success, want a conflict")
			}
			at := times(world, "AssociateKmsKey")
			if len(at) != 8 {
				t.Fatalf("got %d requests, want 8", len(at))
			}
			for i, bound := range bounds {
				delay := at[i+1].Sub(at[i])
				if delay < 0 || delay > bound*time.Millisecond {
					t.Errorf("delay %d: got %v, want at most %v", i+1, delay, bound*time.Millisecond)
				}
				sums[i] += delay
				distinct[delay] = true
			}
		}
	})
	if want := runs * len(bounds) * 9 / 10; len(distinct) < want {
		t.Errorf("got %d different delays of %d, want them random", len(distinct), runs*len(bounds))
	}
	for i, bound := range bounds {
		mean, middle := sums[i]/runs, bound*time.Millisecond/2
		if mean < middle*3/4 || mean > middle*5/4 {
			t.Errorf("delay %d: got a mean of %v, want about %v, so that all of the range is used", i+1, mean, middle)
		}
	}
}

// A context that ends in the back-off ends the call at once.
func TestBackoffEndsWithTheContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		world, key := newWorld(t)
		world.Inject(awsfake.Fault{Operation: "AssociateKmsKey", Kind: awsfake.Conflict})
		clients := awsconf.NewClients(configured(world, 1000), home, unpaced)
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		begin := time.Now()
		if err := call(ctx, clients, "AssociateKmsKey", key); err == nil {
			t.Error("got success, want an error")
		}
		if took := time.Since(begin); took != 10*time.Second {
			t.Errorf("got an end after %v, want 10s", took)
		}
	})
}

// impatient stands in for the timeout of the real HTTP client, which runs on
// the real clock: it gives each request a time of its own.
type impatient struct{ client *awsfake.Client }

func (c impatient) Do(request *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithTimeout(request.Context(), 5*time.Second)
	defer cancel()
	return c.client.Do(request.WithContext(ctx))
}

// One hung socket costs one attempt, not the call.
func TestHungSocketIsRepeated(t *testing.T) {
	for _, operation := range operations {
		t.Run(operation, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				world, key := newWorld(t)
				world.Inject(awsfake.Fault{Operation: operation, Kind: awsfake.Hang, Times: 2})
				config := configured(world, 0)
				config.HTTPClient = impatient{world.Client()}
				if err := call(t.Context(), awsconf.NewClients(config, home, unpaced), operation, key); err != nil {
					t.Errorf("got %v, want success in the third attempt", err)
				}
				if got := world.CountCalls(operation); got != 3 {
					t.Errorf("got %d requests, want 3", got)
				}
			})
		})
	}
}

// scripted answers each request the same, and counts.
type scripted struct {
	status     int
	code, body string
	sent       int
}

func (s *scripted) Do(request *http.Request) (*http.Response, error) {
	s.sent++
	body := s.body
	if s.code != "" {
		text, err := json.Marshal(map[string]string{"__type": s.code, "message": "why"})
		if err != nil {
			return nil, err
		}
		body = string(text)
	}
	return &http.Response{
		StatusCode: s.status, Header: http.Header{"Date": {time.Now().UTC().Format(http.TimeFormat)}},
		Body: io.NopCloser(strings.NewReader(body)), Request: request,
	}, nil
}

// What is reported as trouble that may pass has been tried to the end, and what
// is not has been tried once: the two lists must not drift apart.
func TestRetriesAgreeWithTheErrorType(t *testing.T) {
	for _, answer := range []scripted{
		{status: 400, code: "OperationAbortedException"}, {status: 400, code: "OperationAborted"},
		{status: 400, code: "ServiceUnavailableException"}, {status: 503, code: "ServiceUnavailable"},
		{status: 400, code: "ThrottlingException"}, {status: 400, code: "Throttling"}, {status: 400, code: "TooManyRequestsException"},
		{status: 400, code: "RequestThrottledException"}, {status: 400, code: "RequestLimitExceeded"}, {status: 400, code: "SlowDown"},
		{status: 400, code: "RequestTimeout"}, {status: 400, code: "RequestTimeoutException"},
		{status: 500, code: "InternalFailure"}, {status: 500, code: "InternalServerError"}, {status: 500, code: "InternalServerException"},
		{status: 500, code: "KMSInternalException"}, {status: 500, code: "DependencyTimeoutException"}, {status: 500, code: "SomethingNew"},
		{status: 429}, {status: 429, code: "SomethingNew"}, {status: 408}, {status: 408, code: "SomethingNew"},
		{status: 500}, {status: 502}, {status: 503}, {status: 504}, {status: 520}, {status: 529},
		{status: 400, code: "AccessDeniedException"}, {status: 403, code: "AccessDenied"}, {status: 400, code: "InvalidParameterException"},
		{status: 400, code: "ResourceNotFoundException"}, {status: 400, code: "ExpiredTokenException"},
		{status: 400, code: "UnrecognizedClientException"}, {status: 400, code: "ValidationException"}, {status: 404, code: "UnknownOperationException"},
		{status: 400, code: "SomethingNew"}, {status: 404}, {status: 403},
	} {
		t.Run(fmt.Sprint(answer.status, " ", answer.code), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				config := aws.Config{Region: region, HTTPClient: &answer, Credentials: identity}
				err := call(t.Context(), awsconf.NewClients(config, home, unpaced), "AssociateKmsKey", "k")
				want := 1
				switch awserr.TypeOf(err) {
				case failure.Conflict, failure.Throttled, failure.Unavailable:
					want = 8
				}
				if answer.sent != want {
					t.Errorf("got %d requests for what is reported as %s, want %d", answer.sent, awserr.TypeOf(err), want)
				}
			})
		})
	}
}
