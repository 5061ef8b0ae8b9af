// Command bench measures the function and prints ratios: against the floor, a
// program that does no more than one AssociateKmsKey request, and against what
// AWS's limits allow. All runs happen in one go on one machine, so the ratios
// mean something where the milliseconds do not. It ends with status 1 if a goal
// was missed.
package main

import (
	"cmp"
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
	template := flag.String("template", "template.yaml", "says how the function is deployed; the flags from here on try something else")
	copies := flag.Int("copies", 0, "copies of the function that serve events")
	batch := flag.Int("batch", 0, "messages in a batch at most")
	associate := flag.Float64("associate-rate", 0, "ASSOCIATE_RATE")
	describe := flag.Float64("describe-rate", 0, "DESCRIBE_RATE")
	only := flag.String("only", "", "the parts to measure, separated by commas: "+names())
	flag.Parse()
	var err error
	if o.deployed, err = readTemplate(*template); err == nil {
		o.deployed.copies = cmp.Or(*copies, o.deployed.copies)
		o.deployed.batch = cmp.Or(*batch, o.deployed.batch)
		o.deployed.associateRate = cmp.Or(*associate, o.deployed.associateRate)
		o.deployed.describeRate = cmp.Or(*describe, o.deployed.describeRate)
		err = run(context.Background(), os.Stdout, o, *only)
	}
	if err != nil {
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
			return errors.Join(printTable(out, rows), fmt.Errorf("measuring %s: %w", p.name, err))
		}
		rows = append(rows, more...)
	}
	if err := printTable(out, rows); err != nil {
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
