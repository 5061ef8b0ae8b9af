package cli

import (
	"errors"
	"os"

	"log-group-kms/internal/config"
)

// Configuration is what the function would go by, and where that comes from.
type Configuration struct {
	config.Config
	// From names the source, for people: "environment, rules.yaml".
	From string
	// RulesFrom is the file that the rules' lines count in.
	RulesFrom string
}

// FromEnvironment reads the configuration from the environment, and the rules from
// --rules where that is given.
func (o *Options) FromEnvironment(s Streams) (Configuration, error) {
	c := Configuration{From: "environment", RulesFrom: config.Rules}
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
	if file, _ := lookup(config.RulesFile); file != "" {
		c.RulesFrom, c.From = file, c.From+", "+file
	}
	return c.load(lookup)
}

// FromStack reads the configuration that a stack's function answered.
func FromStack(name string, variables map[string]string) (Configuration, error) {
	return Configuration{From: "stack " + name, RulesFrom: "RULES of stack " + name}.load(func(variable string) (string, bool) {
		value, set := variables[variable]
		return value, set
	})
}

// load reads the configuration by a lookup of variables.
func (c Configuration) load(lookup func(string) (string, bool)) (Configuration, error) {
	var err error
	if c.Config, err = config.Load(lookup, os.ReadFile); err != nil {
		if faults, ok := errors.AsType[config.Faults](err); ok {
			return c, &Problem{faults, "Mend it; the function would not start with it either."}
		}
		return c, err
	}
	return c, nil
}

// ChoosesNothing tells whether no rule and no default chooses a key, so that hardly any
// log group should have one.
func (c *Configuration) ChoosesNothing() bool {
	return len(c.Policy.Rules) == 0 && c.Policy.Default == ""
}
