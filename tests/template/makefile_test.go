package template

import (
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	code       = regexp.MustCompile("(?s)```.*?```|`[^`\n]+`")
	makeTarget = regexp.MustCompile(`\bmake ([a-z][a-z0-9-]*)`)
	helpLine   = regexp.MustCompile(`(?m)^  make ([a-z0-9-]+) +\S`)
)

// targets gives the targets of make that a text tells to run.
func targets(text string) (names []string) {
	for _, snippet := range code.FindAllString(text, -1) {
		for _, match := range makeTarget.FindAllStringSubmatch(snippet, -1) {
			names = append(names, match[1])
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func TestHelpListsWhatTheReadmeTellsToRun(t *testing.T) {
	if _, err := exec.LookPath("make"); err != nil {
		t.Skip("make is not installed")
	}
	command := exec.Command("make", "--no-print-directory", "help")
	command.Dir = root
	out, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("make help: %v\n%s", err, out)
	}
	var listed []string
	for _, match := range helpLine.FindAllStringSubmatch(string(out), -1) {
		listed = append(listed, match[1])
	}
	told := targets(read(t).readme)
	if len(told) < 8 {
		t.Errorf("found the targets %q in README.md; are they still looked for in the right place?", told)
	}
	for _, name := range told {
		if !slices.Contains(listed, name) {
			t.Errorf("README.md tells to run make %s, which make help does not list:\n%s", name, out)
		}
	}
}

func TestTargetsAreFound(t *testing.T) {
	got := targets("make haste; `make test`\n```\nmake demo   # and make sure\nmake sweep STACK=a\n```\n`make e2e`, `make local-aws ADDRESS=x`")
	if want := "demo e2e local-aws sure sweep test"; strings.Join(got, " ") != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
