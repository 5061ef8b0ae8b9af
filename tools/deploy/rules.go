package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"log-group-kms/internal/config"
)

// defaultRules is packed where it exists, whether a parameter names it or not.
const defaultRules = "rules.yaml"

// checkRules reads a file of rules as the function will and says what it found.
func checkRules(file string, stdout io.Writer) error {
	if file == "" {
		return errors.New("say which file of rules: make check-rules FILE=rules.yaml")
	}
	if _, err := os.Stat(file); errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("%s: there is no such file; name the one that holds the rules: make check-rules FILE=…, and the parameter RulesFile", file)
	}
	c, err := config.Load(only(config.RulesFile, file), os.ReadFile)
	if err != nil {
		return faults(configFaults(err)).asError(file)
	}
	rules := "rules"
	if len(c.Policy.Rules) == 1 {
		rules = "rule"
	}
	_, err = fmt.Fprintf(stdout, "%s: %d %s, no faults\n", file, len(c.Policy.Rules), rules)
	return err
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

// packRules copies the file of rules into the package, after a look at it: bad
// rules would keep the function from starting. Without a named file it takes
// rules.yaml, if there is one.
func packRules(root, named, to string, stdout io.Writer) error {
	name := cmp.Or(named, defaultRules)
	if err := packable(name); err != nil {
		return err
	}
	file := filepath.Join(root, name)
	if _, err := os.Stat(file); named == "" && errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err := checkRules(file, stdout); err != nil {
		return err
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("packing the rules: %w", err)
	}
	target := filepath.Join(to, name)
	if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
		return fmt.Errorf("packing the rules: %w", err)
	}
	if err := os.WriteFile(target, text, 0o644); err != nil {
		return fmt.Errorf("packing the rules: %w", err)
	}
	return nil
}
