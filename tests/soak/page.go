package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"log-group-kms/tests/soak/judge"
)

// page is what a run prints.
type page struct {
	to       io.Writer
	options  options
	err      error
	broken   map[string]int // violations by invariant
	total    map[string]int
	episodes int
}

func (p *page) line(format string, args ...any) {
	if _, err := fmt.Fprintf(p.to, format+"\n", args...); err != nil && p.err == nil {
		p.err = err
	}
}

// show prints how an episode went, and the stories of what it broke.
func (p *page) show(r result) {
	if p.broken == nil {
		p.broken, p.total = map[string]int{}, map[string]int{}
	}
	p.episodes++
	counts := count(r.record)
	p.line("\nepisode %d: %s", r.plan.index, r.plan)
	p.line("  %s, %.0f s", listed(counts), r.took.Seconds())
	for what, n := range counts {
		p.total[what] += n
	}
	told := map[string]int{}
	for _, v := range r.violated {
		p.broken[v.Invariant]++
		if told[v.Invariant]++; told[v.Invariant] <= p.options.stories {
			p.line("\nBROKEN: %s (seed %d, episode %d), log group %s\n  %s", v.Invariant, p.options.seed, r.plan.index, v.LogGroup, v.Text)
			p.line("%s", judge.Story(r.record, v))
		}
	}
}

// count says how much happened, so that a run in which nothing did cannot pass
// for one in which all went well.
func count(r judge.Record) map[string]int {
	n := map[string]int{"changes": len(r.Changes), "events": len(r.Deliveries), "invocations": len(r.Invocations)}
	for _, c := range r.Calls {
		if _, ours := r.Copies[c.Caller]; !ours {
			continue
		}
		n["calls"]++
		if c.Fault != "" {
			n["faults"]++
		}
		if c.Operation == "AssociateKmsKey" {
			n["writes"]++
		}
		if c.ErrorCode == "OperationAbortedException" {
			n["conflicts"]++
		}
	}
	for _, t := range r.Troubles {
		n[t.Kind]++
	}
	for _, v := range r.Invocations {
		if v.ErrorType == "Sandbox.Timedout" {
			n["timed out"]++
		}
		if v.Sweep {
			n["sweep calls"]++
		}
	}
	for _, d := range r.Deliveries {
		if d.End == "parked" {
			n["parked for good"]++
		}
	}
	for _, c := range r.Claims {
		if c.Rejected != "" {
			n["rejected tags"]++
		}
		if c.Outcome == "" {
			n["failures"]++
		} else {
			n[c.Outcome]++
		}
	}
	return n
}

func listed(counts map[string]int) string {
	var list []string
	for _, what := range slices.Sorted(maps.Keys(counts)) {
		list = append(list, fmt.Sprintf("%d %s", counts[what], what))
	}
	return strings.Join(list, ", ")
}

// conclude prints the sum and says whether all promises were kept.
func (p *page) conclude(took time.Duration) error {
	p.line("\n%d episodes in %.0f s: %s", p.episodes, took.Seconds(), listed(p.total))
	sum := 0
	for _, i := range judge.Invariants() {
		if n := p.broken[i[0]]; n > 0 {
			p.line("  broken %4d times: %s (%s)", n, i[0], i[1])
			sum += n
		}
	}
	if p.err != nil {
		return fmt.Errorf("writing: %w", p.err)
	}
	for _, what := range []string{"writes", "faults", "conflicts", "associated", "unchanged", "skipped", "sweep calls"} {
		if p.total[what] == 0 {
			return fmt.Errorf("there were no %s: the simulation did not do its work", what)
		}
	}
	if sum > 0 {
		return fmt.Errorf("promises were broken %d times; make soak SEED=%d repeats the run, EPISODE=n one of its episodes", sum, p.options.seed)
	}
	p.line("All %d promises were kept.", len(judge.Invariants()))
	return nil
}
