package main

import (
	"encoding/json"
	"math/rand/v2"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestValuesSurvive writes values that SAM's command line would mangle, and reads
// them as SAM and as CloudFormation do. (make e2e reads such a file by the SAM
// CLI's own code.)
func TestValuesSurvive(t *testing.T) {
	t.Parallel()
	values := map[string]string{
		"Empty":    "",
		"Spaces":   "cron(30 2 * * ? *)",
		"Commas":   "/tmp/*,/aws/codebuild/*, /a#b",
		"Braces":   "arn:*:kms:{region}:{account}:key/*",
		"JSON":     `{"rules":[{"name":"it's \u00e9","logGroups":["/ecs/*"],"tags":{"a":""}}]}`,
		"Quotes":   `a"b'c" 'd`,
		"Escapes":  `\n\t\\x`,
		"Unicode":  "péage ☃ 🔑",
		"YAML":     "yes: [no, ~, 0x1] & *a !b | > % @ `",
		"Number":   "0.50",
		"Boolean":  "true",
		"Trailing": `back\`,
	}
	p := &plan{root: t.TempDir(), deployment: "prod", values: values}
	for name := range values {
		p.names = append(p.names, name)
	}
	forSAM, forCloudFormation, err := p.write()
	if err != nil {
		t.Fatal(err)
	}
	got, err := overridesOf([]string{"deploy", "--parameter-overrides", "file://" + forSAM})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(values, got); diff != "" {
		t.Errorf("SAM (-want +got):\n%s", diff)
	}
	text, err := os.ReadFile(forCloudFormation)
	if err != nil {
		t.Fatal(err)
	}
	var pairs []struct{ ParameterKey, ParameterValue string }
	if err := json.Unmarshal(text, &pairs); err != nil {
		t.Fatal(err)
	}
	got = make(map[string]string)
	for _, pair := range pairs {
		got[pair.ParameterKey] = pair.ParameterValue
	}
	if diff := cmp.Diff(values, got); diff != "" {
		t.Errorf("CloudFormation (-want +got):\n%s", diff)
	}
}

// TestWhatPassesSurvives tries values made of the characters that SAM treats
// specially: each is refused by name, or arrives.
func TestWhatPassesSurvives(t *testing.T) {
	t.Parallel()
	const characters = `a \"'#={`
	random := rand.New(rand.NewPCG(1, 2))
	passed := 0
	for range 20_000 {
		value := make([]byte, random.IntN(8))
		for i := range value {
			value[i] = characters[random.IntN(len(characters))]
		}
		settings, found := parseFile("f", append([]byte("A="), value...))
		if len(found) > 0 {
			continue
		}
		passed++
		if got := asSAM(settings[0].value); got != settings[0].value {
			t.Fatalf("A=%s: SAM reads %q", value, got)
		}
	}
	if passed < 1000 {
		t.Errorf("only %d values passed", passed)
	}
}
