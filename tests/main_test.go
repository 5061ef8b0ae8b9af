// Package tests runs the real built binary against the bundled local AWS.
package tests

import (
	"context"
	"flag"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"log-group-kms/internal/awsfake"
	"log-group-kms/internal/runtimeapi"
	"log-group-kms/tests/golden"
)

// binary is the function as it is deployed, but for the machine's own
// architecture.
var binary string

func TestMain(m *testing.M) {
	os.Exit(run(m))
}

func run(m *testing.M) int {
	flag.Parse()
	if !isSet("test.parallel") {
		// Most tests wait for a function that waits between its tries, so there
		// can be more of them at a time than there are processors.
		_ = flag.Set("test.parallel", "24") // fails only for a flag that does not exist
	}
	folder, err := os.MkdirTemp("", "log-group-kms")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(folder)
	binary = filepath.Join(folder, "bootstrap")
	build := exec.Command("go", "build", "-tags", "lambda.norpc", "-o", binary, "../cmd/handler")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "building the function: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}

func isSet(name string) (set bool) {
	flag.Visit(func(f *flag.Flag) { set = set || f.Name == name })
	return set
}

// setup is a function running in a World of its own.
type setup struct {
	*testing.T
	world    *awsfake.World
	function *runtimeapi.Function
}

// start starts the function in world. settings override the golden ones;
// "NAME=" empties a variable, "NAME" alone takes it away.
func start(t *testing.T, world *awsfake.World, settings ...string) *setup {
	t.Helper()
	server := httptest.NewServer(world)
	t.Cleanup(server.Close)
	function, err := runtimeapi.Start(context.WithoutCancel(t.Context()), runtimeapi.Options{
		Binary:      binary,
		Env:         override(golden.Env(server.URL), settings),
		FunctionARN: golden.FunctionARN,
	})
	if err != nil {
		t.Fatalf("starting the function: %v", err)
	}
	t.Cleanup(func() {
		if err := function.Close(); err != nil {
			t.Errorf("closing the function: %v", err)
		}
		if strange := world.Unexpected(); len(strange) > 0 {
			t.Errorf("the function sent what AWS does not know: %q", strange)
		}
		server.CloseClientConnections()
	})
	return &setup{t, world, function}
}

func override(env, settings []string) []string {
	for _, setting := range settings {
		name, _, given := strings.Cut(setting, "=")
		env = slices.DeleteFunc(env, func(s string) bool { return strings.HasPrefix(s, name+"=") })
		if given {
			env = append(env, setting)
		}
	}
	return env
}

// invoke sends an event and gives what Lambda would.
func (s *setup) invoke(event string) runtimeapi.Answer {
	s.Helper()
	answer, err := s.function.Invoke(s.Context(), []byte(event))
	if err != nil {
		s.Fatalf("invoking the function: %v\n%s", err, s.function.Stderr())
	}
	return answer
}

// operations lists the AWS operations called so far, sorted.
func (s *setup) operations() []string {
	var names []string
	for _, call := range s.world.Calls() {
		names = append(names, call.Operation)
	}
	slices.Sort(names)
	return names
}
