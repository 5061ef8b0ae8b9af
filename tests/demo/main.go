// Command demo shows the function at work: the real binary, fed with events,
// against the bundled local AWS. It ends with an error unless everything turned
// out as expected.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"log-group-kms/tests/golden"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := run(ctx, os.Args[1:], os.Stdout)
	switch {
	case errors.Is(err, flag.ErrHelp):
		os.Exit(2)
	case err != nil:
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}

// run shows everything. Its error is also that something was not as expected.
func run(ctx context.Context, args []string, stdout io.Writer) error {
	flags := flag.NewFlagSet("demo", flag.ContinueOnError)
	function := flags.String("function", ".build/host/bootstrap", "`path` of the built function")
	events := flags.String("events", "events", "`folder` of the golden events")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("unknown argument %q; see -help", flags.Arg(0))
	}
	if _, err := os.Stat(*function); err != nil {
		return fmt.Errorf("no built function (make demo builds it): %w", err)
	}
	cases, err := golden.Load(*events)
	if err != nil {
		return err
	}
	d := &demo{function: *function, page: page{to: stdout}}
	for _, act := range []func() error{
		d.introduce,
		func() error { return d.showEvents(ctx, scenes()) },
		func() error { return d.showGolden(ctx, cases) },
		func() error { return d.showSweep(ctx, oldAccount()) },
	} {
		if err := act(); err != nil {
			return err
		}
	}
	return d.conclude()
}

// demo is one run: what it shows, and where it writes.
type demo struct {
	function string // path of the binary
	page     page
	checks   checks
}

// conclude tells whether all was as expected.
func (d *demo) conclude() error {
	for _, difference := range d.checks.differences {
		d.page.indented(difference)
	}
	d.page.line(fmt.Sprintf("%d of %d as expected.", d.checks.made-len(d.checks.differences), d.checks.made))
	if d.page.err != nil {
		return fmt.Errorf("writing: %w", d.page.err)
	}
	if wrong := len(d.checks.differences); wrong > 0 {
		return fmt.Errorf("%d of %d not as expected", wrong, d.checks.made)
	}
	return nil
}
