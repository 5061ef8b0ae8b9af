package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// binary is the built function.
var binary string

func TestMain(m *testing.M) {
	os.Exit(runTests(m))
}

func runTests(m *testing.M) int {
	folder, err := os.MkdirTemp("", "log-group-kms-invoke")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(folder)
	binary = filepath.Join(folder, "bootstrap")
	build := exec.Command("go", "build", "-tags", "lambda.norpc", "-o", binary, "../../cmd/handler")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "building the function: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}

func TestInvoke(t *testing.T) {
	t.Parallel()
	user, err := os.ReadFile("../../events/created-by-user.json")
	if err != nil {
		t.Fatal(err)
	}
	elsewhere := strings.NewReplacer("123456789012", "111122223333", "eu-west-1", "us-gov-west-1", "/app/orders", "/my/own").Replace(string(user))
	own := strings.ReplaceAll(string(user), "/app/orders", "/my/own")
	rules := filepath.Join(t.TempDir(), "rules.yaml")
	if err := os.WriteFile(rules, []byte("rules:\n- {name: mine, logGroups: [/my/*], skip: true}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, event string
		environment []string
		want        []string
		err         string
	}{
		{"golden", string(user), nil, []string{`"outcome": "associated"`, "plays account 123456789012, Region eu-west-1", "AssociateKmsKey /app/orders", `"message":"associated"`}, ""},
		{"of one's own", own, nil, []string{`"outcome": "associated"`, "It has made the log group /my/own"}, ""},
		{"of another account", elsewhere, nil, []string{`"outcome": "associated"`, "plays account 111122223333, Region us-gov-west-1", "arn:aws-us-gov:kms:us-gov-west-1:111122223333:key/"}, ""},
		{"settings of one's own", own, []string{"DRY_RUN=true"}, []string{`"outcome": "planned"`}, ""},
		{"rules of one's own", own, []string{"RULES_FILE=" + rules}, []string{`"reason": "excluded"`}, ""},
		{"a command", `{"action":"encrypt","logGroupName":"/app/by-hand"}`, nil, []string{`"outcome": "associated"`}, ""},
		{"a log group that there is not", `{"action":"encrypt","logGroupName":"/app/none"}`, nil, []string{`"outcome": "gone"`}, ""},
		{"no event", `{"a":1}`, nil, []string{`"errorType": "InvalidEvent"`}, "the function failed: InvalidEvent"},
		{"no JSON", `{"a":`, nil, nil, "is not JSON"},
		{"a function that does not start", own, []string{"DRY_RUN=perhaps"}, nil, "DRY_RUN"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), "it's my event.json")
			if err := os.WriteFile(file, []byte(c.event), 0o600); err != nil {
				t.Fatal(err)
			}
			var out bytes.Buffer
			err := run(t.Context(), []string{"-function", binary, "-event", file}, c.environment, &out)
			if c.err == "" && err != nil || c.err != "" && (err == nil || !strings.Contains(err.Error(), c.err)) {
				t.Errorf("got %v, want it to say %q", err, c.err)
			}
			for _, want := range c.want {
				if !strings.Contains(out.String(), want) {
					t.Errorf("%q is missing in\n%s", want, &out)
				}
			}
		})
	}
}

func TestNoEvent(t *testing.T) {
	t.Parallel()
	for file, want := range map[string]string{"": "make invoke EVENT=", "none.json": "reading the event"} {
		if err := run(t.Context(), []string{"-function", binary, "-event", file}, nil, &bytes.Buffer{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want it to say %q", file, err, want)
		}
	}
}
