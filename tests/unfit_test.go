package tests

import (
	"slices"
	"testing"

	"log-group-kms/internal/awsfake"
	"log-group-kms/tests/golden"
)

// unfit lists the ways in which a key that exists can be of no use.
var unfit = map[string]awsfake.Key{
	"disabled":                 {State: awsfake.Disabled},
	"creating":                 {State: awsfake.Creating},
	"updating":                 {State: awsfake.Updating},
	"pending deletion":         {State: awsfake.PendingDeletion},
	"pending import":           {State: awsfake.PendingImport},
	"pending replica deletion": {State: awsfake.PendingReplicaDeletion},
	"unavailable":              {State: awsfake.Unavailable},
	"for signatures":           {Usage: "SIGN_VERIFY", Spec: "RSA_2048"},
	"asymmetric":               {Spec: "RSA_4096"},
	"HMAC":                     {Usage: "GENERATE_VERIFY_MAC", Spec: "HMAC_256"},
	"AWS managed":              {Manager: "AWS"},
	"of another Region":        {Region: "us-east-1"},
	"without the service":      {Policy: awsfake.PolicyWithoutLogs},
	"for query results only":   {Policy: awsfake.PolicyQueryResultOnly},
	"for another log group":    {Policy: awsfake.PolicyOneLogGroup("/app/other")},
	"denied to the service":    {Policy: awsfake.PolicyDenyLogs},
}

// TestUnfitKeys has each of them as the default, where it is a failure, and in a
// tag, where the log group gets the key that it would have had without it.
func TestUnfitKeys(t *testing.T) {
	for name, key := range unfit {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := world()
			arn := newKey(w, "", key)
			newGroup(w, "/app/tagged", "", map[string]string{"kms-key": arn})
			s := start(t, w, "DEFAULT_KMS_KEY="+arn, "ASSOCIATE_RATE=0", "TAG_ALLOWED_KEYS=arn:*:key/*")
			message := s.fails("KeyUnusable", created("/app/new")).ErrorMessage
			mentions(t, message, "/app/new", arn)
			s.wantKey("/app/new", "")

			s = start(t, w, "ASSOCIATE_RATE=0", "TAG_ALLOWED_KEYS=arn:*:key/*")
			s.equal("answer", s.does(created("/app/tagged")).short(), "associated/default "+id(golden.DefaultKey)+" tag unusable")
			s.wantKey("/app/tagged", golden.DefaultKey)
			if key.State != "" || key.Usage != "" || key.Spec != "" || key.Manager != "" || key.Region != "" {
				writes := slices.DeleteFunc(w.Calls(), func(c awsfake.Call) bool { return c.Operation != "AssociateKmsKey" || c.Request["kmsKeyId"] != arn })
				s.equal("requests to set a key that KMS shows to be unfit", len(writes), 0)
			}
		})
	}
	t.Run("not there", func(t *testing.T) {
		t.Parallel()
		for _, key := range []string{awsfake.KeyARN(account, region, "00000000-0000-0000-0000-000000000000"), "alias/none", "00000000-0000-0000-0000-000000000000"} {
			s := start(t, world(), "DEFAULT_KMS_KEY="+key)
			s.fails("KeyUnusable", created("/app/new"))
		}
	})
}

// TestManagedAliases guards against a side effect: describing an alias of AWS's
// own creates its key.
func TestManagedAliases(t *testing.T) {
	t.Parallel()
	for _, alias := range []string{"alias/aws/logs", awsfake.AliasARN(account, region, "alias/aws/s3")} {
		w := world()
		newGroup(w, "/app/managed", "", map[string]string{"kms-key": alias})
		s := start(t, w, "TAG_ALLOWED_KEYS=*,alias/*")
		got := s.does(created("/app/managed"))
		if got.KMSKeyARN != golden.DefaultKey || got.TagRejected == "" {
			t.Errorf("%s in a tag: got %s, want it rejected", alias, got.short())
		}
		if made := w.ManagedKeysCreated(); len(made) > 0 {
			t.Errorf("%s: got %v created, want none", alias, made)
		}
	}
}

// TestKeyTurnsBad has a key go bad that the process knows to be good: what it
// remembers must not keep a log group from its answer.
func TestKeyTurnsBad(t *testing.T) {
	for name, change := range map[string]func(*awsfake.World, string){
		"disabled": func(w *awsfake.World, key string) { w.SetKeyState(key, awsfake.Disabled) },
		"deleted":  func(w *awsfake.World, key string) { w.DeleteKey(key) },
		"policy":   func(w *awsfake.World, key string) { w.SetKeyPolicy(key, awsfake.PolicyWithoutLogs) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := world()
			newGroup(w, "/app/tagged-1", "", map[string]string{"kms-key": "alias/payments"})
			newGroup(w, "/app/tagged-2", "", map[string]string{"kms-key": "alias/payments"})
			s := start(t, w, "ASSOCIATE_RATE=0", "DESCRIBE_RATE=0")
			s.does(command("/app/tagged-1"))
			change(w, golden.PaymentsKey)
			s.equal("by tag", s.outcomeOf(command("/app/tagged-2")), "associated/default "+id(golden.DefaultKey)+" tag unusable")
			change(w, golden.DefaultKey)
			s.equal("by default", s.outcomeOf(command("/app/new")), "KeyUnusable")
		})
	}
}

// TestForeignDefault is a key that an organisation shares: chosen by whoever
// configures, it is not bound to the account.
func TestForeignDefault(t *testing.T) {
	t.Parallel()
	w := world()
	shared := newKey(w, "alias/shared", awsfake.Key{Account: otherAccount, Policy: awsfake.PolicyEveryAccount})
	closed := newKey(w, "", awsfake.Key{Account: otherAccount})
	for _, key := range []string{shared, awsfake.AliasARN(otherAccount, region, "alias/shared")} {
		newGroup(w, "/app/new", "", nil)
		s := start(t, w, "DEFAULT_KMS_KEY="+key)
		s.equal("answer", s.outcomeOf(command("/app/new")), "associated/default "+id(shared))
	}
	newGroup(w, "/app/new", "", nil)
	s := start(t, w, "DEFAULT_KMS_KEY="+closed)
	mentions(t, s.fails("AccessDenied", command("/app/new")).ErrorMessage, "kms:DescribeKey", closed)
}

// TestMultiRegionKey has an ID of another form.
func TestMultiRegionKey(t *testing.T) {
	t.Parallel()
	w := world()
	key := newKey(w, "", awsfake.Key{MultiRegion: true})
	s := start(t, w, "DEFAULT_KMS_KEY="+id(key))
	s.equal("answer", s.outcomeOf(command("/app/new")), "associated/default "+id(key))
}
