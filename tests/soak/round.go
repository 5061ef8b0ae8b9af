package main

import (
	"context"
	"fmt"
	"sync"
	"time"

	"log-group-kms/tests/soak/judge"
)

// result is how an episode went.
type result struct {
	plan     plan
	record   judge.Record
	violated []judge.Violation
	took     time.Duration
}

// round runs episodes side by side.
func round(ctx context.Context, o options, indexes []int, late *watch) ([]result, error) {
	results := make([]result, len(indexes))
	errs := make([]error, len(indexes))
	var running sync.WaitGroup
	for i, index := range indexes {
		running.Go(func() {
			begin := time.Now()
			p := newPlan(seed(o.seed), index)
			record, err := simulate(ctx, o.function, p, late)
			if err != nil {
				errs[i] = fmt.Errorf("episode %d: %w", index, err)
				return
			}
			results[i] = result{plan: p, record: record, violated: judge.Judge(record), took: time.Since(begin)}
		})
	}
	running.Wait()
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	return results, nil
}
