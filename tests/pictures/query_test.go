package main

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"log-group-kms/tests/alarms"
)

func TestAsk(t *testing.T) {
	at := time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)
	lines := []alarms.Line{
		{At: at, Fields: map[string]any{"level": "ERROR", "logGroup": "/b", "errorType": "Throttled", "words": "first"}},
		{At: at.Add(time.Minute), Fields: map[string]any{"level": "ERROR", "logGroup": "/b", "errorType": "Throttled", "words": "second"}},
		{At: at.Add(2 * time.Minute), Fields: map[string]any{"level": "ERROR", "logGroup": "/a", "errorType": "Conflict", "words": "third"}},
		{At: at.Add(3 * time.Minute), Fields: map[string]any{"level": "ERROR", "logGroup": "/c", "words": "no type"}},
		{At: at.Add(4 * time.Minute), Fields: map[string]any{"level": "INFO", "message": "associated", "logGroup": "/d", "attempts": 2.0}},
	}
	for query, want := range map[string][]string{
		`SOURCE 'x' | filter level = "ERROR" and ispresent(errorType) | stats count(*) as times, max(@timestamp) as last, latest(words) as words by logGroup, errorType | sort last desc | limit 5`: {
			"logGroup errorType times last words", "/a Conflict 1 2026-11-24 09:02:00 third", "/b Throttled 2 2026-11-24 09:01:00 second",
		},
		`fields @timestamp, logGroup, attempts | filter message in ["associated", "planned"]`: {"@timestamp logGroup attempts", "2026-11-24 09:04:00 /d 2"},
		`fields logGroup | filter level = "ERROR" | sort logGroup asc | limit 2`:              {"logGroup", "/a", "/b"},
	} {
		found, err := ask(query, lines)
		if err != nil {
			t.Errorf("%s: %v", query, err)
			continue
		}
		got := []string{strings.Join(found.columns, " ")}
		for _, one := range found.records {
			var texts []string
			for _, column := range found.columns {
				texts = append(texts, one.text(column))
			}
			got = append(got, strings.Join(texts, " "))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", query, diff)
		}
	}
	for _, query := range []string{`parse x`, `filter a like "b"`, `stats avg(a) as b by c`, `fields a | limit x`} {
		if _, err := ask(query, lines); err == nil {
			t.Errorf("%s: got no error; the picture would show what the query does not say", query)
		}
	}
}
