package encrypt_test

import (
	"testing"
	"testing/synctest"

	"log-group-kms/internal/answer"
	"log-group-kms/internal/awsfake"
	"log-group-kms/internal/encrypt"
	"log-group-kms/internal/failure"
	"log-group-kms/internal/policy"
	"log-group-kms/internal/target"
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
				for _, request := range []encrypt.Request{named("/app"), {Target: target.QueryResults(scope)}} {
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

// A key that went bad after it was looked at is found out by CloudWatch Logs, and
// looked at anew before the verdict.
func TestKeyGoesBadWhileRemembered(t *testing.T) {
	for _, test := range []struct {
		name string
		fail func(s *setup)
		text string
		do   string // part of the advice
	}{
		{"disabled", func(s *setup) { s.world.SetKeyState(s.defaultKey, awsfake.Disabled) }, "Unable to validate", "Name an enabled"},
		{"deleted", func(s *setup) { s.world.DeleteKey(s.defaultKey) }, "does not exist", "Name an enabled"},
		{"policy changed", func(s *setup) { s.world.SetKeyPolicy(s.defaultKey, awsfake.PolicyWithoutLogs) }, "not allowed to be used", "The key's policy must allow"},
		{"disabled, without a word on the key", func(s *setup) {
			s.world.SetKeyState(s.defaultKey, awsfake.Disabled)
			s.world.Inject(awsfake.Fault{Operation: "AssociateKmsKey", Kind: awsfake.InvalidParameter})
		}, "its state is Disabled", "Name an enabled"},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSetup(t, nil)
				s.group("/1", "")
				s.group("/2", "")
				if _, err := s.run("/1"); err != nil {
					t.Fatal(err)
				}
				test.fail(s)
				got, err := s.run("/2")
				s.checkFailure(err, failure.KeyUnusable, test.text, s.defaultKey, "1 attempt", test.do)
				if got.Attempts != 1 || s.world.CountCalls("AssociateKmsKey") != 2 {
					t.Errorf("got %d attempts and %d AssociateKmsKey in all, want 1 and 2", got.Attempts, s.world.CountCalls("AssociateKmsKey"))
				}
				if n := s.world.CountCalls("DescribeKey"); n != 2 {
					t.Errorf("got %d DescribeKey, want a second one after the refusal", n)
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
