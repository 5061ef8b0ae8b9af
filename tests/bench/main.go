// Command bench measures the function and prints ratios: against the floor, a
// program that does no more than one AssociateKmsKey request, and against what
// AWS's limits allow. All runs happen in one go on one machine, so the ratios
// mean something where the milliseconds do not.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"net/http/httptest"
	"os"
	"slices"
	"text/tabwriter"
	"time"

	"log-group-kms/internal/awsfake"
	"log-group-kms/internal/runtimeapi"
	"log-group-kms/tests/golden"
)

func main() {
	function := flag.String("function", "", "the built function")
	floor := flag.String("floor", "", "the built floor program")
	quick := flag.Bool("quick", false, "fewer log groups and runs")
	flag.Parse()
	if err := run(context.Background(), os.Stdout, *function, *floor, *quick); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// row is one line of the result.
type row struct{ what, function, floor, ratio, goal string }

func run(ctx context.Context, out io.Writer, function, floor string, quick bool) error {
	var rows []row
	for _, part := range []func(context.Context, string, string, bool) ([]row, error){
		measureArtefact, measureStart, measureEvents, measureSweep, measureSweepMemory, measureLimits, measureMembers,
	} {
		more, err := part(ctx, function, floor, quick)
		if err != nil {
			return err
		}
		rows = append(rows, more...)
	}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "\tfunction\tfloor or bound\tratio\tgoal")
	for _, r := range rows {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", r.what, r.function, r.floor, r.ratio, r.goal)
	}
	return table.Flush()
}

// process is a binary running in a World.
type process struct {
	*runtimeapi.Function
	world  *awsfake.World
	server *httptest.Server
}

// launch starts a binary. settings are added to the golden environment.
func launch(ctx context.Context, binary string, world *awsfake.World, settings ...string) (*process, error) {
	server := httptest.NewServer(world)
	function, err := runtimeapi.Start(ctx, runtimeapi.Options{
		Binary: binary, Env: append(golden.Env(server.URL), settings...),
		FunctionARN: golden.FunctionARN, Timeout: 15 * time.Minute, // as the sweep's function has in the template
	})
	if err != nil {
		server.Close()
		return nil, fmt.Errorf("starting %s: %w", binary, err)
	}
	p := &process{function, world, server}
	if err := function.Ready(ctx); err != nil {
		p.close()
		return nil, fmt.Errorf("waiting for %s: %w", binary, err)
	}
	return p, nil
}

func (p *process) close() {
	_ = p.Close() // it is killed in any case
	p.server.CloseClientConnections()
	p.server.Close()
}

// invoke sends an event that must succeed.
func (p *process) invoke(ctx context.Context, event string) (runtimeapi.Answer, error) {
	answer, err := p.Invoke(ctx, []byte(event))
	if err != nil {
		return answer, fmt.Errorf("invoking the function: %w", err)
	}
	if answer.ErrorType != "" {
		return answer, fmt.Errorf("the function failed: %s: %s", answer.ErrorType, answer.ErrorMessage)
	}
	return answer, nil
}

func median(times []time.Duration) time.Duration {
	slices.Sort(times)
	return times[len(times)/2]
}

func milliseconds(d time.Duration) string {
	return fmt.Sprintf("%.2f ms", float64(d.Microseconds())/1000)
}

func ratio[N int | int64 | float64 | time.Duration](a, b N) string {
	return fmt.Sprintf("%.2f", float64(a)/float64(b))
}
