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
	pictures, err := d.pictures(ctx)
	for name, picture := range pictures {
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

// pictures draws those that need no browser, by their names in docs/.
func (d drawer) pictures(ctx context.Context) (map[string][]byte, error) {
	board, err := d.dashboard(ctx)
	if err != nil {
		return nil, fmt.Errorf("drawing the dashboard: %w", err)
	}
	demo, err := d.demo(ctx)
	if err != nil {
		return nil, fmt.Errorf("drawing the demo: %w", err)
	}
	return map[string][]byte{"dashboard.svg": board, "demo.svg": demo}, nil
}
