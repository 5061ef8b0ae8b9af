package main

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"log-group-kms/tests/golden"
)

// TestEnvFile keeps env.json, which users give to SAM, equal to the settings
// that the golden expectations rest on.
func TestEnvFile(t *testing.T) {
	text, err := os.ReadFile("env.json")
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]map[string]string
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	want := golden.Settings()
	want["AWS_ENDPOINT_URL"] = "http://172.17.0.1:4566" // make local-aws, over Docker's bridge
	if diff := cmp.Diff(map[string]map[string]string{"Parameters": want}, got); diff != "" {
		t.Errorf("env.json (-want +got):\n%s", diff)
	}
}

// TestTemplateDeclares makes sure that SAM passes the settings on: it drops,
// without a word, variables that the template does not declare.
func TestTemplateDeclares(t *testing.T) {
	template, err := os.ReadFile("../../template.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for name := range golden.Settings() {
		if !strings.Contains(string(template), "\n        "+name+": !Ref ") {
			t.Errorf("the template declares no variable %s as a plain reference", name)
		}
	}
}
