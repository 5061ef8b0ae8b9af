package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"log-group-kms/internal/awsfake"
	"log-group-kms/tests/golden"
)

// check holds what a function answered, and the AWS operations that it called,
// against what is expected. The SAM CLI's exit status says nothing: it is 0 when
// the function failed, ran out of time or did not start.
func check(c golden.Case, answer []byte, calls []string) error {
	faults := []error{checkAnswer(c, answer)}
	if difference := c.Differs(calls); difference != "" {
		faults = append(faults, errors.New(difference))
	}
	return errors.Join(faults...)
}

func checkAnswer(c golden.Case, answer []byte) error {
	answer = bytes.TrimSpace(answer)
	if len(answer) == 0 {
		return errors.New("no answer on standard output: the function did not start, or ran out of time")
	}
	var failure struct {
		ErrorType    string `json:"errorType"`
		ErrorMessage string `json:"errorMessage"`
	}
	if err := json.Unmarshal(answer, &failure); err != nil {
		return fmt.Errorf("the answer is not a JSON object: %w: %.200s", err, answer)
	}
	if failure.ErrorType != c.ErrorType {
		return fmt.Errorf("errorType: got %q (%s), want %q; answer %s", failure.ErrorType, failure.ErrorMessage, c.ErrorType, answer)
	}
	if c.ErrorType != "" {
		return nil
	}
	got, err := golden.Comparable(answer)
	if err != nil {
		return err
	}
	want, err := golden.Comparable([]byte(c.Answer))
	if err != nil {
		return fmt.Errorf("the expectation: %w", err)
	}
	if got != want {
		return fmt.Errorf("answer: got %s, want %s", got, want)
	}
	return nil
}

// operations lists the AWS operations called in a World, sorted. It is an error
// if there was one that no real client would send.
func operations(world *awsfake.World) ([]string, error) {
	if strange := world.Unexpected(); len(strange) > 0 {
		return nil, fmt.Errorf("the function sent what AWS does not know: %q", strange)
	}
	var names []string
	for _, call := range world.Calls() {
		names = append(names, call.Operation)
	}
	slices.Sort(names)
	return names, nil
}

// became says in a word or two what an answer is.
func became(answer []byte) string {
	var a struct {
		Outcome, Reason, ErrorType, Action string
		BatchItemFailures                  []any
	}
	_ = json.Unmarshal(answer, &a) // it was checked
	switch {
	case a.ErrorType != "":
		return a.ErrorType
	case a.BatchItemFailures != nil:
		return fmt.Sprintf("batch, %d failed", len(a.BatchItemFailures))
	}
	return strings.Trim(a.Action+a.Outcome+" "+a.Reason, " ")
}
