package tests

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"log-group-kms/internal/awsfake"
	"log-group-kms/tests/golden"
)

// TestAliasMovedWhileWarm is AWS's manual rotation of a key: a new key, the alias
// moved to it, the old one scheduled for deletion. A warm function that goes on by
// what it knew would reject a good tag, for ever under keep.
func TestAliasMovedWhileWarm(t *testing.T) {
	t.Parallel()
	w := world()
	old := newKey(w, "alias/team", awsfake.Key{})
	for _, name := range []string{"/app/first", "/app/second"} {
		newGroup(w, name, "", map[string]string{"kms-key": "alias/team"})
	}
	s := start(t, w)
	s.equal("before", s.does(created("/app/first")).short(), "associated/tag "+id(old))
	now := newKey(w, "alias/team", awsfake.Key{})
	w.SetKeyState(old, awsfake.PendingDeletion)
	s.equal("after", s.does(created("/app/second")).short(), "associated/tag "+id(now))
}

// TestAliasMovedBetweenSweeps has the second sweep of a warm function move every log
// group to the key that the alias means by then.
func TestAliasMovedBetweenSweeps(t *testing.T) {
	t.Parallel()
	w, _ := manyGroups(5)
	s := start(t, w, plain("EXISTING_KEY=replace", "ASSOCIATE_RATE=0")...)
	s.equal("first", s.sweep().Associated, 5)
	newKey(w, "alias/log-group-kms", awsfake.Key{})
	s.equal("second", s.sweep().Associated, 5)
}

// TestKeyOfAnotherWriter guards the key that somebody else sets while the function
// meets their conflict, or waits for its turn.
func TestKeyOfAnotherWriter(t *testing.T) {
	t.Run("at a conflict", func(t *testing.T) {
		t.Parallel()
		w := world()
		newGroup(w, "/app/both", "", nil)
		w.Inject(awsfake.Fault{Operation: "AssociateKmsKey", Kind: awsfake.Conflict, Times: 1})
		remove := w.OnCall(func(c awsfake.Call) {
			if c.Operation == "AssociateKmsKey" {
				newGroup(w, "/app/both", golden.LedgerKey, nil)
			}
		})
		s := start(t, w)
		s.equal("answer", s.does(created("/app/both")).short(), "unchanged/existing-key-kept "+id(golden.LedgerKey))
		remove()
		s.wantKey("/app/both", golden.LedgerKey)
	})
	t.Run("during a sweep", func(t *testing.T) {
		t.Parallel()
		const groups = 16
		w, _ := manyGroups(groups)
		var mu sync.Mutex
		set := make(map[string]time.Time)
		// At the fourth write, somebody else gives keys to all that have none.
		writes, theirs := 0, newKey(w, "alias/theirs", awsfake.Key{})
		w.OnCall(func(c awsfake.Call) {
			if c.Operation != "AssociateKmsKey" {
				return
			}
			mu.Lock()
			defer mu.Unlock()
			if writes++; writes == 4 {
				for i := range groups {
					if g, _ := w.LogGroup("", region, sweepName(i)); g.KMSKeyARN == "" {
						newGroup(w, g.Name, theirs, nil)
						set[g.Name] = c.At
					}
				}
			}
		})
		s := start(t, w, plain("ASSOCIATE_RATE=2")...)
		s.sweep()
		for _, c := range w.Calls() {
			if at, theirs := set[fmt.Sprint(c.Request["logGroupName"])]; theirs && c.Operation == "AssociateKmsKey" && c.At.Sub(at) > 1500*time.Millisecond {
				t.Errorf("%s: got its key overwritten %v after somebody else had set it, want it kept", c.Request["logGroupName"], c.At.Sub(at))
			}
		}
	})
}
