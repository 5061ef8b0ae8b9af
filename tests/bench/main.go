// Command bench measures the function and prints ratios: against the floor, a
// program that does no more than one AssociateKmsKey request, and against what
// AWS's limits allow. All runs happen in one go on one machine, so the ratios
// mean something where the milliseconds do not. It ends with status 1 if a goal
// was missed.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
)

// options are what the flags say.
type options struct {
	function, floor string // the built programs
	quick           bool
	deployed        deployment
}

// part is some rows of the result that are measured together.
type part struct {
	name    string
	measure func(context.Context, options) ([]row, error)
}

var parts = []part{
	{"artefact", measureArtefact},
	{"start", measureStart},
	{"first", measureFirst},
	{"events", measureEvents},
	{"sweep", measureSweep},
	{"memory", measureSweepMemory},
	{"limits", measureLimits},
	{"burst", measureBurst},
	{"contention", measureContention},
	{"members", measureMembers},
}

func main() {
	var o options
	flag.StringVar(&o.function, "function", "", "the built function")
	flag.StringVar(&o.floor, "floor", "", "the built floor program")
	flag.BoolVar(&o.quick, "quick", false, "fewer log groups and runs; not for the record")
	flag.IntVar(&o.deployed.copies, "copies", 2, "copies of the function for events, as the template's EventConcurrency")
	flag.IntVar(&o.deployed.batch, "batch", 5, "most messages in a batch")
	flag.StringVar(&o.deployed.eventRate, "event-rate", "4", "ASSOCIATE_RATE of a copy for events")
	flag.StringVar(&o.deployed.sweepRate, "sweep-rate", "4", "ASSOCIATE_RATE of the sweep")
	only := flag.String("only", "", "the parts to measure, separated by commas: "+names())
	flag.Parse()
	if err := run(context.Background(), os.Stdout, o, *only); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func names() string {
	var all []string
	for _, p := range parts {
		all = append(all, p.name)
	}
	return strings.Join(all, ",")
}

// run measures and prints. Its error also says which goals were missed.
func run(ctx context.Context, out io.Writer, o options, only string) error {
	chosen, err := choose(only)
	if err != nil {
		return err
	}
	var rows []row
	for _, p := range chosen {
		more, err := p.measure(ctx, o)
		if err != nil {
			return errors.Join(print(out, rows), fmt.Errorf("measuring %s: %w", p.name, err))
		}
		rows = append(rows, more...)
	}
	if err := print(out, rows); err != nil {
		return err
	}
	return missed(rows)
}

func choose(only string) ([]part, error) {
	if only == "" {
		return parts, nil
	}
	var chosen []part
	for name := range strings.SplitSeq(only, ",") {
		i := slices.IndexFunc(parts, func(p part) bool { return p.name == name })
		if i < 0 {
			return nil, fmt.Errorf("there is no part %q; the parts are %s", name, names())
		}
		chosen = append(chosen, parts[i])
	}
	return chosen, nil
}
