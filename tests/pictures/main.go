// Command pictures draws the pictures in docs/: the dashboard, the demo's table and the
// page of an audit. Its tests draw them again, so that no picture shows what the program
// no longer does.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"log-group-kms/tests/alarms"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := run(ctx, os.Args[1:])
	switch {
	case errors.Is(err, flag.ErrHelp):
		os.Exit(2)
	case err != nil:
		fmt.Fprintln(os.Stderr, "pictures:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("pictures", flag.ContinueOnError)
	function := flags.String("function", ".build/host/bootstrap", "`path` of the built function")
	root := flags.String("root", ".", "`folder` of the project")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("unknown argument %q; see -help", flags.Arg(0))
	}
	scratch, err := os.MkdirTemp("", "pictures")
	if err != nil {
		return err
	}
	defer os.RemoveAll(scratch)
	d := drawer{function: *function, root: *root, scratch: scratch}
	made, err := d.make(ctx)
	if err != nil {
		return err
	}
	if found := browser(); found == "" {
		fmt.Fprintln(os.Stderr, "docs/audit.png stays as it is: a picture of a page needs Chromium (apt-get install chromium)")
	} else if made.pictures["audit.png"], err = d.photograph(ctx, found, made.page); err != nil {
		return fmt.Errorf("taking a picture of the audit's page: %w", err)
	}
	for name, picture := range made.pictures {
		err = errors.Join(err, os.WriteFile(filepath.Join(*root, "docs", name), picture, 0o644))
	}
	return err
}

// drawer draws.
type drawer struct {
	function string // path of the binary
	root     string // folder of the project
	scratch  string // folder for what is thrown away
}

// made is what needs no browser.
type made struct {
	pictures map[string][]byte // by their names in docs/
	page     []byte            // of the audit, for a picture of it
}

func (d drawer) make(ctx context.Context) (m made, err error) {
	stack, err := alarms.Load(filepath.Join(d.root, "template.yaml"), "log-group-kms", nil)
	if err != nil {
		return m, err
	}
	s, err := tell(ctx, d.function, stack)
	if err != nil {
		return m, fmt.Errorf("telling the story: %w", err)
	}
	defer s.Close()
	dashboard, err := drawDashboard(s)
	if err != nil {
		return m, fmt.Errorf("drawing the dashboard: %w", err)
	}
	if m.page, err = auditPage(ctx, s); err != nil {
		return m, fmt.Errorf("auditing: %w", err)
	}
	demo, err := d.demo(ctx)
	if err != nil {
		return m, fmt.Errorf("drawing the demo: %w", err)
	}
	m.pictures = map[string][]byte{"dashboard.svg": dashboard, "demo.svg": demo}
	return m, nil
}
