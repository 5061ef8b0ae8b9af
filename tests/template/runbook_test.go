package template

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

var (
	headingLine = regexp.MustCompile(`(?m)^#+ (.+)$`)
	codeBlock   = regexp.MustCompile("(?ms)^```.*?^```")
	toRunbook   = regexp.MustCompile(`(?:operations\.md|\$\{RunbookUrl\})#([a-z-]+)`)
)

// runbookAnchors gives those that Markdown makes of a page's headings.
func runbookAnchors(page string) (found []string) {
	for _, match := range headingLine.FindAllStringSubmatch(codeBlock.ReplaceAllString(page, ""), -1) {
		found = append(found, anchor(match[1]))
	}
	return found
}

// anchor is what Markdown makes of a heading.
func anchor(heading string) string {
	kept := strings.Map(func(r rune) rune {
		if strings.ContainsRune("`.,:;!?'()/", r) {
			return -1
		}
		return r
	}, strings.ToLower(heading))
	return strings.ReplaceAll(kept, " ", "-")
}

// runbookHasWhatIsNamed wants a heading on the operations page, once, for every link to
// it: of alarms, checks, the doctor and whatever else the program writes.
func runbookHasWhatIsNamed(x texts) (problems []string) {
	named := make(map[string]string) // anchor: who names it
	collect := func(who, text string) {
		for _, match := range toRunbook.FindAllStringSubmatch(text, -1) {
			named[match[1]] = who
		}
	}
	collect("template.yaml", x.template)
	for text, file := range runbookTexts(&problems) {
		collect(file, "operations.md#"+text)
	}
	there := runbookAnchors(x.operations)
	for name, who := range named {
		if n := count(there, name); n != 1 {
			problems = append(problems, fmt.Sprintf("%s leads to the heading #%s, which is %d times on the operations page", who, name, n))
		}
	}
	if len(named) < 20 {
		problems = append(problems, fmt.Sprintf("found %d links to the operations page; are they still looked for in the right place?", len(named)))
	}
	return problems
}

func count(list []string, text string) (n int) {
	for _, one := range list {
		if one == text {
			n++
		}
	}
	return n
}

// runbookTexts gives the anchors that the program's source names: in whole links, as the
// argument of runbook, as a heading of the doctor's, and as the last one of the local
// AWS's alarms; each with its file.
func runbookTexts(problems *[]string) map[string]string {
	found := make(map[string]string)
	var files []string
	for _, pattern := range []string{"internal/*/*.go", "cmd/*/*.go", "tools/*/*.go", "tests/golden/*.go"} {
		matches, _ := filepath.Glob(filepath.Join(root, pattern)) // the pattern is well formed
		files = append(files, matches...)
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			*problems = append(*problems, err.Error())
			continue
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			for _, name := range anchorsIn(n) {
				found[name] = file
			}
			return true
		})
	}
	return found
}

// anchorsIn gives the anchors that a piece of source names itself.
func anchorsIn(n ast.Node) (found []string) {
	literal := func(e ast.Expr) string {
		text := ""
		if l, is := e.(*ast.BasicLit); is && l.Kind == token.STRING {
			text, _ = strconv.Unquote(l.Value)
		}
		return text
	}
	switch n := n.(type) {
	case *ast.BasicLit:
		if match := toRunbook.FindStringSubmatch(literal(n)); match != nil {
			found = append(found, match[1])
		}
	case *ast.CallExpr:
		name, _ := n.Fun.(*ast.Ident)
		if name != nil && len(n.Args) > 0 && (name.Name == "runbook" || name.Name == "alarm" && len(n.Args) == 4) {
			if text := literal(n.Args[len(n.Args)-1]); text != "" {
				found = append(found, text)
			}
		}
	case *ast.ValueSpec:
		if kind, is := n.Type.(*ast.Ident); is && kind.Name == "heading" {
			for _, v := range n.Values {
				found = append(found, anchor(literal(v)))
			}
		}
	}
	return found
}

// initError is what a function reports that does not start; see cmd/handler.
const initError = "InvalidConfiguration"

// runbookTellsOfAll wants each alarm, failure and check in the operations page's table.
func runbookTellsOfAll(x texts) (problems []string) {
	d, err := parse(x.template)
	if err != nil {
		return []string{err.Error()}
	}
	table := rows(x.operations, "alarm", "heading")
	var alarms []string
	for _, row := range table {
		if row["alarm"] != "" && !strings.Contains(row["alarm"], " ") { // "of a member" has another template
			alarms = append(alarms, row["alarm"])
		}
	}
	problems = difference("the operations page's alarms", alarms, d.resources("AWS::CloudWatch::Alarm"))
	problems = append(problems, difference("the operations page's failures", column(table, "`errorType`"), append(constants("failure", "Type"), initError))...)
	var checks []string
	for _, pkg := range []string{"check", "doctor"} {
		checks = append(checks, constants(pkg, "Name")...)
	}
	return append(problems, difference("the operations page's checks", column(table, "check"), checks)...)
}
