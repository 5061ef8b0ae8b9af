package main

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"log-group-kms/internal/awsfake"
	"log-group-kms/tests/golden"
)

// measureArtefact compares the zipped binaries, which is what Lambda fetches
// before a cold start.
func measureArtefact(_ context.Context, function, floor string, _ bool) ([]row, error) {
	mine, err := zipped(function)
	if err != nil {
		return nil, err
	}
	least, err := zipped(floor)
	if err != nil {
		return nil, err
	}
	return []row{{"zipped artefact", kib(mine), kib(least), ratio(mine, least), "<= 1.30"}}, nil
}

func zipped(file string) (int, error) {
	in, err := os.Open(file)
	if err != nil {
		return 0, fmt.Errorf("opening a binary: %w", err)
	}
	defer in.Close()
	var out bytes.Buffer
	archive := zip.NewWriter(&out)
	entry, err := archive.Create("bootstrap")
	if err != nil {
		return 0, fmt.Errorf("zipping a binary: %w", err)
	}
	if _, err := io.Copy(entry, in); err != nil {
		return 0, fmt.Errorf("zipping a binary: %w", err)
	}
	if err := archive.Close(); err != nil {
		return 0, fmt.Errorf("zipping a binary: %w", err)
	}
	return out.Len(), nil
}

func kib[N int | int64](bytes N) string { return fmt.Sprintf("%d KiB", bytes/1024) }

// measureStart compares the time from exec to the first request for an event.
// The two take turns, so that whatever else the machine does hits both.
func measureStart(ctx context.Context, function, floor string, quick bool) ([]row, error) {
	runs := 31
	if quick {
		runs = 7
	}
	var mine, least []time.Duration
	for range runs {
		for _, one := range []struct {
			binary string
			times  *[]time.Duration
		}{{function, &mine}, {floor, &least}} {
			p, err := launch(ctx, one.binary, awsfake.New(golden.Account))
			if err != nil {
				return nil, err
			}
			*one.times = append(*one.times, p.StartedIn())
			p.close()
		}
	}
	a, b := median(mine), median(least)
	return []row{{fmt.Sprintf("start to ready (median of %d)", runs), milliseconds(a), milliseconds(b), ratio(a, b), "<= 1.20"}}, nil
}

// roundTrip is what a request to the local AWS takes at least, about what one
// within a Region does.
const roundTrip = 10 * time.Millisecond

// measureEvents compares warm events and, after them, peak memory.
func measureEvents(ctx context.Context, function, floor string, quick bool) ([]row, error) {
	events := 300
	if quick {
		events = 50
	}
	mine, memory, err := serveEvents(ctx, function, events, `{"action":"encrypt","logGroupName":%q}`)
	if err != nil {
		return nil, err
	}
	least, leastMemory, err := serveEvents(ctx, floor, events, `{"logGroupName":%q}`)
	if err != nil {
		return nil, err
	}
	over := mine - 2*least
	return []row{
		{
			fmt.Sprintf("warm event (median of %d)", events), milliseconds(mine), "2 x " + milliseconds(least),
			fmt.Sprintf("%+.2f ms", float64(over.Microseconds())/1000), "<= +1 ms",
		},
		{"peak memory after them", kib(memory * 1024), kib(leastMemory * 1024), ratio(memory, leastMemory), "<= 1.30"},
	}, nil
}

func serveEvents(ctx context.Context, binary string, events int, form string) (time.Duration, int64, error) {
	world := golden.NewWorld()
	for i := range events + 1 {
		world.PutLogGroup(golden.Account, golden.Region, awsfake.LogGroup{Name: name(i)})
	}
	world.Inject(awsfake.Fault{Kind: awsfake.Slow, Delay: roundTrip})
	p, err := launch(ctx, binary, world, "ASSOCIATE_RATE=0", "DESCRIBE_RATE=0", "DEFAULT_KMS_KEY="+golden.DefaultKey)
	if err != nil {
		return 0, 0, err
	}
	defer p.close()
	var times []time.Duration
	for i := range events + 1 {
		answer, err := p.invoke(ctx, fmt.Sprintf(form, name(i)))
		if err != nil {
			return 0, 0, err
		}
		if i > 0 { // the first one opens connections and learns the key
			times = append(times, answer.Took)
		}
	}
	return median(times), p.PeakRSS(), nil
}

func name(i int) string { return fmt.Sprintf("/bench/%06d", i) }
