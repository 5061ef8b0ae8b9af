package encrypt_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"log-group-kms/internal/answer"
	"log-group-kms/internal/awsfake"
	"log-group-kms/internal/encrypt"
	"log-group-kms/internal/failure"
	"log-group-kms/internal/policy"
)

// Each request takes 100 ms of the bubble's clock, so the time tells how many
// went one after the other.
func TestRoundTrips(t *testing.T) {
	const trip = 100 * time.Millisecond
	for _, test := range []struct {
		name   string
		change func(*policy.Policy)
		tags   map[string]string // the event's
		warm   bool
		trips  time.Duration
		calls  []string
	}{
		{"cold", nil, nil, false, 2, []string{"AssociateKmsKey", "DescribeKey", "DescribeLogGroups", "ListTagsForResource"}},
		{"warm", nil, nil, true, 2, []string{"AssociateKmsKey", "DescribeLogGroups", "ListTagsForResource"}},
		{"warm, tags in the event", nil, map[string]string{"kms-key": "alias/logs"}, true, 2, []string{"AssociateKmsKey", "DescribeLogGroups"}},
		{"warm, no tags needed", func(p *policy.Policy) { p.KeyTag = "" }, nil, true, 2, []string{"AssociateKmsKey", "DescribeLogGroups"}},
		{"nothing to choose", func(p *policy.Policy) { p.Default = "" }, nil, true, 1, []string{"DescribeLogGroups", "ListTagsForResource"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSetup(t, test.change)
				s.group("/app", "")
				s.group("/warm", "")
				if test.warm {
					if _, err := s.run("/warm"); err != nil {
						t.Fatal(err)
					}
				}
				s.world.ResetCalls()
				s.slow()
				begin := time.Now()
				request := named("/app")
				request.Tags = test.tags
				if _, err := s.encrypter.Encrypt(t.Context(), request); err != nil {
					t.Fatal(err)
				}
				if took := time.Since(begin); took != test.trips*trip {
					t.Errorf("got %v, want %d round trips of %v", took, test.trips, trip)
				}
				s.wantOperations(test.calls...)
			})
		})
	}
}

// A tag read that turned out not to matter is not waited for.
func TestNeedlessTagReadIsDropped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSetup(t, nil)
		s.group("/app", s.tagged)
		s.world.Inject(awsfake.Fault{Operation: "ListTagsForResource", Kind: awsfake.Hang})
		begin := time.Now()
		got, err := s.run("/app")
		s.check(got, err, answer.Answer{Outcome: answer.Unchanged, Reason: answer.ExistingKeyKept, LogGroup: "/app", KMSKeyARN: s.tagged, Encrypted: true})
		if took := time.Since(begin); took != 0 {
			t.Errorf("got an answer after %v, want it at once", took)
		}
	})
}

// unread is a request about /app as an event makes it, read one as a sweep
// makes it. The latter reads tags on its own goroutine: beside the reading of
// the state, whoever waits for them waits for a mutex, which holds the bubble's
// clock.
func unread() encrypt.Request { return named("/app") }

func read() encrypt.Request {
	request := named("/app")
	request.State = &encrypt.State{ReadAt: time.Now()}
	return request
}

// When time runs out, the function still answers, and says what AWS last said.
func TestOutOfTime(t *testing.T) {
	for _, test := range []struct {
		name    string
		request func() encrypt.Request
		fault   awsfake.Fault
		want    failure.Type
		parts   []string
	}{
		{"conflict", unread, awsfake.Fault{Operation: "AssociateKmsKey", Kind: awsfake.Conflict}, failure.Conflict, []string{"AssociateKmsKey to set key", "/app", "OperationAbortedException"}},
		{"throttled reading", unread, awsfake.Fault{Operation: "DescribeLogGroups", Kind: awsfake.Throttling400}, failure.Throttled, []string{"DescribeLogGroups to read the state of log group /app", "ThrottlingException"}},
		{"tags hang", read, awsfake.Fault{Operation: "ListTagsForResource", Kind: awsfake.Hang}, failure.Unavailable, []string{"ListTagsForResource to read the tags of log group /app"}},
		{"KMS hangs", unread, awsfake.Fault{Operation: "DescribeKey", Kind: awsfake.Hang}, failure.Unavailable, []string{"DescribeKey to look at key alias/logs", "/app"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSetup(t, nil)
				s.group("/app", "")
				s.world.Inject(test.fault)
				ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
				defer cancel()
				begin := time.Now()
				_, err := s.encrypter.Encrypt(ctx, test.request())
				if took := time.Since(begin); took > 300*time.Millisecond {
					t.Errorf("got an answer after %v, want it by the deadline", took)
				}
				// A short deadline may let all attempts through; the answer is
				// the same, only without the words on time.
				s.checkFailure(err, test.want, test.parts...)
				if s.keyOf("/app") != "" {
					t.Error("got a key set, want none")
				}
			})
		})
	}
}

// KMS's last word counts as much as CloudWatch Logs', although it is waited for
// beside others who need the same key. Several times, since it is a matter of
// which of two ends is seen first.
func TestOutOfTimeKeepsTheLastAnswerOfKMS(t *testing.T) {
	lost := 0
	for range 20 {
		synctest.Test(t, func(t *testing.T) {
			s := newSetup(t, nil)
			s.group("/app", "")
			s.world.Inject(awsfake.Fault{Operation: "DescribeKey", Kind: awsfake.Throttling400})
			ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
			defer cancel()
			if _, err := s.encrypter.Encrypt(ctx, named("/app")); failure.TypeOf(err) != failure.Throttled {
				if lost++; lost == 1 {
					t.Logf("such as: %v", err)
				}
			}
		})
	}
	if lost > 0 {
		t.Errorf("got AWS's last answer lost in %d of 20 runs, want Throttled and ThrottlingException each time", lost)
	}
}

// Tags that do not come while the state is there end with the deadline, too. On
// the real clock, for the reason given at read.
func TestTagsHangBesideTheState(t *testing.T) {
	s := newSetup(t, nil)
	s.group("/app", "")
	s.world.Inject(awsfake.Fault{Operation: "ListTagsForResource", Kind: awsfake.Hang})
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	_, err := s.encrypter.Encrypt(ctx, named("/app"))
	s.checkFailure(err, failure.Unavailable, "ListTagsForResource to read the tags of log group /app", "time ran out")
}

// A write that AWS answered with trouble is looked at again before it is repeated.
// Where that look gets no answer until time runs out, what AWS last answered is what
// helps.
func TestLastAnswerBeforeALookWithoutAnswer(t *testing.T) {
	for _, test := range []struct {
		write  awsfake.FaultKind
		silent string
		want   failure.Type
		text   string
	}{
		{awsfake.Conflict, "DescribeLogGroups", failure.Conflict, "AWS last answered OperationAbortedException"},
		{awsfake.KeyNotAllowed, "DescribeKey", failure.KeyUnusable, "is not allowed to be used"},
	} {
		t.Run(string(test.write), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSetup(t, func(p *policy.Policy) { p.KeyTag = "" })
				s.group("/app", "")
				s.world.InjectEach(func(c awsfake.Call) (awsfake.Fault, bool) {
					switch {
					case c.Operation == "AssociateKmsKey":
						s.world.Inject(awsfake.Fault{Operation: test.silent, Kind: awsfake.Hang})
						return awsfake.Fault{Kind: test.write}, true
					default:
						return awsfake.Fault{}, false
					}
				})
				ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
				defer cancel()
				_, err := s.encrypter.Encrypt(ctx, named("/app"))
				s.checkFailure(err, test.want, "AssociateKmsKey", "/app", test.text, "1 attempt")
				if f, ok := errors.AsType[*failure.Error](err); !ok || !f.OutOfTime {
					t.Errorf("got %v, want it out of time: a sweep takes the log group up again", err)
				}
			})
		})
	}
}
