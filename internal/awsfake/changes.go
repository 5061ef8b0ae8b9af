package awsfake

import (
	"maps"
	"slices"
	"time"
)

// ChangeKind says what of the World a [Change] changed.
type ChangeKind string

// Kinds of changes, and what [Change.Before] and [Change.After] hold.
const (
	GroupCreated   ChangeKind = "GroupCreated"   // After: its key, if any; its tags are in Tags
	GroupDeleted   ChangeKind = "GroupDeleted"   // Before: its key, if any
	GroupKey       ChangeKind = "GroupKey"       // key ARNs; empty: none
	GroupTags      ChangeKind = "GroupTags"      // all tags that it has now are in Tags
	QueryResultKey ChangeKind = "QueryResultKey" // key ARNs; empty: none
	AliasTarget    ChangeKind = "AliasTarget"    // key ARNs; empty: no such alias
	KeyState       ChangeKind = "KeyState"       // states; empty: no such key
	KeyPolicy      ChangeKind = "KeyPolicy"      // policies
)

// Change is one change of what the World holds. A request that sets what was set
// already changes nothing.
type Change struct {
	At        time.Time
	By        string // access key of the caller; empty: one of the World's own methods
	RequestID string // of the request that made it; see [Call.RequestID]

	Kind            ChangeKind
	Account, Region string
	Resource        string // name of the log group or alias, ARN of the key
	Before, After   string
	Tags            map[string]string
}

// changeLog is the record of all changes.
type changeLog struct {
	on   bool
	list []Change
}

// RecordChanges switches the record of changes on or off; it is off at first.
func (w *World) RecordChanges(on bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.changes.on = on
}

// Changes returns the changes so far, in the order in which they were made. The
// first n of them make the state that a call with [Call.Changes] n has seen.
func (w *World) Changes() []Change {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.changes.list)
}

// changed records a change that has just been made; w.mu is held since before it.
func (w *World) changed(c Change) {
	if !w.changes.on {
		return
	}
	c.At = time.Now()
	if w.acting != nil {
		c.By, c.RequestID = w.acting.caller.accessKey, w.acting.id
	}
	w.changes.list = append(w.changes.list, c)
}

// putGroup puts a log group in place of one of the same name, if there is one.
func (w *World) putGroup(s scope, g groupRecord) {
	store := w.groupsIn(s.account, s.region)
	if before := store.get(g.name); before != nil {
		w.groupRemoved(s, before)
	}
	store.put(g)
	w.groupMade(s, &g)
}

func (w *World) removeGroup(s scope, name string) {
	store := w.groupsIn(s.account, s.region)
	if g := store.get(name); g != nil {
		store.remove(name)
		w.groupRemoved(s, g)
	}
}

func (w *World) groupMade(s scope, g *groupRecord) {
	w.changed(Change{Kind: GroupCreated, Account: s.account, Region: s.region, Resource: g.name, After: g.key, Tags: maps.Clone(g.seen().tags)})
}

func (w *World) groupRemoved(s scope, g *groupRecord) {
	w.changed(Change{Kind: GroupDeleted, Account: s.account, Region: s.region, Resource: g.name, Before: g.key})
}
