package template

import (
	"context"
	"encoding/json"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"log-group-kms/internal/awsfake"
	"log-group-kms/internal/runtimeapi"
	"log-group-kms/tests/golden"
)

// ran is what one run of the function left behind.
type ran struct {
	calls []awsfake.Call
	lines []map[string]any // that it wrote
}

const (
	memberAccount = "210987654321"
	memberRole    = "security/log-group-kms-member"
)

// runs are the function's in each mode, once for all tests.
var runs = func() func(t *testing.T) map[string]ran {
	var once sync.Once
	var all map[string]ran
	return func(t *testing.T) map[string]ran {
		t.Helper()
		once.Do(func() {
			binary := buildFunction(t)
			events := goldenEvents(t)
			check := []byte(`{"action":"check"}`)
			member := []byte(`{"action":"encrypt","logGroupName":"/app/orders","account":"` + memberAccount + `"}`)
			all = map[string]ran{
				"writing":      runFunction(t, binary, append(events, check)),
				"dry run":      runFunction(t, binary, append(events, check), "DRY_RUN=true"),
				"replacing":    runFunction(t, binary, events, "EXISTING_KEY=replace"),
				"with members": runFunction(t, binary, append(events, check, member), "MEMBER_ROLE="+memberRole),
			}
			for name, m := range asHub {
				all[name] = runHub(t, binary, m, events)
			}
		})
		if all == nil {
			t.Fatal("the function could not be run; another test says why")
		}
		return all
	}
}()

func buildFunction(t *testing.T) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "bootstrap")
	build := exec.Command("go", "build", "-tags", "lambda.norpc", "-o", binary, "../../cmd/handler")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building the function: %v\n%s", err, out)
	}
	return binary
}

func goldenEvents(t *testing.T) (events [][]byte) {
	t.Helper()
	cases, err := golden.Load(filepath.Join(root, "events"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		events = append(events, c.Event)
	}
	return events
}

// runFunction gives the function events in the golden account. What it answers is
// for other tests to say.
func runFunction(t *testing.T, binary string, events [][]byte, env ...string) ran {
	t.Helper()
	world := golden.NewWorld()
	world.AddRole("arn:aws:iam::"+memberAccount+":role/"+memberRole, true)
	world.PutLogGroup(memberAccount, golden.Region, awsfake.LogGroup{Name: "/app/orders"})
	return runIn(t, world, golden.FunctionARN, binary, events, env...)
}

// runIn gives the function of any account events in a World.
func runIn(t *testing.T, world *awsfake.World, functionARN, binary string, events [][]byte, env ...string) ran {
	t.Helper()
	server := httptest.NewServer(world)
	defer server.Close()
	function, err := runtimeapi.Start(context.WithoutCancel(t.Context()), runtimeapi.Options{
		Binary: binary, FunctionARN: functionARN,
		Env: append(append(golden.Env(server.URL), "ASSOCIATE_RATE=0", "DESCRIBE_RATE=0"), env...), // no waiting
	})
	if err != nil {
		t.Fatalf("starting the function: %v", err)
	}
	defer function.Close()
	for _, event := range events {
		if _, err := function.Invoke(t.Context(), event); err != nil {
			t.Fatalf("invoking the function with %s: %v", event, err)
		}
	}
	if strange := world.Unexpected(); len(strange) > 0 {
		t.Errorf("the function sent what AWS does not know: %q", strange)
	}
	var lines []map[string]any
	for _, text := range function.Lines() {
		var line map[string]any
		if json.Unmarshal([]byte(text), &line) == nil {
			lines = append(lines, line)
		}
	}
	return ran{world.Calls(), lines}
}
