package encrypt_test

import (
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"log-group-kms/internal/answer"
	"log-group-kms/internal/awsfake"
	"log-group-kms/internal/failure"
	"log-group-kms/internal/policy"
)

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

// Trouble that passes costs requests, no more.
func TestPassingTroubleOfAWrite(t *testing.T) {
	for _, kind := range []awsfake.FaultKind{awsfake.Reset, awsfake.Conflict, awsfake.ServiceUnavailable500} {
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

// An answer that got lost after the work was done is asked for again, or found to be
// needless by the look at the state that a longer wait demands. Either way it was
// this request that set the key.
func TestLostAnswerOfAWrite(t *testing.T) {
	for _, existing := range []policy.Existing{policy.Keep, policy.Replace} {
		for range 10 { // the delay is random
			synctest.Test(t, func(t *testing.T) {
				s := newSetup(t, func(p *policy.Policy) { p.Existing = existing })
				s.group("/app", "")
				s.world.Inject(awsfake.Fault{Operation: "AssociateKmsKey", Kind: awsfake.AppliedThenReset, Times: 4})
				got, err := s.run("/app")
				if got.Attempts < 2 || got.Attempts > 5 {
					t.Errorf("got %d attempts, want up to the four that were lost and one more", got.Attempts)
				}
				s.check(got, err, answer.Answer{
					Outcome: answer.Associated, Reason: answer.Default, LogGroup: "/app", KMSKeyARN: s.defaultKey, Attempts: got.Attempts, Encrypted: true,
				})
			})
		}
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

// Where the look before a repeated request fails, that is why the key was not set again;
// to say that it changed meanwhile would be a guess.
func TestSetAgainTellsOfAFailedLook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSetup(t, nil)
		s.group("/app", s.tagged)
		s.world.Inject(awsfake.Fault{Operation: "AssociateKmsKey", Kind: awsfake.Conflict, Times: 1})
		s.world.Inject(awsfake.Fault{Operation: "DescribeLogGroups", Kind: awsfake.AccessDeniedIAM, Every: 2, Times: 1})
		_, err := s.encrypter.SetAgain(t.Context(), named("/app").Target)
		s.checkFailure(err, failure.AccessDenied, "DescribeLogGroups", "/app")
	})
}
