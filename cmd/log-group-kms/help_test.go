package main

import (
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"log-group-kms/internal/cli"
)

// The help of each command fits one screen of 24 lines and 80 columns, and has an
// example.
func TestHelpFitsOneScreen(t *testing.T) {
	for _, c := range commands() {
		lines := strings.Split(strings.TrimSuffix(c.Help, "\n"), "\n")
		if len(lines) > 24 {
			t.Errorf("%s: got a help of %d lines, want at most 24", c.Name, len(lines))
		}
		for _, line := range lines {
			if n := utf8.RuneCountInString(line); n > 80 {
				t.Errorf("%s: got a line of %d columns: %s", c.Name, n, line)
			}
		}
		if !strings.HasPrefix(c.Help, "Usage: "+cli.Program+" "+c.Name+" ") || !strings.Contains(c.Help, "xample") || strings.Count(c.Help, cli.Program+" "+c.Name) < 2 {
			t.Errorf("%s: got %s, want a help with usage and example", c.Name, c.Help)
		}
		if c.Summary == "" || len(c.Summary) > 66 {
			t.Errorf("%s: got the summary %q, want half a line", c.Name, c.Summary)
		}
	}
}

// Each flag that the help names is there: it is refused for its value or its company, if at
// all, and never for being unknown.
func TestHelpNamesFlags(t *testing.T) {
	parse := map[string]func([]string) error{
		"audit":   func(args []string) error { _, err := parseAudit(args); return err },
		"explain": func(args []string) error { _, err := parseExplain(args, strings.NewReader("")); return err },
	}
	for _, c := range commands() {
		if parse[c.Name] == nil {
			continue
		}
		flags := regexp.MustCompile(`(?m)^  (-.*?)  `).FindAllStringSubmatch(c.Help, -1)
		if len(flags) < 8 {
			t.Errorf("%s: got %d flags in the help, want all", c.Name, len(flags))
		}
		for _, match := range flags {
			for _, name := range strings.Split(match[1], ", ") {
				name, _, _ = strings.Cut(name, " ")
				if err := parse[c.Name]([]string{name, "x"}); err != nil && strings.Contains(err.Error(), "not defined") {
					t.Errorf("%s: %s: %v", c.Name, name, err)
				}
			}
		}
	}
}
