// Package template holds the template to what the program reads and does, and
// the README to both. What needs emulators of AWS is in this folder too, in
// Python; `make proof` runs it.
package template

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"log-group-kms/tools/cfn"
)

const root = "../.."

// object is a YAML or JSON mapping.
type object = cfn.Object

// texts are the files that are held against each other and the program.
type texts struct {
	template, member, readme, reasons, operations string
}

func read(t *testing.T) texts {
	t.Helper()
	file := func(name string) string {
		text, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	return texts{template: file("template.yaml"), member: file("deploy/member.yaml"), readme: file("README.md"), reasons: file("docs/iam.md"), operations: file("docs/operations.md")}
}

// document is the template, read.
type document struct {
	lines []string
	node  *yaml.Node
	root  object
}

func parse(text string) (document, error) {
	var node yaml.Node
	if err := yaml.Unmarshal([]byte(text), &node); err != nil {
		return document{}, fmt.Errorf("template.yaml: %w", err)
	}
	whole, ok := cfn.Value(&node).(object)
	if !ok {
		return document{}, fmt.Errorf("template.yaml is no mapping")
	}
	return document{lines: strings.Split(text, "\n"), node: &node, root: whole}, nil
}

// at follows a path of keys; what is not there is nil.
func at(v any, path ...string) any {
	for _, key := range path {
		mapping, _ := v.(object)
		v = mapping[key]
	}
	return v
}

func objectAt(v any, path ...string) object {
	found, _ := at(v, path...).(object)
	return found
}

func listAt(v any, path ...string) []any {
	found, _ := at(v, path...).([]any)
	return found
}

func textAt(v any, path ...string) string {
	found, _ := at(v, path...).(string)
	return found
}

// resources gives the resources of one type by name, in order.
func (d document) resources(kind string) []string {
	var names []string
	for name, r := range objectAt(d.root, "Resources") {
		if textAt(r, "Type") == kind {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// check finds problems, in words.
type check func(texts) []string

// checks are all that need no running program.
var checks = map[string]check{
	"environment":       onTemplate(environmentIsRead),
	"parameters":        onTemplate(parametersExplainThemselves),
	"partitions":        noPartitionWrittenOut,
	"statements":        statementsSayWhy,
	"log groups":        onTemplate(logGroupsAreKept),
	"queues":            onTemplate(queuesAreEncrypted),
	"values":            onTemplate(programTakesWhatTheTemplateTakes),
	"README parameters": readmeDescribesParameters,
	"README variables":  readmeDescribesVariables,
	"README names":      readmeNamesWhatThereIs,
	"README defaults":   readmeTellsDefaults,
	"README answers":    readmeTellsAnswers,
	"README failures":   readmeTellsFailures,
	"README metrics":    readmeTellsMetrics,
	"reasons":           reasonsAreGiven,
	"runbook":           runbookHasWhatIsNamed,
	"runbook's table":   runbookTellsOfAll,
	"outputs":           commandsFindTheirOutputs,
	"links":             linksLead,
	"Regions":           pagesSetTheRegion,
}

// onTemplate makes a check of one that looks at the template alone.
func onTemplate(look func(document) []string) check {
	return func(x texts) []string {
		d, err := parse(x.template)
		if err != nil {
			return []string{err.Error()}
		}
		return look(d)
	}
}

func TestTexts(t *testing.T) {
	x := read(t)
	for _, name := range slices.Sorted(maps.Keys(checks)) {
		t.Run(name, func(t *testing.T) {
			for _, problem := range checks[name](x) {
				t.Error(problem)
			}
		})
	}
}

// difference says what is in one set of names only.
func difference(what string, got, want []string) (problems []string) {
	for _, name := range got {
		if !slices.Contains(want, name) {
			problems = append(problems, fmt.Sprintf("%s: %s is too much", what, name))
		}
	}
	for _, name := range want {
		if !slices.Contains(got, name) {
			problems = append(problems, fmt.Sprintf("%s: %s is missing", what, name))
		}
	}
	return problems
}
