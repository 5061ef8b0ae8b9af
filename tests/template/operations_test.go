package template

import (
	"regexp"
	"slices"
	"strings"
)

// initError is what a function reports that does not start; cmd/handler has it.
const initError = "InvalidConfiguration"

// operationsLeadFromEverything wants a row for all that can send somebody to the
// operations page: each alarm, each kind of failure, each check.
func operationsLeadFromEverything(x texts) []string {
	d, err := parse(x.template)
	if err != nil {
		return []string{err.Error()}
	}
	table := rows(x.operations, "alarm", "heading")
	var alarms, failures, found []string
	for _, row := range table {
		if name, _, _ := strings.Cut(row["alarm"], " "); name != "" && !slices.Contains(alarms, name) {
			alarms = append(alarms, name)
		}
	}
	failures, found = column(table, "`errorType`"), column(table, "check")
	problems := difference("alarms on the operations page", alarms, d.resources("AWS::CloudWatch::Alarm"))
	problems = append(problems, difference("failures on the operations page", failures, append(constants("failure", "Type"), initError))...)
	return append(problems, difference("checks on the operations page", found, append(constants("check", "Name"), constants("doctor", "check.Name")...))...)
}

// regionsForAllTools are the variables by which the tools of a page find the Region:
// version 1 of the AWS CLI knows the second alone, everything else the first.
var regionsForAllTools = regexp.MustCompile(`(?m)^export .*\bAWS_REGION=(\S+) AWS_DEFAULT_REGION=(\S+)`)

// pagesSetTheRegion wants each page that sets a Region to set it for every tool.
func pagesSetTheRegion(x texts) (problems []string) {
	all, err := pages(x)
	if err != nil {
		return []string{err.Error()}
	}
	count := 0
	for name, page := range all {
		for line := range strings.Lines(page) {
			if !strings.HasPrefix(line, "export ") || !strings.Contains(line, "REGION=") {
				continue
			}
			count++
			if found := regionsForAllTools.FindStringSubmatch(line); found == nil || found[1] != found[2] {
				problems = append(problems, name+" sets the Region for some tools only: "+strings.TrimSpace(line))
			}
		}
	}
	if count < 2 {
		problems = append(problems, "found fewer than two pages that set the Region; are they still looked for in the right place?")
	}
	return problems
}
