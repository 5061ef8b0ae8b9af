package tests

import (
	"testing"

	"log-group-kms/internal/awsfake"
	"log-group-kms/tests/golden"
)

// TestAllowList weighs what tags name against TAG_ALLOWED_KEYS. What the text
// alone settles is never shown to KMS: the list of calls would tell others which
// keys somebody asked for.
func TestAllowList(t *testing.T) {
	foreign := "arn:aws:kms:" + region + ":" + otherAccount + ":key/3c1e9d07-64fa-4b8e-8f12-5a90d7b3c2e4"
	alias := awsfake.AliasARN(account, region, "alias/payments")
	const byTag, byDefault = "associated/tag ", "associated/default "
	cases := []struct {
		name, allowed, tag, want string
		asked                    bool // KMS was, about the tag's key
	}{
		{"by default, a key of the account", "", golden.PaymentsKey, byTag + id(golden.PaymentsKey), true},
		{"by default, an alias of the account", "", "alias/payments", byTag + id(golden.PaymentsKey), true},
		{"by default, a key of another account", "", foreign, byDefault + id(golden.DefaultKey) + " tag not-allowed", false},
		{"by default, a key of another Region", "", "arn:aws:kms:us-east-1:" + account + ":key/" + id(golden.PaymentsKey), byDefault + id(golden.DefaultKey) + " tag not-allowed", false},
		{"one key ARN, itself", golden.PaymentsKey, golden.PaymentsKey, byTag + id(golden.PaymentsKey), true},
		{"one key ARN, another", golden.LedgerKey, golden.PaymentsKey, byDefault + id(golden.DefaultKey) + " tag not-allowed", false},
		{"one key ARN, another's ID", golden.LedgerKey, id(golden.PaymentsKey), byDefault + id(golden.DefaultKey) + " tag not-allowed", false},
		{"one key ARN, its ID", golden.PaymentsKey, id(golden.PaymentsKey), byTag + id(golden.PaymentsKey), true},
		{"one key ARN, its alias", golden.PaymentsKey, "alias/payments", byTag + id(golden.PaymentsKey), true},
		{"one key ARN, another's alias", golden.LedgerKey, "alias/payments", byDefault + id(golden.DefaultKey) + " tag not-allowed", true},
		{"alias pattern, the alias", "alias/pay*", "alias/payments", byTag + id(golden.PaymentsKey), true},
		{"alias pattern, another alias", "alias/team-*", "alias/payments", byDefault + id(golden.DefaultKey) + " tag not-allowed", false},
		{"alias pattern, the alias as ARN", "alias/pay*", alias, byTag + id(golden.PaymentsKey), true},
		{"alias pattern, the key that the alias has", "alias/pay*", golden.PaymentsKey, byDefault + id(golden.DefaultKey) + " tag not-allowed", false},
		{"alias pattern, the key's ID", "alias/pay*", id(golden.PaymentsKey), byDefault + id(golden.DefaultKey) + " tag not-allowed", false},
		{"alias pattern, an alias ARN of another account", "alias/pay*", awsfake.AliasARN(otherAccount, region, "alias/payments"), byDefault + id(golden.DefaultKey) + " tag not-allowed", false},
		{"alias pattern, an alias ARN of another Region", "alias/pay*", awsfake.AliasARN(account, "us-east-1", "alias/payments"), byDefault + id(golden.DefaultKey) + " tag not-allowed", false},
		{"second of two patterns", golden.LedgerKey + ", alias/payments", "alias/payments", byTag + id(golden.PaymentsKey), true},
		{"placeholders", "arn:{partition}:kms:{region}:{account}:key/b41c*", "alias/payments", byTag + id(golden.PaymentsKey), true},
		{"one character", "alias/payment?", "alias/payments", byTag + id(golden.PaymentsKey), true},
		{"the whole name has to match", "alias/payment", "alias/payments", byDefault + id(golden.DefaultKey) + " tag not-allowed", false},
		{"not a key", "", "payments", byDefault + id(golden.DefaultKey) + " tag unusable", false},
		{"an ARN of something else", "*", "arn:aws:s3:::bucket", byDefault + id(golden.DefaultKey) + " tag unusable", false},
		{"an empty tag", "", "", byDefault + id(golden.DefaultKey), false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := world()
			newGroup(w, "/app/tag", "", map[string]string{"kms-key": c.tag})
			s := start(t, w, "TAG_ALLOWED_KEYS="+c.allowed)
			got := s.does(created("/app/tag"))
			switch c.tag {
			case "", "payments", "arn:aws:s3:::bucket":
				// Which of the two words fits a tag that names no key is open; that
				// it decides nothing is not.
				got.TagRejected = ""
				s.equal("answer", got.short(), byDefault+id(golden.DefaultKey))
			default:
				s.equal("answer", got.short(), c.want)
			}
			if n := len(w.CallsFor(c.tag)); (n > 0) != c.asked {
				t.Errorf("requests to KMS about the tag's key: got %d, want any: %t", n, c.asked)
			}
		})
	}
}

// TestAllowedForeignKey lets tags name one key of another account, and shows
// that neither its alias nor its neighbours come in with it.
func TestAllowedForeignKey(t *testing.T) {
	t.Parallel()
	w := world()
	shared := newKey(w, "alias/shared", awsfake.Key{Account: otherAccount, Policy: awsfake.PolicyEveryAccount})
	newGroup(w, "/app/shared", "", map[string]string{"kms-key": shared})
	newGroup(w, "/app/shared-alias", "", map[string]string{"kms-key": awsfake.AliasARN(otherAccount, region, "alias/shared")})
	newGroup(w, "/app/other", "", map[string]string{"kms-key": newKey(w, "", awsfake.Key{Account: otherAccount, Policy: awsfake.PolicyEveryAccount})})
	s := start(t, w, "TAG_ALLOWED_KEYS="+shared, "ASSOCIATE_RATE=0")
	s.equal("the key", s.does(created("/app/shared")).short(), "associated/tag "+id(shared))
	s.equal("its alias", s.does(created("/app/shared-alias")).short(), "associated/tag "+id(shared))
	s.equal("another", s.does(created("/app/other")).short(), "associated/default "+id(golden.DefaultKey)+" tag not-allowed")
}

// TestTagRejected falls back to what the tag stood before: a rule, the default,
// or nothing at all.
func TestTagRejected(t *testing.T) {
	cases := []struct {
		name     string
		settings []string
		prepare  func(*awsfake.World)
		want     string
	}{
		{"to a rule", []string{`RULES={"rules":[{"name":"r","logGroups":["/app/*"],"key":"alias/gateway"}]}`, "TAG_ALLOWED_KEYS=alias/none"}, nil,
			"associated/rule " + id(golden.GatewayKey) + " tag not-allowed"},
		{"to no key", []string{"DEFAULT_KMS_KEY=", "TAG_ALLOWED_KEYS=alias/none"}, nil, "skipped/no-key tag not-allowed"},
		{"may not be described", nil, func(w *awsfake.World) { w.DenyDescribeKey(golden.PaymentsKey, true) },
			"associated/default " + id(golden.DefaultKey) + " tag unusable"},
		{"the key's policy refuses when associating", nil, func(w *awsfake.World) { w.SetKeyPolicy(golden.PaymentsKey, awsfake.PolicyWithoutLogs) },
			"associated/default " + id(golden.DefaultKey) + " tag unusable"},
		{"to a rule after the policy refused", []string{`RULES={"rules":[{"name":"r","logGroups":["/app/*"],"key":"alias/gateway"}]}`},
			func(w *awsfake.World) { w.SetKeyPolicy(golden.PaymentsKey, awsfake.PolicyWithoutLogs) }, "associated/rule " + id(golden.GatewayKey) + " tag unusable"},
		{"to no key after the policy refused", []string{"DEFAULT_KMS_KEY="},
			func(w *awsfake.World) { w.SetKeyPolicy(golden.PaymentsKey, awsfake.PolicyWithoutLogs) }, "skipped/no-key tag unusable"},
		{"its key is gone", nil, func(w *awsfake.World) { w.DeleteKey(golden.PaymentsKey) }, "associated/default " + id(golden.DefaultKey) + " tag unusable"},
		{"the default is unusable too", nil, func(w *awsfake.World) {
			w.DeleteKey(golden.PaymentsKey)
			w.SetKeyState(golden.DefaultKey, awsfake.Disabled)
		}, "KeyUnusable"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := world()
			newGroup(w, "/app/tag", "", map[string]string{"kms-key": "alias/payments"})
			if c.prepare != nil {
				c.prepare(w)
			}
			s := start(t, w, append([]string{"RULES="}, c.settings...)...)
			s.equal("answer", s.outcomeOf(created("/app/tag")), c.want)
		})
	}
}

// TestTroubleIsNoRejection guards against encrypting with the wrong key because
// KMS had a bad moment.
func TestTroubleIsNoRejection(t *testing.T) {
	for _, c := range []trouble{
		{awsfake.Throttling400, "Throttled", 2}, {awsfake.Bare429, "Throttled", 2}, {awsfake.KMSInternal500, "Unavailable", 2},
		{awsfake.DependencyTimeout500, "Unavailable", 2}, {awsfake.HTML500, "Unavailable", 2}, {awsfake.Reset, "Unavailable", 2},
		{awsfake.ServiceUnavailable503, "Unavailable", 2}, {awsfake.ExpiredToken, "Unexpected", 1},
	} {
		t.Run(string(c.kind), func(t *testing.T) {
			t.Parallel()
			w := world()
			newGroup(w, "/app/tag", "", map[string]string{"kms-key": "alias/payments"})
			w.Inject(awsfake.Fault{Operation: "DescribeKey", Resource: "alias/payments", Kind: c.kind})
			s := start(t, w, "AWS_MAX_ATTEMPTS=2")
			s.fails(c.errorType, created("/app/tag"))
			asked := 0
			for _, call := range w.Calls() {
				if call.Operation == "DescribeKey" && call.Resource == "alias/payments" {
					asked++
				}
			}
			s.equal("requests about the tag's key", asked, c.requests)
			s.wantKey("/app/tag", "")
		})
	}
}
