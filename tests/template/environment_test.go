package template

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"log-group-kms/internal/config"
)

// sdkReads are the variables of the template that the SDK reads by itself,
// where the program does not see them.
var sdkReads = []string{"AWS_ENDPOINT_URL"}

// othersSet are variables that the configuration looks at, but that are not the
// template's to set: Lambda does, and SAM's local one.
var othersSet = []string{"AWS_REGION", "AWS_ACCOUNT_ID"}

// reads gives the variables that the configuration looks up and that the template
// may set.
func reads() []string {
	asked := make(map[string]bool)
	lookup := func(name string) (string, bool) {
		asked[name] = true
		return "", false
	}
	// Without a single variable the configuration is the default one.
	_, _ = config.Load(lookup, os.ReadFile)
	return slices.DeleteFunc(slices.Sorted(maps.Keys(asked)), func(name string) bool { return slices.Contains(othersSet, name) })
}

// variables gives a function's environment, Globals included.
func (d document) variables(function string) object {
	all := maps.Clone(objectAt(d.root, "Globals", "Function", "Environment", "Variables"))
	if all == nil {
		all = make(object)
	}
	maps.Copy(all, objectAt(d.root, "Resources", function, "Properties", "Environment", "Variables"))
	return all
}

// environmentIsRead holds what the template sets against what the program
// reads, in both directions and for each function.
func environmentIsRead(d document) (problems []string) {
	known := append(reads(), sdkReads...)
	for _, name := range reads() {
		if !slices.Contains(config.Variables(), name) && !strings.HasPrefix(name, "AWS_") {
			problems = append(problems, "config.Variables() lacks "+name+", which is looked up")
		}
	}
	for _, name := range config.Variables() {
		if !slices.Contains(known, name) {
			problems = append(problems, "config.Variables() has "+name+", which nobody looks up")
		}
	}
	functions := d.resources("AWS::Serverless::Function")
	if len(functions) != 2 {
		problems = append(problems, fmt.Sprintf("got the functions %q, want two", functions))
	}
	for _, function := range functions {
		set := d.variables(function)
		problems = append(problems, difference("environment of "+function, slices.Sorted(maps.Keys(set)), known)...)
		for name, v := range set {
			if objectAt(d.root, "Parameters", parameterOf(v)) == nil {
				problems = append(problems, fmt.Sprintf("%s of %s is %v, want a reference to a parameter that depends on no condition", name, function, v))
			}
		}
	}
	return problems
}

// parameterOf gives the parameter that a variable's value is, or begins with.
func parameterOf(v any) string {
	if name := textAt(v, "Ref"); name != "" {
		return name
	}
	name, _, _ := strings.Cut(strings.TrimPrefix(textAt(v, "Fn::Sub"), "${"), "}")
	return name
}

// programTakesWhatTheTemplateTakes starts the configuration with every value
// that a parameter is known to take: what CloudFormation lets pass must not keep
// the function from starting.
func programTakesWhatTheTemplateTakes(d document) (problems []string) {
	text, err := os.ReadFile("parameters.json")
	if err != nil {
		return []string{err.Error()}
	}
	var samples map[string]struct{ Good []string }
	if err := json.Unmarshal(text, &samples); err != nil {
		return []string{"parameters.json: " + err.Error()}
	}
	for _, function := range d.resources("AWS::Serverless::Function") {
		for name, v := range d.variables(function) {
			parameter := parameterOf(v)
			values := append(samples[parameter].Good, textAt(d.root, "Parameters", parameter, "Default"))
			for _, allowed := range listAt(d.root, "Parameters", parameter, "AllowedValues") {
				values = append(values, fmt.Sprint(allowed))
			}
			for _, value := range values {
				if _, err := config.Load(only(name, value), someRules); err != nil {
					problems = append(problems, fmt.Sprintf("%s takes %q, but the function does not start with it: %v", parameter, value, err))
				}
			}
		}
	}
	return problems
}

// only is an environment of one variable.
func only(name, value string) func(string) (string, bool) {
	return func(asked string) (string, bool) {
		if asked == name {
			return value, true
		}
		return "", false
	}
}

func someRules(string) ([]byte, error) { return []byte("rules: []\n"), nil }
