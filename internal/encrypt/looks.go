package encrypt

import (
	"context"
	"sync"
	"time"

	"log-group-kms/internal/answer"
	"log-group-kms/internal/clock"
	"log-group-kms/internal/failure"
	"log-group-kms/internal/keyring"
	"log-group-kms/internal/policy"
)

const (
	// lookLife is how long what was seen of a key is good for telling of it.
	lookLife = time.Minute
	// lookTime bounds one look: log groups that are as they should be must not wait
	// for a KMS that does not answer.
	lookTime = 5 * time.Second
	// mostLooks bounds the memory.
	mostLooks = 512
)

// Looks tells what state the keys are in that log groups are under. Each key is
// described once a minute, whatever comes of it, also where KMS does not answer:
// nothing is decided by it. The zero Looks is ready; it is safe for concurrent use.
type Looks struct {
	mu   sync.Mutex
	keys map[string]*look
}

// look is one look at a key.
type look struct {
	at   time.Time
	done chan struct{} // closed when what follows is there

	state        string // KMS's KeyState or "NotFound"; empty: not known
	deletionDate time.Time
}

// of gives the look at a key that is good for now.
func (l *Looks) of(ctx context.Context, ring *keyring.Ring, keyARN string, f keyring.Freshness) *look {
	l.mu.Lock()
	seen, ok := l.keys[keyARN]
	if ok && clock.Age(seen.at) <= lookLife {
		l.mu.Unlock()
		select {
		case <-seen.done:
			return seen
		case <-ctx.Done():
			return &look{}
		}
	}
	if l.keys == nil || len(l.keys) >= mostLooks {
		l.keys = make(map[string]*look)
	}
	seen = &look{at: time.Now(), done: make(chan struct{})}
	l.keys[keyARN] = seen
	l.mu.Unlock()
	defer close(seen.done)
	if asked := seen.take(ctx, ring, keyARN, f); !asked.IsZero() {
		l.mu.Lock()
		seen.at = asked
		l.mu.Unlock()
	}
	return seen
}

// take looks at the key. One that may not be described, or of which KMS does not
// answer, is unknown: that is no failure of the log group. asked is when KMS was asked,
// where it told of the key.
func (l *look) take(ctx context.Context, ring *keyring.Ring, keyARN string, f keyring.Freshness) (asked time.Time) {
	ctx, cancel := context.WithTimeout(ctx, lookTime)
	defer cancel()
	key, failed := ring.Describe(ctx, policy.ReadKey(keyARN), f)
	switch {
	case failed == nil:
		l.state, l.deletionDate = key.State, key.DeletionDate
	case failed.Type == failure.KeyUnusable:
		l.state = keyring.NotFound
	}
	return key.Asked
}

// lookAtKey notes the state of the key that the log group has now.
func (w *work) lookAtKey(ctx context.Context, a *answer.Answer) {
	keyARN := a.KMSKeyARN
	if a.Outcome != answer.Associated && a.Outcome != answer.Unchanged {
		keyARN = ""
		if w.state != nil {
			keyARN = w.state.KeyARN
		}
	}
	if keyARN == "" {
		return
	}
	freshness := w.request.KeyFreshness
	freshness.MaxAge = max(freshness.MaxAge, sweepKeysLife)
	seen := w.request.Looks.of(ctx, w.account.Keys, keyARN, freshness)
	a.KeyLookedAt, a.KeyState, a.KeyDeletionDate = keyARN, seen.state, seen.deletionDate
}
