package main

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"log-group-kms/tools/cfn"
)

// object is a YAML mapping.
type object = cfn.Object

// template is what template.yaml says about parameters and the functions'
// variables.
type template struct {
	parameters map[string]parameter
	names      []string // of template.yaml's parameters, as they stand there
	code       []string // of those that only the packaged template has
	functions  map[string]object
	rules      object
}

// parameter is one of the template's.
type parameter struct {
	Type                  string   `yaml:"Type"`
	Default               *string  `yaml:"Default"`
	AllowedPattern        string   `yaml:"AllowedPattern"`
	AllowedValues         []string `yaml:"AllowedValues"`
	MinLength             string   `yaml:"MinLength"`
	MaxLength             string   `yaml:"MaxLength"`
	MinValue              string   `yaml:"MinValue"`
	MaxValue              string   `yaml:"MaxValue"`
	ConstraintDescription string   `yaml:"ConstraintDescription"`
}

// readTemplate reads template.yaml and what its packaged form has beside.
func readTemplate(root string) (*template, error) {
	const main, more = "template.yaml", "scripts/code.yaml"
	text, err := os.ReadFile(filepath.Join(root, main))
	if err != nil {
		return nil, fmt.Errorf("reading the template: %w", err)
	}
	t, err := parseTemplate(text)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", main, err)
	}
	if text, err = os.ReadFile(filepath.Join(root, more)); err != nil {
		return nil, fmt.Errorf("reading the packaged template's parameters: %w", err)
	}
	var document yaml.Node
	if err = yaml.Unmarshal(text, &document); err == nil {
		t.code, err = t.addParameters(&document)
	}
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", more, err)
	}
	return t, nil
}

func parseTemplate(text []byte) (*template, error) {
	var document yaml.Node
	if err := yaml.Unmarshal(text, &document); err != nil {
		return nil, err
	}
	whole, ok := cfn.Value(&document).(object)
	if !ok {
		return nil, errors.New("it is no mapping")
	}
	t := &template{parameters: make(map[string]parameter), functions: make(map[string]object)}
	t.rules, _ = whole["Rules"].(object)
	var err error
	if t.names, err = t.addParameters(&document); err != nil {
		return nil, err
	}
	for name, resource := range at(whole, "Resources") {
		if kind := at(resource)["Type"]; kind != "AWS::Serverless::Function" && kind != "AWS::Lambda::Function" {
			continue
		}
		variables := maps.Clone(at(whole, "Globals", "Function", "Environment", "Variables"))
		if variables == nil {
			variables = make(object)
		}
		maps.Copy(variables, at(resource, "Properties", "Environment", "Variables"))
		t.functions[name] = variables
	}
	if len(t.parameters) == 0 || len(t.functions) == 0 {
		return nil, errors.New("it has no parameters or no functions")
	}
	return t, nil
}

// addParameters reads the parameters of a document and gives their names.
func (t *template) addParameters(document *yaml.Node) (names []string, err error) {
	if len(document.Content) == 0 {
		return nil, errors.New("it is empty")
	}
	parameters := child(document.Content[0], "Parameters")
	for i := 0; parameters != nil && i+1 < len(parameters.Content); i += 2 {
		name := parameters.Content[i].Value
		var p parameter
		if err := parameters.Content[i+1].Decode(&p); err != nil {
			return nil, fmt.Errorf("parameter %s: %w", name, err)
		}
		t.parameters[name] = p
		names = append(names, name)
	}
	return names, nil
}

// child gives a mapping's value.
func child(n *yaml.Node, key string) *yaml.Node {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i+1]
		}
	}
	return nil
}

// at follows a path of keys to a mapping; where there is none it is empty.
func at(v any, path ...string) object {
	for _, key := range path {
		mapping, _ := v.(object)
		v = mapping[key]
	}
	found, _ := v.(object)
	return found
}

// values gives every parameter's value, the default where nobody sets one. What
// is set by nobody is said by its default, and not left to what the stack had
// before, so that a line taken out of the file takes effect.
func (t *template) values(settings map[string]setting) (map[string]string, faults) {
	var found faults
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		if _, known := t.parameters[name]; !known {
			found.add("%s: there is no parameter %s%s", settings[name].where, name, t.suggestion(name))
		}
	}
	names := t.names
	if slices.ContainsFunc(t.code, func(name string) bool { return settings[name].name != "" }) {
		names = slices.Concat(names, t.code)
	}
	values := make(map[string]string)
	for _, name := range names {
		s, set := settings[name]
		switch fallback := t.parameters[name].Default; {
		case set:
			values[name] = s.value
		case fallback != nil:
			values[name] = *fallback
		default:
			found.add("%s: it has no default, so it must be given", name)
		}
	}
	return values, found
}

// suggestion names the parameter that an unknown name most likely stands for.
func (t *template) suggestion(name string) string {
	for _, known := range t.names {
		if strings.EqualFold(known, name) {
			return "; is it " + known + "?"
		}
	}
	best := slices.MinFunc(t.names, func(a, b string) int { return cmp.Compare(distance(name, a), distance(name, b)) })
	if distance(name, best) <= 3 {
		return "; is it " + best + "?"
	}
	return "; README.md lists them"
}

// distance counts the letters to change, add or leave out between two words.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			changed := diagonal
			if a[i] != b[j] {
				changed++
			}
			diagonal = row[j+1]
			row[j+1] = min(changed, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

// number reads a limit of a parameter; none is no limit.
func number(text string) (float64, bool) {
	value, err := strconv.ParseFloat(text, 64)
	return value, err == nil
}
