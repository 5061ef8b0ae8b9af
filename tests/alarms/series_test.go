package alarms

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func values(list ...float64) []Point {
	var points []Point
	for _, v := range list {
		if v < 0 {
			points = append(points, nil) // no data
			continue
		}
		points = append(points, &v)
	}
	return points
}

func TestMetricMath(t *testing.T) {
	series := map[string][]Point{"a": values(6, -1, 4), "b": values(2, 1, 0), "lost1": values(1, -1, -1), "lost2": values(2, -1, 5)}
	for expression, want := range map[string][]Point{
		"FILL(a, 0)":               values(6, 0, 4),
		"a / b":                    values(3, -1, -1), // 4 / 0 is no data
		"a / 2":                    values(3, -1, 2),
		`SUM(METRICS("lost"))`:     values(3, -1, 5),
		"SUM(METRICS())":           values(11, 1, 9),
		"MAX(METRICS())":           nil,
		"c / 60":                   nil,
		"a / c":                    nil,
		"FILL(a, REPEAT)":          nil,
		"SEARCH('{x}', 'Sum', 60)": nil,
	} {
		got, err := Evaluate(expression, series)
		if (err != nil) != (want == nil) {
			t.Errorf("%s: got the error %v", expression, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", expression, diff)
		}
	}
}

func TestMedian(t *testing.T) {
	for _, test := range []struct {
		values []float64
		want   float64
	}{{[]float64{9}, 9}, {[]float64{9, 1, 5}, 5}, {[]float64{4, 1, 3, 2}, 2}} {
		if got := aggregate(test.values, "p50"); got != test.want {
			t.Errorf("p50 of %v: got %v, want %v", test.values, got, test.want)
		}
	}
}

// What a condition leaves out does not ring, and the dashboard says so.
func TestLoadGoesByConditions(t *testing.T) {
	for _, test := range []struct {
		named  map[string]string
		alarms int
		has    []string
		not    []string
	}{
		{nil, 10, []string{"Sets keys.", `"OpenLogGroups"`, "lost3", `"LogGroupKms/keys"`}, []string{"DRY RUN", "lost5", "unsuccessful4", "${"}},
		{map[string]string{"CreateAlarms": "false", "DryRun": "true", "DriftEvents": "false"}, 0, []string{"DRY RUN", "nothing rings"}, []string{`"OpenLogGroups"`, "lost3"}},
		{map[string]string{"SweepAccounts": "210987654321"}, 10, []string{"unsuccessful4", "Open, by account"}, nil},
		{map[string]string{"CreateDashboard": "false"}, 10, nil, []string{"widgets"}},
	} {
		stack, err := Load(template, StackName, test.named)
		if err != nil {
			t.Fatal(err)
		}
		if len(stack.Alarms) != test.alarms {
			t.Errorf("%v: got %d alarms, want %d", test.named, len(stack.Alarms), test.alarms)
		}
		for _, text := range test.has {
			if !strings.Contains(stack.Dashboard, text) {
				t.Errorf("%v: the dashboard lacks %q", test.named, text)
			}
		}
		for _, text := range test.not {
			if strings.Contains(stack.Dashboard, text) {
				t.Errorf("%v: the dashboard has %q", test.named, text)
			}
		}
	}
}

func TestConditions(t *testing.T) {
	file := filepath.Join(t.TempDir(), "template.yaml")
	if err := os.WriteFile(file, []byte(`
Parameters:
  A: {Default: x}
Conditions:
  Yes: !Equals [!Ref A, x]
  No: !Not [!Condition Yes]
  Both: !And [!Condition Yes, !Condition No]
  Either: !Or [!Condition No, !Condition Yes]
Resources:
  Board:
    Type: AWS::CloudWatch::Dashboard
    Properties:
      DashboardBody: !Join [' ', [!If [Yes, yes, 'no'], !If [No, 'no', yes], !If [Both, both, !Ref AWS::NoValue], !If [Either, !Sub ['${V} of ${A}', {V: !GetAtt Board.Arn}], none]]]
`), 0o600); err != nil {
		t.Fatal(err)
	}
	stack, err := Load(file, StackName, nil)
	if want := "yes yes Board of x"; err != nil || stack.Dashboard != want {
		t.Errorf("got %q, %v, want %q", stack.Dashboard, err, want)
	}
}
