package tests

import (
	"strings"
	"testing"
	"time"
	"unicode"

	"log-group-kms/internal/awsfake"
	"log-group-kms/tests/golden"
)

// attempts is AWS_MAX_ATTEMPTS in these tests: enough to tell one request from
// all of them, and quick.
const attempts = 3

// trouble is what a kind of fault comes to when it does not pass. Operations
// that do not have a type of their own share that of AssociateKmsKey.
type trouble struct {
	kind      awsfake.FaultKind
	errorType string
	requests  int
}

// lasting lists every kind of fault that means the same for each operation.
var lasting = []trouble{
	{awsfake.Conflict, "Conflict", attempts},
	{awsfake.ServiceUnavailable500, "Unavailable", attempts},
	{awsfake.ServiceUnavailable503, "Unavailable", attempts},
	{awsfake.ServiceUnavailable400, "Unavailable", attempts},
	{awsfake.Throttling400, "Throttled", attempts},
	{awsfake.Bare429, "Throttled", attempts},
	{awsfake.InternalFailure500, "Unavailable", attempts},
	{awsfake.HTML500, "Unavailable", attempts},
	{awsfake.BadGateway502, "Unavailable", attempts},
	{awsfake.GatewayTimeout504, "Unavailable", attempts},
	{awsfake.RequestTimeout408, "Unavailable", attempts},
	{awsfake.KMSInternal500, "Unavailable", attempts},
	{awsfake.DependencyTimeout500, "Unavailable", attempts},
	{awsfake.Reset, "Unavailable", attempts},
	{awsfake.AppliedThenReset, "Unavailable", attempts},
	{awsfake.AccessDeniedIAM, "AccessDenied", 1},
	{awsfake.AccessDeniedSCP, "AccessDenied", 1},
	{awsfake.InvalidParameter, "Unexpected", 1},
	{awsfake.ValidationError400, "Unexpected", 1},
	{awsfake.ExpiredToken, "Unexpected", 1},
	{awsfake.UnrecognizedClient, "Unexpected", 1},
	{awsfake.UnknownOperation, "Unexpected", 1},
	{awsfake.LimitExceeded, "Unexpected", attempts}, // the SDK takes it for a throttle
}

// special lists what only some operations meet. Half an answer is trouble only
// where AWS's answer holds something: that of AssociateKmsKey is empty.
var special = map[string][]trouble{
	"AssociateKmsKey": {
		{awsfake.KeyNotAllowed, "KeyUnusable", 1},
		{awsfake.KeyNotFoundText, "KeyUnusable", 1},
		{awsfake.KeyNotValidated, "KeyUnusable", 1},
	},
	"DescribeKey":         {{awsfake.NotFound, "KeyUnusable", 1}, {awsfake.Truncated, "Unavailable", attempts}},
	"DescribeLogGroups":   {{awsfake.Truncated, "Unavailable", attempts}},
	"ListTagsForResource": {{awsfake.Truncated, "Unavailable", attempts}},
}

// TestFailures sends every kind of trouble at every operation: its errorType, how
// often it was tried, and that nothing was set.
func TestFailures(t *testing.T) {
	for _, operation := range []string{"AssociateKmsKey", "DescribeLogGroups", "ListTagsForResource", "DescribeKey"} {
		for _, c := range append(special[operation], lasting...) {
			if operation == "AssociateKmsKey" && c.kind == awsfake.AppliedThenReset {
				continue // no failure: a look shows that the work is done
			}
			t.Run(operation+"/"+string(c.kind), func(t *testing.T) {
				t.Parallel()
				w := world()
				w.Inject(awsfake.Fault{Operation: operation, Kind: c.kind})
				s := start(t, w, "AWS_MAX_ATTEMPTS=3")
				message := s.fails(c.errorType, created("/app/new")).ErrorMessage
				if n := w.CountCalls(operation); n != c.requests {
					t.Errorf("requests: got %d, want %d", n, c.requests)
				}
				mentions(t, message, "/app/new")
				if c.requests == attempts {
					mentions(t, message, "3 attempts")
				}
				s.wantKey("/app/new", "")
			})
		}
	}
}

// TestErrorMessage holds everything that somebody needs who reads no more than
// the failure queue.
func TestErrorMessage(t *testing.T) {
	cases := []struct {
		kind  awsfake.FaultKind
		parts []string
	}{
		{awsfake.Conflict, []string{"OperationAbortedException", "A conflicting operation is currently in progress", "3 attempts"}},
		{awsfake.Throttling400, []string{"ThrottlingException", "Rate exceeded", "3 attempts"}},
		{awsfake.ServiceUnavailable500, []string{"ServiceUnavailableException", "The service cannot complete the request", "3 attempts"}},
		{awsfake.AccessDeniedIAM, []string{"AccessDeniedException", "is not authorized to perform: logs:AssociateKmsKey", "1 attempt"}},
		{awsfake.AccessDeniedSCP, []string{"AccessDeniedException", "explicit deny in a service control policy", "1 attempt"}},
		{awsfake.KeyNotAllowed, []string{"AccessDeniedException", "The specified KMS key does not exist or is not allowed", "1 attempt"}},
		{awsfake.KeyNotFoundText, []string{"InvalidParameterException", "KMS Key Id could not be found", "1 attempt"}},
		{awsfake.InvalidParameter, []string{"InvalidParameterException", "A parameter is specified incorrectly", "1 attempt"}},
	}
	for _, c := range cases {
		t.Run(string(c.kind), func(t *testing.T) {
			t.Parallel()
			w := world()
			w.Inject(awsfake.Fault{Operation: "AssociateKmsKey", Kind: c.kind})
			s := start(t, w, "AWS_MAX_ATTEMPTS=3")
			message := s.invoke(created("/app/new", tagged(map[string]string{"note": "tag-value-of-note"}))).ErrorMessage
			mentions(t, message, append(c.parts, "associat", "/app/new", golden.DefaultKey)...)
			if !strings.HasSuffix(message, ".") {
				t.Errorf("got %q, want a sentence on what to do at its end", message)
			}
			omits(t, message, "tag-value-of-note", "AROAEXAMPLE", "wJalrXUtnFEMI")
		})
	}
}

// TestStrangeText has AWS's text hold control characters. Lambda's runtime puts an
// error's text into a header as well, where one of them would end the process and
// the error with it.
func TestStrangeText(t *testing.T) {
	t.Parallel()
	w := world()
	s := start(t, w)
	pid := s.function.PID()
	for _, operation := range []string{"DescribeKey", "AssociateKmsKey", "DescribeLogGroups", "ListTagsForResource"} {
		remove := w.Inject(awsfake.Fault{Operation: operation, Kind: awsfake.StrangeText})
		message := s.fails("Unexpected", command("/app/new")).ErrorMessage
		remove()
		mentions(t, message, "InvalidParameterException", "A parameter", "specified", "incorrectly")
		if strings.ContainsFunc(message, unicode.IsControl) {
			t.Errorf("%s: got %q, want no control characters", operation, message)
		}
	}
	s.equal("process", s.function.PID(), pid)
}

// TestTroubleThatPasses clears after some tries, well within AWS_MAX_ATTEMPTS's
// default, and costs one request more than it struck.
func TestTroubleThatPasses(t *testing.T) {
	for _, c := range lasting {
		if c.requests == 1 {
			continue
		}
		t.Run(string(c.kind), func(t *testing.T) {
			t.Parallel()
			w := world()
			for _, operation := range []string{"AssociateKmsKey", "DescribeLogGroups", "ListTagsForResource", "DescribeKey"} {
				w.Inject(awsfake.Fault{Operation: operation, Kind: c.kind, Times: 2})
			}
			s := start(t, w)
			got := s.does(created("/app/new"))
			s.equal("outcome", got.short(), "associated/default "+id(golden.DefaultKey))
			// The state is read again before a request is repeated, and may show that
			// one whose answer was lost has done the work.
			if c.kind != awsfake.AppliedThenReset {
				s.equal("attempts", got.Attempts, 3)
			}
			for _, operation := range []string{"ListTagsForResource", "DescribeKey"} {
				if n := w.CountCalls(operation); n < 3 || n > 5 {
					t.Errorf("%s: got %d requests, want 3, and one for each look before a repeated write", operation, n)
				}
			}
			s.wantKey("/app/new", golden.DefaultKey)
		})
	}
}

// TestMaxAttempts guards the program's own default, which differs from the
// SDK's, and the SDK's variable, which stays in force.
func TestMaxAttempts(t *testing.T) {
	cases := []struct {
		name     string
		settings []string
		want     int
	}{
		{"by default", nil, 8},
		{"fewer", []string{"AWS_MAX_ATTEMPTS=2"}, 2},
		{"one", []string{"AWS_MAX_ATTEMPTS=1"}, 1},
		{"empty is none", []string{"AWS_MAX_ATTEMPTS="}, 8},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := world()
			w.Inject(awsfake.Fault{Operation: "AssociateKmsKey", Kind: awsfake.Conflict})
			s := start(t, w, c.settings...)
			s.fails("Conflict", created("/app/new"))
			s.equal("requests", w.CountCalls("AssociateKmsKey"), c.want)
		})
	}
}

// TestHangingConnection guards against a socket that never answers: it is given
// up and tried again, long before the invocation's own end.
func TestHangingConnection(t *testing.T) {
	for _, operation := range []string{"AssociateKmsKey", "DescribeLogGroups", "ListTagsForResource", "DescribeKey"} {
		t.Run(operation, func(t *testing.T) {
			t.Parallel()
			w := world()
			w.Inject(awsfake.Fault{Operation: operation, Kind: awsfake.Hang, Times: 1})
			s := start(t, w)
			got := s.within(time.Minute, created("/app/new"))
			s.equal("errorType", got.ErrorType, "")
			s.equal("requests", w.CountCalls(operation), 2)
			s.wantKey("/app/new", golden.DefaultKey)
		})
	}
}

// TestConflictThatDidTheWork guards against failing although another writer set
// the very key while it was in the way.
func TestConflictThatDidTheWork(t *testing.T) {
	t.Parallel()
	w := world()
	w.Inject(awsfake.Fault{Operation: "AssociateKmsKey", Kind: awsfake.Conflict})
	w.OnCall(func(c awsfake.Call) {
		if c.Operation == "AssociateKmsKey" {
			newGroup(w, "/app/new", golden.DefaultKey, nil)
		}
	})
	s := start(t, w, "AWS_MAX_ATTEMPTS=2")
	s.equal("outcome", s.does(created("/app/new")).short(), "unchanged/already-associated "+id(golden.DefaultKey))
}

// TestIncidentDoesNotWearOut guards against a budget of retries shared by all
// log groups of a warm process: it would run dry in the very incident it is for.
func TestIncidentDoesNotWearOut(t *testing.T) {
	t.Parallel()
	const groups = 70 // the SDK's own budget is enough for some fifty
	w, _ := manyGroups(groups)
	w.Inject(awsfake.Fault{Operation: "AssociateKmsKey", Kind: awsfake.Conflict})
	s := start(t, w, "AWS_MAX_ATTEMPTS=3", "ASSOCIATE_RATE=0", "DESCRIBE_RATE=0", "QUERY_RESULT_KMS_KEY=", "RULES=", "KMS_KEY_TAG=")
	s.invoke(sweepCommand())
	s.equal("requests", w.CountCalls("AssociateKmsKey"), groups*attempts)
}
