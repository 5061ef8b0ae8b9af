package main

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"log-group-kms/tests/golden"
)

func TestCheck(t *testing.T) {
	t.Parallel()
	answered := golden.Case{Answer: `{"outcome":"gone","dryRun":false}`, Calls: []string{"DescribeLogGroups"}}
	failing := golden.Case{ErrorType: "KeyUnusable"}
	for _, c := range []struct {
		name   string
		c      golden.Case
		answer string
		calls  []string
		fault  string // "" for none
	}{
		{"as expected", answered, `{"dryRun": false, "outcome": "gone", "eventId": "1"}` + "\n", answered.Calls, ""},
		{"nothing", answered, "\n", answered.Calls, "no answer on standard output"},
		{"no JSON", answered, "panic: oh", answered.Calls, "not a JSON object"},
		{"no object", answered, "null", answered.Calls, "answer: got"},
		{"another answer", answered, `{"outcome":"skipped","dryRun":false}`, answered.Calls, "answer: got"},
		{"a failure", answered, `{"errorType":"Throttled"}`, answered.Calls, `errorType: got "Throttled"`},
		{"a call too many", answered, answered.Answer, []string{"AssociateKmsKey", "DescribeLogGroups"}, "AWS calls: got"},
		{"no call", answered, answered.Answer, nil, "AWS calls: got"},
		{"failing as expected", failing, `{"errorType":"KeyUnusable","errorMessage":"…"}`, nil, ""},
		{"failing otherwise", failing, `{"errorType":"Runtime.ExitError"}`, nil, `want "KeyUnusable"`},
		{"an answer instead of a failure", failing, `{"outcome":"gone"}`, nil, `want "KeyUnusable"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			err := check(c.c, []byte(c.answer), c.calls)
			if c.fault == "" && err != nil {
				t.Errorf("a fault was found where there is none: %v", err)
			}
			if c.fault != "" && (err == nil || !strings.Contains(err.Error(), c.fault)) {
				t.Errorf("got %v, want a fault with %q", err, c.fault)
			}
		})
	}
}

// TestFirstBlock reads commands as a user would copy them.
func TestFirstBlock(t *testing.T) {
	t.Parallel()
	const text = "# Title\n\n## Other\n```\nno\n```\n" + section + "\n\nText.\n\n```\nmake local-aws ADDRESS=127.0.0.1:1   # in a terminal of its own\n\n" +
		"sam local invoke \\\n  -e events/a.json\n```\n\n```\nsecond\n```\n## Next\n```\nlater\n```\n"
	got, err := firstBlock(text, section)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"make local-aws ADDRESS=127.0.0.1:1", "sam local invoke -e events/a.json"}, got); diff != "" {
		t.Errorf("commands (-want +got):\n%s", diff)
	}
	for _, text := range []string{"", "\n" + section + "\nText only.\n## Next\n```\nlater\n```\n", "\n" + section + "\n```\n# nothing\n```\n"} {
		if got, err := firstBlock(text, section); err == nil && len(got) == 0 {
			t.Errorf("%q: got no commands and no error", text)
		}
	}
}

func TestEnvironment(t *testing.T) {
	t.Parallel()
	got := environment([]string{"PATH=/bin", "HOME=/home/me", "AWS_PROFILE=real", "DRY_RUN=true", "RULES=x", "GOPROXY=p", "DOCKER_HOST=d", "HTTP_PROXY=h"}, "MORE=1")
	if diff := cmp.Diff([]string{"PATH=/bin", "HOME=/home/me", "GOPROXY=p", "DOCKER_HOST=d", "MORE=1"}, got); diff != "" {
		t.Errorf("environment (-want +got):\n%s", diff)
	}
}

// TestDeployable finds this very test's binary unfit: it is not stripped.
func TestDeployable(t *testing.T) {
	t.Parallel()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(self)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.HasPrefix(text, []byte("\x7fELF")) {
		t.Skip("the checks are for Linux programs, and this machine has others")
	}
	if err := deployable(self, 0); err == nil || !strings.Contains(err.Error(), "it is for EM_") {
		t.Errorf("another machine's program: got %v", err)
	}
	if err := deployable("check_test.go", 0); err == nil || !strings.Contains(err.Error(), "no Linux program") {
		t.Errorf("a text: got %v", err)
	}
}
