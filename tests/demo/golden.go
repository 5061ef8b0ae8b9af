package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"log-group-kms/internal/runtimeapi"
	"log-group-kms/tests/golden"
)

// showGolden gives each file of the golden events to a new function in a new
// account.
func (d *demo) showGolden(ctx context.Context, cases []golden.Case) error {
	d.page.say("The golden events: a record of each kind that CloudTrail writes about log groups, and the commands. Each file " +
		"goes to a function that has just started, in an account of its own.")
	var rows [][]string
	for _, c := range cases {
		row, err := d.play(ctx, c)
		if err != nil {
			return fmt.Errorf("playing %s: %w", c.File, err)
		}
		rows = append(rows, row)
	}
	d.page.table([]string{"file in events/", "outcome", "why", "right?"}, rows)
	return d.page.err
}

// play gives one file to the function and returns its row of the table.
func (d *demo) play(ctx context.Context, c golden.Case) ([]string, error) {
	s, err := d.setUp(ctx, golden.NewWorld(), "ASSOCIATE_RATE=0") // as the reader has other things to do
	if err != nil {
		return nil, err
	}
	defer s.close()
	answer, err := s.function.Invoke(ctx, c.Event)
	if err != nil {
		return nil, fmt.Errorf("invoking the function: %w", err)
	}
	var calls []string
	for _, call := range s.world.Calls() {
		calls = append(calls, call.Operation)
	}
	want, err := outline(c.ErrorType, []byte(c.Answer), c.Certain(c.Calls))
	if err != nil {
		return nil, fmt.Errorf("the expectation: %w", err)
	}
	got, err := outline(answer.ErrorType, answer.Payload, c.Certain(calls))
	if err != nil {
		return nil, err
	}
	outcome, why, err := describe(answer)
	if err != nil {
		return nil, err
	}
	return []string{strings.TrimSuffix(c.File, ".json"), outcome, why, d.checks.expect(c.File, want, got)}, nil
}

// outline is what must be the same in each run: error or answer, and the calls.
func outline(errorType string, payload []byte, calls []string) (string, error) {
	what := "the error " + errorType
	if errorType == "" {
		var err error
		if what, err = golden.Comparable(payload); err != nil {
			return "", err
		}
	}
	return fmt.Sprintf("%s with the AWS calls %s", what, strings.Join(calls, " ")), nil
}

// describe says in a few words what an answer of any kind holds.
func describe(a runtimeapi.Answer) (outcome, why string, err error) {
	var answer struct {
		sweepAnswer
		BatchItemFailures *[]struct{}
	}
	if a.ErrorType == "" {
		if err := json.Unmarshal(a.Payload, &answer); err != nil {
			return "", "", fmt.Errorf("reading the answer %s: %w", a.Payload, err)
		}
	}
	switch {
	case answer.Action == "sweep":
		return "swept", answer.counts(), nil
	case answer.BatchItemFailures != nil:
		return "batch", fmt.Sprintf("%d of its messages to be repeated", len(*answer.BatchItemFailures)), nil
	}
	r, err := read(a, 0)
	return r.outcome, r.why, err
}
