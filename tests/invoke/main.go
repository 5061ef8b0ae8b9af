// Command invoke sends one event to the real function, against the bundled local
// AWS, and shows the answer and what the function wrote.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"log-group-kms/internal/runtimeapi"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := run(ctx, os.Args[1:], os.Environ(), os.Stdout)
	switch {
	case errors.Is(err, flag.ErrHelp):
		os.Exit(2)
	case err != nil:
		fmt.Fprintln(os.Stderr, "invoke:", err)
		os.Exit(1)
	}
}

// run sends the event. Its error is also that the function answered with one.
func run(ctx context.Context, args, environment []string, stdout io.Writer) error {
	flags := flag.NewFlagSet("invoke", flag.ContinueOnError)
	function := flags.String("function", ".build/host/bootstrap", "`path` of the built function")
	file := flags.String("event", "", "`file` that holds the event")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *file == "" {
		return errors.New("say which event: make invoke EVENT=events/created-by-user.json")
	}
	payload, err := os.ReadFile(*file)
	if err != nil {
		return fmt.Errorf("reading the event: %w", err)
	}
	// As Lambda, which refuses it before the function sees it.
	if !json.Valid(payload) {
		return fmt.Errorf("%s is not JSON", *file)
	}
	s, err := setUp(ctx, *function, payload, environment)
	if err != nil {
		return err
	}
	defer s.close()
	answer, err := s.function.Invoke(ctx, payload)
	if err != nil {
		return fmt.Errorf("invoking the function: %w", err)
	}
	if err := show(stdout, s, answer); err != nil {
		return fmt.Errorf("writing: %w", err)
	}
	if answer.ErrorType != "" {
		return fmt.Errorf("the function failed: %s", answer.ErrorType)
	}
	return nil
}

// show writes what happened.
func show(w io.Writer, s *stage, answer runtimeapi.Answer) error {
	var text strings.Builder
	fmt.Fprintf(&text, "The local AWS plays %s.\n", s.scope)
	if s.made != "" {
		fmt.Fprintf(&text, "It has made the log group %s, since the event is about it.\n", s.made)
	}
	fmt.Fprintln(&text, "\nWhat the function wrote:")
	for _, line := range s.function.Lines() {
		fmt.Fprintln(&text, line)
	}
	fmt.Fprintln(&text, "\nWhat it asked of AWS:")
	for _, call := range s.world.Calls() {
		fmt.Fprintln(&text, strings.TrimSpace(fmt.Sprintf("%s %s %s", call.Operation, call.Resource, call.ErrorCode)))
	}
	fmt.Fprintf(&text, "\nIts answer, after %d ms:\n%s\n", answer.Took.Milliseconds(), indented(answer.Payload))
	_, err := io.WriteString(w, text.String())
	return err
}

// indented makes JSON readable, and leaves anything else as it is.
func indented(payload []byte) string {
	var b bytes.Buffer
	if json.Indent(&b, payload, "", "  ") != nil {
		return string(payload)
	}
	return b.String()
}
