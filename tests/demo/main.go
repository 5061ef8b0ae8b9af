// Command demo shows the program at work: the real function, fed with events, and the
// real command line, against the bundled local AWS. It ends with an error unless
// everything turned out as expected.
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

	"log-group-kms/tests/alarms"
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
	d := &demo{page: page{to: stdout}}
	flags.StringVar(&d.function, "function", ".build/host/bootstrap", "`path` of the built function")
	flags.StringVar(&d.commandLine, "command-line", ".build/host/log-group-kms", "`path` of the built command line")
	flags.StringVar(&d.report, "report", ".build/demo.html", "`file` to write the audit's page to")
	events := flags.String("events", "events", "`folder` of the golden events")
	template := flags.String("template", "template.yaml", "`path` of the template, whose alarms are evaluated")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("unknown argument %q; see -help", flags.Arg(0))
	}
	for _, binary := range []string{d.function, d.commandLine} {
		if _, err := os.Stat(binary); err != nil {
			return fmt.Errorf("a program is not built (make demo builds it): %w", err)
		}
	}
	cases, err := golden.Load(*events)
	if err != nil {
		return err
	}
	if d.stack, err = alarms.Load(*template, golden.StackName, nil); err != nil {
		return err
	}
	return d.perform(ctx, cases)
}

// demo is one run: what it shows, and where it writes.
type demo struct {
	function    string // path of the binary
	commandLine string // path of the binary
	report      string // file of the audit's page
	stack       alarms.Stack
	page        page
	checks      checks
}

// perform shows all acts and says how they went.
func (d *demo) perform(ctx context.Context, cases []golden.Case) error {
	if err := d.introduce(); err != nil {
		return err
	}
	old := oldAccount()
	var account *stage // of the third and fourth act
	defer func() {
		if account != nil {
			account.close()
		}
	}()
	for _, a := range []act{
		{"1. New log groups", "each gets the key that its tag, a rule or the default names, and nothing is set where nothing is to be.",
			func() error { return d.showEvents(ctx, scenes()) }},
		{"2. Every kind of event", "what CloudTrail and people send is understood, and what is not meant for the function is left alone.",
			func() error { return d.showGolden(ctx, cases) }},
		{"3. The sweep", "log groups of which no event ever told get their key as well, each exactly once, however many calls it takes.",
			func() (err error) {
				if account, err = d.settle(ctx, old); err != nil {
					return err
				}
				return d.showSweep(ctx, account, old)
			}},
		{"4. An alarm, and its repair", "a log group that is without its key, and a key that is about to go, ring; the runbook leads to them; after the repair it is quiet.",
			func() error { return d.showAlarm(ctx, account, old) }},
		{"5. Many accounts", "a hub serves members by their roles; a broken one does not disturb the others, and a hostile one cannot reach them.",
			func() error { return d.showMembers(ctx, memberScenes()) }},
	} {
		if err := d.show(a); err != nil {
			return err
		}
	}
	return d.conclude()
}
