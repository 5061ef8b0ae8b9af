// Package alarms evaluates CloudWatch alarms as CloudWatch does, so that the
// template's alarms can be tried on what the function really writes
// (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html).
package alarms

import (
	"slices"
)

// State is an alarm's.
type State string

// The states.
const (
	OK               State = "OK"
	Alarm            State = "ALARM"
	InsufficientData State = "INSUFFICIENT_DATA"
)

// Missing says how periods without data count.
type Missing string

// The values of TreatMissingData.
const (
	AsBreaching    Missing = "breaching"
	AsNotBreaching Missing = "notBreaching"
	Ignored        Missing = "ignore"
	AsMissing      Missing = "missing"
)

// Point is a period's value; nil where it has no data.
type Point *float64

// Rule is how an alarm judges its points.
type Rule struct {
	Breaches          func(value float64) bool
	EvaluationPeriods int
	DatapointsToAlarm int
	TreatMissingData  Missing
}

// extraPoints is how many periods CloudWatch looks at beyond the evaluation periods.
// Its tables show two for three periods, and say no more than that there are some.
const extraPoints = 2

// Evaluate gives the state after the last of the points, which are in order of time.
func (r Rule) Evaluate(points []Point, before State) State {
	if most := r.EvaluationPeriods + extraPoints; len(points) > most {
		points = points[len(points)-most:]
	}
	var breaching []bool // of the points that have data
	for _, p := range points {
		if p != nil {
			breaching = append(breaching, r.Breaches(*p))
		}
	}
	// With enough data, older points stand in for those that are missing, and how
	// missing data counts does not matter.
	if len(breaching) >= r.EvaluationPeriods {
		return r.judge(breaching[len(breaching)-r.EvaluationPeriods:])
	}
	missing := r.EvaluationPeriods - len(breaching)
	switch r.TreatMissingData {
	case AsBreaching, AsNotBreaching:
		return r.judge(append(breaching, slices.Repeat([]bool{r.TreatMissingData == AsBreaching}, missing)...))
	case Ignored:
		if len(breaching) == 0 || slices.Contains(breaching, true) && r.judge(breaching) == OK {
			return before
		}
		return r.judge(breaching)
	}
	if len(breaching) == 0 {
		return InsufficientData
	}
	if !slices.Contains(breaching, false) {
		return Alarm // all that there is breaches
	}
	return r.judge(breaching)
}

// judge counts.
func (r Rule) judge(breaching []bool) State {
	n := 0
	for _, b := range breaching {
		if b {
			n++
		}
	}
	if n >= r.DatapointsToAlarm {
		return Alarm
	}
	return OK
}
