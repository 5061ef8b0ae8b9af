// Package alarms evaluates CloudWatch alarms as CloudWatch does, so that the
// template's alarms can be tried on what the function really writes
// (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html).
package alarms

import (
	"slices"
	"time"
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

// Sample is one value of a metric.
type Sample struct {
	At    time.Time
	Value float64
}

// Points puts samples into periods, the last of which ends at end, by a statistic:
// Sum, Maximum, Minimum, Average or SampleCount.
func Points(samples []Sample, statistic string, period time.Duration, end time.Time, count int) []Point {
	points := make([]Point, count)
	for i := range points {
		from := end.Add(-period * time.Duration(count-i))
		var values []float64
		for _, s := range samples {
			if !s.At.Before(from) && s.At.Before(from.Add(period)) {
				values = append(values, s.Value)
			}
		}
		if len(values) > 0 {
			value := aggregate(values, statistic)
			points[i] = &value
		}
	}
	return points
}

func aggregate(values []float64, statistic string) float64 {
	sum := 0.0
	for _, v := range values {
		sum += v
	}
	switch statistic {
	case "Sum":
		return sum
	case "Maximum":
		return slices.Max(values)
	case "Minimum":
		return slices.Min(values)
	case "SampleCount":
		return float64(len(values))
	}
	return sum / float64(len(values))
}

// Fill is metric math's FILL(points, value): every period has data.
func Fill(points []Point, value float64) []Point {
	filled := slices.Clone(points)
	for i, p := range filled {
		if p == nil {
			filled[i] = &value
		}
	}
	return filled
}

// Add is metric math's sum of several metrics: a period has data where one of them
// has.
func Add(series ...[]Point) []Point {
	var total []Point
	for _, points := range series {
		if total == nil {
			total = make([]Point, len(points))
		}
		for i, p := range points {
			if p == nil {
				continue
			}
			sum := *p
			if total[i] != nil {
				sum += *total[i]
			}
			total[i] = &sum
		}
	}
	return total
}
