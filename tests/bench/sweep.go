package main

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"log-group-kms/internal/awsfake"
	"log-group-kms/tests/golden"
)

// bareAccount has n log groups, of which every share-th has no key; 0: each has.
func bareAccount(n, share int) *awsfake.World {
	world := awsfake.New(golden.Account)
	key := world.AddKey(awsfake.Key{Region: golden.Region})
	world.AddAlias(golden.Account, golden.Region, "alias/log-group-kms", key)
	world.RecordCalls(false)
	world.SeedLogGroups(golden.Account, golden.Region, n, func(i int) awsfake.LogGroup {
		group := awsfake.LogGroup{Name: name(i), KMSKeyARN: key}
		if share > 0 && i%share == 0 {
			group.KMSKeyARN = ""
		}
		return group
	})
	return world
}

// swept is what of a sweep's answer is looked at.
type swept struct {
	Examined, Associated, Failed int
	Cursor                       string
}

// sweep follows the cursor to the end.
func sweep(ctx context.Context, p *process) (total swept, took time.Duration, err error) {
	begin := time.Now()
	for cursor := ""; ; {
		command, err := json.Marshal(map[string]string{"action": "sweep", "cursor": cursor})
		if err != nil {
			return total, 0, fmt.Errorf("encoding the command: %w", err)
		}
		answer, err := p.invoke(ctx, string(command))
		if err != nil {
			return total, 0, err
		}
		var one swept
		if err := json.Unmarshal(answer.Payload, &one); err != nil {
			return total, 0, fmt.Errorf("decoding the answer: %w", err)
		}
		total.Examined += one.Examined
		total.Associated += one.Associated
		total.Failed += one.Failed
		if cursor = one.Cursor; cursor == "" {
			return total, time.Since(begin), nil
		}
	}
}

// noTags lets a sweep read no tags, and no limits hold it back.
var unlimited = []string{"KMS_KEY_TAG=", "ASSOCIATE_RATE=0", "DESCRIBE_RATE=0", "RULES=", "QUERY_RESULT_KMS_KEY="}

// measureSweep sweeps many log groups, half of them without a key, as fast as
// the machine allows.
func measureSweep(ctx context.Context, o options) ([]row, error) {
	groups := 100_000
	if o.quick {
		groups = 5_000
	}
	world := bareAccount(groups, 2)
	p, err := launch(ctx, o.function, world, unlimited...)
	if err != nil {
		return nil, err
	}
	defer p.close()
	total, took, err := sweep(ctx, p)
	if err != nil {
		return nil, err
	}
	if total.Examined != groups || total.Associated != groups/2 || total.Failed != 0 {
		return nil, fmt.Errorf("sweeping %d log groups, half without a key: got %+v", groups, total)
	}
	calls := 0
	for _, operation := range []string{"DescribeLogGroups", "ListTagsForResource", "DescribeKey", "AssociateKmsKey"} {
		calls += world.CountCalls(operation)
	}
	least := float64(groups)/50 + float64(groups)/2 // pages, and one write for each without a key
	return []row{
		{fmt.Sprintf("sweep of %d log groups, half open", groups), fmt.Sprintf("%.0f groups/s", float64(groups)/took.Seconds()), "", "", goal{}},
		{"  AWS calls per log group", fmt.Sprintf("%.3f", float64(calls)/float64(groups)), fmt.Sprintf("%.3f", least/float64(groups)), in(ratio(float64(calls), least)), goal{}},
		{"  peak memory", kib(p.PeakRSS() * 1024), "", "", atMost(float64(p.PeakRSS()), mostMemory, " KiB")},
	}, nil
}

// measureSweepMemory sweeps accounts a hundred times as large as each other.
func measureSweepMemory(ctx context.Context, o options) ([]row, error) {
	small, large := 10_000, 1_000_000
	if o.quick {
		small, large = 1_000, 50_000
	}
	peak := make(map[int]int64)
	for _, groups := range []int{small, large} {
		p, err := launch(ctx, o.function, bareAccount(groups, 100), unlimited...)
		if err != nil {
			return nil, err
		}
		total, _, err := sweep(ctx, p)
		peak[groups] = p.PeakRSS()
		p.close()
		if err != nil {
			return nil, err
		}
		if total.Examined != groups {
			return nil, fmt.Errorf("sweeping %d log groups: got %+v", groups, total)
		}
	}
	r := ratio(peak[large], peak[small])
	return []row{
		{fmt.Sprintf("peak memory, %d and %d groups", large, small), kib(peak[large] * 1024), kib(peak[small] * 1024), in(r), atMost(r, 1.25, "")},
		{"  the larger", kib(peak[large] * 1024), "", "", atMost(float64(peak[large]), mostMemory, " KiB")},
	}, nil
}

// mostMemory is what a sweep may take of memory at most, in KiB: half of the least
// that Lambda gives a function.
const mostMemory = 65536

// measureLimits sweeps under AWS's limits: 5 AssociateKmsKey requests a second.
func measureLimits(ctx context.Context, o options) ([]row, error) {
	const perSecond = 5
	groups := 60 * perSecond
	if o.quick {
		groups = 8 * perSecond
	}
	world := bareAccount(groups, 1)
	world.SetLimits(true)
	p, err := launch(ctx, o.function, world, append(unlimited, "ASSOCIATE_RATE=5", "DESCRIBE_RATE=8")...)
	if err != nil {
		return nil, err
	}
	defer p.close()
	total, took, err := sweep(ctx, p)
	if err != nil {
		return nil, err
	}
	if total.Associated != groups || total.Failed != 0 {
		return nil, fmt.Errorf("sweeping %d log groups under AWS's limits: got %+v", groups, total)
	}
	bound := time.Duration(groups) * time.Second / perSecond
	r := ratio(took, bound)
	return []row{{
		fmt.Sprintf("sweep of %d open groups under AWS's limits", groups), seconds(took), seconds(bound), in(r), atMost(r, 1.10, ""),
	}}, nil
}
