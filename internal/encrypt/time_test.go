package encrypt_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

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
		{"cold", nil, nil, false, 3, []string{"AssociateKmsKey", "DescribeKey", "DescribeLogGroups", "ListTagsForResource"}},
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

// AWS promises no visibility right after CreateLogGroup.
func TestSecondLookAtNewGroups(t *testing.T) {
	for _, test := range []struct {
		name    string
		isNew   bool
		appears time.Duration // 0: never
		want    answer.Answer
		took    time.Duration
	}{
		{"shows up", true, 900 * time.Millisecond, answer.Answer{Outcome: answer.Associated, Reason: answer.Default, Attempts: 1, Encrypted: true}, time.Second},
		{"does not show up", true, 0, answer.Answer{Outcome: answer.Gone, Reason: answer.LogGroupNotFound}, time.Second},
		{"is not new", false, 900 * time.Millisecond, answer.Answer{Outcome: answer.Gone, Reason: answer.LogGroupNotFound}, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSetup(t, nil)
				if test.appears > 0 {
					time.AfterFunc(test.appears, func() { s.group("/app", "") })
				}
				if test.want.Outcome == answer.Associated {
					test.want.KMSKeyARN = s.defaultKey
				}
				test.want.LogGroup = "/app"
				request := named("/app")
				request.IsNew = test.isNew
				begin := time.Now()
				got, err := s.encrypter.Encrypt(t.Context(), request)
				took := time.Since(begin)
				s.check(got, err, test.want)
				if took != test.took {
					t.Errorf("got an answer after %v, want %v", took, test.took)
				}
				time.Sleep(time.Second) // the timer must not outlive the bubble
			})
		})
	}
}

// A group that disappears between reading and writing is as gone as any.
func TestGoneInBetween(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSetup(t, nil)
		s.group("/app", "")
		s.world.OnCall(func(c awsfake.Call) {
			if c.Operation == "DescribeKey" {
				s.world.DeleteLogGroup("", region, "/app")
			}
		})
		got, err := s.run("/app")
		s.check(got, err, answer.Answer{Outcome: answer.Gone, Reason: answer.LogGroupNotFound, LogGroup: "/app", Attempts: 1})
	})
}

// After a conflict to the end, whoever was in the way may have done the work.
func TestAfterConflict(t *testing.T) {
	for _, test := range []struct {
		name     string
		existing policy.Existing
		other    func(s *setup) // what the other one has done
		want     answer.Answer
		key      func(s *setup) string
	}{
		{
			"the same key was set", policy.Replace, func(s *setup) { s.group("/app", s.defaultKey) },
			answer.Answer{Outcome: answer.Unchanged, Reason: answer.AlreadyAssociated, Attempts: 8, Encrypted: true},
			func(s *setup) string { return s.defaultKey },
		},
		{
			"another key was set, to be kept", policy.Keep, func(s *setup) { s.group("/app", s.tagged) },
			answer.Answer{Outcome: answer.Unchanged, Reason: answer.ExistingKeyKept, Attempts: 8, Encrypted: true},
			func(s *setup) string { return s.tagged },
		},
		{
			"it was deleted", policy.Keep, func(s *setup) { s.world.DeleteLogGroup("", region, "/app") },
			answer.Answer{Outcome: answer.Gone, Reason: answer.LogGroupNotFound, Attempts: 8}, nil,
		},
		{"another key was set, to be replaced", policy.Replace, func(s *setup) { s.group("/app", s.tagged) }, answer.Answer{}, nil},
		{"nothing was done", policy.Keep, func(*setup) {}, answer.Answer{}, nil},
		{"nobody can tell", policy.Keep, func(s *setup) { s.world.DenyAction("", "logs:DescribeLogGroups", true) }, answer.Answer{}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSetup(t, func(p *policy.Policy) { p.Existing = test.existing })
				s.group("/app", "")
				s.world.Inject(awsfake.Fault{Operation: "AssociateKmsKey", Kind: awsfake.Conflict})
				n := 0
				s.world.OnCall(func(c awsfake.Call) {
					if c.Operation == "AssociateKmsKey" {
						if n++; n == 8 {
							test.other(s)
						}
					}
				})
				got, err := s.run("/app")
				if test.want.Outcome == "" {
					s.checkFailure(err, failure.Conflict, "/app", s.defaultKey, "OperationAbortedException", "8 attempts")
					if got.Attempts != 8 {
						t.Errorf("got %d attempts in the answer, want 8", got.Attempts)
					}
					return
				}
				test.want.LogGroup = "/app"
				if test.key != nil {
					test.want.KMSKeyARN = test.key(s)
				}
				s.check(got, err, test.want)
			})
		})
	}
}

// unread is a request about /app as an event makes it, read one as a sweep
// makes it. The latter reads tags on its own goroutine: beside the reading of
// the state, whoever waits for them waits for a mutex, which holds the bubble's
// clock.
func unread() encrypt.Request { return named("/app") }

func read() encrypt.Request {
	request := named("/app")
	request.Group = &encrypt.Group{}
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
		{"conflict", unread, awsfake.Fault{Operation: "AssociateKmsKey", Kind: awsfake.Conflict}, failure.Conflict, []string{"associating key", "/app", "OperationAbortedException"}},
		{"throttled reading", unread, awsfake.Fault{Operation: "DescribeLogGroups", Kind: awsfake.Throttling400}, failure.Throttled, []string{"reading the state of log group /app", "ThrottlingException"}},
		{"tags hang", read, awsfake.Fault{Operation: "ListTagsForResource", Kind: awsfake.Hang}, failure.Unavailable, []string{"reading the tags of log group /app"}},
		{"KMS hangs", unread, awsfake.Fault{Operation: "DescribeKey", Kind: awsfake.Hang}, failure.Unavailable, []string{"describing key alias/logs", "/app"}},
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

// Trouble while reading is never taken for "no key", "no tag" or "key unusable",
// and permanent trouble is met once.
func TestTroubleFailsClosed(t *testing.T) {
	reads := []string{"DescribeLogGroups", "ListTagsForResource", "DescribeKey"}
	for _, test := range []struct {
		kind     awsfake.FaultKind
		want     failure.Type
		attempts int
	}{
		{awsfake.AccessDeniedIAM, failure.AccessDenied, 1},
		{awsfake.AccessDeniedSCP, failure.AccessDenied, 1},
		{awsfake.Throttling400, failure.Throttled, 8},
		{awsfake.Bare429, failure.Throttled, 8},
		{awsfake.ServiceUnavailable503, failure.Unavailable, 8},
		{awsfake.HTML500, failure.Unavailable, 8},
		{awsfake.Reset, failure.Unavailable, 8},
		{awsfake.Truncated, failure.Unavailable, 8},
		{awsfake.ExpiredToken, failure.Unexpected, 1},
		{awsfake.InvalidParameter, failure.Unexpected, 1},
	} {
		for _, operation := range reads {
			t.Run(operation+" "+string(test.kind), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					s := newSetup(t, nil)
					s.group("/app", "")
					s.world.Inject(awsfake.Fault{Operation: operation, Kind: test.kind})
					request := unread()
					if operation == "ListTagsForResource" {
						request = read()
					}
					_, err := s.encrypter.Encrypt(t.Context(), request)
					s.checkFailure(err, test.want, "/app")
					got := []int{s.world.CountCalls(operation), s.world.CountCalls("AssociateKmsKey")}
					if diff := cmp.Diff([]int{test.attempts, 0}, got); diff != "" {
						t.Errorf("requests of %s and AssociateKmsKey (-want +got):\n%s", operation, diff)
					}
				})
			})
		}
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
	s.checkFailure(err, failure.Unavailable, "reading the tags of log group /app", "time ran out")
}

// An answer that got lost after the work was done is asked for again, which
// changes nothing.
func TestLostAnswerOfAWrite(t *testing.T) {
	for _, kind := range []awsfake.FaultKind{awsfake.AppliedThenReset, awsfake.Reset, awsfake.Conflict, awsfake.ServiceUnavailable500} {
		t.Run(string(kind), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSetup(t, nil)
				s.group("/app", "")
				s.world.Inject(awsfake.Fault{Operation: "AssociateKmsKey", Kind: kind, Times: 2})
				got, err := s.run("/app")
				s.check(got, err, answer.Answer{Outcome: answer.Associated, Reason: answer.Default, LogGroup: "/app", KMSKeyARN: s.defaultKey, Attempts: 3, Encrypted: true})
			})
		})
	}
}

// Only AWS's answer may say that a name is reserved.
func TestReservedByAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSetup(t, nil)
		s.group("/app", "")
		s.world.Inject(awsfake.Fault{Operation: "AssociateKmsKey", Kind: awsfake.ReservedName})
		got, err := s.run("/app")
		s.check(got, err, answer.Answer{Outcome: answer.Skipped, Reason: answer.ReservedName, LogGroup: "/app", Attempts: 1})
	})
}

// A queue may deliver one event twice in a batch. Side by side, both would find
// no key, both would write, and AWS would call it a conflict.
func TestOneAtATimeOnATarget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSetup(t, nil)
		s.group("/app", "")
		s.slow()
		outcomes := make(map[answer.Outcome]int)
		var mu sync.Mutex
		var all sync.WaitGroup
		for range 5 {
			all.Go(func() {
				a, err := s.run("/app")
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				defer mu.Unlock()
				outcomes[a.Outcome]++
			})
		}
		all.Wait()
		want := map[answer.Outcome]int{answer.Associated: 1, answer.Unchanged: 4}
		if diff := cmp.Diff(want, outcomes); diff != "" {
			t.Errorf("outcomes (-want +got):\n%s", diff)
		}
		if n := s.world.CountCalls("AssociateKmsKey"); n != 1 {
			t.Errorf("got %d AssociateKmsKey, want 1", n)
		}
	})
}

// Waiting for the other ends with the deadline, and leaves the way free.
func TestWaitingForTheOtherEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSetup(t, nil)
		s.group("/app", "")
		s.world.Inject(awsfake.Fault{Operation: "DescribeLogGroups", Kind: awsfake.Slow, Delay: time.Minute, Times: 1})
		var all sync.WaitGroup
		defer all.Wait()
		all.Go(func() {
			if _, err := s.run("/app"); err != nil {
				t.Error(err)
			}
		})
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		begin := time.Now()
		_, err := s.encrypter.Encrypt(ctx, named("/app"))
		s.checkFailure(err, failure.Unavailable, "/app")
		if took := time.Since(begin); took != time.Second {
			t.Errorf("got an answer after %v, want 1s", took)
		}
		if _, err := s.run("/other"); err != nil { // another target is not held up
			t.Error(err)
		}
		all.Wait()
		if got, err := s.run("/app"); err != nil || got.Outcome != answer.Unchanged {
			t.Errorf("got %s, %v, want unchanged", got.Outcome, err)
		}
	})
}

// Without time for the second look nobody knows whether a new log group is gone:
// said to be, its event would be done with, and the group stay open.
func TestNoTimeForTheSecondLook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSetup(t, nil)
		ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
		defer cancel()
		request := named("/app")
		request.IsNew = true
		if got, err := s.encrypter.Encrypt(ctx, request); err == nil {
			t.Errorf("got %s after one look at a new log group, want a failure that has the event tried again", got.Outcome)
		}
	})
}
