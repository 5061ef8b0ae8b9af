package alarms

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// read makes points of CloudWatch's own notation: 0 is a good point, X breaches, -
// is missing.
func read(notation string) []Point {
	var points []Point
	for _, c := range notation {
		switch c {
		case '0', 'X':
			value := map[rune]float64{'0': 0, 'X': 1}[c]
			points = append(points, &value)
		case '-':
			points = append(points, nil)
		}
	}
	return points
}

// The tables of CloudWatch's documentation. "retain" is the state before.
func TestDocumentedTables(t *testing.T) {
	const retain State = "retain"
	for _, test := range []struct {
		points                                      string
		m, n                                        int
		asMissing, ignored, breaching, notBreaching State
	}{
		{"0 - X - X", 3, 3, OK, OK, OK, OK},
		{"0 - - - -", 3, 3, OK, OK, OK, OK},
		{"- - - - -", 3, 3, InsufficientData, retain, Alarm, OK},
		{"0 X X - X", 3, 3, Alarm, Alarm, Alarm, Alarm},
		{"- - X - -", 3, 3, Alarm, retain, Alarm, OK},
		{"0 - X - X", 2, 3, Alarm, Alarm, Alarm, Alarm},
		{"0 0 X 0 X", 2, 3, Alarm, Alarm, Alarm, Alarm},
		{"0 - - - -", 2, 3, OK, OK, Alarm, OK},
	} {
		for treat, want := range map[Missing]State{AsMissing: test.asMissing, Ignored: test.ignored, AsBreaching: test.breaching, AsNotBreaching: test.notBreaching} {
			rule := Rule{func(v float64) bool { return v >= 1 }, test.n, test.m, treat}
			if got := rule.Evaluate(read(test.points), retain); got != want {
				t.Errorf("%s, %d of %d, %s: got %s, want %s", test.points, test.m, test.n, treat, got, want)
			}
		}
	}
}

func TestPoints(t *testing.T) {
	start := time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)
	samples := []Sample{{start.Add(time.Minute), 1}, {start.Add(59 * time.Minute), 3}, {start.Add(2 * time.Hour), 5}}
	for statistic, want := range map[string][3]float64{"Sum": {4, -1, 5}, "Maximum": {3, -1, 5}, "Minimum": {1, -1, 5}, "Average": {2, -1, 5}, "SampleCount": {2, -1, 1}} {
		var got [3]float64
		for i, p := range Points(samples, statistic, time.Hour, start.Add(3*time.Hour), 3) {
			got[i] = -1
			if p != nil {
				got[i] = *p
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", statistic, diff)
		}
	}
}
