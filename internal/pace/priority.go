package pace

import (
	"context"
	"time"
)

// priority says whose requests go first.
type priority int

const (
	urgent priority = iota // somebody waits for the answer: an event or a command
	bulk                   // a sweep's, which may take its time

	priorities // how many there are
)

// laws are the laws of the priorities. A sweep does not know of events that other
// processes work on. It gives way to them because it falls further when AWS
// throttles and comes back more slowly, and so ends up with a small share for as
// long as they need the quota. docs/design.md says how these values were found.
var laws = [priorities]law{
	urgent: {cut: 0.6, recovery: 7 * time.Second, floor: 0.05},
	bulk:   {cut: 0.4, recovery: 30 * time.Second, floor: 0.05},
}

type bulkKey struct{}

// Bulk marks the requests under a context as a sweep's: they let others go first.
func Bulk(ctx context.Context) context.Context {
	return context.WithValue(ctx, bulkKey{}, true)
}

func priorityOf(ctx context.Context) priority {
	if ctx.Value(bulkKey{}) != nil {
		return bulk
	}
	return urgent
}
