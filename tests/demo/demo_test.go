package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"log-group-kms/tests/alarms"
	"log-group-kms/tests/golden"
)

const (
	events   = "../../events"
	template = "../../template.yaml"
)

// The built programs.
var binary, commandLine string

func TestMain(m *testing.M) {
	os.Exit(runTests(m))
}

func runTests(m *testing.M) int {
	folder, err := os.MkdirTemp("", "log-group-kms-demo")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(folder)
	binary, commandLine = filepath.Join(folder, "bootstrap"), filepath.Join(folder, "log-group-kms")
	for path, source := range map[string]string{binary: "../../cmd/handler", commandLine: "../../cmd/log-group-kms"} {
		build := exec.Command("go", "build", "-tags", "lambda.norpc", "-o", path, source)
		build.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := build.CombinedOutput(); err != nil {
			fmt.Fprintf(os.Stderr, "building %s: %v\n%s", source, err, out)
			return 1
		}
	}
	return m.Run()
}

// arguments are those of a run that writes its report to a file.
func arguments(report string) []string {
	return []string{"-function", binary, "-command-line", commandLine, "-events", events, "-template", template, "-report", report}
}

func TestRun(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	report := filepath.Join(t.TempDir(), "demo.html")
	if err := run(t.Context(), arguments(report), &out); err != nil {
		t.Fatalf("%v\n%s", err, &out)
	}
	lines := strings.Split(strings.TrimRight(out.String(), "\n"), "\n")
	sum, made := 0, 0
	for _, line := range lines {
		var of [2]int
		if _, err := fmt.Sscanf(line, "%d of %d as expected.", &of[0], &of[1]); err != nil {
			continue
		}
		if of[0] != of[1] {
			t.Errorf("got %q", line)
		}
		sum, made = sum+made, of[1]
	}
	if made != sum || made < 100 {
		t.Errorf("got %d expectations in all, and %d in the parts", made, sum)
	}
	page, err := os.ReadFile(report)
	if err != nil || !bytes.Contains(page, []byte("/app/archive-2011")) || !bytes.Contains(page, []byte("</html>")) {
		t.Errorf("got a page of %d bytes, %v, want one that shows the log group without its key", len(page), err)
	}
	for _, line := range lines {
		if len(line) > width {
			t.Errorf("a line of %d columns: %s", len(line), line)
		}
		if strings.ContainsFunc(line, func(r rune) bool { return r < ' ' || r > '~' }) {
			t.Errorf("not plain ASCII: %q", line)
		}
	}
}

// TestWrongExpectations guards that the demo fails when it should.
func TestWrongExpectations(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		show func(*testing.T, *demo) error
		want string // what is said to be different
	}{
		"a scene's outcome": {
			func(t *testing.T, d *demo) error {
				altered := scenes()
				altered[0].want.outcome = "unchanged"
				return d.showEvents(t.Context(), altered)
			},
			"NOT AS EXPECTED: the event of /aws/lambda/order-intake",
		},
		"a scene's AWS calls": {
			func(t *testing.T, d *demo) error {
				altered := scenes()
				altered[4].want.calls = 1
				return d.showEvents(t.Context(), altered)
			},
			"NOT AS EXPECTED: the event of /tmp/load-test",
		},
		"a scene's key in the end": {
			func(t *testing.T, d *demo) error {
				altered := scenes()
				altered[9].keyIs = "archive"
				return d.showEvents(t.Context(), altered)
			},
			"NOT AS EXPECTED: the key of /app/archive-2019 in the end",
		},
		"a golden event": {
			func(t *testing.T, d *demo) error {
				cases, err := golden.Load(exchanged(t, "created-excluded.json", "created-by-user.json"))
				if err != nil {
					return err
				}
				return d.showGolden(t.Context(), cases)
			},
			"NOT AS EXPECTED: created-excluded.json",
		},
		"a sweep": {
			func(t *testing.T, d *demo) error {
				altered := oldAccount()
				altered[1].want = "skipped"
				s, err := d.settle(t.Context(), altered)
				if err != nil {
					return err
				}
				defer s.close()
				return d.showSweep(t.Context(), s, altered)
			},
			"NOT AS EXPECTED: the sum of the sweep's counts",
		},
		"an alarm": {
			func(t *testing.T, d *demo) error {
				families := []family{{names: "/app/payments-%02d", count: 2, key: golden.PaymentsKey, want: "unchanged", keyIs: "payments"}}
				s, err := d.settle(t.Context(), families)
				if err != nil {
					return err
				}
				defer s.close()
				return d.showAlarm(t.Context(), s, families) // no sweep, and no log group without its key
			},
			"NOT AS EXPECTED: the alarms after the sweep",
		},
		"a member": {
			func(t *testing.T, d *demo) error {
				altered := memberScenes()
				altered[4].want.why = "foreign-account"
				return d.showMembers(t.Context(), altered)
			},
			"NOT AS EXPECTED: the event in which " + hostile + " names a source of its own",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			d := &demo{function: binary, commandLine: commandLine, stack: stack(t), page: page{to: &out}}
			if err := d.show(act{name, "nothing", func() error { return c.show(t, d) }}); err != nil {
				t.Fatalf("%v\n%s", err, &out)
			}
			if err := d.conclude(); err == nil || !strings.Contains(err.Error(), "not as expected") {
				t.Errorf("got %v, want an error", err)
			}
			// First in the part, and first in the end.
			if said := out.String(); strings.Count(said, c.want) != 2 || strings.Index(said, c.want) > strings.Index(said, "It proves")+200 {
				t.Errorf("%q is not twice in, or not first in\n%s", c.want, said)
			}
		})
	}
}

// stack is the template's, with its alarms.
func stack(t *testing.T) alarms.Stack {
	t.Helper()
	s, err := alarms.Load(template, golden.StackName, nil)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestLateAnswer guards that the demo survives a machine with too much to do: the
// call whose answer comes too late is made again, and nothing is lost.
func TestLateAnswer(t *testing.T) {
	t.Parallel()
	families := []family{{names: "/app/old-%d", count: 3, want: "associated", keyIs: "log-group-kms"}}
	d := &demo{function: binary}
	s, err := d.setUp(t.Context(), inhabited(families), "ASSOCIATE_RATE=0")
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	if err := syscall.Kill(s.function.PID(), syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	answer, took, err := sweepOnce(t.Context(), s, "")
	if err != nil || answer.Associated != 3 || answer.Cursor != "" || took < sweepDeadline {
		t.Errorf("got %+v after %v, %v", answer, took, err)
	}
}

// exchanged copies the golden events, with one of them in place of another.
func exchanged(t *testing.T, name, by string) string {
	t.Helper()
	folder := t.TempDir()
	if err := os.CopyFS(folder, os.DirFS(events)); err != nil {
		t.Fatal(err)
	}
	other, err := os.ReadFile(filepath.Join(events, by))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, name), other, 0o600); err != nil {
		t.Fatal(err)
	}
	return folder
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"no function":    {[]string{"-function", "none/bootstrap"}, "make demo builds it"},
		"no events":      {append(arguments(""), "-events", t.TempDir()), "reading a golden event"},
		"stray argument": {[]string{"now"}, `unknown argument "now"`},
	} {
		if err := run(t.Context(), c.args, io.Discard); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want it to say %q", name, err, c.want)
		}
	}
}

type brokenPipe struct{}

var errPipe = errors.New("broken pipe")

func (brokenPipe) Write([]byte) (int, error) { return 0, errPipe }

func TestNobodyReads(t *testing.T) {
	t.Parallel()
	if err := run(t.Context(), arguments(""), brokenPipe{}); !errors.Is(err, errPipe) {
		t.Errorf("got %v, want the writer's error", err)
	}
}
