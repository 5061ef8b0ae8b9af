package encrypt_test

import (
	"testing"
	"testing/synctest"

	"log-group-kms/internal/answer"
	"log-group-kms/internal/awsfake"
	"log-group-kms/internal/failure"
	"log-group-kms/internal/policy"
)

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
