package encrypt_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"log-group-kms/internal/answer"
	"log-group-kms/internal/awsfake"
	"log-group-kms/internal/policy"
)

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

// A group that disappears between reading and writing is as gone as any; the key
// that it had until then encrypts nothing any more.
func TestGoneInBetween(t *testing.T) {
	for _, had := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			s := newSetup(t, func(p *policy.Policy) { p.Existing = policy.Replace })
			s.group("/app", map[bool]string{true: s.tagged}[had])
			s.world.Inject(awsfake.Fault{Operation: "ListTagsForResource", Kind: awsfake.Slow, Delay: 100 * time.Millisecond})
			s.world.OnCall(func(c awsfake.Call) {
				if c.Operation == "ListTagsForResource" {
					s.world.DeleteLogGroup("", region, "/app")
				}
			})
			got, err := s.run("/app")
			s.check(got, err, answer.Answer{Outcome: answer.Gone, Reason: answer.LogGroupNotFound, LogGroup: "/app", Attempts: 1})
		})
	}
}
