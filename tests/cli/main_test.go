// Package cli_test runs the built command line against the bundled local AWS.
package cli_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"log-group-kms/internal/awsfake"
	"log-group-kms/tests/golden"
)

// binary is the command line.
var binary string

func TestMain(m *testing.M) { os.Exit(build(m)) }

func build(m *testing.M) int {
	folder, err := os.MkdirTemp("", "log-group-kms-cli")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(folder)
	binary = filepath.Join(folder, "log-group-kms")
	command := exec.Command("go", "build", "-o", binary, "../../cmd/log-group-kms")
	command.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := command.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "building the command line: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}

// setup is a World that the command line talks to.
type setup struct {
	*testing.T
	world *awsfake.World
	url   string
	env   []string
}

// start serves a World. settings are the person's environment beside credentials and
// Region.
func start(t *testing.T, world *awsfake.World, settings ...string) *setup {
	t.Helper()
	return startBehind(t, world, world, settings...)
}

// startBehind serves a World behind a handler, which answers what the World cannot.
func startBehind(t *testing.T, world *awsfake.World, front http.Handler, settings ...string) *setup {
	t.Helper()
	server := httptest.NewServer(front)
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
		if strange := world.Unexpected(); len(strange) > 0 {
			t.Errorf("the command line sent what AWS does not know: %q", strange)
		}
		for _, call := range world.Calls() {
			if slices.Contains([]string{"AssociateKmsKey", "DisassociateKmsKey", "TagResource", "PutRetentionPolicy"}, call.Operation) {
				t.Errorf("got a call of %s, want nothing but reads", call.Operation)
			}
		}
	})
	return &setup{T: t, world: world, url: server.URL, env: append(person(server.URL), settings...)}
}

// person is the environment of somebody with credentials and a Region, and no files of
// AWS's tools.
func person(url string) []string {
	return []string{
		"AWS_REGION=" + golden.Region, "AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY=secret", "AWS_ENDPOINT_URL=" + url,
		"AWS_EC2_METADATA_DISABLED=true", "AWS_CONFIG_FILE=/nonexistent", "AWS_SHARED_CREDENTIALS_FILE=/nonexistent", "HOME=/nonexistent",
	}
}

// goldenSettings are the function's, as a person would set them.
func goldenSettings() []string {
	var list []string
	for name, value := range golden.Settings() {
		list = append(list, name+"="+value)
	}
	return list
}

// result is how a run ended.
type result struct {
	status   int
	out, err string
}

// run runs a command. Standard input is empty.
func (s *setup) run(args ...string) result {
	s.Helper()
	return s.runWith(strings.NewReader(""), nil, args...)
}

// runWith runs a command with standard input. to is where standard output goes; nil: it is
// kept.
func (s *setup) runWith(in io.Reader, to *os.File, args ...string) result {
	s.Helper()
	var out, complaints bytes.Buffer
	command := s.command(s.Context(), args...)
	command.Stdin, command.Stdout, command.Stderr = in, &out, &complaints
	if to != nil {
		command.Stdout = to
	}
	err := command.Run()
	if _, ended := errors.AsType[*exec.ExitError](err); err != nil && !ended {
		s.Fatalf("running %q: %v", args, err)
	}
	return result{command.ProcessState.ExitCode(), out.String(), complaints.String()}
}

func (s *setup) command(ctx context.Context, args ...string) *exec.Cmd {
	command := exec.CommandContext(ctx, binary, args...)
	command.Env = s.env
	return command
}

// want compares the status, and looks for parts in both outputs.
func (s *setup) want(r result, status int, out, complaints string) {
	s.Helper()
	if r.status != status {
		s.Errorf("got status %d, want %d", r.status, status)
	}
	for _, c := range []struct{ name, got, want string }{{"standard output", r.out, out}, {"standard error", r.err, complaints}} {
		if !strings.Contains(c.got, c.want) || c.want == "" && c.got != "" {
			s.Errorf("%s: got %q, want %q in it", c.name, end(c.got), c.want)
		}
	}
}

// end is the end of a text, for a message.
func end(text string) string { return text[max(0, len(text)-1000):] }

// lines reads JSON lines.
func lines(t *testing.T, text string) []map[string]any {
	t.Helper()
	var list []map[string]any
	for line := range strings.Lines(text) {
		var one map[string]any
		if err := json.Unmarshal([]byte(line), &one); err != nil {
			t.Fatalf("got a line that is no JSON object: %s", line)
		}
		list = append(list, one)
	}
	return list
}
