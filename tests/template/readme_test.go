package template

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"log-group-kms/internal/answer"
)

var (
	inBackticks = regexp.MustCompile("`([^`]+)`")
	lookup      = regexp.MustCompile(`\$\(out ([A-Za-z]+)\)`)
	metricName  = regexp.MustCompile(`^[A-Z][A-Za-z]+$`)
)

// ticked gives what stands in backticks.
func ticked(text string) (words []string) {
	for _, match := range inBackticks.FindAllStringSubmatch(text, -1) {
		words = append(words, match[1])
	}
	return words
}

// section gives what stands between a heading and the next of its level.
func section(readme, heading string) string {
	_, rest, _ := strings.Cut(readme, "\n"+heading+"\n")
	level, _, _ := strings.Cut(heading, " ")
	for deeper := level; deeper != "#"; deeper = deeper[1:] {
		rest, _, _ = strings.Cut(rest, "\n"+deeper+" ")
	}
	return rest
}

// rows gives the rows of the table that begins with the given headings, by
// heading.
func rows(text string, headings ...string) (found []map[string]string) {
	var columns []string
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if !strings.HasPrefix(line, "|") {
			columns = nil
			continue
		}
		var cells []string
		for cell := range strings.SplitSeq(strings.Trim(line, "|"), "|") {
			cells = append(cells, strings.TrimSpace(cell))
		}
		switch {
		case columns == nil:
			columns = cells
		case len(columns) < len(headings) || !slices.Equal(columns[:len(headings)], headings) || strings.HasPrefix(line, "|-"):
		default:
			row := make(map[string]string)
			for i, cell := range cells[:min(len(cells), len(columns))] {
				row[columns[i]] = cell
			}
			found = append(found, row)
		}
	}
	return found
}

// constants gives the values of the constants of one type in a package of
// internal/.
func constants(pkg, kind string) (values []string) {
	files, err := filepath.Glob(filepath.Join(root, "internal", pkg, "*.go"))
	if err != nil {
		return []string{err.Error()}
	}
	for _, file := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			return []string{err.Error()}
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok {
				return true
			}
			name, _ := spec.Type.(*ast.Ident)
			if other, ok := spec.Type.(*ast.SelectorExpr); ok {
				name = other.Sel
			}
			if name != nil && name.Name == kind {
				for _, v := range spec.Values {
					if literal, ok := v.(*ast.BasicLit); ok {
						text, _ := strconv.Unquote(literal.Value)
						values = append(values, text)
					}
				}
			}
			return true
		})
	}
	return values
}

// column gathers what stands in backticks in one column.
func column(table []map[string]string, heading string) (words []string) {
	for _, row := range table {
		words = append(words, ticked(row[heading])...)
	}
	return words
}

// readmeDescribesParameters wants each parameter in one of the tables. Those that
// belong to the SDK's and Lambda's own variables stand in the sentence between.
func readmeDescribesParameters(x texts) (problems []string) {
	d, err := parse(x.template)
	if err != nil {
		return []string{err.Error()}
	}
	configuration := section(x.readme, "## Configuration")
	table := append(rows(configuration, "variable", "parameter"), rows(configuration, "parameter", "default")...)
	parameters := objectAt(d.root, "Parameters")
	for _, name := range column(table, "parameter") {
		if parameters[name] == nil {
			problems = append(problems, "README describes the parameter "+name+", which there is not")
		}
	}
	words := ticked(configuration)
	for name := range parameters {
		if !slices.Contains(words, name) {
			problems = append(problems, "README does not describe the parameter "+name)
		}
	}
	return problems
}

// commandsFindTheirOutputs holds the outputs that the operations page looks up
// against the stack's.
func commandsFindTheirOutputs(x texts) (problems []string) {
	d, err := parse(x.template)
	if err != nil {
		return []string{err.Error()}
	}
	asked := lookup.FindAllStringSubmatch(x.operations, -1)
	if len(asked) < 5 {
		problems = append(problems, fmt.Sprintf("found %d outputs on the operations page; are they still looked up by out?", len(asked)))
	}
	for _, match := range asked {
		if objectAt(d.root, "Outputs", match[1]) == nil {
			problems = append(problems, "the operations page looks up the output "+match[1]+", which there is not")
		}
	}
	return problems
}

func readmeDescribesVariables(x texts) (problems []string) {
	d, err := parse(x.template)
	if err != nil {
		return []string{err.Error()}
	}
	table := rows(section(x.readme, "## Configuration"), "variable", "parameter")
	problems = difference("README's table of variables", column(table, "variable"), reads())
	for _, row := range table {
		var behind []string
		for _, function := range d.resources("AWS::Serverless::Function") {
			for _, variable := range ticked(row["variable"]) {
				behind = append(behind, parameterOf(d.variables(function)[variable]))
			}
		}
		for _, parameter := range behind {
			if !slices.Contains(ticked(row["parameter"]), parameter) {
				problems = append(problems, fmt.Sprintf("README says of %s the parameter is %s, the template says %s", row["variable"], row["parameter"], parameter))
			}
		}
	}
	return problems
}

// readmeTellsDefaults holds both tables' defaults against the template's.
func readmeTellsDefaults(x texts) (problems []string) {
	d, err := parse(x.template)
	if err != nil {
		return []string{err.Error()}
	}
	configuration := section(x.readme, "## Configuration")
	table := append(rows(configuration, "variable", "parameter"), rows(configuration, "parameter", "default")...)
	for _, row := range table {
		parameters := ticked(row["parameter"])
		if len(parameters) == 0 {
			problems = append(problems, fmt.Sprintf("README names no parameter for %s", row["variable"]))
			continue
		}
		told := row["default"]
		if _, templates, both := strings.Cut(told, "the template's:"); both {
			told = templates
		}
		want := ""
		if words := ticked(told); len(words) > 0 {
			want = words[0]
		}
		if got := textAt(d.root, "Parameters", parameters[0], "Default"); got != want {
			problems = append(problems, fmt.Sprintf("README says that %s is %q by default, the template says %q", parameters[0], want, got))
		}
	}
	return problems
}

func readmeTellsAnswers(x texts) []string {
	table := rows(section(x.readme, "## What goes in, what comes out"), "outcome", "reason")
	var outcomes []string
	for _, outcome := range answer.Outcomes() {
		outcomes = append(outcomes, string(outcome))
	}
	problems := difference("README's outcomes", column(table, "outcome"), outcomes)
	return append(problems, difference("README's reasons", column(table, "reason"), constants("answer", "Reason"))...)
}

func readmeTellsFailures(x texts) []string {
	table := rows(section(x.readme, "## What goes in, what comes out"), "errorType", "when")
	return difference("README's failures", column(table, "errorType"), constants("failure", "Type"))
}

func readmeTellsMetrics(x texts) []string {
	told := slices.DeleteFunc(ticked(section(x.readme, "### Logs and metrics")), func(word string) bool {
		return !metricName.MatchString(word) || word == "Service" // the dimension
	})
	return difference("README's metrics", told, constants("metric", "Name"))
}

// parameterName is a word that can only be a parameter's or an output's.
var parameterName = regexp.MustCompile(`^[A-Z][a-z]+[A-Z][A-Za-z]*$`)

// readmeNamesWhatThereIs wants a parameter or an output behind each such word of the part
// that leads through a deployment.
func readmeNamesWhatThereIs(x texts) (problems []string) {
	d, err := parse(x.template)
	if err != nil {
		return []string{err.Error()}
	}
	count := 0
	for _, word := range ticked(prose(section(x.readme, "## Deploy"))) {
		name, _, _ := strings.Cut(word, "=")
		if !parameterName.MatchString(name) || slices.Contains(constants("metric", "Name"), name) {
			continue
		}
		count++
		if objectAt(d.root, "Parameters", name) == nil && objectAt(d.root, "Outputs", name) == nil {
			problems = append(problems, "README speaks of "+name+", which is neither a parameter nor an output")
		}
	}
	if count < 10 {
		problems = append(problems, fmt.Sprintf("found %d names of parameters in README's part on deploying; are they still looked for in the right place?", count))
	}
	return problems
}
