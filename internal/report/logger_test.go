package report_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/lambdacontext"
	"github.com/google/go-cmp/cmp"

	"log-group-kms/internal/report"
)

// invocation is a context as the runtime gives it.
func invocation() context.Context {
	return lambdacontext.NewContext(context.Background(), &lambdacontext.LambdaContext{AwsRequestID: "8476a536"})
}

// line reads one JSON log line and takes its time away, once that is one that
// Lambda can read.
func line(t *testing.T, text string) map[string]any {
	t.Helper()
	var got map[string]any
	if err := json.Unmarshal([]byte(text), &got); err != nil {
		t.Fatalf("got %q, want a line of JSON: %v", text, err)
	}
	when, _ := got["timestamp"].(string)
	if _, err := time.Parse(time.RFC3339, when); err != nil {
		t.Errorf("timestamp: got %v, want one of RFC 3339; Lambda would not filter the line by its level", got["timestamp"])
	}
	delete(got, "timestamp")
	return got
}

// Lambda sets the format only where the function's logging is configured; JSON
// is what is promised in every other case.
func TestLoggerFormat(t *testing.T) {
	want := map[string]any{"level": "INFO", "message": "log group associated", "requestId": "8476a536", "logGroup": "/app", "attempts": 2.0}
	for _, format := range []string{"", "JSON", "json", "XML"} {
		var out bytes.Buffer
		report.NewLogger(&out, format, "").InfoContext(invocation(), "log group associated", "logGroup", "/app", "attempts", 2)
		if diff := cmp.Diff(want, line(t, out.String())); diff != "" {
			t.Errorf("format %q (-want +got):\n%s", format, diff)
		}
	}
	for _, format := range []string{"Text", "TEXT", "text"} {
		var out bytes.Buffer
		report.NewLogger(&out, format, "").InfoContext(invocation(), "log group associated", "logGroup", "/app")
		text := out.String()
		for _, part := range []string{"timestamp=", "level=INFO", `message="log group associated"`, "logGroup=/app", "requestId=8476a536"} {
			if !strings.Contains(text, part) {
				t.Errorf("format %q: got %q, want it to hold %q", format, text, part)
			}
		}
		if json.Valid(out.Bytes()) {
			t.Errorf("format %q: got JSON %q, want text", format, text)
		}
	}
}

func TestLoggerLevel(t *testing.T) {
	tests := []struct {
		level string
		want  string // levels that come through
	}{
		{"", "INFO WARN ERROR"},
		{"TRACE", "DEBUG INFO WARN ERROR"},
		{"DEBUG", "DEBUG INFO WARN ERROR"},
		{"debug", "DEBUG INFO WARN ERROR"},
		{"INFO", "INFO WARN ERROR"},
		{"WARN", "WARN ERROR"},
		{"ERROR", "ERROR"},
		{"FATAL", ""},
		{"LOUD", "INFO WARN ERROR"}, // what nobody knows must not silence errors
	}
	for _, tt := range tests {
		t.Run(tt.level, func(t *testing.T) {
			var out bytes.Buffer
			log := report.NewLogger(&out, "JSON", tt.level)
			for _, level := range []slog.Level{slog.LevelDebug, slog.LevelInfo, slog.LevelWarn, slog.LevelError} {
				log.Log(context.Background(), level, "x")
			}
			var got []string
			for text := range strings.Lines(out.String()) {
				got = append(got, line(t, text)["level"].(string))
			}
			if diff := cmp.Diff(strings.Fields(tt.want), got); diff != "" && len(got)+len(tt.want) > 0 {
				t.Errorf("AWS_LAMBDA_LOG_LEVEL=%s (-want +got):\n%s", tt.level, diff)
			}
		})
	}
}

// At init there is no invocation, and no ID to show.
func TestLoggerOutsideOfAnInvocation(t *testing.T) {
	var out bytes.Buffer
	report.NewLogger(&out, "", "").ErrorContext(context.Background(), "the function does not start")
	want := map[string]any{"level": "ERROR", "message": "the function does not start"}
	if diff := cmp.Diff(want, line(t, out.String())); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// A logger made of another one is still the function's: a line without its
// request ID cannot be found by it.
func TestDerivedLoggerKeepsRequestID(t *testing.T) {
	var out bytes.Buffer
	report.NewLogger(&out, "", "").With("account", "111122223333").InfoContext(invocation(), "x")
	want := map[string]any{"level": "INFO", "message": "x", "account": "111122223333", "requestId": "8476a536"}
	if diff := cmp.Diff(want, line(t, out.String())); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
