package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// setting is one parameter's value, as somebody wrote it.
type setting struct {
	name, value string
	where       string // for faults: "parameters/prod line 3"
}

// folder holds one file for each deployment.
const folder = "parameters"

var (
	deploymentForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]*$`)
	nameForm       = regexp.MustCompile(`^[A-Za-z0-9]+$`)
	// inlineName begins a pair in PARAMETERS.
	inlineName = regexp.MustCompile(`(?:^|\s)([A-Za-z0-9]+)=`)
	// escapes are what the SAM CLI shortens to their second character in every
	// value, once or twice, wherever the value comes from.
	escapes = regexp.MustCompile(`\\[ "']`)
)

// readDeployment reads the file of a deployment.
func readDeployment(root, deployment string) (settings []setting, found faults, err error) {
	if !deploymentForm.MatchString(deployment) {
		return nil, nil, fmt.Errorf("DEPLOYMENT=%s: it is the name of a file in %s/: letters, digits, dot, dash and underscore", deployment, folder)
	}
	file := filepath.Join(folder, deployment)
	text, err := os.ReadFile(filepath.Join(root, file))
	if err != nil {
		return nil, nil, fmt.Errorf("DEPLOYMENT=%s: its file cannot be read (%w); begin with: cp %s/default %s", deployment, err, folder, file)
	}
	settings, found = parseFile(file, text)
	return settings, found, nil
}

// parseFile reads lines of Name=value. What stands after the first = is the
// value, letter for letter: there is no quoting and no escaping, so nothing of a
// value can be lost.
func parseFile(file string, text []byte) (settings []setting, found faults) {
	if !utf8.Valid(text) {
		return nil, faults{file + ": it is not UTF-8 text"}
	}
	text = bytes.TrimPrefix(text, []byte("\uFEFF"))
	number := 0
	for line := range strings.Lines(string(text)) {
		number++
		where := fmt.Sprintf("%s line %d", file, number)
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		name, value, assigned := strings.Cut(line, "=")
		name, value = strings.TrimSpace(name), strings.TrimSpace(value)
		if !assigned || !nameForm.MatchString(name) {
			found.add("%s: it must be Name=value, a comment that begins with #, or empty", where)
			continue
		}
		settings = append(settings, setting{name, value, where})
	}
	return settings, append(found, oddities(settings)...)
}

// parseInline reads the pairs of PARAMETERS. A value ends where the next Name=
// begins, so it may hold spaces.
func parseInline(text string) (settings []setting, found faults) {
	const where = "PARAMETERS"
	starts := inlineName.FindAllStringSubmatchIndex(text, -1)
	if before := strings.TrimSpace(text); before != "" && (len(starts) == 0 || strings.TrimSpace(text[:starts[0][0]]) != "") {
		found.add("%s: it must be Name=value Name=value …", where)
	}
	for i, at := range starts {
		end := len(text)
		if i+1 < len(starts) {
			end = starts[i+1][0]
		}
		settings = append(settings, setting{text[at[2]:at[3]], strings.TrimSpace(text[at[1]:end]), where})
	}
	return settings, append(found, oddities(settings)...)
}

// oddities finds what is hardly meant as it stands.
func oddities(settings []setting) (found faults) {
	first := make(map[string]string)
	for _, s := range settings {
		if other, double := first[s.name]; double {
			found.add("%s: %s stands there twice, first in %s", s.where, s.name, other)
		} else {
			first[s.name] = s.where
		}
		switch last := len(s.value) - 1; {
		case strings.ContainsFunc(s.value, unicode.IsControl):
			found.add("%s: the value of %s holds a control character, such as a tab", s.where, s.name)
		case last >= 0 && s.value[0] == s.value[last] && (s.value[0] == '"' || s.value[0] == '\''):
			found.add("%s: the value of %s stands in quotes, which would be part of it; leave them out", s.where, s.name)
		case escapes.MatchString(s.value):
			found.add("%s: the value of %s holds a backslash before a quote or a space, which SAM would take away; put rules into a file, and name it by RulesFile", s.where, s.name)
		case strings.Contains(s.value, " #"):
			found.add("%s: the value of %s holds \" #\"; a comment needs a line of its own", s.where, s.name)
		}
	}
	return found
}

// merged gives the values by name; later settings win.
func merged(lists ...[]setting) map[string]setting {
	all := make(map[string]setting)
	for _, list := range lists {
		for _, s := range list {
			all[s.name] = s
		}
	}
	return all
}
