package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// stack is what CloudFormation says of a stack.
type stack struct {
	StackStatus string
	Parameters  []struct{ ParameterKey, ParameterValue string }
	Outputs     []struct{ OutputKey, OutputValue string }
}

// describe asks for a stack; nil where there is none.
func (t *tools) describe(ctx context.Context, name string) (*stack, error) {
	said, err := t.aws(ctx, "cloudformation", "describe-stacks", "--stack-name", name)
	var no *refusal
	if errors.As(err, &no) && strings.Contains(no.said, "does not exist") {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var answer struct{ Stacks []stack }
	if err := json.Unmarshal(said, &answer); err != nil || len(answer.Stacks) != 1 {
		return nil, fmt.Errorf("aws cloudformation describe-stacks answers %q, want one stack", shortened(string(said)))
	}
	return &answer.Stacks[0], nil
}

func (s *stack) output(key string) string {
	for _, o := range s.Outputs {
		if o.OutputKey == key {
			return o.OutputValue
		}
	}
	return ""
}

func (s *stack) parameters() map[string]string {
	values := make(map[string]string)
	for _, p := range s.Parameters {
		values[p.ParameterKey] = p.ParameterValue
	}
	return values
}

// obstacle says why a stack cannot be deployed as it is, and what to do.
func (s *stack) obstacle(name, region string) error {
	switch {
	case s == nil:
		return nil
	case s.StackStatus == "ROLLBACK_COMPLETE" || s.StackStatus == "ROLLBACK_FAILED" || s.StackStatus == "CREATE_FAILED" || s.StackStatus == "DELETE_FAILED":
		return fmt.Errorf("stack %s is %s: an earlier try failed, and CloudFormation keeps what is left of it. Remove that, then try again: sam delete --stack-name %s --region %s",
			name, s.StackStatus, name, region)
	case strings.HasSuffix(s.StackStatus, "_IN_PROGRESS") && s.StackStatus != "REVIEW_IN_PROGRESS":
		return fmt.Errorf("stack %s is %s: wait for the end of that, then try again", name, s.StackStatus)
	}
	return nil
}

// tellChanges writes which parameters a deployment changes.
func (p *plan) tellChanges(w io.Writer, before *stack) {
	if before == nil || before.StackStatus == "REVIEW_IN_PROGRESS" {
		fmt.Fprintln(w, "The stack is new.")
		return
	}
	old := before.parameters()
	changed := false
	for _, name := range p.names {
		if was, there := old[name]; there && was != p.values[name] {
			if !changed {
				fmt.Fprintln(w, "This changes parameters of the stack:")
			}
			changed = true
			fmt.Fprintf(w, "  %s: %s → %s\n", name, shown(was), shown(p.values[name]))
		}
	}
	if !changed {
		fmt.Fprintln(w, "The stack has these parameters already.")
	}
}

func shown(value string) string {
	if value == "" {
		return "(empty)"
	}
	return shortened(value)
}

// shortened keeps a text to one short line.
func shortened(text string) string {
	const most = 100
	text = strings.Join(strings.Fields(text), " ")
	if utf8.RuneCountInString(text) > most {
		text = string([]rune(text)[:most]) + "…"
	}
	return text
}
