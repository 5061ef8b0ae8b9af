package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// tools runs the programs that speak to AWS.
type tools struct {
	root           string
	region         string // "" leaves it to their configuration
	stdout, stderr io.Writer
}

// need says how to get a program that is not there.
func need(program, how string) error {
	if _, err := exec.LookPath(program); err != nil {
		return fmt.Errorf("this needs %s, and there is none on PATH: %s", program, how)
	}
	return nil
}

func needAWS() error { return need("aws", "install the AWS CLI (pip install awscli)") }

// oldestSAM is the first tried version that reads parameters from a file, which
// is the only way on which every value survives.
var oldestSAM = [2]int{1, 160}

var samVersion = regexp.MustCompile(`version (\d+)\.(\d+)`)

func (t *tools) needSAM(ctx context.Context) error {
	if err := need("sam", "install the AWS SAM CLI (pip install aws-sam-cli)"); err != nil {
		return err
	}
	said, err := t.quietly(ctx, "sam", "--version")
	if err != nil {
		return err
	}
	found := samVersion.FindStringSubmatch(string(said))
	if found == nil {
		return fmt.Errorf("sam --version says %q, which is no version", strings.TrimSpace(string(said)))
	}
	major, _ := strconv.Atoi(found[1])
	minor, _ := strconv.Atoi(found[2])
	if cmp.Or(cmp.Compare(major, oldestSAM[0]), cmp.Compare(minor, oldestSAM[1])) < 0 {
		return fmt.Errorf("this needs the AWS SAM CLI %d.%d or newer, which reads parameters from a file; this one is %s.%s (pip install --upgrade aws-sam-cli)",
			oldestSAM[0], oldestSAM[1], found[1], found[2])
	}
	return nil
}

// findRegion settles the Region once, so that all programs work in the same one:
// left to themselves, SAM looks into samconfig.toml, and neither it nor every
// AWS CLI at AWS_REGION.
func (t *tools) findRegion(ctx context.Context, given string) error {
	t.region = cmp.Or(given, os.Getenv("AWS_REGION"), os.Getenv("AWS_DEFAULT_REGION"))
	if t.region == "" {
		said, err := t.quietly(ctx, "aws", "configure", "get", "region")
		if err == nil {
			t.region = strings.TrimSpace(string(said))
		}
	}
	if t.region == "" {
		return errors.New("say in which Region: REGION=eu-west-1 (or AWS_REGION, or aws configure)")
	}
	return nil
}

func (t *tools) command(ctx context.Context, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, name, args...)
	// Whoever interrupts wants SAM to end in its own way.
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = time.Minute
	cmd.Dir = t.root
	cmd.Env = os.Environ()
	if t.region != "" {
		cmd.Env = append(cmd.Env, "AWS_REGION="+t.region, "AWS_DEFAULT_REGION="+t.region)
	}
	return cmd
}

// show runs a program in the user's sight, who may have to answer it.
func (t *tools) show(cmd *exec.Cmd) error {
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, t.stdout, t.stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s %s: %w", cmd.Args[0], cmd.Args[1], err)
	}
	return nil
}

// refusal is what a program said when it failed.
type refusal struct{ command, said string }

func (r *refusal) Error() string { return r.command + ": " + r.said }

// quietly runs a program and gives its standard output. Its error is a refusal
// with what it said.
func (t *tools) quietly(ctx context.Context, name string, args ...string) ([]byte, error) {
	cmd := t.command(ctx, name, args...)
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	if err := cmd.Run(); err != nil {
		words := strings.TrimSpace(said.String())
		return nil, &refusal{strings.Join(append([]string{name}, args[:min(2, len(args))]...), " "), cmp.Or(words, err.Error())}
	}
	return out.Bytes(), nil
}

// aws asks the AWS CLI.
func (t *tools) aws(ctx context.Context, args ...string) ([]byte, error) {
	return t.quietly(ctx, "aws", append(args, "--region", t.region, "--output", "json")...)
}
