package tests

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"log-group-kms/internal/awsfake"
	"log-group-kms/tests/golden"
)

// output is what a function wrote to standard output, told apart.
type output struct {
	logs    []object
	metrics []object
}

// read reads standard output, every line of which has to be a log line or a
// metric line.
func (s *setup) read() output {
	s.Helper()
	var o output
	for _, line := range s.function.Lines() {
		var members object
		if err := json.Unmarshal([]byte(line), &members); err != nil {
			s.Errorf("got the line %q, want JSON", line)
			continue
		}
		if members["_aws"] != nil {
			o.metrics = append(o.metrics, members)
			continue
		}
		o.logs = append(o.logs, members)
		at, _ := members["timestamp"].(string)
		if _, err := time.Parse(time.RFC3339, at); err != nil || members["level"] == nil || members["message"] == nil {
			s.Errorf("got the line %q, want timestamp (RFC 3339), level and message", line)
		}
	}
	return o
}

// of returns the log lines about one log group.
func (o output) of(logGroup string) []object {
	return slices.DeleteFunc(slices.Clone(o.logs), func(l object) bool { return l["logGroup"] != logGroup })
}

// levels counts the lines of each level.
func levels(lines []object) map[string]int {
	count := map[string]int{}
	for _, l := range lines {
		count[l["level"].(string)]++
	}
	return count
}

// TestLogLines wants one line for each log group acted on, at the level of its
// outcome, and with the answer's members as fields.
func TestLogLines(t *testing.T) {
	tag := map[string]string{"kms-key": "alias/none-such"}
	cases := []struct {
		name, event string
		settings    []string
		want        map[string]int
		fields      object
	}{
		{"associated", created("/app/new"), nil, map[string]int{"INFO": 1},
			object{"outcome": "associated", "reason": "default", "kmsKeyArn": golden.DefaultKey, "attempts": 1.0, "eventId": eventID, "account": account, "region": region}},
		{"by a rule", created("/app/new"), []string{rules(`{"name":"by-name","logGroups":["/app/*"],"key":"alias/gateway"}`)}, map[string]int{"INFO": 1},
			object{"outcome": "associated", "reason": "rule", "rule": "by-name", "kmsKeyArn": golden.GatewayKey}},
		{"planned", command("/app/new", `"dryRun":true`), nil, map[string]int{"INFO": 1}, object{"outcome": "planned", "dryRun": true}},
		{"unchanged", command("/app/ledger"), nil, map[string]int{"INFO": 1}, object{"outcome": "unchanged", "reason": "existing-key-kept"}},
		{"skipped", created("/tmp/x"), nil, map[string]int{"INFO": 1}, object{"outcome": "skipped", "reason": "excluded"}},
		{"gone", command("/app/never"), nil, map[string]int{"INFO": 1}, object{"outcome": "gone", "reason": "log-group-not-found"}},
		{"tag rejected", created("/app/new", tagged(tag)), nil, map[string]int{"INFO": 1, "WARN": 1}, object{"tagRejected": "unusable"}},
		{"failed", command("/app/archive"), nil, map[string]int{"ERROR": 1}, object{"errorType": "KeyUnusable", "account": account, "region": region}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := start(t, world(), c.settings...)
			s.invoke(c.event)
			logs := s.read().logs
			s.equal("lines of each level", levels(logs), c.want)
			for name, value := range c.fields {
				for _, l := range logs {
					if l["level"] != "WARN" || name == "tagRejected" {
						s.equal(name+" at "+l["level"].(string), l[name], value)
					}
				}
			}
		})
	}
}

// TestRejectedTagLine holds the key that was rejected: whoever is warned has to
// learn which tag to mend.
func TestRejectedTagLine(t *testing.T) {
	foreign := awsfake.KeyARN(otherAccount, region, "6d5c0f2e-2d0e-4a3c-8a34-5a0f2c1d7e90")
	for _, key := range []string{foreign, "alias/none-such", "no key at all", "alias/archive"} {
		t.Run(key, func(t *testing.T) {
			t.Parallel()
			s := start(t, world())
			s.does(created("/app/new", tagged(map[string]string{"kms-key": key})))
			warnings := 0
			for _, line := range s.read().of("/app/new") {
				if line["level"] == "WARN" {
					warnings++
					mentions(t, toJSON(line["cause"]), key)
				}
			}
			s.equal("warnings", warnings, 1)
		})
	}
}

// TestScheduleLine warns whoever made a schedule and gave it no input: it fires, it
// succeeds, and it sweeps nothing.
func TestScheduleLine(t *testing.T) {
	t.Parallel()
	s := start(t, world())
	for _, event := range []string{
		`{"detail-type":"Scheduled Event","source":"aws.scheduler","account":"` + account + `","region":"` + region + `","detail":"{}"}`,
		`{"detail-type":"Scheduled Event","source":"aws.events","account":"` + account + `","region":"` + region + `","detail":{}}`,
		happened("CreateBucket", object{}, around("source", "aws.s3"), with("eventSource", "s3.amazonaws.com")), // nothing to warn about
	} {
		s.equal("answer", s.outcomeOf(event), "skipped/unhandled-event")
	}
	lines := s.read().logs
	s.equal("levels", levels(lines), map[string]int{"WARN": 2, "INFO": 3})
	for _, line := range lines {
		if line["level"] == "WARN" {
			mentions(t, toJSON(line["cause"]), "schedule", `action`, `sweep`)
		}
	}
	s.equal("AWS requests", len(s.world.Calls()), 0)
}

// TestErrorLine holds the whole message: whoever reads the log does not see what
// Lambda was answered.
func TestErrorLine(t *testing.T) {
	t.Parallel()
	s := start(t, world())
	message := s.fails("KeyUnusable", command("/app/archive")).ErrorMessage
	lines := s.read().of("/app/archive")
	if len(lines) != 1 {
		t.Fatalf("lines about the log group: got %d, want 1", len(lines))
	}
	s.equal("errorMessage", lines[0]["errorMessage"], any(message))
}

// TestMetrics has the metrics of each outcome, in Embedded Metric Format.
func TestMetrics(t *testing.T) {
	cases := []struct {
		name, event string
		metrics     []string
		properties  object
	}{
		{"associated", created("/app/new"), []string{"Associated", "Attempts", "ExposureSeconds"}, object{"reason": "default", "Associated": 1.0, "Attempts": 1.0}},
		{"associated by command", command("/app/new"), []string{"Associated", "Attempts"}, object{"reason": "default"}},
		{"planned", command("/app/new", `"dryRun":true`), []string{"Planned"}, object{"Planned": 1.0}},
		{"unchanged", command("/app/ledger"), []string{"Unchanged"}, object{"reason": "existing-key-kept", "Unchanged": 1.0}},
		{"skipped", created("/tmp/x"), []string{"Skipped"}, object{"reason": "excluded", "Skipped": 1.0}},
		{"gone", command("/app/never"), []string{"Gone"}, object{"reason": "log-group-not-found", "Gone": 1.0}},
		{"failed", command("/app/archive"), []string{"Failed"}, object{"errorType": "KeyUnusable", "Failed": 1.0}},
		{"tag rejected", created("/app/new", tagged(map[string]string{"kms-key": "alias/none-such"})), []string{"Associated", "Attempts", "ExposureSeconds", "TagRejected"}, object{"TagRejected": 1.0}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := start(t, world(), "METRICS_NAMESPACE=Some/Space_1")
			s.invoke(c.event)
			var names []string
			for _, m := range s.read().metrics {
				names = append(names, s.embedded(m, "Some/Space_1")...)
				for name, want := range c.properties {
					if got, ok := m[name]; ok {
						s.equal(name, got, want)
					} else if name == "reason" || name == "errorType" {
						t.Errorf("got no property %s, want %v", name, want)
					}
				}
			}
			slices.Sort(names)
			// A metric that is 0 may be written or left out, but for those of the case.
			names = slices.DeleteFunc(names, func(n string) bool { return n == "Attempts" && !slices.Contains(c.metrics, n) })
			s.equal("metrics", names, c.metrics)
		})
	}
}

// embedded checks one metric line and returns the metrics with a value in it. A
// line that CloudWatch cannot take is dropped there without a word.
func (s *setup) embedded(m object, namespace string) []string {
	s.Helper()
	root, _ := m["_aws"].(object)
	at, _ := root["Timestamp"].(float64)
	if age := time.Since(time.UnixMilli(int64(at))); age < -time.Minute || age > time.Hour {
		s.Errorf("_aws.Timestamp: got %v, want now in milliseconds", root["Timestamp"])
	}
	if service, ok := m["Service"].(string); !ok || service == "" {
		s.Errorf("Service: got %v, want a string", m["Service"])
	}
	var names []string
	for _, d := range root["CloudWatchMetrics"].([]any) {
		directive := d.(object)
		s.equal("namespace", directive["Namespace"], any(namespace))
		s.equal("dimensions", directive["Dimensions"], any([]any{[]any{"Service"}}))
		for _, metric := range directive["Metrics"].([]any) {
			name := metric.(object)["Name"].(string)
			unit := "Count"
			if name == "ExposureSeconds" {
				unit = "Seconds"
			} else if name == "CoveragePercent" {
				unit = "Percent"
			}
			s.equal("unit of "+name, metric.(object)["Unit"], any(unit))
			value, ok := m[name].(float64)
			if !ok {
				s.Errorf("%s: got %v, want a number", name, m[name])
			}
			if value != 0 {
				names = append(names, name)
			}
		}
	}
	if m["level"] != nil {
		s.Errorf("got level %v on a metric line, want none", m["level"])
	}
	return names
}

// TestLogFormatAndLevel follows Lambda's variables. The metrics survive each of
// them.
func TestLogFormatAndLevel(t *testing.T) {
	cases := []struct {
		name     string
		settings []string
		lines    map[string]bool // of an associated, a rejected and a failed one
	}{
		{"INFO", []string{"AWS_LAMBDA_LOG_LEVEL=INFO"}, map[string]bool{"INFO": true, "WARN": true, "ERROR": true}},
		{"WARN", []string{"AWS_LAMBDA_LOG_LEVEL=WARN"}, map[string]bool{"WARN": true, "ERROR": true}},
		{"ERROR", []string{"AWS_LAMBDA_LOG_LEVEL=ERROR"}, map[string]bool{"ERROR": true}},
		{"FATAL", []string{"AWS_LAMBDA_LOG_LEVEL=FATAL"}, map[string]bool{}},
		{"DEBUG", []string{"AWS_LAMBDA_LOG_LEVEL=DEBUG"}, map[string]bool{"INFO": true, "WARN": true, "ERROR": true}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := start(t, world(), append(c.settings, "ASSOCIATE_RATE=0")...)
			s.does(created("/app/new", tagged(map[string]string{"kms-key": "alias/none-such"})))
			s.fails("KeyUnusable", command("/app/archive"))
			o := s.read()
			got := map[string]bool{}
			for _, l := range slices.Sorted(maps.Keys(levels(o.logs))) {
				if l != "DEBUG" {
					got[l] = true
				}
			}
			s.equal("levels", got, c.lines)
			if len(o.metrics) < 2 {
				t.Errorf("got %d metric lines, want one for each event", len(o.metrics))
			}
		})
	}
	t.Run("Text", func(t *testing.T) {
		t.Parallel()
		s := start(t, world(), "AWS_LAMBDA_LOG_FORMAT=Text")
		s.does(created("/app/new"))
		metrics, texts := 0, 0
		for _, line := range s.function.Lines() {
			if json.Valid([]byte(line)) {
				mentions(t, line, "_aws", "Associated")
				metrics++
			} else if strings.Contains(line, "/app/new") {
				mentions(t, line, "associated", golden.DefaultKey)
				texts++
			}
		}
		s.equal("metric lines and text lines about the log group", []int{metrics, texts}, []int{1, 1})
	})
}

// TestNothingConfidential looks for what must not be in any output: tag values,
// the environment, the event.
func TestNothingConfidential(t *testing.T) {
	t.Parallel()
	secret := map[string]string{"owner": "tag-value-of-somebody", "kms-key": "alias/none-such"}
	w := world()
	newGroup(w, "/app/secret", "", secret)
	newGroup(w, "/app/archive/secret", "", secret)
	w.Inject(awsfake.Fault{Operation: "AssociateKmsKey", Resource: "/app/new", Kind: awsfake.AccessDeniedIAM})
	s := start(t, w, "AWS_LAMBDA_LOG_LEVEL=DEBUG", "SOME_SECRET=value-of-a-variable", "ASSOCIATE_RATE=0", "DESCRIBE_RATE=0", "AWS_MAX_ATTEMPTS=2")
	for _, event := range []string{
		created("/app/secret", tagged(secret)), command("/app/archive/secret"), created("/app/new", tagged(secret)),
		batch("tag-value-of-somebody"), `{"owner":"tag-value-of-somebody"}`, sweepCommand(),
	} {
		omits(t, string(s.invoke(event).Payload), "tag-value-of-somebody", "value-of-a-variable")
	}
	omits(t, s.function.Stdout()+s.function.Stderr(), "tag-value-of-somebody", "value-of-a-variable",
		"AROAEXAMPLE", "ASIAEXAMPLE", "wJalrXUtnFEMI", "AKIAIOSFODNN7EXAMPLE")
}
