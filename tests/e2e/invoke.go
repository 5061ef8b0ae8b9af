package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"log-group-kms/tests/golden"
)

// atOnce is how many containers run side by side.
const atOnce = 3

// invocation is one run of `sam local invoke`, in a container and an account of
// its own.
type invocation struct {
	name, function string
	event          []byte
	template       string            // the built one if empty
	settings       map[string]string // beside the golden ones
}

// outcome is what came of it.
type outcome struct {
	answer []byte
	calls  []string
	log    []byte // standard error: SAM's words and the function's log
}

func (s *stage) invoke(ctx context.Context, i invocation) (outcome, error) {
	world := golden.NewWorld()
	url, stop, err := s.serve(world)
	if err != nil {
		return outcome{}, err
	}
	defer stop()
	variables, err := s.variables(i.name, url, i.settings)
	if err != nil {
		return outcome{}, err
	}
	event, err := s.write("event-"+i.name, i.event)
	if err != nil {
		return outcome{}, err
	}
	template := i.template
	if template == "" {
		template = filepath.Join(built("x86_64"), "template.yaml")
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	answer, log, err := finish(s.sam(ctx, "local", "invoke", i.function, "--template", template, "--event", event,
		"--env-vars", variables, "--invoke-image", s.image, "--parameter-overrides", x86))
	if err != nil {
		return outcome{}, err
	}
	calls, err := operations(world)
	if err != nil {
		return outcome{}, err
	}
	return outcome{answer, calls, log}, nil
}

func (s *stage) invokeAll(ctx context.Context) error {
	var group errgroup.Group
	group.SetLimit(atOnce)
	faults := make([]error, len(s.cases))
	for n, c := range s.cases {
		one := func() error {
			if ctx.Err() != nil {
				return nil
			}
			start := time.Now()
			o, err := s.invoke(ctx, invocation{name: c.File, function: function(c.File), event: c.Event})
			if err == nil {
				if err = check(c, o.answer, o.calls); err != nil {
					err = fmt.Errorf("%w\n%s", err, o.log)
				}
			}
			if err != nil {
				faults[n] = fmt.Errorf("%s: %w", c.File, err)
				fmt.Printf("NO  %s\n", c.File)
				return nil
			}
			fmt.Printf("ok  %-36s %-30s AWS calls: %2d   %.1f s\n", c.File, became(o.answer), len(o.calls), time.Since(start).Seconds())
			return nil
		}
		if n == 0 {
			_ = one() // alone: it builds the image that the others run; its faults are kept
			continue
		}
		group.Go(one)
	}
	_ = group.Wait() // the faults are kept
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("interrupted: %w", err)
	}
	return errors.Join(faults...)
}

// bite shows that failures of all kinds are noticed.
func (s *stage) bite(ctx context.Context) error {
	right := s.caseOf("created-by-user.json")
	o, err := s.invoke(ctx, invocation{name: "bite", function: "EventFunction", event: right.Event})
	if err != nil {
		return err
	}
	broken, err := s.invoke(ctx, invocation{name: "broken", function: "EventFunction", event: []byte(`{"action":"encrypt"}`)})
	if err != nil {
		return err
	}
	unfit, err := s.withoutProgram()
	if err != nil {
		return err
	}
	silent, err := s.invoke(ctx, invocation{name: "silent", function: "EventFunction", event: right.Event, template: unfit})
	if err != nil {
		return err
	}

	otherAnswer, otherCalls, otherError := right, right, right
	otherAnswer.Answer = strings.Replace(right.Answer, golden.DefaultKey, golden.PaymentsKey, 1)
	otherCalls.Calls = right.Calls[1:]
	otherError.ErrorType = "KeyUnusable"
	for _, b := range []struct {
		what string
		c    golden.Case
		o    outcome
		want string
	}{
		{"another key than expected", otherAnswer, o, "answer: got"},
		{"an AWS call too many", otherCalls, o, "AWS calls: got"},
		{"an answer instead of a failure", otherError, o, `want "KeyUnusable"`},
		{"a failure instead of an answer", right, broken, `errorType: got "InvalidEvent"`},
		{"a function that cannot start", right, silent, "no answer on standard output"},
	} {
		err := check(b.c, b.o.answer, b.o.calls)
		if err == nil || !strings.Contains(err.Error(), b.want) {
			return fmt.Errorf("%s must be found wrong with %q, but what was found is: %v\n%s%s", b.what, b.want, err, b.o.answer, b.o.log)
		}
		fmt.Println("ok ", b.what)
	}
	return nil
}

func (s *stage) caseOf(file string) golden.Case {
	for _, c := range s.cases {
		if c.File == file {
			return c
		}
	}
	return golden.Case{}
}

// withoutProgram makes a copy of the built template whose bootstrap cannot run.
func (s *stage) withoutProgram() (template string, err error) {
	text, err := os.ReadFile(filepath.Join(built("x86_64"), "template.yaml"))
	if err != nil {
		return "", fmt.Errorf("reading the built template: %w", err)
	}
	for _, function := range functions {
		if err := os.MkdirAll(filepath.Join(s.folder, "unfit", function), 0o755); err != nil {
			return "", fmt.Errorf("making a folder: %w", err)
		}
		file := filepath.Join(s.folder, "unfit", function, "bootstrap")
		if err := os.WriteFile(file, []byte("\x7fELF, but not for long"), 0o755); err != nil {
			return "", fmt.Errorf("writing for SAM: %w", err)
		}
	}
	return s.write(filepath.Join("unfit", "template.yaml"), text)
}
