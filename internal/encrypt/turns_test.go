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
	"log-group-kms/internal/failure"
	"log-group-kms/internal/policy"
)

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

// A check that sets the key of a log group once more waits for an event that is about to
// give it another: it would put the old key back, or meet a conflict.
func TestSetAgainTakesItsTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSetup(t, func(p *policy.Policy) { p.Existing = policy.Replace })
		s.group("/app", s.tagged)
		s.world.Inject(awsfake.Fault{Operation: "AssociateKmsKey", Kind: awsfake.Slow, Delay: 500 * time.Millisecond, Times: 1})
		var all sync.WaitGroup
		all.Go(func() {
			if _, err := s.run("/app"); err != nil {
				t.Error(err)
			}
		})
		synctest.Wait()
		got, err := s.encrypter.SetAgain(t.Context(), named("/app").Target)
		if err != nil || got != s.defaultKey {
			t.Errorf("got %s, %v, want the key that the event has set, %s", got, err, s.defaultKey)
		}
		all.Wait()
	})
}
