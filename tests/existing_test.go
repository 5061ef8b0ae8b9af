package tests

import (
	"testing"
	"time"

	"log-group-kms/internal/awsfake"
	"log-group-kms/tests/golden"
)

// TestExistingKey gives a log group a key of each standing under each setting of
// EXISTING_KEY.
func TestExistingKey(t *testing.T) {
	const (
		kept  = "unchanged/existing-key-kept "
		same  = "unchanged/already-associated "
		given = "associated/default "
	)
	// A rule that another log group would come under makes its key one "that the
	// rules could choose".
	ruled := rules(`{"name":"r","logGroups":["/elsewhere/*"],"key":"alias/gateway"}`)
	cases := []struct {
		name string
		// has makes the key that the log group has.
		has                   func(*awsfake.World) string
		allowed               string
		keep, repair, replace string // "" after the slash: the key it has
	}{
		{"none", func(*awsfake.World) string { return "" }, "", given, given, given},
		{"the chosen one", func(*awsfake.World) string { return golden.DefaultKey }, "", kept, same, same},
		{"a good one that tags may name", func(*awsfake.World) string { return golden.LedgerKey }, "", kept, kept, given},
		{"a good one that a rule could choose", func(*awsfake.World) string { return golden.GatewayKey }, "alias/none", kept, kept, given},
		{"a good one that nothing could choose", func(*awsfake.World) string { return golden.LedgerKey }, "alias/none", kept, given, given},
		{"one of another account", func(w *awsfake.World) string {
			return newKey(w, "", awsfake.Key{Account: otherAccount, Policy: awsfake.PolicyEveryAccount})
		}, "", kept, given, given},
		{"a disabled one", func(w *awsfake.World) string { return newKey(w, "", awsfake.Key{State: awsfake.Disabled}) }, "", kept, given, given},
		{"one pending deletion", func(w *awsfake.World) string { return newKey(w, "", awsfake.Key{State: awsfake.PendingDeletion}) }, "", kept, given, given},
		{"one that is no more", func(w *awsfake.World) string {
			key := newKey(w, "", awsfake.Key{})
			w.DeleteKey(key)
			return key
		}, "", kept, given, given},
		{"a disabled one that a rule could choose", func(w *awsfake.World) string {
			w.SetKeyState(golden.GatewayKey, awsfake.Disabled)
			return golden.GatewayKey
		}, "", kept, given, given},
	}
	for _, c := range cases {
		for setting, want := range map[string]string{"keep": c.keep, "repair": c.repair, "replace": c.replace} {
			t.Run(setting+"/"+c.name, func(t *testing.T) {
				t.Parallel()
				w := golden.NewWorld()
				has := c.has(w)
				newGroup(w, "/app/has", has, nil)
				s := start(t, w, "EXISTING_KEY="+setting, "TAG_ALLOWED_KEYS="+c.allowed, ruled)
				got := s.does(created("/app/has"))
				key, previous := has, ""
				if want == given {
					key, previous = golden.DefaultKey, has
				}
				s.equal("answer", got.short(), want+id(key))
				s.equal("previousKmsKeyArn", got.PreviousKMSKeyARN, previous)
				s.wantKey("/app/has", key)
				if want != given {
					s.equal("writes", w.CountCalls("AssociateKmsKey"), 0)
				}
			})
		}
	}
}

// TestKeepLooksAtNothing holds the promise that a key which is kept depends on no
// tags, rules or keys, even where they are in trouble: what was asked beside the
// state is dropped.
func TestKeepLooksAtNothing(t *testing.T) {
	t.Parallel()
	w := world()
	newGroup(w, "/app/has", golden.LedgerKey, map[string]string{"kms-key": "alias/payments"})
	w.Inject(awsfake.Fault{Service: "kms", Kind: awsfake.AccessDeniedIAM})
	w.Inject(awsfake.Fault{Operation: "ListTagsForResource", Kind: awsfake.AccessDeniedIAM})
	s := start(t, w)
	s.equal("answer", s.does(created("/app/has")).short(), "unchanged/existing-key-kept "+id(golden.LedgerKey))
}

// TestKeepReadsNoTagsWhereAKeyIsLikely sends the events that tell of a log group
// which is not new: it most likely has its key, and reading its tags as well
// would double the requests of each change of a tag.
func TestKeepReadsNoTagsWhereAKeyIsLikely(t *testing.T) {
	arn := awsfake.LogGroupARN(account, region, "/app/has")
	for name, parameters := range map[string]object{
		"TagResource":     {"resourceArn": arn, "tags": object{"a": "b"}},
		"UntagResource":   {"resourceArn": arn, "tagKeys": []string{"a"}},
		"TagLogGroup":     {"logGroupName": "/app/has", "tags": object{"a": "b"}},
		"UntagLogGroup":   {"logGroupName": "/app/has", "tags": []string{"a"}},
		"AssociateKmsKey": {"logGroupName": "/app/has", "kmsKeyId": golden.LedgerKey},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := world()
			newGroup(w, "/app/has", golden.LedgerKey, map[string]string{"kms-key": "alias/payments"})
			// A slow answer leaves time for a needless request beside it.
			w.Inject(awsfake.Fault{Operation: "DescribeLogGroups", Kind: awsfake.Slow, Delay: 200 * time.Millisecond})
			s := start(t, w)
			s.equal("answer", s.does(happened(name, parameters)).short(), "unchanged/existing-key-kept "+id(golden.LedgerKey))
			s.wantCalls("DescribeLogGroups")
		})
	}
}

// TestKeepReadsSideBySideWhereNoKeyIsLikely sends the events that leave a log
// group without a key: each moment until it has one is a moment in the open, so
// its tags are read beside its state.
func TestKeepReadsSideBySideWhereNoKeyIsLikely(t *testing.T) {
	for _, name := range []string{"CreateLogGroup", "DisassociateKmsKey"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := world()
			w.Inject(awsfake.Fault{Operation: "DescribeLogGroups", Kind: awsfake.Hang})
			s := start(t, w)
			got := s.within(deadline, happened(name, object{"logGroupName": "/app/new"}))
			// The state never comes; the tags must not have waited for it.
			if n := w.CountCalls("ListTagsForResource"); n == 0 {
				t.Errorf("got no tags read while the state was waited for (%s), want them read", got.ErrorMessage)
			}
		})
	}
}

// TestKeepKeepsWhatSomebodySet sends the event of a key just set by hand, the
// commonest one about a log group with a key.
func TestKeepKeepsWhatSomebodySet(t *testing.T) {
	t.Parallel()
	w := world()
	newGroup(w, "/app/has", golden.LedgerKey, nil)
	s := start(t, w)
	event := happened("AssociateKmsKey", object{"logGroupName": "/app/has", "kmsKeyId": golden.LedgerKey})
	s.equal("answer", s.does(event).short(), "unchanged/existing-key-kept "+id(golden.LedgerKey))
}

// TestNoChasingItself feeds the function the events of its own writes: one
// association must not lead to another.
func TestNoChasingItself(t *testing.T) {
	for _, setting := range []string{"keep", "repair", "replace"} {
		t.Run(setting, func(t *testing.T) {
			t.Parallel()
			w := world()
			events := make(chan []byte, 10)
			w.OnEvent(func(event []byte) { events <- event })
			s := start(t, w, "EXISTING_KEY="+setting)
			s.does(created("/app/new"))
			s.equal("outcome", s.does(string(<-events)).Outcome, "unchanged")
			s.equal("writes", w.CountCalls("AssociateKmsKey"), 1)
			s.equal("events still to come", len(events), 0)
		})
	}
}

// TestRepairInTrouble guards against replacing a key whose state KMS was only
// too busy to tell.
func TestRepairInTrouble(t *testing.T) {
	t.Parallel()
	w := world()
	newGroup(w, "/app/has", golden.LedgerKey, nil)
	w.Inject(awsfake.Fault{Operation: "DescribeKey", Resource: golden.LedgerKey, Kind: awsfake.Throttling400})
	s := start(t, w, "EXISTING_KEY=repair", "AWS_MAX_ATTEMPTS=2")
	s.fails("Throttled", created("/app/has"))
	s.wantKey("/app/has", golden.LedgerKey)
}
