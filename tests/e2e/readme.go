package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// section holds the commands with which users try the function locally.
const section = "## Try it locally with SAM"

// readCommands reads them. A port that is taken is better known now than minutes
// later.
func (s *stage) readCommands() ([]string, error) {
	text, err := os.ReadFile(s.readme)
	if err != nil {
		return nil, fmt.Errorf("reading the README: %w", err)
	}
	commands, err := firstBlock(string(text), section)
	if err != nil {
		return nil, err
	}
	address, ok := strings.CutPrefix(commands[0], localAWS)
	if !ok {
		return nil, fmt.Errorf("the first command under %q must be %s…, not %q", section, localAWS, commands[0])
	}
	return commands, free(address)
}

// localAWS starts the local AWS at the address that follows.
const localAWS = "make local-aws ADDRESS="

// followReadme goes a user's way: it runs the commands that the README gives,
// as they stand there. Only the image is another: AWS's cannot be had
// everywhere.
func (s *stage) followReadme(ctx context.Context) error {
	server := s.commands[0]
	address := strings.TrimPrefix(server, localAWS)
	ctx, cancel := context.WithTimeout(ctx, 2*patience)
	defer cancel()
	// The golden events' account is without a deployed stack.
	end, err := s.background(ctx, "LOCAL_AWS=-undeployed "+server, address)
	if err != nil {
		return err
	}
	defer end()
	fmt.Println("ok ", server)
	invocations := 0
	for _, command := range s.commands[1:] {
		_, file, invokes := strings.Cut(command, " -e events/")
		file, _, _ = strings.Cut(file, " ")
		if !invokes {
			if _, _, err := finish(s.shell(ctx, command)); err != nil {
				return err
			}
			fmt.Println("ok ", command)
			continue
		}
		invocations++
		if err := s.invokeAsUser(ctx, command, address, file); err != nil {
			return fmt.Errorf("%s: %w", command, err)
		}
		fmt.Println("ok ", command)
	}
	if invocations == 0 {
		return fmt.Errorf("no command under %q invokes a function with -e events/…", section)
	}
	return nil
}

func (s *stage) invokeAsUser(ctx context.Context, command, address, file string) error {
	// From the beginning, as for somebody who tries this one first.
	if err := s.ask(ctx, http.MethodPost, address, "/_local/reset", nil); err != nil {
		return err
	}
	answer, log, err := finish(s.shell(ctx, command+" --invoke-image "+s.image))
	if err != nil {
		return err
	}
	var seen []struct{ Operation string }
	if err := s.ask(ctx, http.MethodGet, address, "/_local/calls", &seen); err != nil {
		return err
	}
	var calls []string
	for _, call := range seen {
		calls = append(calls, call.Operation)
	}
	slices.Sort(calls)
	if err := check(s.caseOf(file), answer, calls); err != nil {
		return fmt.Errorf("%w\n%s", err, log)
	}
	return nil
}

// firstBlock returns the commands of the first fenced block of a section,
// without comments.
func firstBlock(text, heading string) (commands []string, err error) {
	_, text, found := strings.Cut(text, "\n"+heading+"\n")
	if text, _, _ = strings.Cut(text, "\n## "); !found {
		return nil, fmt.Errorf("the README has no section %q", heading)
	}
	parts := strings.Split(text, "```")
	if len(parts) < 3 {
		return nil, fmt.Errorf("section %q of the README has no commands", heading)
	}
	for line := range strings.Lines(strings.ReplaceAll(parts[1], "\\\n", " ")) {
		line, _, _ = strings.Cut(line, " # ")
		if line = strings.Join(strings.Fields(line), " "); line != "" {
			commands = append(commands, line)
		}
	}
	if len(commands) == 0 {
		return nil, fmt.Errorf("section %q of the README has no commands", heading)
	}
	return commands, nil
}

// free says whether the README's port can be had.
func free(address string) error {
	listener, err := net.Listen("tcp", address)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		_, port, _ := net.SplitHostPort(address)
		return fmt.Errorf("port %s is taken, and the README's commands name it: stop what listens there (ss -ltnp 'sport = :%s' says what it is), for example a local AWS of your own", port, port)
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return fmt.Errorf("%s, which the README's commands name, is not an address of this machine: is Docker's bridge another one here", address)
	case err != nil:
		return fmt.Errorf("trying the README's address: %w", err)
	}
	return listener.Close()
}

// background starts a command that serves on address, and returns how to end it.
func (s *stage) background(ctx context.Context, command, address string) (end func(), err error) {
	ctx, cancel := context.WithCancel(ctx)
	cmd := s.shell(ctx, command)
	if err := cmd.Start(); err != nil {
		cancel()
		return nil, fmt.Errorf("starting %s: %w", command, err)
	}
	ended := make(chan struct{})
	go func() { _ = cmd.Wait(); close(ended) }() // it ends by a signal
	end = func() { cancel(); <-ended }
	if err := reachable(ctx, address, ended); err != nil {
		end()
		return nil, fmt.Errorf("%s does not listen on %s: %w", command, address, err)
	}
	return end, nil
}

// shell prepares a command as a user types it, with the SAM CLI on the path and
// nothing about AWS in the environment.
func (s *stage) shell(ctx context.Context, command string) *exec.Cmd {
	cmd := s.command(ctx, "bash", "-c", command)
	bin, err := filepath.Abs(s.bin)
	if err != nil {
		bin = s.bin
	}
	cmd.Env = append(cmd.Env, "PATH="+bin+string(os.PathListSeparator)+os.Getenv("PATH"))
	return cmd
}

// ask sends a request to the local AWS beside the AWS protocols.
func (s *stage) ask(ctx context.Context, method, address, path string, into any) error {
	request, err := http.NewRequestWithContext(ctx, method, "http://"+address+path, http.NoBody)
	if err != nil {
		return fmt.Errorf("asking the local AWS: %w", err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return fmt.Errorf("asking the local AWS: %w", err)
	}
	defer response.Body.Close()
	if response.StatusCode/100 != 2 {
		return fmt.Errorf("asking the local AWS for %s: %s", path, response.Status)
	}
	if into == nil {
		return nil
	}
	if err := json.NewDecoder(response.Body).Decode(into); err != nil {
		return fmt.Errorf("reading the local AWS's answer: %w", err)
	}
	return nil
}
