// Command localaws serves the bundled local AWS in the foreground, with the
// account that events/*.json speak of: its keys, its log groups, and the deployed stack,
// whose function is the real one.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"syscall"

	"log-group-kms/internal/awsfake"
	"log-group-kms/tests/golden"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		os.Exit(2)
	case err != nil:
		fmt.Fprintln(os.Stderr, "localaws:", err)
		os.Exit(1)
	}
}

// options are what the command line says.
type options struct {
	addr   string
	empty  bool
	limits bool
	json   bool

	function   string
	undeployed bool
}

func parse(args []string, stderr io.Writer) (options, error) {
	var o options
	flags := flag.NewFlagSet("localaws", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&o.addr, "addr", "127.0.0.1:4566", "`address` to listen on; for containers 0.0.0.0:4566 or the Docker bridge's, 172.17.0.1:4566")
	flags.BoolVar(&o.empty, "empty", false, "begin with an account without keys and log groups")
	flags.BoolVar(&o.limits, "limits", false, "enforce AWS's request limits, such as 5 AssociateKmsKey a second")
	flags.StringVar(&o.function, "function", "", "`binary` of the deployed function; built from cmd/handler, when it is first needed, if none is named")
	flags.BoolVar(&o.undeployed, "undeployed", false, "begin without the deployed stack, its function and its trail")
	flags.BoolVar(&o.json, "json", false, "write the calls as JSON lines, and nothing else, to standard output")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	if flags.NArg() > 0 {
		return o, fmt.Errorf("unknown argument %q; see -help", flags.Arg(0))
	}
	return o, nil
}

// run serves until ctx ends. Its error says what to do about it.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	o, err := parse(args, stderr)
	if err != nil {
		return err
	}
	listener, err := listen(ctx, o.addr)
	if err != nil {
		return err
	}
	report, intro := textLines(stdout), stdout
	if o.json {
		report, intro = jsonLines(stdout), stderr
	}
	if err := introduce(intro, listener.Addr().(*net.TCPAddr), o); err != nil {
		return errors.Join(err, listener.Close())
	}
	f := &function{binary: o.function, url: localURL(listener.Addr().(*net.TCPAddr)), stderr: stderr}
	newWorld := func() *awsfake.World { return o.newWorld(f) }
	return errors.Join(serve(ctx, listener, newFront(newWorld, report)), f.close())
}

// newWorld makes the account to begin with.
func (o options) newWorld(f *function) *awsfake.World {
	world := golden.NewWorld()
	switch {
	case o.empty:
		world = awsfake.New(golden.Account)
	case !o.undeployed:
		deploy(world, f)
	}
	world.SetLimits(o.limits)
	return world
}
