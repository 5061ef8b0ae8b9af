package sweep

import (
	"context"
	"sync"
	"time"

	"log-group-kms/internal/answer"
	"log-group-kms/internal/encrypt"
	"log-group-kms/internal/target"
)

// How old a log group is of which an event should have been heard: CloudTrail and
// EventBridge deliver within minutes, and what was missed long ago is no news.
const (
	heardAfter = 15 * time.Minute
	heardUntil = 24 * time.Hour
)

// wasMissed tells whether events failed a log group: it is new, and yet it was the
// sweep that found it without a key.
func (r *run) wasMissed(ctx context.Context, a answer.Answer) bool {
	if r.request.Prefix != "" || a.PreviousKMSKeyARN != "" || a.CreatedAt.IsZero() ||
		a.Outcome != answer.Associated && a.Outcome != answer.Planned {
		return false
	}
	age := r.began.Sub(a.CreatedAt)
	return heardAfter <= age && age <= heardUntil && a.CreatedAt.After(r.own.createdAt(ctx, r.sweeper))
}

// notTold is the creation time of an own log group that AWS does not tell.
const notTold = -1

// ownLogGroup is when the function's own log group was created, found out once for
// a sweep, when it first matters. It is safe for concurrent use.
type ownLogGroup struct {
	mu      sync.Mutex
	created int64 // milliseconds since 1970; 0: not read yet
}

// createdAt gives the time; 1970 where it is not known, so that nothing is left out
// for it.
func (o *ownLogGroup) createdAt(ctx context.Context, s *Sweeper) time.Time {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.created == 0 {
		o.created = notTold
		if at := s.ownCreatedAt(ctx); !at.IsZero() {
			o.created = at.UnixMilli()
		}
	}
	return time.UnixMilli(max(0, o.created))
}

// ownCreatedAt asks AWS.
func (s *Sweeper) ownCreatedAt(ctx context.Context) time.Time {
	if s.settings.OwnLogGroup == nil {
		return time.Time{}
	}
	own := s.settings.OwnLogGroup(ctx)
	if own.Kind != target.KindLogGroup {
		return time.Time{}
	}
	account, err := s.accounts.For(ctx, own.Scope)
	if err != nil {
		return time.Time{}
	}
	state, err := encrypt.ReadState(ctx, account.Logs, own)
	if err != nil {
		return time.Time{}
	}
	return state.CreatedAt()
}
