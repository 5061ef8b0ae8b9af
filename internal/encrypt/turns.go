package encrypt

import (
	"context"
	"sync"

	"log-group-kms/internal/failure"
	"log-group-kms/internal/target"
)

// turns lets one request at a time work on a target. A queue may deliver the same
// event twice in one batch: side by side, both would find no key and both write,
// which AWS answers with a conflict. The zero value is ready.
type turns struct {
	mu   sync.Mutex
	busy map[target.Target]chan struct{} // closed when the turn ends
}

// take waits for the target's turn. It must be ended by the function that it
// returns, unless the context ended first: then there is a *failure.Error.
func (t *turns) take(ctx context.Context, of target.Target) (end func(), err error) {
	for {
		t.mu.Lock()
		other, busy := t.busy[of]
		if !busy {
			mine := make(chan struct{})
			if t.busy == nil {
				t.busy = make(map[target.Target]chan struct{})
			}
			t.busy[of] = mine
			t.mu.Unlock()
			return func() {
				t.mu.Lock()
				delete(t.busy, of)
				t.mu.Unlock()
				close(mine)
			}, nil
		}
		t.mu.Unlock()
		select {
		case <-other:
		case <-ctx.Done():
			return nil, failure.CutOff("waiting for another request to end its work on "+of.String(), ctx.Err())
		}
	}
}
