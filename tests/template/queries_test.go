package template

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	quoted    = regexp.MustCompile(`"[^"]*"|'[^']*'`)
	word      = regexp.MustCompile(`@?[a-zA-Z][a-zA-Z]*`)
	inAlias   = regexp.MustCompile(`\bas ([a-zA-Z]+)`)
	onMessage = regexp.MustCompile(`message (?:= |in \[)((?:"[^"]*"(?:, )?)+)`)
	inBody    = regexp.MustCompile(`"query":"((?:[^"\\]|\\.)*)"`)
)

// insights are the words of Logs Insights that the queries use.
var insights = strings.Fields("SOURCE fields filter stats sort limit by as and in desc asc count max latest ispresent")

// queries gives those of the template: saved ones, and the dashboard's.
func queries(d document) map[string]string {
	all := make(map[string]string)
	for _, name := range d.resources("AWS::Logs::QueryDefinition") {
		all[name] = textAt(d.root, "Resources", name, "Properties", "QueryString")
	}
	body := fmt.Sprint(listAt(d.root, "Resources", "Dashboard", "Properties", "DashboardBody", "Fn::Sub")[0])
	for i, match := range inBody.FindAllStringSubmatch(body, -1) {
		var query string
		if err := json.Unmarshal([]byte(`"`+match[1]+`"`), &query); err != nil {
			query = err.Error()
		}
		all[fmt.Sprintf("query %d of the dashboard", i+1)] = query
	}
	return all
}

// fieldsAreWritten holds each field and message that a query names against the
// lines that the function writes.
func fieldsAreWritten(d document, lines []map[string]any) (problems []string) {
	written, messages := make(map[string]bool), make(map[string]bool)
	for _, line := range lines {
		for field := range line {
			written[field] = true
		}
		messages[fmt.Sprint(line["message"])] = true
	}
	found := queries(d)
	if len(found) != 8 {
		problems = append(problems, fmt.Sprintf("found the queries %q, want 6 saved ones and 2 of the dashboard; are they still looked for in the right place?", slices.Sorted(maps.Keys(found))))
	}
	for name, query := range found {
		own := insights
		for _, match := range inAlias.FindAllStringSubmatch(query, -1) {
			own = append(slices.Clone(own), match[1])
		}
		for _, field := range word.FindAllString(quoted.ReplaceAllString(query, ""), -1) {
			if !strings.HasPrefix(field, "@") && !slices.Contains(own, field) && !written[field] {
				problems = append(problems, fmt.Sprintf("%s names the field %s, which is in no line", name, field))
			}
		}
		for _, match := range onMessage.FindAllStringSubmatch(query, -1) {
			for _, text := range quoted.FindAllString(match[1], -1) {
				if !messages[strings.Trim(text, `"`)] {
					problems = append(problems, fmt.Sprintf("%s looks for the message %s, which no line has", name, text))
				}
			}
		}
	}
	return problems
}

func TestQueries(t *testing.T) {
	lines := slices.Concat(runs(t)["writing"].lines, runs(t)["replacing"].lines)
	x := read(t)
	find := func(text string) []string {
		return onTemplate(func(d document) []string { return fieldsAreWritten(d, lines) })(texts{template: text})
	}
	for _, problem := range find(x.template) {
		t.Error(problem)
	}
	for name, m := range map[string]struct{ old, new string }{
		"a field of another spelling":            {"sort exposureSeconds", "sort exposure"},
		"a field of another spelling, drawn":     {"fields @timestamp, account, region, logGroup, kmsKeyArn, reason, rule | ", "fields @timestamp, account, region, logGroup, key, reason, rule | "},
		"a message that nobody writes":           {`message = "tag rejected"`, `message = "rejected tag"`},
		"one of two messages that nobody writes": {`message in ["associated", "planned"]`, `message in ["associated", "plan"]`},
	} {
		t.Run(name, func(t *testing.T) {
			if !strings.Contains(x.template, m.old) {
				t.Fatalf("the template no longer holds %q, so the mistake cannot be made; make another", m.old)
			}
			if len(find(strings.Replace(x.template, m.old, m.new, 1))) == 0 {
				t.Error("nobody noticed")
			}
		})
	}
}
