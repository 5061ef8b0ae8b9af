package metric_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"log-group-kms/internal/metric"
)

// decode reads one line into what a JSON reader sees.
func decode(t *testing.T, line string) map[string]any {
	t.Helper()
	var got map[string]any
	if err := json.Unmarshal([]byte(line), &got); err != nil {
		t.Fatalf("got the line %q, want a JSON object: %v", line, err)
	}
	return got
}

// CloudWatch drops a line that is not to the letter of its format, without a
// word. The line is therefore written out here.
func TestGoldenLine(t *testing.T) {
	const want = `{
		"_aws": {
			"Timestamp": 946684800000,
			"CloudWatchMetrics": [{
				"Namespace": "LogGroupKms",
				"Dimensions": [["Service"]],
				"Metrics": [
					{"Name": "Associated", "Unit": "Count"},
					{"Name": "Attempts", "Unit": "Count"},
					{"Name": "ExposureSeconds", "Unit": "Seconds"},
					{"Name": "CoveragePercent", "Unit": "Percent"}
				]
			}]
		},
		"Service": "log-group-kms",
		"Associated": 1, "Attempts": 2, "ExposureSeconds": 14.25, "CoveragePercent": 0,
		"reason": "rule", "logGroup": "/app/<orders>"
	}`
	var out bytes.Buffer
	synctest.Test(t, func(t *testing.T) { // its clock stands at the beginning of the year 2000
		err := metric.NewWriter(&out, "LogGroupKms").Write([]metric.Value{
			{Name: metric.Associated, Value: 1}, {Name: metric.Attempts, Value: 2},
			{Name: metric.ExposureSeconds, Value: 14.25}, {Name: metric.CoveragePercent, Value: 0},
		}, map[string]string{"reason": "rule", "logGroup": "/app/<orders>", "errorType": "", "account": ""}, "")
		if err != nil {
			t.Fatal(err)
		}
	})
	line, ok := strings.CutSuffix(out.String(), "\n")
	if !ok || strings.Contains(line, "\n") {
		t.Errorf("got %q, want one whole line; CloudWatch Logs would make several events of it", out.String())
	}
	if diff := cmp.Diff(decode(t, want), decode(t, line)); diff != "" {
		t.Errorf("CloudWatch would drop the line or count something else (-want +got):\n%s", diff)
	}
}

// Dashboards and alarms hang on these names and units.
func TestNamesAndUnits(t *testing.T) {
	units := map[metric.Name]string{
		"Associated": "Count", "Planned": "Count", "Unchanged": "Count", "Skipped": "Count", "Gone": "Count", "Failed": "Count",
		"TagRejected": "Count", "Attempts": "Count", "ExposureSeconds": "Seconds",
		"LogGroups": "Count", "LogGroupsEncrypted": "Count", "CoveragePercent": "Percent",
	}
	for _, name := range []metric.Name{
		metric.Associated, metric.Planned, metric.Unchanged, metric.Skipped, metric.Gone, metric.Failed, metric.TagRejected,
		metric.Attempts, metric.ExposureSeconds, metric.LogGroups, metric.LogGroupsEncrypted, metric.CoveragePercent,
	} {
		want, known := units[name]
		if !known {
			t.Errorf("got the metric %q, want one of those that are promised", name)
			continue
		}
		var out bytes.Buffer
		if err := metric.NewWriter(&out, "N").Write([]metric.Value{{Name: name, Value: 3}}, nil, ""); err != nil {
			t.Fatal(err)
		}
		line := decode(t, out.String())
		if got := line[string(name)]; got != 3.0 {
			t.Errorf("%s: got the root member %v, want the number 3", name, got)
		}
		if got := `"Metrics":[{"Name":"` + string(name) + `","Unit":"` + want + `"}]`; !strings.Contains(out.String(), got) {
			t.Errorf("%s: got %s, want it to hold %s", name, out.String(), got)
		}
	}
}

// With several invocations in one process, lines must not run into each other.
// The writer below takes each Write apart, as a pipe may.
func TestConcurrentLines(t *testing.T) {
	const writers, lines = 8, 50
	out := &slowly{}
	w := metric.NewWriter(out, "LogGroupKms")
	var group sync.WaitGroup
	for range writers {
		group.Go(func() {
			for range lines {
				if err := w.Write([]metric.Value{{Name: metric.Skipped, Value: 1}}, map[string]string{"logGroup": strings.Repeat("x", 200)}, ""); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	got := strings.Split(strings.TrimSuffix(string(out.text), "\n"), "\n")
	if len(got) != writers*lines {
		t.Fatalf("got %d lines, want %d; metrics would be lost", len(got), writers*lines)
	}
	for _, line := range got {
		if decode(t, line)["Skipped"] != 1.0 {
			t.Errorf("got the line %q, want a whole one", line)
		}
	}
}

// slowly takes one byte at a time. It has no lock: the race detector tells
// whether two come at once.
type slowly struct{ text []byte }

func (s *slowly) Write(p []byte) (int, error) {
	for i := range p {
		s.text = append(s.text, p[i:i+1]...)
	}
	return len(p), nil
}

type broken struct{ err error }

func (b broken) Write([]byte) (int, error) { return 0, b.err }

func TestWhatCannotBeWritten(t *testing.T) {
	cause := errors.New("broken pipe")
	err := metric.NewWriter(broken{cause}, "N").Write([]metric.Value{{Name: metric.Failed, Value: 1}}, nil, "")
	if !errors.Is(err, cause) {
		t.Errorf("got %v, want the cause %v; lost metrics would go unnoticed", err, cause)
	}
	var out bytes.Buffer
	if err := metric.NewWriter(&out, "N").Write([]metric.Value{{Name: metric.CoveragePercent, Value: math.NaN()}}, nil, ""); err == nil || out.Len() > 0 {
		t.Errorf("not a number: got %q, %v, want an error and no half line", out.String(), err)
	}
}
