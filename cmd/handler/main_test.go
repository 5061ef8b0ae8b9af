package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"log-group-kms/internal/config"
)

// configure sets the environment of a test, on a machine that has an AWS
// configuration of its own.
func configure(t *testing.T, settings map[string]string) {
	t.Helper()
	for name, value := range map[string]string{
		"AWS_CONFIG_FILE": "/nonexistent", "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent", "AWS_CA_BUNDLE": "",
		"AWS_REGION": "eu-west-1", "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret",
	} {
		t.Setenv(name, value)
	}
	for name, value := range settings {
		t.Setenv(name, value)
	}
}

var quiet = slog.New(slog.DiscardHandler)

// Whoever invokes a function that does not start reads Lambda's report of it.
func TestReportInitError(t *testing.T) {
	type report struct {
		Method, Path, Type string
		Body               map[string]string
	}
	var got []report
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		one := report{Method: r.Method, Path: r.URL.Path, Type: r.Header.Get("Lambda-Runtime-Function-Error-Type")}
		if err := json.Unmarshal(text, &one.Body); err != nil {
			t.Errorf("got body %s: %v", text, err)
		}
		got = append(got, one)
		w.WriteHeader(http.StatusAccepted)
	}))
	defer server.Close()
	t.Setenv("AWS_LAMBDA_RUNTIME_API", strings.TrimPrefix(server.URL, "http://"))
	reportInitError(t.Context(), "the configuration has 1 fault:\n- DRY_RUN: \"yes\" is neither true nor false")
	want := []report{{"POST", "/2018-06-01/runtime/init/error", "InvalidConfiguration", map[string]string{
		"errorType":    "InvalidConfiguration",
		"errorMessage": "the configuration has 1 fault:\n- DRY_RUN: \"yes\" is neither true nor false",
	}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("reports (-want +got):\n%s", diff)
	}
}

// Where Lambda cannot be told, the process still ends.
func TestReportInitErrorToNobody(t *testing.T) {
	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()
	for _, api := range []string{"", strings.TrimPrefix(closed.URL, "http://"), "no host"} {
		t.Setenv("AWS_LAMBDA_RUNTIME_API", api)
		reportInitError(t.Context(), "cause")
	}
}

// What goes to Lambda and into the log is lines without control characters, and no
// more of them than one log event can hold.
func TestInitText(t *testing.T) {
	many := make([]string, 10_000)
	for i := range many {
		many[i] = "RULES_FILE rules.yaml line 7, rules[3] (a): the field is unknown"
	}
	for _, test := range []struct {
		name  string
		cause error
		want  string // how it begins
	}{
		{"faults", config.Faults{"A: a", "B: b"}, "the configuration has 2 faults:\n- A: a\n- B: b"},
		{"control characters", errors.New("loading: a\x7fb\u009b31m\r\nc"), "loading: a\ufffdb\ufffd31m \nc"},
		{"many faults", config.Faults(many), "the configuration has 10000 faults:\n- RULES_FILE"},
	} {
		got := initText(test.cause)
		if !strings.HasPrefix(got, test.want) || len(got) > 256<<10 {
			t.Errorf("%s: got %d bytes, %.200q, want %q", test.name, len(got), got, test.want)
		}
	}
}

// Every fault is listed with where it stands, not only the first.
func TestWireListsEveryFault(t *testing.T) {
	configure(t, map[string]string{
		"DEFAULT_KMS_KEY": "no key", "EXISTING_KEY": "leave", "DRY_RUN": "yes", "ASSOCIATE_RATE": "-1",
		"DESCRIBE_RATE": "fast", "EXCLUDE": "/a,,/b", "TAG_ALLOWED_KEYS": "key/*", "AWS_MAX_ATTEMPTS": "many",
		"RULES": `{"rules":[{"name":"a","logGroups":["/x"],"key":"alias/a","skip":true},{"name":"b","logGroup":["/y"],"key":"alias/b"}]}`,
	})
	_, err := wire(t.Context(), quiet)
	if err == nil {
		t.Fatal("got a function, want none")
	}
	for _, name := range []string{
		"DEFAULT_KMS_KEY", "EXISTING_KEY", "DRY_RUN", "ASSOCIATE_RATE", "DESCRIBE_RATE", "EXCLUDE",
		"TAG_ALLOWED_KEYS", "AWS_MAX_ATTEMPTS", "RULES",
	} {
		if !strings.Contains(err.Error(), "\n- "+name) {
			t.Errorf("got no fault of %s in:\n%v", name, err)
		}
	}
}

// A Region can come from elsewhere than AWS_REGION, and endpoints are made of it.
func TestWireRefusesABadRegion(t *testing.T) {
	for _, region := range []string{"", "here", "evil.example#"} {
		configure(t, map[string]string{"AWS_REGION": "", "AWS_DEFAULT_REGION": region})
		if _, err := wire(t.Context(), quiet); err == nil || !strings.Contains(err.Error(), "- AWS_REGION: "+strconv.Quote(region)) {
			t.Errorf("AWS_DEFAULT_REGION=%s: got %v, want a fault of the Region", region, err)
		}
	}
}

func TestWireRefusesABadSDKSetting(t *testing.T) {
	configure(t, map[string]string{"AWS_RETRY_MODE": "stubborn"})
	if _, err := wire(t.Context(), quiet); err == nil || !strings.Contains(err.Error(), "loading the AWS SDK's configuration") {
		t.Errorf("got %v, want the SDK's complaint", err)
	}
}

// canceled is a context in which nobody is asked anything.
func canceled(t *testing.T) context.Context {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx
}

// The function is whole, also without any setting, and answers what costs no
// request.
func TestWire(t *testing.T) {
	configure(t, map[string]string{"DRY_RUN": "true"})
	function, err := wire(t.Context(), quiet)
	if err != nil {
		t.Fatal(err)
	}
	if function.Encrypter == nil || function.Sweeper == nil || function.Home == nil || function.Reporter == nil || !function.DryRun {
		t.Errorf("got %+v, want it whole and dry", function)
	}
	if home, _ := function.Home(canceled(t)); home.Region != "eu-west-1" {
		t.Errorf("got home %+v, want Region eu-west-1", home)
	}
}

// A rules file stands in the deployment package, wherever Lambda has put that.
func TestRulesFile(t *testing.T) {
	folder := t.TempDir()
	const rules = "rules:\n- {name: a, logGroups: [/x], key: alias/a}\n"
	file := filepath.Join(folder, "rules.yaml")
	if err := os.WriteFile(file, []byte(rules), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ root, name string }{{folder, "rules.yaml"}, {"/nonexistent", file}} {
		configure(t, map[string]string{"LAMBDA_TASK_ROOT": test.root, "RULES_FILE": test.name})
		if _, err := wire(t.Context(), quiet); err != nil {
			t.Errorf("%s in %s: %v", test.name, test.root, err)
		}
	}
	configure(t, map[string]string{"LAMBDA_TASK_ROOT": folder, "RULES_FILE": "none.yaml"})
	if _, err := wire(t.Context(), quiet); err == nil || !strings.Contains(err.Error(), "RULES_FILE") {
		t.Errorf("got %v, want a fault of RULES_FILE", err)
	}
}
