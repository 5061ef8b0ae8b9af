package tests

import (
	"net/http/httptest"
	"testing"
	"time"

	"log-group-kms/internal/awsfake"
)

// deadline is short, so that time is up in the middle of the trouble, yet long enough
// that the tenth of it which is left to answer suffices on a busy machine.
const deadline = 5 * time.Second

// TestDeadline lets each kind of lasting trouble meet the end of the invocation.
// A function that is killed says nothing; this one says in time what it was, and
// what AWS last answered.
func TestDeadline(t *testing.T) {
	cases := []struct {
		name, operation string
		kind            awsfake.FaultKind
		errorType, last string
	}{
		{"no answer to the write", "AssociateKmsKey", awsfake.Hang, "Unavailable", ""},
		{"no answer about the write", "AssociateKmsKey", awsfake.AppliedThenHang, "Unavailable", ""},
		{"no answer about the state", "DescribeLogGroups", awsfake.Hang, "Unavailable", ""},
		{"no answer about the tags", "ListTagsForResource", awsfake.Hang, "Unavailable", ""},
		{"no answer about the key", "DescribeKey", awsfake.Hang, "Unavailable", ""},
		{"endless conflict", "AssociateKmsKey", awsfake.Conflict, "Conflict", "OperationAbortedException"},
		{"endless throttling of the write", "AssociateKmsKey", awsfake.Throttling400, "Throttled", "Rate exceeded"},
		{"endless throttling of the state", "DescribeLogGroups", awsfake.Throttling400, "Throttled", "Rate exceeded"},
		{"endless throttling of the tags", "ListTagsForResource", awsfake.Throttling400, "Throttled", "Rate exceeded"},
		{"endless throttling of the key", "DescribeKey", awsfake.Throttling400, "Throttled", "Rate exceeded"},
		{"endless trouble at AWS", "AssociateKmsKey", awsfake.ServiceUnavailable500, "Unavailable", "The service cannot complete the request"},
		{"endless resets", "AssociateKmsKey", awsfake.Reset, "Unavailable", ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := world()
			w.Inject(awsfake.Fault{Operation: c.operation, Kind: c.kind})
			s := start(t, w, "AWS_MAX_ATTEMPTS=1000", "ASSOCIATE_RATE=0", "DESCRIBE_RATE=0")
			got := s.within(deadline, created("/app/new"))
			s.equal("errorType", got.ErrorType, c.errorType)
			mentions(t, got.ErrorMessage, c.last, "/app/new", "attempt")

			// The process is still there, and serves the next event.
			s.equal("the next event", s.does(created("/tmp/x")).Reason, "excluded")
		})
	}
}

// TestLastWordsBeforeSilence is a conflict, and then no answer at all: what AWS
// last said is what helps, not that a request was cut off, be it by the end of
// the time or by the limit that each request has.
func TestLastWordsBeforeSilence(t *testing.T) {
	for name, c := range map[string]struct {
		deadline time.Duration
		attempts string
	}{
		"cut off by the deadline":        {deadline, "2 attempts"},
		"cut off by the request's limit": {8 * time.Second, "3 attempts"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := world()
			w.Inject(awsfake.Fault{Operation: "AssociateKmsKey", Kind: awsfake.Conflict, Times: 1})
			w.Inject(awsfake.Fault{Operation: "AssociateKmsKey", Kind: awsfake.Hang})
			s := start(t, w)
			got := s.within(c.deadline, created("/app/new"))
			s.equal("errorType", got.ErrorType, "Conflict")
			mentions(t, got.ErrorMessage, "OperationAbortedException", "A conflicting operation is currently in progress", c.attempts)
		})
	}
}

// TestNobodyListens has the endpoint refuse connections: the message has the
// network's words, and no HTTP status, since nobody sent one.
func TestNobodyListens(t *testing.T) {
	t.Parallel()
	closed := httptest.NewServer(nil)
	closed.Close()
	s := start(t, world(), "AWS_ENDPOINT_URL="+closed.URL, "AWS_MAX_ATTEMPTS=2")
	message := s.fails("Unavailable", created("/app/new")).ErrorMessage
	mentions(t, message, "connection refused", "/app/new", "2 attempts")
	omits(t, message, "HTTP 0", "StatusCode: 0")
}

// TestNoTimeAtAll has AWS silent from the first request on, and next to no time
// to wait for it.
func TestNoTimeAtAll(t *testing.T) {
	for name, event := range map[string]string{"event": created("/app/new"), "sweep": sweepCommand(), "batch": batch(command("/app/new"))} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := world()
			w.Inject(awsfake.Fault{Operation: "DescribeLogGroups", Kind: awsfake.Hang})
			s := start(t, w, "QUERY_RESULT_KMS_KEY=")
			s.does(created("/tmp/x")) // so that the start does not count
			got := s.within(deadline, event)
			if name == "batch" {
				s.wantFailed(got, failed(0))
			} else {
				// A sweep that lists nothing has nowhere to go on from: with a cursor
				// it would be called for ever.
				s.equal("errorType", got.ErrorType, "Unavailable")
			}
			s.equal("the next event", s.does(created("/tmp/x")).Reason, "excluded")
		})
	}
}

// TestBatchDeadline has one message take all the time: the others must not be
// repeated with it.
func TestBatchDeadline(t *testing.T) {
	t.Parallel()
	w := world()
	w.Inject(awsfake.Fault{Operation: "AssociateKmsKey", Resource: "/app/orders", Kind: awsfake.Hang})
	s := start(t, w, "ASSOCIATE_RATE=0")
	got := s.within(deadline, batch(command("/app/new"), command("/app/orders")))
	s.wantFailed(got, failed(1))
}

// TestAppliedAfterAll loses the answer to a write that was done. Whether it is sent
// again, or the look at the state before that shows that it has done its work: the
// key was set by this request.
func TestAppliedAfterAll(t *testing.T) {
	t.Parallel()
	for _, kind := range []awsfake.FaultKind{awsfake.AppliedThenReset, awsfake.AppliedThenHang} {
		w := world()
		w.Inject(awsfake.Fault{Operation: "AssociateKmsKey", Kind: kind, Times: 1})
		s := start(t, w)
		got := s.does(created("/app/new"))
		s.equal(string(kind), got.Outcome, "associated")
		if got.Attempts < 1 || got.Attempts > 2 {
			t.Errorf("%s: got %d attempts, want the lost one, and at most one more", kind, got.Attempts)
		}
	}
}
