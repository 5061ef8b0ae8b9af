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
	"log-group-kms/internal/encrypt"
	"log-group-kms/internal/failure"
	"log-group-kms/internal/policy"
)

// Every form of a key ends in the ARN that DescribeLogGroups shows.
func TestFormsOfAKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSetup(t, func(p *policy.Policy) { p.Existing = policy.Replace })
		id := s.defaultKey[len("arn:aws:kms:eu-west-1:111122223333:key/"):]
		for _, form := range []string{s.defaultKey, id, "alias/logs", awsfake.AliasARN(account, region, "alias/logs")} {
			s.group("/app", "")
			s.policy.Default = policy.KeyTemplate(form)
			if _, err := s.run("/app"); err != nil || s.keyOf("/app") != s.defaultKey {
				t.Errorf("%s: got key %q, failure %v, want the key's ARN", form, s.keyOf("/app"), err)
			}
		}
	})
}

// A key that CloudWatch Logs cannot use is found out before any write.
func TestUnfitKeys(t *testing.T) {
	for _, test := range []struct {
		name string
		key  awsfake.Key
		text string
	}{
		{"disabled", awsfake.Key{State: awsfake.Disabled}, "Disabled"},
		{"creating", awsfake.Key{State: awsfake.Creating}, "Creating"},
		{"updating", awsfake.Key{State: awsfake.Updating}, "Updating"},
		{"pending deletion", awsfake.Key{State: awsfake.PendingDeletion}, "PendingDeletion"},
		{"pending import", awsfake.Key{State: awsfake.PendingImport}, "PendingImport"},
		{"pending replica deletion", awsfake.Key{State: awsfake.PendingReplicaDeletion}, "PendingReplicaDeletion"},
		{"unavailable", awsfake.Key{State: awsfake.Unavailable}, "Unavailable"},
		{"asymmetric", awsfake.Key{Spec: "RSA_2048"}, "RSA_2048"},
		{"signing", awsfake.Key{Spec: "ECC_NIST_P256", Usage: "SIGN_VERIFY"}, "SIGN_VERIFY"},
		{"HMAC", awsfake.Key{Spec: "HMAC_256", Usage: "GENERATE_VERIFY_MAC"}, "GENERATE_VERIFY_MAC"},
		{"AWS's own", awsfake.Key{Manager: "AWS"}, "AWS managed"},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSetup(t, func(p *policy.Policy) { p.Default, p.QueryResult = "alias/odd", "alias/odd" })
				s.group("/app", "")
				s.key("alias/odd", test.key)
				for _, request := range []encrypt.Request{named("/app"), {Target: named("").Target}} {
					_, err := s.encrypter.Encrypt(t.Context(), request)
					s.checkFailure(err, failure.KeyUnusable, "alias/odd", test.text)
				}
				if n := s.world.CountCalls("AssociateKmsKey"); n != 0 {
					t.Errorf("got %d writes, want none", n)
				}
				// Named by a tag, the same key is no reason to leave the group open.
				s.policy.Default = "alias/logs"
				s.group("/tagged", "", "kms-key", "alias/odd")
				got, err := s.run("/tagged")
				s.check(got, err, answer.Answer{
					Outcome: answer.Associated, Reason: answer.Default, TagRejected: answer.Unusable,
					LogGroup: "/tagged", KMSKeyARN: s.defaultKey, Attempts: 1, Encrypted: true,
				})
			})
		})
	}
}

// What the text of the reference tells costs no request.
func TestUnfitByText(t *testing.T) {
	for _, reference := range []string{
		"alias/aws/s3", "arn:aws:kms:eu-west-1:111122223333:alias/aws/s3",
		"arn:aws:kms:us-east-1:111122223333:key/6d5c0f2e-2d0e-4a3c-8a34-5a0f2c1d7e90",
		"arn:aws:kms:us-east-1:111122223333:alias/logs",
	} {
		synctest.Test(t, func(t *testing.T) {
			s := newSetup(t, func(p *policy.Policy) { p.Default = policy.KeyTemplate(reference) })
			s.group("/app", "")
			_, err := s.run("/app")
			s.checkFailure(err, failure.KeyUnusable, reference, "/app")
			s.wantOperations("DescribeLogGroups", "ListTagsForResource")
		})
	}
}

// describes works on a log group after some time, and gives the DescribeKey
// requests that it took.
func (s *setup) describes(after time.Duration, name string) int {
	s.Helper()
	time.Sleep(after)
	before := s.world.CountCalls("DescribeKey")
	_, _ = s.run(name) // only the requests are of interest
	return s.world.CountCalls("DescribeKey") - before
}

// Good answers are believed for minutes, bad ones for seconds, trouble that may
// pass not at all.
func TestHowLongKeysAreRemembered(t *testing.T) {
	bad := func(s *setup) { s.world.SetKeyState(s.defaultKey, awsfake.Disabled) }
	for _, test := range []struct {
		name    string
		prepare func(s *setup)
		believe time.Duration // 0: not at all
	}{
		{"good", func(*setup) {}, 5 * time.Minute},
		{"disabled", bad, 5 * time.Second},
		{"missing", func(s *setup) { s.world.DeleteKey(s.defaultKey) }, 5 * time.Second},
		{"not to be described", func(s *setup) { s.world.DenyDescribeKey(s.defaultKey, true) }, 5 * time.Second},
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

// A key that went bad after it was looked at is found out by CloudWatch Logs,
// and looked at anew from then on.
func TestKeyGoesBadWhileRemembered(t *testing.T) {
	for _, test := range []struct {
		name string
		fail func(s *setup)
		text string
	}{
		{"disabled", func(s *setup) { s.world.SetKeyState(s.defaultKey, awsfake.Disabled) }, "Unable to validate"},
		{"deleted", func(s *setup) { s.world.DeleteKey(s.defaultKey) }, "does not exist"},
		{"policy changed", func(s *setup) { s.world.SetKeyPolicy(s.defaultKey, awsfake.PolicyWithoutLogs) }, "not allowed to be used"},
		{"disabled, without a word on the key", func(s *setup) {
			s.world.SetKeyState(s.defaultKey, awsfake.Disabled)
			s.world.Inject(awsfake.Fault{Operation: "AssociateKmsKey", Kind: awsfake.InvalidParameter})
		}, "its state is Disabled"},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSetup(t, nil)
				s.group("/1", "")
				s.group("/2", "")
				s.group("/3", "")
				if _, err := s.run("/1"); err != nil {
					t.Fatal(err)
				}
				test.fail(s)
				got, err := s.run("/2")
				s.checkFailure(err, failure.KeyUnusable, test.text, s.defaultKey, "1 attempt")
				if got.Attempts != 1 || s.world.CountCalls("AssociateKmsKey") != 2 {
					t.Errorf("got %d attempts and %d AssociateKmsKey in all, want 1 and 2", got.Attempts, s.world.CountCalls("AssociateKmsKey"))
				}
				before := s.world.CountCalls("DescribeKey")
				_, err = s.run("/3")
				s.checkFailure(err, failure.KeyUnusable)
				if test.name != "disabled, without a word on the key" && s.world.CountCalls("DescribeKey") == before {
					t.Error("got no DescribeKey after the refusal, want what was remembered forgotten")
				}
			})
		})
	}
}

// The same words from AWS about a key that is fine are somebody else's trouble.
func TestInvalidParameterWithAGoodKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSetup(t, nil)
		s.group("/app", "")
		s.world.Inject(awsfake.Fault{Operation: "AssociateKmsKey", Kind: awsfake.InvalidParameter})
		_, err := s.run("/app")
		s.checkFailure(err, failure.Unexpected, "InvalidParameterException", "/app")
	})
}

// Only AssociateKmsKey tests a key's policy. A tag's key that is refused there
// is rejected like any other.
func TestTagKeyRefusedByItsPolicy(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(*policy.Policy)
		want   answer.Answer
	}{
		{"default instead", nil, answer.Answer{Outcome: answer.Associated, Reason: answer.Default, Attempts: 2, Encrypted: true}},
		{"nothing instead", func(p *policy.Policy) { p.Default = "" }, answer.Answer{Outcome: answer.Skipped, Reason: answer.NoKey, Attempts: 1}},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSetup(t, test.change)
				s.group("/app", "", "kms-key", "alias/tagged")
				s.world.SetKeyPolicy(s.tagged, awsfake.PolicyWithoutLogs)
				test.want.LogGroup, test.want.TagRejected = "/app", answer.Unusable
				if test.want.Outcome == answer.Associated {
					test.want.KMSKeyARN = s.defaultKey
				}
				got, err := s.run("/app")
				s.check(got, err, test.want)
			})
		})
	}
}

// Trouble that may pass is no reason to fall back, neither in describing the
// tag's key nor in setting it.
func TestPassingTroubleIsNoRejection(t *testing.T) {
	for _, test := range []struct {
		operation string
		kind      awsfake.FaultKind
		want      failure.Type
	}{
		{"DescribeKey", awsfake.Throttling400, failure.Throttled},
		{"DescribeKey", awsfake.DependencyTimeout500, failure.Unavailable},
		{"AssociateKmsKey", awsfake.Throttling400, failure.Throttled},
		{"AssociateKmsKey", awsfake.Conflict, failure.Conflict},
		{"AssociateKmsKey", awsfake.AccessDeniedIAM, failure.AccessDenied},
	} {
		t.Run(test.operation+" "+string(test.kind), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSetup(t, nil)
				s.group("/app", "", "kms-key", "alias/tagged")
				s.world.Inject(awsfake.Fault{Operation: test.operation, Kind: test.kind})
				got, err := s.run("/app")
				s.checkFailure(err, test.want)
				if got.TagRejected != "" || s.keyOf("/app") != "" {
					t.Errorf("got tag rejected %q and key %q, want neither", got.TagRejected, s.keyOf("/app"))
				}
			})
		})
	}
}

// A tag's key that this function may not describe is rejected; the default's is
// a failure to be told of.
func TestKeyNotToBeDescribed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSetup(t, nil)
		s.group("/app", "", "kms-key", "alias/tagged")
		s.world.DenyDescribeKey(s.tagged, true)
		got, err := s.run("/app")
		s.check(got, err, answer.Answer{
			Outcome: answer.Associated, Reason: answer.Default, TagRejected: answer.Unusable,
			LogGroup: "/app", KMSKeyARN: s.defaultKey, Attempts: 1, Encrypted: true,
		})
		s.group("/plain", "")
		s.world.DenyDescribeKey(s.defaultKey, true)
		time.Sleep(time.Hour)
		_, err = s.run("/plain")
		s.checkFailure(err, failure.AccessDenied, "alias/logs", "kms:DescribeKey")
	})
}

// An alias may point at a key outside of the list; what it resolves to counts.
func TestAliasOfAForbiddenKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSetup(t, nil)
		s.policy.Allowed = policy.Allowed{policy.Pattern(s.tagged)}
		s.key("alias/elsewhere", awsfake.Key{})
		s.group("/no", "", "kms-key", "alias/elsewhere")
		s.group("/yes", "", "kms-key", "alias/tagged")
		got, err := s.run("/no")
		s.check(got, err, answer.Answer{
			Outcome: answer.Associated, Reason: answer.Default, TagRejected: answer.NotAllowed,
			LogGroup: "/no", KMSKeyARN: s.defaultKey, Attempts: 1, Encrypted: true,
		})
		got, err = s.run("/yes")
		s.check(got, err, answer.Answer{Outcome: answer.Associated, Reason: answer.Tag, LogGroup: "/yes", KMSKeyARN: s.tagged, Attempts: 1, Encrypted: true})
	})
}

// Repair leaves a key that may be there and replaces one that may not.
func TestRepair(t *testing.T) {
	for _, test := range []struct {
		name     string
		allowed  policy.Allowed
		rules    []policy.Rule
		existing func(s *setup) string
		kept     bool
	}{
		{"allowed to tags", policy.Allowed{"arn:*:kms:{region}:{account}:key/*"}, nil, func(s *setup) string { return s.tagged }, true},
		{"outside of everything", policy.Allowed{"alias/*"}, nil, func(s *setup) string { return s.tagged }, false},
		{"of a rule", nil, []policy.Rule{{Name: "r", LogGroups: []policy.Pattern{"/other"}, Key: "alias/tagged"}}, func(s *setup) string { return s.tagged }, true},
		{"of a rule, beside one whose key is missing", nil, []policy.Rule{
			{Name: "m", LogGroups: []policy.Pattern{"/x"}, Key: "alias/missing"},
			{Name: "r", LogGroups: []policy.Pattern{"/other"}, Key: "alias/tagged"},
		}, func(s *setup) string { return s.tagged }, true},
		{"of a rule that skips is none", nil, []policy.Rule{{Name: "r", LogGroups: []policy.Pattern{"/other"}, Skip: true}}, func(s *setup) string { return s.tagged }, false},
		{"disabled", policy.Allowed{"arn:*"}, nil, func(s *setup) string { return s.key("", awsfake.Key{State: awsfake.Disabled}) }, false},
		{"pending deletion", policy.Allowed{"arn:*"}, nil, func(s *setup) string { return s.key("", awsfake.Key{State: awsfake.PendingDeletion}) }, false},
		{"of a rule and disabled", nil, []policy.Rule{{Name: "r", LogGroups: []policy.Pattern{"/other"}, Key: "alias/off"}}, func(s *setup) string {
			return s.key("alias/off", awsfake.Key{State: awsfake.Disabled})
		}, false},
		{"deleted", policy.Allowed{"arn:*"}, nil, func(*setup) string {
			return awsfake.KeyARN(account, region, "6d5c0f2e-2d0e-4a3c-8a34-5a0f2c1d7e90")
		}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSetup(t, func(p *policy.Policy) {
					p.Existing, p.Allowed, p.Rules = policy.Repair, test.allowed, test.rules
				})
				old := test.existing(s)
				s.group("/app", old)
				want := answer.Answer{Outcome: answer.Associated, Reason: answer.Default, KMSKeyARN: s.defaultKey, PreviousKMSKeyARN: old, Attempts: 1}
				if test.kept {
					want = answer.Answer{Outcome: answer.Unchanged, Reason: answer.ExistingKeyKept, KMSKeyARN: old}
				}
				want.LogGroup, want.Encrypted = "/app", true
				got, err := s.run("/app")
				s.check(got, err, want)
			})
		})
	}
}

// What cannot be judged is not replaced.
func TestRepairInDoubt(t *testing.T) {
	for _, test := range []struct {
		name string
		make func(s *setup)
		want failure.Type
	}{
		{"throttled", func(s *setup) {
			s.world.Inject(awsfake.Fault{Operation: "DescribeKey", Resource: s.tagged, Kind: awsfake.Throttling400})
		}, failure.Throttled},
		{"not to be described", func(s *setup) { s.world.DenyDescribeKey(s.tagged, true) }, failure.AccessDenied},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSetup(t, func(p *policy.Policy) { p.Existing = policy.Repair })
				s.group("/app", s.tagged)
				test.make(s)
				_, err := s.run("/app")
				s.checkFailure(err, test.want, s.tagged)
				if s.keyOf("/app") != s.tagged {
					t.Errorf("got key %q, want the old one", s.keyOf("/app"))
				}
			})
		})
	}
}
