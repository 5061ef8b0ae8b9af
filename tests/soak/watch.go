package main

import (
	"context"
	"sync"
	"time"

	"log-group-kms/tests/soak/judge"
)

// watch notes when this machine is late: by how much a short sleep is too long.
// Ages are measured with that in mind, so that a machine with too much to do is
// never taken for a function that acts on old knowledge.
type watch struct {
	mu   sync.Mutex
	late []judge.Lateness
}

const (
	tick     = 5 * time.Millisecond
	noteable = 10 * time.Millisecond // less than this disappears in the slack
)

func (w *watch) run(ctx context.Context) {
	for ctx.Err() == nil {
		begin := time.Now()
		time.Sleep(tick)
		if by := time.Since(begin) - tick; by > noteable {
			w.mu.Lock()
			w.late = append(w.late, judge.Lateness{At: time.Now(), By: by})
			w.mu.Unlock()
		}
	}
}

// since lists when it was late from a time on.
func (w *watch) since(begin time.Time) (list []judge.Lateness) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, l := range w.late {
		if l.At.After(begin) {
			list = append(list, l)
		}
	}
	return list
}
