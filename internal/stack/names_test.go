package stack

import (
	"os"
	"strings"
	"testing"
)

// Every name by which a part of the stack is looked for is template.yaml's.
func TestNamesAreTheTemplates(t *testing.T) {
	text, err := os.ReadFile("../../template.yaml")
	if err != nil {
		t.Fatal(err)
	}
	template := string(text)
	names := []string{AlarmTopicARN, createAlarms, sweepMaxAge, dryRun}
	for _, p := range []part{functions, rules, stateMachine, queues, alarms} {
		names = append(append(names, p.logicalIDs...), p.outputs...)
	}
	for _, name := range names {
		if !strings.Contains(template, "\n  "+name+":\n") {
			t.Errorf("template.yaml has nothing of the name %s", name)
		}
	}
	if !strings.Contains(template, "  "+sweepMaxAge+":\n    Type: String\n    Default: '3'\n") {
		t.Errorf("template.yaml has another default of %s than %v", sweepMaxAge, defaultSweepMaxAge)
	}
}
