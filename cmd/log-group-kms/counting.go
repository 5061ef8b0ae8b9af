package main

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"

	"log-group-kms/internal/audit"
	"log-group-kms/internal/target"
	"log-group-kms/internal/terminal"
)

// counting says on the progress line how many log groups were looked at, and of how
// many.
type counting struct {
	progress      *terminal.Progress
	scopes        int // accounts and Regions
	looked, there atomic.Int64

	cancel    context.CancelFunc
	expecting sync.WaitGroup // the count of those that are there
}

// count begins to count what is there, beside the look itself. That costs requests, so
// it is left out where nobody sees the line.
func count(ctx context.Context, progress *terminal.Progress, scopes []target.Scope, clients func(context.Context, target.Scope) (audit.ListAPI, error)) *counting {
	ctx, cancel := context.WithCancel(ctx)
	c := &counting{progress: progress, scopes: len(scopes), cancel: cancel}
	if !progress.IsSilent() {
		c.expecting.Go(func() {
			audit.Expect(ctx, scopes, clients, func(n int) {
				c.there.Add(int64(n))
				c.examined(0)
			})
		})
	}
	return c
}

// examined counts log groups that were looked at.
func (c *counting) examined(n int) {
	looked, there := c.looked.Add(int64(n)), c.there.Load()
	text := audit.Number(looked)
	if there > looked {
		text += " of about " + audit.Number(there)
	}
	text += " log groups"
	if c.scopes > 1 {
		text += fmt.Sprintf(" in %d accounts and Regions", c.scopes)
	}
	c.progress.Show(text)
}

// stop ends the counting and clears the line, for what else is to be written. A count
// that comes later would stand in the middle of the report.
func (c *counting) stop() {
	c.cancel()
	c.expecting.Wait()
	c.progress.Clear()
}

// clearing is an output before whose end the counting stops.
type clearing struct {
	audit.Output
	counting *counting
}

func (c clearing) End(summary *audit.Summary) error {
	c.counting.stop()
	return c.Output.End(summary)
}
