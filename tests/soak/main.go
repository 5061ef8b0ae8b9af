// Command soak simulates the whole system: an account in which people make log
// groups, change keys and tags and get in the way; CloudTrail's events, lost,
// doubled, late and out of order; several copies of the built function that are
// killed, frozen and out of time; an AWS that fails in every way. At the end it
// holds what AWS recorded and what the function answered against what the
// function promises (package judge), and tells the story of what broke a promise.
//
// A seed fixes all that is drawn by lot: the configurations, the account, what
// people do and when, what becomes of each event on its way, which requests go
// wrong and how, and what is done to the copies. It does not fix how the
// processes take turns, nor how long anything takes, nor IDs made at random; so
// the same seed gives the same kind of day, not the same day. A hazard that is
// found once is found again with the seed in most runs.
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
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := run(ctx, os.Args[1:], os.Stdout)
	switch {
	case errors.Is(err, flag.ErrHelp):
		os.Exit(2)
	case err != nil:
		fmt.Fprintln(os.Stderr, "soak:", err)
		os.Exit(1)
	}
}

// options are what the command line says.
type options struct {
	function string
	seed     uint64
	seconds  int
	episode  int
	side     int
	stories  int
}

func parse(args []string) (options, error) {
	var o options
	flags := flag.NewFlagSet("soak", flag.ContinueOnError)
	flags.StringVar(&o.function, "function", ".build/host/bootstrap", "`path` of the built function")
	flags.Uint64Var(&o.seed, "seed", 0, "what the lots are drawn from; 0: from the clock")
	flags.IntVar(&o.seconds, "seconds", 45, "begin no more rounds of episodes after this time; each takes about half a minute")
	flags.IntVar(&o.episode, "episode", -1, "only the episode with this `number`")
	flags.IntVar(&o.side, "side", 3, "how many episodes run side by side, each in an account of its own")
	flags.IntVar(&o.stories, "stories", 1, "how many stories to tell of each promise that was broken")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	if flags.NArg() > 0 {
		return o, fmt.Errorf("unknown argument %q; see -help", flags.Arg(0))
	}
	if o.side < 1 || o.seconds < 1 {
		return o, errors.New("-seconds and -side are at least 1")
	}
	if o.seed == 0 {
		o.seed = uint64(time.Now().UnixMilli())
	}
	if _, err := os.Stat(o.function); err != nil {
		return o, fmt.Errorf("no built function (make soak builds it): %w", err)
	}
	return o, nil
}

// run simulates in rounds until the time is up. Its error is also that a promise
// was broken.
func run(ctx context.Context, args []string, stdout io.Writer) error {
	o, err := parse(args)
	if err != nil {
		return err
	}
	late := &watch{}
	watching, stop := context.WithCancel(ctx)
	defer stop()
	go late.run(watching)
	p := page{to: stdout, options: o}
	p.line("seed %d", o.seed)
	begin := time.Now()
	for next := 0; ; next += o.side {
		var indexes []int
		for i := range o.side {
			indexes = append(indexes, next+i)
		}
		if o.episode >= 0 {
			indexes = []int{o.episode}
		}
		results, err := round(ctx, o, indexes, late)
		if err != nil {
			return err
		}
		for _, r := range results {
			p.show(r)
		}
		if o.episode >= 0 || time.Since(begin) > time.Duration(o.seconds)*time.Second {
			return p.conclude(time.Since(begin))
		}
	}
}
