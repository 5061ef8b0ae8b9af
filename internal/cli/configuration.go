package cli

import (
	"errors"

	"log-group-kms/internal/config"
)

// Configuration is what the function would go by, and where that comes from.
type Configuration struct {
	config.Config
	// From names the source, for people: "environment, rules.yaml".
	From string
}

// FromEnvironment reads the configuration from the environment, and the rules from
// --rules where that is given.
func (o *Options) FromEnvironment(s Streams) (Configuration, error) {
	lookup := s.Lookup
	if o.Rules != "" {
		lookup = func(name string) (string, bool) {
			switch name {
			case config.Rules:
				return "", false
			case config.RulesFile:
				return o.Rules, true
			}
			return s.Lookup(name)
		}
	}
	c, err := load("environment", lookup, "Mend it; the function would not start with it either.")
	if c.RulesSource != "" && c.RulesSource != config.Rules {
		c.From += ", " + c.RulesSource
	}
	return c, err
}

// Deployed reads the configuration of a stack, as its function says it.
func Deployed(stack string, variables map[string]string) (Configuration, error) {
	return load("stack "+stack, func(name string) (string, bool) {
		value, set := variables[name]
		return value, set
	}, "The function of stack "+stack+" has started with it, so it is of another version: use the log-group-kms of that version.")
}

// load reads the configuration by a lookup of variables. todo is what to do about faults.
func load(from string, lookup func(string) (string, bool), todo string) (Configuration, error) {
	c, err := config.Load(lookup, config.ReadFile)
	if faults, ok := errors.AsType[config.Faults](err); ok {
		err = &Problem{faults, todo}
	}
	return Configuration{c, from}, err
}

// ChoosesNothing tells whether no rule and no default chooses a key, so that hardly any
// log group should have one.
func (c *Configuration) ChoosesNothing() bool {
	return len(c.Policy.Rules) == 0 && c.Policy.Default == ""
}
