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
func measureArtefact(_ context.Context, o options) ([]row, error) {
	mine, err := zipped(o.function)
	if err != nil {
		return nil, err
	}
	least, err := zipped(o.floor)
	if err != nil {
		return nil, err
	}
	r := ratio(mine, least)
	return []row{{"zipped artefact", kib(mine), kib(least), in(r), atMost(r, 1.12, "")}}, nil
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

// measureStart compares the time from exec to the first request for an event. The
// two take turns, so that whatever else the machine does hits both.
func measureStart(ctx context.Context, o options) ([]row, error) {
	runs := 61
	if o.quick {
		runs = 15
	}
	var mine, least []time.Duration
	for range runs {
		for _, one := range []struct {
			binary string
			times  *[]time.Duration
		}{{o.function, &mine}, {o.floor, &least}} {
			p, err := launch(ctx, one.binary, awsfake.New(golden.Account))
			if err != nil {
				return nil, err
			}
			*one.times = append(*one.times, p.StartedIn())
			p.close()
		}
	}
	a, b := lowerQuartile(mine), lowerQuartile(least)
	r := ratio(a, b)
	return []row{{fmt.Sprintf("start to ready (lower quartile of %d)", runs), milliseconds(a), milliseconds(b), in(r), atMost(r, 1.15, "")}}, nil
}

// roundTrip is what a request to the local AWS takes at least, about what one
// within a Region does.
const roundTrip = 10 * time.Millisecond

// forms of an event that the two binaries understand
const (
	functionForm = `{"action":"encrypt","logGroupName":%q}`
	floorForm    = `{"logGroupName":%q}`
)

// measureFirst compares the first answer of a process, which opens the connections.
// The floor makes one request, so the bound is its first answer and one round trip
// more: the function asks KMS beside the log group's state, and then writes. A round
// trip is what the floor's second answer takes.
func measureFirst(ctx context.Context, o options) ([]row, error) {
	runs := 31
	if o.quick {
		runs = 9
	}
	var mine, least, trips []time.Duration
	for range runs {
		for _, one := range []struct {
			binary, form string
			first        *[]time.Duration
			second       *[]time.Duration
		}{{o.function, functionForm, &mine, nil}, {o.floor, floorForm, &least, &trips}} {
			answers, err := answerTimes(ctx, one.binary, one.form)
			if err != nil {
				return nil, err
			}
			*one.first = append(*one.first, answers[0])
			if one.second != nil {
				*one.second = append(*one.second, answers[1])
			}
		}
	}
	a, b, trip := lowerQuartile(mine), lowerQuartile(least), lowerQuartile(trips)
	over := inMilliseconds(a - b - trip)
	return []row{{
		fmt.Sprintf("first answer (lower quartile of %d)", runs), milliseconds(a), milliseconds(b) + " + " + milliseconds(trip),
		fmt.Sprintf("%+.2f ms", over), atMost(over, firstAllowance, " ms more"),
	}}, nil
}

// firstAllowance is what the function's own work may add to the first answer, in
// milliseconds: it makes four requests in place of two, three of them over
// connections of their own.
const firstAllowance = 2

// answerTimes gives the times of a fresh process's first two answers.
func answerTimes(ctx context.Context, binary, form string) ([]time.Duration, error) {
	world := eventsWorld(2)
	p, err := launch(ctx, binary, world, "DEFAULT_KMS_KEY="+golden.DefaultKey)
	if err != nil {
		return nil, err
	}
	defer p.close()
	var times []time.Duration
	for i := range 2 {
		answer, err := p.invoke(ctx, fmt.Sprintf(form, name(i)))
		if err != nil {
			return nil, err
		}
		times = append(times, answer.Took)
	}
	return times, nil
}

// measureEvents compares warm events and, after them, peak memory. The two take
// turns, so that whatever else the machine does hits both.
func measureEvents(ctx context.Context, o options) ([]row, error) {
	events := 300
	if o.quick {
		events = 50
	}
	var times [2][]time.Duration
	var memory [2]int64
	var processes [2]*process
	binaries, forms := [2]string{o.function, o.floor}, [2]string{functionForm, floorForm}
	for i, binary := range binaries {
		p, err := launch(ctx, binary, eventsWorld(events+1), "ASSOCIATE_RATE=0", "DESCRIBE_RATE=0", "DEFAULT_KMS_KEY="+golden.DefaultKey)
		if err != nil {
			return nil, err
		}
		defer p.close()
		processes[i] = p
	}
	for event := range events + 1 {
		for i, p := range processes {
			answer, err := p.invoke(ctx, fmt.Sprintf(forms[i], name(event)))
			if err != nil {
				return nil, err
			}
			if event > 0 { // the first one opens connections and learns the key
				times[i] = append(times[i], answer.Took)
			}
			memory[i] = p.PeakRSS()
		}
	}
	mine, least := lowerQuartile(times[0]), lowerQuartile(times[1])
	over, held := inMilliseconds(mine-2*least), ratio(memory[0], memory[1])
	return []row{
		{
			fmt.Sprintf("warm event (lower quartile of %d)", events), milliseconds(mine), "2 x " + milliseconds(least),
			fmt.Sprintf("%+.2f ms", over), atMost(over, 1, " ms more"),
		},
		{"peak memory after them", kib(memory[0] * 1024), kib(memory[1] * 1024), in(held), atMost(held, 1.25, "")},
	}, nil
}

// eventsWorld has so many new log groups, and takes a round trip for each request.
func eventsWorld(groups int) *awsfake.World {
	world := golden.NewWorld()
	for i := range groups {
		world.PutLogGroup(golden.Account, golden.Region, awsfake.LogGroup{Name: name(i)})
	}
	world.Inject(awsfake.Fault{Kind: awsfake.Slow, Delay: roundTrip})
	return world
}

func name(i int) string { return fmt.Sprintf("/bench/%06d", i) }
