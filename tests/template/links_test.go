package template

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"unicode"
)

var (
	link    = regexp.MustCompile(`\[[^\]]*\]\(([^()\s]+)\)`)
	runbook = regexp.MustCompile(`\$\{RunbookUrl\}#([a-z0-9-]+)`)
)

// pages gives the repository's pages by path.
func pages(x texts) (map[string]string, error) {
	all := make(map[string]string)
	for _, pattern := range []string{"*.md", "docs/*.md"} {
		files, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil {
			return nil, err
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				return nil, err
			}
			name, err := filepath.Rel(root, file)
			if err != nil {
				return nil, err
			}
			all[filepath.ToSlash(name)] = string(text)
		}
	}
	all["README.md"], all["docs/iam.md"], all["docs/operations.md"] = x.readme, x.reasons, x.operations
	return all, nil
}

// prose is a page without its blocks of code.
func prose(page string) string {
	var text strings.Builder
	code := false
	for line := range strings.Lines(page) {
		if strings.HasPrefix(line, "```") {
			code = !code
		} else if !code {
			text.WriteString(line)
		}
	}
	return text.String()
}

// anchors are what the headings of a page can be linked by, as hosts of repositories
// make them.
func anchors(page string) map[string]bool {
	found := make(map[string]bool)
	for line := range strings.Lines(prose(page)) {
		marks, title, heading := strings.Cut(strings.TrimSpace(line), " ")
		if !heading || strings.Trim(marks, "#") != "" {
			continue
		}
		anchor := strings.Map(func(r rune) rune {
			switch {
			case r == ' ':
				return '-'
			case r == '-' || r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r):
				return unicode.ToLower(r)
			}
			return -1
		}, title)
		for name, n := anchor, 1; ; name, n = fmt.Sprintf("%s-%d", anchor, n), n+1 {
			if !found[name] {
				found[name] = true
				break
			}
		}
	}
	return found
}

// linksLead wants a file behind each link that stays in the repository, and a heading
// behind its anchor; behind the runbooks of alarms as well.
func linksLead(x texts) (problems []string) {
	all, err := pages(x)
	if err != nil {
		return []string{err.Error()}
	}
	count := 0
	for name, page := range all {
		for _, match := range link.FindAllStringSubmatch(prose(page), -1) {
			if strings.Contains(match[1], "://") {
				continue
			}
			count++
			file, anchor, _ := strings.Cut(match[1], "#")
			target := name
			if file != "" {
				target = filepath.ToSlash(filepath.Join(filepath.Dir(name), file))
			}
			if _, err := os.Stat(filepath.Join(root, target)); err != nil {
				problems = append(problems, fmt.Sprintf("%s links to %s, which there is not", name, match[1]))
			} else if anchor != "" && !anchors(all[target])[anchor] {
				problems = append(problems, fmt.Sprintf("%s links to %s, which has no such heading", name, match[1]))
			}
		}
	}
	if count < 50 {
		problems = append(problems, fmt.Sprintf("found %d links, want at least 50; are they still looked for in the right place?", count))
	}
	headings := anchors(x.operations)
	for _, match := range runbook.FindAllStringSubmatch(x.template+x.member, -1) {
		if !headings[match[1]] {
			problems = append(problems, "an alarm's runbook is "+match[1]+", which the operations page has not")
		}
	}
	return problems
}
