package encrypt_test

import (
	"testing"
	"testing/synctest"
	"time"

	"log-group-kms/internal/accounttest"
	"log-group-kms/internal/answer"
	"log-group-kms/internal/awsconf"
	"log-group-kms/internal/awsfake"
	"log-group-kms/internal/encrypt"
	"log-group-kms/internal/policy"
)

// onRequest has a function called before the answer to the n-th request of an
// operation goes out.
func (s *setup) onRequest(operation string, n int, f func()) {
	s.world.OnCall(func(c awsfake.Call) {
		if c.Operation == operation {
			if n--; n == 0 {
				f()
			}
		}
	})
}

// A conflict says that somebody else is at work on the log group. The key that they
// have set meanwhile is looked at before the request is repeated.
func TestKeySetDuringAConflict(t *testing.T) {
	for _, test := range []struct {
		name     string
		existing policy.Existing
		faults   int
		kept     bool
	}{
		{"keep, after one conflict", policy.Keep, 1, true},
		{"keep, after three", policy.Keep, 3, true},
		{"repair, their key is one that tags may name", policy.Repair, 1, true},
		{"replace", policy.Replace, 1, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSetup(t, func(p *policy.Policy) { p.Existing = test.existing })
				s.group("/app", "")
				s.world.Inject(awsfake.Fault{Operation: "AssociateKmsKey", Kind: awsfake.Conflict, Times: test.faults})
				s.onRequest("AssociateKmsKey", test.faults, func() { s.group("/app", s.tagged) })
				got, err := s.run("/app")
				want := answer.Answer{
					Outcome: answer.Unchanged, Reason: answer.ExistingKeyKept, LogGroup: "/app",
					KMSKeyARN: s.tagged, Attempts: test.faults, Encrypted: true,
				}
				if !test.kept {
					want = answer.Answer{
						Outcome: answer.Associated, Reason: answer.Default, LogGroup: "/app", KMSKeyARN: s.defaultKey,
						PreviousKMSKeyARN: s.tagged, Attempts: test.faults + 1, Encrypted: true,
					}
				}
				s.check(got, err, want)
				if s.keyOf("/app") != want.KMSKeyARN {
					t.Errorf("got key %s on the log group, want the answer's", s.keyOf("/app"))
				}
			})
		})
	}
}

// Whatever a request has to wait for, the state that it rests upon is at most a
// second old when it is sent.
func TestStateIsFreshAfterEveryWait(t *testing.T) {
	for _, test := range []struct {
		name  string
		rate  float64
		fault awsfake.Fault
	}{
		{"for its turn at the rate limit", 0.1, awsfake.Fault{}},
		{"for tags", 0, awsfake.Fault{Operation: "ListTagsForResource", Kind: awsfake.Slow, Delay: 4 * time.Second, Times: 1}},
		{"for KMS", 0, awsfake.Fault{Operation: "DescribeKey", Kind: awsfake.Slow, Delay: 4 * time.Second, Times: 1}},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSetup(t, nil)
				s.encrypter = encrypt.New(s.policy, &accounttest.Accounts{HTTP: s.world.Client(), Rates: awsconf.Rates{Associate: test.rate}})
				s.group("/first", "")
				s.group("/app", "")
				if test.rate > 0 { // takes the turn
					if _, err := s.run("/first"); err != nil {
						t.Fatal(err)
					}
				}
				if test.fault.Kind != "" {
					s.world.Inject(test.fault)
				}
				time.AfterFunc(2500*time.Millisecond, func() { s.group("/app", s.tagged) })
				got, err := s.run("/app")
				if err != nil || got.Outcome != answer.Unchanged || got.KMSKeyARN != s.tagged || s.keyOf("/app") != s.tagged {
					t.Errorf("got %s with %s, %v, want the key kept that somebody else has set meanwhile", got.Outcome, got.KMSKeyARN, err)
				}
			})
		})
	}
}

// The tags may change while a request waits.
func TestTagsAreFreshAfterALongWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSetup(t, nil)
		s.encrypter = encrypt.New(s.policy, &accounttest.Accounts{HTTP: s.world.Client(), Rates: awsconf.Rates{Associate: 0.05}})
		s.group("/first", "")
		s.group("/app", "")
		if _, err := s.run("/first"); err != nil {
			t.Fatal(err)
		}
		time.AfterFunc(5*time.Second, func() { s.group("/app", "", "kms-key", "alias/tagged") })
		got, err := s.run("/app")
		s.check(got, err, answer.Answer{Outcome: answer.Associated, Reason: answer.Tag, LogGroup: "/app", KMSKeyARN: s.tagged, Attempts: 1, Encrypted: true})
	})
}

// AWS's manual rotation: a new key, the alias moved to it, the old key retired
// (https://docs.aws.amazon.com/kms/latest/developerguide/rotate-keys-manually.html).
// A warm function must not go on by what it knew.
func TestAliasMoved(t *testing.T) {
	for _, test := range []struct {
		name     string
		tags     []string
		after    time.Duration
		retire   string
		reason   answer.Reason
		attempts int
	}{
		{"tag, at once, the old key is refused", []string{"kms-key", "alias/team"}, 0, awsfake.PendingDeletion, answer.Tag, 2},
		{"tag, after 10 seconds", []string{"kms-key", "alias/team"}, 10 * time.Second, awsfake.Enabled, answer.Tag, 1},
		{"default, at once, the old key is refused", nil, 0, awsfake.Disabled, answer.Default, 2},
		{"default, after 10 seconds", nil, 10 * time.Second, awsfake.Enabled, answer.Default, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSetup(t, func(p *policy.Policy) { p.Default = "alias/team" })
				old := s.key("alias/team", awsfake.Key{})
				s.group("/warm", "", test.tags...)
				s.group("/app", "", test.tags...)
				if got, err := s.run("/warm"); err != nil || got.KMSKeyARN != old {
					t.Fatalf("got %s, %v, want the old key at first", got.KMSKeyARN, err)
				}
				now := s.key("", awsfake.Key{})
				s.world.AddAlias("", region, "alias/team", now)
				s.world.SetKeyState(old, test.retire)
				time.Sleep(test.after)
				got, err := s.run("/app")
				s.check(got, err, answer.Answer{
					Outcome: answer.Associated, Reason: test.reason, LogGroup: "/app", KMSKeyARN: now, Attempts: test.attempts, Encrypted: true,
				})
			})
		})
	}
}

// A key that comes back within the second look at it is set, not rejected.
func TestRefusedKeyThatKMSCallsGood(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSetup(t, nil)
		s.group("/app", "", "kms-key", "alias/tagged")
		s.world.SetKeyPolicy(s.tagged, awsfake.PolicyWithoutLogs)
		got, err := s.run("/app")
		s.check(got, err, answer.Answer{
			Outcome: answer.Associated, Reason: answer.Default, TagRejected: answer.Unusable,
			LogGroup: "/app", KMSKeyARN: s.defaultKey, Attempts: 2, Encrypted: true,
		})
		if n := s.world.CountCalls("AssociateKmsKey"); n != 2 {
			t.Errorf("got %d AssociateKmsKey, want the refused key tried once", n)
		}
	})
}

// In repair, the key that the log group has is judged by the same freshness.
func TestRepairJudgesByFreshAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSetup(t, func(p *policy.Policy) { p.Existing = policy.Repair })
		s.group("/app", s.tagged)
		if got, err := s.run("/app"); err != nil || got.Reason != answer.ExistingKeyKept {
			t.Fatalf("got %s, %v, want the good key kept", got.Reason, err)
		}
		s.world.SetKeyState(s.tagged, awsfake.Disabled)
		time.Sleep(10 * time.Second)
		got, err := s.run("/app")
		s.check(got, err, answer.Answer{
			Outcome: answer.Associated, Reason: answer.Default, LogGroup: "/app", KMSKeyARN: s.defaultKey,
			PreviousKMSKeyARN: s.tagged, Attempts: 1, Encrypted: true,
		})
	})
}

// Where every look takes longer than a second, none is fresh enough; the log group
// still gets its key.
func TestSlowAWSIsNoReasonToDoNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSetup(t, nil)
		s.group("/app", "")
		s.world.Inject(awsfake.Fault{Kind: awsfake.Slow, Delay: 3 * time.Second})
		if got, err := s.run("/app"); err != nil || got.Outcome != answer.Associated {
			t.Errorf("got %s, %v, want associated", got.Outcome, err)
		}
	})
}

// What was asked beside and turns out not to be needed neither delays nor fails the
// answer.
func TestNeedlessDescribeKeyIsDropped(t *testing.T) {
	for _, kind := range []awsfake.FaultKind{awsfake.Hang, awsfake.ExpiredToken, awsfake.Throttling400} {
		t.Run(string(kind), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSetup(t, nil)
				s.group("/app", s.tagged)
				s.group("/skipped", "")
				s.policy.Rules = []policy.Rule{{Name: "skip", Tags: map[string]policy.Pattern{"encrypt": "no"}, Skip: true}}
				s.group("/skipped", "", "encrypt", "no")
				s.world.Inject(awsfake.Fault{Operation: "DescribeKey", Kind: kind})
				begin := time.Now()
				for name, want := range map[string]answer.Reason{"/app": answer.ExistingKeyKept, "/skipped": answer.Excluded} {
					if got, err := s.run(name); err != nil || got.Reason != want {
						t.Errorf("%s: got %s, %v, want %s", name, got.Reason, err, want)
					}
				}
				if took := time.Since(begin); took != 0 {
					t.Errorf("got answers after %v, want them at once", took)
				}
			})
		})
	}
}

// What was asked beside a state that takes long to come is asked again where it has
// grown old meanwhile, also where nothing is to be written.
func TestVerdictsRestUponFreshKeys(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSetup(t, func(p *policy.Policy) { p.Existing = policy.Replace })
		s.group("/warm", "")
		s.group("/app", s.defaultKey)
		if _, err := s.run("/warm"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(8 * time.Second) // what is known of the default key is just young enough
		now := s.key("", awsfake.Key{})
		s.world.AddAlias("", region, "alias/logs", now)
		s.world.Inject(awsfake.Fault{Operation: "DescribeLogGroups", Kind: awsfake.Slow, Delay: 4 * time.Second, Times: 1})
		got, err := s.run("/app")
		if err != nil || got.Outcome != answer.Associated || got.KMSKeyARN != now {
			t.Errorf("got %s with %s, %v, want the key that the alias means now", got.Outcome, got.KMSKeyARN, err)
		}
	})
}
