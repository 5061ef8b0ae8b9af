package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"log-group-kms/internal/config"
)

// mostVariables is what Lambda allows for all variables of a function together,
// measured as JSON.
const mostVariables = 4096

// unknownValue stands for a variable's value that only AWS knows, such as an
// ARN, when variables are measured.
var unknownValue = strings.Repeat("x", 128)

// environment gives a function's variables: those whose values are known here,
// and the names of the others.
func (t *template) environment(function string, values map[string]string) (variables map[string]string, unknown []string) {
	variables = make(map[string]string)
	for name, v := range t.functions[function] {
		if value, known := text(v, values); known {
			variables[name] = value
		} else {
			unknown = append(unknown, name)
		}
	}
	return variables, unknown
}

// tooLarge says of each function whose variables are more than Lambda takes how
// large they are and which of them take most.
func (t *template) tooLarge(values map[string]string) (found faults) {
	for _, function := range slices.Sorted(maps.Keys(t.functions)) {
		variables, unknown := t.environment(function, values)
		for _, name := range unknown {
			variables[name] = unknownValue
		}
		size := measure(variables)
		if size <= mostVariables {
			continue
		}
		names := slices.SortedFunc(maps.Keys(variables), func(a, b string) int {
			return measure(map[string]string{b: variables[b]}) - measure(map[string]string{a: variables[a]})
		})
		var largest []string
		for _, name := range names[:min(3, len(names))] {
			largest = append(largest, fmt.Sprintf("%s %d", name, measure(map[string]string{name: variables[name]})))
		}
		found.add("the variables of %s are %d bytes together, and Lambda takes %d (%s); put rules into a file, and name it by RulesFile",
			function, size, mostVariables, strings.Join(largest, ", "))
	}
	return found
}

func measure(variables map[string]string) int {
	var buffer bytes.Buffer
	encoder := json.NewEncoder(&buffer)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(variables) // texts can always be encoded
	return buffer.Len() - 1       // without the line's end
}

// misconfigured starts the program's own configuration with each function's
// variables and gives its faults, under the names of the parameters.
func (t *template) misconfigured(root string, values map[string]string, refused map[string]bool) (found faults) {
	for _, function := range slices.Sorted(maps.Keys(t.functions)) {
		variables, _ := t.environment(function, values)
		lookup := func(name string) (string, bool) {
			value, set := variables[name]
			return value, set
		}
		_, err := config.Load(lookup, readFrom(root))
		for _, fault := range configFaults(err) {
			variable, _, _ := strings.Cut(fault, ":")
			variable, _, _ = strings.Cut(variable, " ")
			parameter, _ := at(t.functions[function][variable])["Ref"].(string)
			switch {
			case refused[parameter]: // has been told of already
			case parameter == "":
				found.add("%s", fault)
			default:
				found.add("%s (%s)%s", parameter, variable, strings.TrimPrefix(fault, variable))
			}
		}
	}
	return found
}

func configFaults(err error) []string {
	var list config.Faults
	switch {
	case err == nil:
		return nil
	case errors.As(err, &list):
		return list
	}
	return []string{err.Error()}
}

// readFrom reads a file as the function will read it: from the package, which is
// made from root.
func readFrom(root string) func(string) ([]byte, error) {
	return func(name string) ([]byte, error) {
		if err := packable(name); err != nil {
			return nil, err
		}
		return os.ReadFile(filepath.Join(root, name))
	}
}

// packable says why a file cannot be in the package under its name.
func packable(name string) error {
	if !filepath.IsLocal(name) {
		return fmt.Errorf("%s: it must be a path within the repository, such as rules.yaml, since the build packs it under this name", name)
	}
	return nil
}
