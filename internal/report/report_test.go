package report

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"log-group-kms/internal/answer"
	"log-group-kms/internal/metric"
	"log-group-kms/internal/sweep"
)

// newReporter makes a Reporter whose lines are read back by lines.
func newReporter() (r *Reporter, lines func(t *testing.T) []map[string]any) {
	var out bytes.Buffer
	r = &Reporter{Log: NewLogger(&out, "JSON", "INFO"), Metrics: metric.NewWriter(&out, "Ours")}
	return r, func(t *testing.T) []map[string]any {
		t.Helper()
		var list []map[string]any
		for text := range strings.Lines(out.String()) {
			var line map[string]any
			if err := json.Unmarshal([]byte(text), &line); err != nil {
				t.Fatalf("got a line that is not JSON: %s", text)
			}
			list = append(list, line)
		}
		return list
	}
}

// One warning for each key: with the date of its deletion, and what can still be
// done.
func TestKeysInDanger(t *testing.T) {
	r, lines := newReporter()
	date := time.Date(2026, 12, 2, 0, 0, 0, 0, time.UTC)
	const arn = "arn:aws:kms:eu-west-1:111122223333:key/6d5c0f2e-2d0e-4a3c-8a34-5a0f2c1d7e90"
	const second = "arn:aws:kms:eu-west-1:111122223333:key/0c93f6d8-45be-4a17-b2c0-8f1d7e5a9264"
	r.Sweep(t.Context(), sweep.Answer{
		Account: "111122223333", Region: "eu-west-1",
		InDanger: []sweep.UnusableKey{
			{KMSKeyARN: arn, KeyState: "PendingDeletion", DeletionDate: &date, LogGroups: 12, Examples: []string{"/a", "/b"}},
			{KMSKeyARN: second, KeyState: "Disabled", LogGroups: 1, Examples: []string{"/c"}},
		},
	}, "", false)
	var warnings []map[string]any
	for _, line := range lines(t) {
		if line["level"] == "WARN" {
			delete(line, "timestamp")
			warnings = append(warnings, line)
		}
	}
	want := []map[string]any{
		{
			"level": "WARN", "message": "log groups are under a key that cannot be used", "account": "111122223333", "region": "eu-west-1",
			"kmsKeyArn": arn, "keyState": "PendingDeletion", "deletionDate": "2026-12-02T00:00:00Z", "logGroups": 12.0, "examples": []any{"/a", "/b"},
			"remedy": "aws kms cancel-key-deletion --key-id " + arn + " --region eu-west-1 && aws kms enable-key --key-id " + arn + " --region eu-west-1",
		},
		{
			"level": "WARN", "message": "log groups are under a key that cannot be used", "account": "111122223333", "region": "eu-west-1",
			"kmsKeyArn": second, "keyState": "Disabled", "logGroups": 1.0, "examples": []any{"/c"}, "remedy": "aws kms enable-key --key-id " + second + " --region eu-west-1",
		},
	}
	if diff := cmp.Diff(want, warnings); diff != "" {
		t.Errorf("warnings (-want +got):\n%s", diff)
	}
}

// What a sweep of another account finds is measured under that account as well, so
// that a graph can show it; the counts of one call are not: each dimension's value
// is a metric of its own, and paid for.
func TestMetricsOfAnotherAccount(t *testing.T) {
	for _, elsewhere := range []bool{false, true} {
		r, lines := newReporter()
		r.Sweep(t.Context(), sweep.Answer{Account: "444455556666", Region: "eu-west-1", Total: &sweep.Total{LogGroups: 2}}, "", elsewhere)
		var got []any
		for _, line := range lines(t) {
			if root, ok := line["_aws"].(map[string]any); ok {
				for _, d := range root["CloudWatchMetrics"].([]any) {
					var names []string
					for _, m := range d.(map[string]any)["Metrics"].([]any) {
						names = append(names, m.(map[string]any)["Name"].(string))
					}
					got = append(got, d.(map[string]any)["Dimensions"], len(names))
				}
				if (line["Account"] == "444455556666") != elsewhere {
					t.Errorf("elsewhere %t: got Account %v in the line", elsewhere, line["Account"])
				}
			}
		}
		want := []any{[]any{[]any{"Service"}}, 14}
		if elsewhere {
			want = append(want, []any{[]any{"Service", "Account"}}, 6)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("elsewhere %t: dimensions and metrics (-want +got):\n%s", elsewhere, diff)
		}
	}
}

// The log shows what the answer's JSON shows, under the same keys.
func TestAttributesAreTheAnswersFields(t *testing.T) {
	seconds := 1.5
	a := answer.Answer{
		Outcome: answer.Associated, Reason: answer.Rule, LogGroup: "/app", Account: "111122223333", Region: "eu-west-1", KMSKeyARN: "k",
		PreviousKMSKeyARN: "p", Rule: "r", TagRejected: answer.Unusable, Attempts: 2, ExposureSeconds: &seconds, EventID: "e", KeyState: "Enabled",
	}
	text, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	var want map[string]any
	if err := json.Unmarshal(text, &want); err != nil {
		t.Fatal(err)
	}
	got := make(map[string]any)
	for _, attr := range attributes(a) {
		value := attr.Value.Any()
		if n, ok := value.(int64); ok {
			value = float64(n)
		}
		got[attr.Key] = value
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("attributes (-want +got):\n%s", diff)
	}
}

// An outcome without a metric would be counted under no name.
func TestEachOutcomeHasAMetric(t *testing.T) {
	for _, outcome := range answer.Outcomes() {
		if outcomes[outcome] == "" {
			t.Errorf("%s: got no metric that counts it", outcome)
		}
	}
}
