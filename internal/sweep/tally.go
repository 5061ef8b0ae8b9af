package sweep

import (
	"cmp"
	"slices"
	"sync"
	"time"

	"log-group-kms/internal/answer"
	"log-group-kms/internal/failure"
	"log-group-kms/internal/keyring"
)

// maxKeysCounted bounds the memory for unusable keys; log groups under further
// ones still count.
const maxKeysCounted = 500

// tally sums what became of the log groups of one call. It is safe for concurrent
// use.
type tally struct {
	mu   sync.Mutex
	sum  Answer
	keys map[string]*UnusableKey
	// cut are the log groups that time cut off, and how often it has.
	cut map[string]int
}

// add counts one log group.
func (t *tally) add(a answer.Answer, err error, missed bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	s := &t.sum
	s.Examined++
	s.Attempts += a.Attempts
	if a.TagRejected != "" {
		s.TagRejected++
	}
	if a.Encrypted {
		s.Encrypted++
	}
	if !a.Encrypted && (err != nil || a.Outcome == answer.Planned) {
		s.Open++
	}
	if missed {
		s.MissedByEvents++
	}
	t.addKey(a)
	if err != nil {
		s.Failed++
		if len(s.Failures) < maxFailures {
			s.Failures = append(s.Failures, Failure{a.LogGroup, failure.TypeOf(err), err.Error()})
		}
		return
	}
	if n := s.counter(a.Outcome); n != nil {
		*n++
	}
}

// addKey counts a log group under a key that cannot be used.
func (t *tally) addKey(a answer.Answer) {
	if !keyring.IsUnusable(a.KeyState) {
		return
	}
	t.sum.Unusable++
	key, ok := t.keys[a.KeyLookedAt]
	if !ok {
		if len(t.keys) >= maxKeysCounted {
			return
		}
		if t.keys == nil {
			t.keys = make(map[string]*UnusableKey)
		}
		key = &UnusableKey{KMSKeyARN: a.KeyLookedAt}
		t.keys[a.KeyLookedAt] = key
	}
	key.KeyState, key.DeletionDate = a.KeyState, dateOf(a.KeyDeletionDate)
	key.LogGroups++
	key.Examples = append(key.Examples, a.LogGroup)
	slices.Sort(key.Examples) // log groups end in any order; the first by name are the same each time
	key.Examples = key.Examples[:min(len(key.Examples), maxExamples)]
}

func dateOf(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

// addQueryResult notes the query-result key. Only its failure counts.
func (t *tally) addQueryResult(a answer.Answer, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.sum.Attempts += a.Attempts
	if err != nil {
		t.sum.Failed++
		t.sum.QueryResult = &QueryResult{ErrorType: failure.TypeOf(err), ErrorMessage: err.Error()}
		return
	}
	t.sum.QueryResult = &QueryResult{Outcome: a.Outcome, KMSKeyARN: a.KMSKeyARN}
}

// again leaves a log group to the next call.
func (t *tally) again(name string, cuts int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.cut == nil {
		t.cut = make(map[string]int)
	}
	t.cut[name] = cuts
}

// answer gives the sum, with the keys that endanger most log groups first.
func (t *tally) answer() Answer {
	t.mu.Lock()
	defer t.mu.Unlock()
	s := t.sum
	for _, key := range t.keys {
		s.InDanger = append(s.InDanger, *key)
	}
	slices.SortFunc(s.InDanger, func(a, b UnusableKey) int {
		return cmp.Or(b.LogGroups-a.LogGroups, cmp.Compare(a.KMSKeyARN, b.KMSKeyARN))
	})
	s.UnusableKeys = append([]UnusableKey{}, s.InDanger[:min(len(s.InDanger), maxUnusableKeys)]...)
	return s
}
