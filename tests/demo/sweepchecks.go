package main

import (
	"fmt"
	"strings"

	"log-group-kms/internal/awsfake"
	"log-group-kms/tests/golden"
)

// checkSweep compares what the sweep said and did with what it should have.
func (d *demo) checkSweep(w *awsfake.World, families []family, sum sweepAnswer, before string) {
	// A request that the deadline cuts off may have been obeyed all the same. The
	// next call then finds that log group done, so these two make one number.
	counts := func(examined, done, skipped, gone, failed int) string {
		return fmt.Sprintf("%d examined, %d associated or unchanged, %d skipped, %d gone, %d failed", examined, done, skipped, gone, failed)
	}
	done := total(families, "associated", "unchanged")
	d.checks.expect("the sum of the sweep's counts",
		counts(total(families), done, total(families, "skipped"), 0, total(families, "failed")),
		counts(sum.Examined, sum.Associated+sum.Unchanged, sum.Skipped, sum.Gone, sum.Failed))
	d.checks.expect("the coverage before the sweep", percent(total(families, "unchanged"), total(families)), before)
	d.checks.expect("the coverage after the sweep", percent(done, total(families)), coverage(w))
	d.checks.expect("the key of query results", golden.DefaultKey, w.QueryResultKey(golden.Account, golden.Region))
	for _, failure := range sum.Failures {
		d.checks.expect("the failure of "+failure.LogGroup, "KeyUnusable", failure.ErrorType)
	}

	accepted := map[string]int{}
	for _, call := range w.Calls() {
		if call.Operation == associate && call.ErrorCode == "" {
			accepted[call.Resource]++
		}
	}
	for _, f := range families {
		want, got := map[string]int{}, map[string]int{}
		for i := range f.count {
			want[f.state(f.keyIs, f.want == "associated")]++
			group, _ := w.LogGroup(golden.Account, golden.Region, f.name(i))
			if n := accepted[f.name(i)]; n > 1 {
				got[fmt.Sprintf("with its key set %d times", n)]++
				continue
			}
			got[f.state(keyName(group.KMSKeyARN), accepted[f.name(i)] == 1)]++
		}
		d.checks.expect("the log groups "+strings.ReplaceAll(f.names, "%", ""), list(want), list(got))
	}
}

func (f family) state(key string, set bool) string {
	if set {
		return "with the key " + orNone(key) + ", set by the sweep"
	}
	return "with the key " + orNone(key) + ", not touched"
}

// list writes counts in a fixed order.
func list(counts map[string]int) string {
	return strings.Trim(fmt.Sprint(counts), "map[]") // fmt sorts the keys
}
