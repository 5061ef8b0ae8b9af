package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"log-group-kms/tests/golden"
)

// TestDoctorCommand runs the real command line against the deployed stack: its
// statuses, and that findings alone go to standard output.
func TestDoctorCommand(t *testing.T) {
	t.Parallel()
	binary := filepath.Join(t.TempDir(), "log-group-kms")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", binary, "log-group-kms/cmd/log-group-kms")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building the command line: %v\n%s", err, out)
	}
	r := start(t)
	run := func(args ...string) (status int, stdout, stderr string) {
		t.Helper()
		command := exec.CommandContext(t.Context(), binary, append([]string{"doctor"}, args...)...)
		command.Env = []string{
			"AWS_ACCESS_KEY_ID=local", "AWS_SECRET_ACCESS_KEY=local", "AWS_REGION=" + golden.Region, "AWS_ENDPOINT_URL=" + r.url,
			"AWS_EC2_METADATA_DISABLED=true", "AWS_CONFIG_FILE=" + os.DevNull, "AWS_SHARED_CREDENTIALS_FILE=" + os.DevNull,
		}
		var out, said bytes.Buffer
		command.Stdout, command.Stderr = &out, &said
		err := command.Run()
		if exit, ok := errors.AsType[*exec.ExitError](err); err != nil && !ok {
			t.Fatal(err)
		} else if ok {
			status = exit.ExitCode()
		}
		return status, out.String(), said.String()
	}

	status, stdout, stderr := run("--stack", golden.StackName)
	if status != 1 || stderr != "" || !strings.Contains(stdout, "FAIL  key.usable    ") || !strings.Contains(stdout, "\nok    events.trail  ") {
		t.Errorf("got status %d, %q and on standard error %q, want 1, the checks and nothing", status, stdout, stderr)
	}
	status, stdout, stderr = run("-o", "json", "--stack", golden.StackName)
	var report struct {
		Stack, Result string
		Failed        int
		Checks        []struct{ Check string }
	}
	if err := json.Unmarshal([]byte(stdout), &report); err != nil || status != 1 || stderr != "" ||
		report.Stack != golden.StackName || report.Result != "failed" || report.Failed != 1 || len(report.Checks) < 15 {
		t.Errorf("got status %d, %q, %v and on standard error %q, want 1 and a report", status, stdout, err, stderr)
	}
	status, stdout, _ = run("--stack", golden.StackName, "--quiet")
	if status != 1 || strings.Contains(stdout, "\nok ") || !strings.Contains(stdout, "FAIL") {
		t.Errorf("got status %d and %q, want 1 and what is not well", status, stdout)
	}
	for _, test := range []struct{ args, says string }{
		{"--stack nope", "Stack with id nope does not exist"},
		{"", "give --stack NAME"},
		{"--stack s --rules r.yaml", "neither --rules nor --role-arn"},
		{"--stack s extra", `"extra"`},
		{"--stack s -o csv", "there are text, json"},
	} {
		status, stdout, stderr := run(strings.Fields(test.args)...)
		if status != 2 || stdout != "" || !strings.Contains(stderr, test.says) {
			t.Errorf("%q: got status %d, %q and on standard error %q, want 2, nothing, and %q", test.args, status, stdout, stderr, test.says)
		}
	}
}
