package template

import "regexp"

// Version 1 of the AWS CLI knows the second variable alone, everything else the first.
var (
	setsRegion    = regexp.MustCompile(`(?m)^export .*\bAWS_REGION=`)
	setsForOldCLI = regexp.MustCompile(`(?m)^export .*\bAWS_DEFAULT_REGION=`)
)

// pagesSetTheRegion wants each page that sets a Region to set it for every tool.
func pagesSetTheRegion(x texts) (problems []string) {
	all, err := pages(x)
	if err != nil {
		return []string{err.Error()}
	}
	count := 0
	for name, page := range all {
		if !setsRegion.MatchString(page) {
			continue
		}
		count++
		if !setsForOldCLI.MatchString(page) {
			problems = append(problems, name+" sets the Region for some tools only: AWS_DEFAULT_REGION as well")
		}
	}
	if count < 2 {
		problems = append(problems, "found fewer than two pages that set the Region; are they still looked for in the right place?")
	}
	return problems
}
