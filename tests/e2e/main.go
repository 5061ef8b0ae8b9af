// Command e2e tries the function with the real SAM CLI: it validates the
// template, builds the artefact, runs it in containers with each golden event
// and holds answers and AWS calls against what is expected. scripts/e2e.sh sets
// the stage for it.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"log-group-kms/tests/golden"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "\nmake e2e failed:", err)
		stop()
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	var s stage
	flag.StringVar(&s.bin, "bin", ".venv-e2e/bin", "folder of the SAM CLI and of a Python with boto3")
	flag.StringVar(&s.image, "image", "", "base image of the function's containers")
	bridge := flag.String("bridge", "docker0", "interface over which containers reach this machine")
	flag.StringVar(&s.readme, "readme", "README.md", "where the commands for users stand")
	flag.Parse()
	if s.image == "" {
		return fmt.Errorf("-image is needed; make e2e gives it")
	}

	var err error
	if s.host, err = addressOf(*bridge); err != nil {
		return err
	}
	if s.cases, err = golden.Load("events"); err != nil {
		return err
	}
	if s.commands, err = s.readCommands(); err != nil {
		return err
	}
	if s.folder, err = os.MkdirTemp("", "log-group-kms-e2e"); err != nil {
		return fmt.Errorf("making a folder: %w", err)
	}
	defer os.RemoveAll(s.folder)
	stop, err := s.answerSAM()
	if err != nil {
		return err
	}
	defer stop()

	for _, part := range []struct {
		name string
		do   func(context.Context) error
	}{
		{"sam validate", s.validate},
		{"sam build: static, stripped, arm64 unless told otherwise", s.build},
		{"sam local invoke: each golden event in a container of its own", s.invokeAll},
		{"what must be found wrong is found wrong", s.bite},
		{"sam local start-lambda: the golden events by way of the Lambda API", s.startLambda},
		{"the commands of the README, word for word", s.followReadme},
	} {
		fmt.Printf("\n== %s\n", part.name)
		start := time.Now()
		if err := part.do(ctx); err != nil {
			return fmt.Errorf("%s: %w", part.name, err)
		}
		fmt.Printf("   %.1f s\n", time.Since(start).Seconds())
	}
	return nil
}
