package encrypt_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"log-group-kms/internal/answer"
	"log-group-kms/internal/awsfake"
	"log-group-kms/internal/failure"
)

// describes works on a log group after some time, and gives the DescribeKey
// requests that it took.
func (s *setup) describes(after time.Duration, name string) int {
	s.Helper()
	time.Sleep(after)
	before := s.world.CountCalls("DescribeKey")
	_, _ = s.run(name) // only the requests are of interest
	return s.world.CountCalls("DescribeKey") - before
}

// Good answers are believed for seconds, bad ones for one, trouble that may pass not
// at all.
func TestHowLongKeysAreRemembered(t *testing.T) {
	bad := func(s *setup) { s.world.SetKeyState(s.defaultKey, awsfake.Disabled) }
	for _, test := range []struct {
		name    string
		prepare func(s *setup)
		believe time.Duration // 0: not at all
	}{
		{"good", func(*setup) {}, 9 * time.Second},
		{"disabled", bad, time.Second},
		{"missing", func(s *setup) { s.world.DeleteKey(s.defaultKey) }, time.Second},
		{"not to be described", func(s *setup) { s.world.DenyDescribeKey(s.defaultKey, true) }, time.Second},
		{"throttled", func(s *setup) {
			s.world.Inject(awsfake.Fault{Operation: "DescribeKey", Kind: awsfake.Throttling400, Times: 8})
		}, 0},
		{"not judged", func(s *setup) {
			s.world.Inject(awsfake.Fault{Operation: "DescribeKey", Kind: awsfake.ExpiredToken, Times: 1})
		}, 0},
		{"unavailable", func(s *setup) {
			s.world.Inject(awsfake.Fault{Operation: "DescribeKey", Kind: awsfake.KMSInternal500, Times: 8})
		}, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSetup(t, nil)
				s.group("/1", "")
				s.group("/2", "")
				s.group("/3", "")
				test.prepare(s)
				if got := s.describes(0, "/1"); got == 0 {
					t.Fatal("got no DescribeKey at first, want one")
				}
				if test.believe == 0 {
					if got := s.describes(0, "/2"); got != 1 {
						t.Errorf("got %d DescribeKey right after, want 1", got)
					}
					return
				}
				if got := s.describes(test.believe-time.Millisecond, "/2"); got != 0 {
					t.Errorf("got %d DescribeKey after just under %v, want none", got, test.believe)
				}
				if got := s.describes(2*time.Millisecond, "/3"); got != 1 {
					t.Errorf("got %d DescribeKey after just over %v, want 1", got, test.believe)
				}
			})
		})
	}
}

// A key that was mended has to wait no longer than some seconds.
func TestMendedKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSetup(t, nil)
		s.group("/app", "")
		s.world.SetKeyState(s.defaultKey, awsfake.Creating)
		_, err := s.run("/app")
		s.checkFailure(err, failure.KeyUnusable, "Creating")
		s.world.SetKeyState(s.defaultKey, awsfake.Enabled)
		time.Sleep(6 * time.Second)
		if got, err := s.run("/app"); err != nil || got.Outcome != answer.Associated {
			t.Errorf("got %s, %v, want associated", got.Outcome, err)
		}
	})
}

// Log groups that need the same key at the same time share one request.
func TestSharedDescribeKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSetup(t, nil)
		s.slow()
		var all sync.WaitGroup
		for i := range 30 {
			s.group(numbered(i), "")
			all.Go(func() {
				if _, err := s.run(numbered(i)); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if got := s.world.CountCalls("DescribeKey"); got != 1 {
			t.Errorf("got %d DescribeKey for 30 log groups of one key, want 1", got)
		}
	})
}

// Each caller has its own deadline. One that ends while another waits for the
// same answer must not take the other's time.
func TestSharedDescribeKeyKeepsDeadlinesApart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSetup(t, nil)
		s.group("/short", "")
		s.group("/long", "")
		s.world.Inject(awsfake.Fault{Operation: "DescribeKey", Kind: awsfake.Slow, Delay: 2 * time.Second})
		var all sync.WaitGroup
		for name, limit := range map[string]time.Duration{"/short": time.Second, "/long": time.Minute} {
			all.Go(func() {
				if name == "/long" {
					time.Sleep(100 * time.Millisecond) // joins the other's request
				}
				ctx, cancel := context.WithTimeout(t.Context(), limit)
				defer cancel()
				_, err := s.encrypter.Encrypt(ctx, named(name))
				switch {
				case name == "/short":
					s.checkFailure(err, failure.Unavailable, "time ran out")
				case err != nil:
					t.Errorf("a minute to go, 2 seconds needed: got %v, want success", err)
				}
			})
		}
		all.Wait()
	})
}

// Whoever may tag can name any number of keys; the memory of them is bounded,
// and the pressure never makes an answer wrong.
func TestManyKeys(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSetup(t, nil)
		for i := range 1200 {
			s.group(numbered(i), "", "kms-key", fmt.Sprintf("alias/none-%d", i))
			got, err := s.run(numbered(i))
			if err != nil || got.TagRejected != answer.Unusable || got.KMSKeyARN != s.defaultKey {
				t.Fatalf("got %+v, %v, want the default key", got, err)
			}
		}
	})
}
