package template

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"log-group-kms/internal/answer"
	"log-group-kms/tests/golden"
)

// TestRoutes holds the rules that pass golden events on (routes.json, which the
// Python part proves) against the program's answers: nothing is passed on that
// is not for it, and nothing is for it that is not passed on.
func TestRoutes(t *testing.T) {
	text, err := os.ReadFile("routes.json")
	if err != nil {
		t.Fatal(err)
	}
	var routes map[string]*string
	if err := json.Unmarshal(text, &routes); err != nil {
		t.Fatalf("routes.json: %v", err)
	}
	cases, err := golden.Load(filepath.Join(root, "events"))
	if err != nil {
		t.Fatal(err)
	}
	var files []string
	for _, c := range cases {
		files = append(files, c.File)
		var event struct {
			DetailType string `json:"detail-type"`
		}
		if err := json.Unmarshal(c.Event, &event); err != nil {
			t.Fatalf("%s: %v", c.File, err)
		}
		if event.DetailType == "" {
			continue // did not come by EventBridge
		}
		var got struct{ Reason answer.Reason }
		if c.ErrorType == "" {
			if err := json.Unmarshal([]byte(c.Answer), &got); err != nil {
				t.Fatalf("%s: the expected answer: %v", c.File, err)
			}
		}
		ours := got.Reason != answer.UnhandledEvent && got.Reason != answer.FailedCall
		if passed := routes[c.File] != nil; passed != ours {
			t.Errorf("%s: passed on by a rule: %t, something to do for the program: %t", c.File, passed, ours)
		}
	}
	var rows []string
	for file := range routes {
		rows = append(rows, file)
	}
	slices.Sort(rows)
	for _, problem := range difference("routes.json", rows, files) {
		t.Error(problem)
	}
}
