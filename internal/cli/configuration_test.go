package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// environment gives settings of the form NAME=value.
func environment(settings ...string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		for _, setting := range settings {
			if n, value, _ := strings.Cut(setting, "="); n == name {
				return value, true
			}
		}
		return "", false
	}
}

// rules writes a file of rules.
func rules(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "rules.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// --rules stands in the place of whatever the environment says of rules.
func TestFromEnvironment(t *testing.T) {
	file := rules(t, "rules:\n- {name: of-the-file, logGroups: [/x], key: alias/a}\n")
	const inline = `RULES={"rules":[{"name":"inline","logGroups":["/x"],"key":"alias/a"}]}`
	for _, test := range []struct {
		name           string
		options        Options
		settings       []string
		rule, from     string
		choosesNothing bool
	}{
		{"nothing", Options{}, nil, "", "environment", true},
		{"default", Options{}, []string{"DEFAULT_KMS_KEY=alias/a"}, "", "environment", false},
		{"RULES", Options{}, []string{inline}, "inline", "environment", false},
		{"RULES_FILE", Options{}, []string{"RULES_FILE=" + file}, "of-the-file", "environment, " + file, false},
		{"--rules", Options{Rules: file}, []string{inline, "RULES_FILE=/nonexistent"}, "of-the-file", "environment, " + file, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			c, err := test.options.FromEnvironment(Streams{Lookup: environment(test.settings...)})
			if err != nil {
				t.Fatal(err)
			}
			rule := ""
			if len(c.Policy.Rules) > 0 {
				rule = c.Policy.Rules[0].Name
			}
			if rule != test.rule || c.From != test.from || c.ChoosesNothing() != test.choosesNothing {
				t.Errorf("got rule %q from %q, chooses nothing %t; want %q, %q, %t", rule, c.From, c.ChoosesNothing(), test.rule, test.from, test.choosesNothing)
			}
		})
	}
}

// A configuration with faults is none: all of them are said.
func TestFaultyConfiguration(t *testing.T) {
	o := Options{Rules: rules(t, "rules:\n- {name: a, logGroup: [/x], key: alias/a}\n")}
	_, err := o.FromEnvironment(Streams{Lookup: environment("EXISTING_KEY=leave")})
	if err == nil || !strings.Contains(err.Error(), "EXISTING_KEY") || !strings.Contains(err.Error(), "rules.yaml line 2") || !strings.Contains(err.Error(), "Mend it") {
		t.Errorf("got %v, want every fault and what to do", err)
	}
}

// A deployed configuration that this program does not understand is that of another
// version: the function has started with it.
func TestFaultyDeployment(t *testing.T) {
	_, err := Deployed("s", map[string]string{"EXISTING_KEY": "of-a-later-version"})
	if want := "The function of stack s has started with it, so it is of another version: use the log-group-kms of that version."; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want %q in it", err, want)
	}
}
