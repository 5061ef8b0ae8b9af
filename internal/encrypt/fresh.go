package encrypt

import (
	"time"

	"log-group-kms/internal/clock"
	"log-group-kms/internal/keyring"
)

// How old a fact may be when an AssociateKmsKey request is sent that rests upon it.
// AWS has no conditional write, so in between somebody else's key could be
// overwritten, or a retired key be set. docs/design.md lists every such fact.
const (
	// stateLife is the state's. The promise is one second; the rest is the request's
	// own way.
	stateLife = 900 * time.Millisecond
	// tagsLife is that of tags read from AWS. A change of tags brings an event of its
	// own, after which the log group is looked at again.
	tagsLife = 10 * time.Second
	// eventKeysLife and sweepKeysLife are those of KMS's answers about keys. The
	// promises are 10 and 60 seconds.
	eventKeysLife = 9 * time.Second
	sweepKeysLife = 55 * time.Second
)

// EventFreshness says how old KMS's answers about keys may be for an event or a command.
func EventFreshness() keyring.Freshness { return keyring.Freshness{MaxAge: eventKeysLife} }

// SweepFreshness says the same for one call of a sweep, which began at a time: answers to
// what was asked before that do not count.
func SweepFreshness(began time.Time) keyring.Freshness {
	return keyring.Freshness{MaxAge: sweepKeysLife, Since: began}
}

// forgetStale drops the facts that are too old to write upon, and tells whether
// there were any. After a conflict nothing read before it counts: somebody else is
// at work on the log group. A state that was read just now counts from its answer
// on: where AWS takes longer than a second to answer, none would ever be fresh.
func (w *work) forgetStale(plan Plan, conflict, justRead bool) bool {
	stale := !w.keysAreFresh(plan)
	if w.state != nil {
		since := w.state.ReadAt
		if justRead {
			since = w.state.answeredAt
		}
		if conflict || clock.Age(since) > stateLife {
			w.state, stale = nil, true
		}
	}
	if w.tags != nil && (conflict || clock.Age(w.tags.readAt) > tagsLife) {
		w.tags, stale = nil, true
	}
	return stale
}

// keysAreFresh tells whether what KMS said of the Plan's keys may still be
// believed. The Ring asks anew by itself.
func (w *work) keysAreFresh(plan Plan) bool {
	for _, asked := range plan.keysAsked {
		if !w.request.KeyFreshness.Allows(asked) {
			return false
		}
	}
	return true
}
