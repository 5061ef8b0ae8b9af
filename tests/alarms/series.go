package alarms

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Sample is one value of a metric.
type Sample struct {
	At    time.Time
	Value float64
}

// Points puts samples into periods, the last of which ends at end, by a statistic:
// Sum, Maximum, Minimum, Average, SampleCount or p50.
func Points(samples []Sample, statistic string, period time.Duration, end time.Time, count int) []Point {
	values := make([][]float64, count)
	start := end.Add(-period * time.Duration(count))
	for _, s := range samples {
		if !s.At.Before(start) && s.At.Before(end) {
			i := int(s.At.Sub(start) / period)
			values[i] = append(values[i], s.Value)
		}
	}
	points := make([]Point, count)
	for i := range points {
		if len(values[i]) > 0 {
			value := aggregate(values[i], statistic)
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
	case "p50":
		slices.Sort(values)
		return values[(len(values)-1)/2]
	}
	return sum / float64(len(values))
}

// The forms of metric math that the template uses.
var (
	filled    = regexp.MustCompile(`^FILL\((\w+), (\d+)\)$`)
	quotient  = regexp.MustCompile(`^(\w+) / (\w+)$`)
	sumOfSome = regexp.MustCompile(`^SUM\(METRICS\((?:"(\w+)")?\)\)$`)
)

// Evaluate carries metric math out: FILL(a, 0), a / b, a / 60, SUM(METRICS()) and
// SUM(METRICS("beginning of the ID")). series are by ID.
func Evaluate(expression string, series map[string][]Point) ([]Point, error) {
	if m := filled.FindStringSubmatch(expression); m != nil && series[m[1]] != nil {
		value, err := strconv.ParseFloat(m[2], 64)
		return Fill(series[m[1]], value), err
	}
	if m := quotient.FindStringSubmatch(expression); m != nil && series[m[1]] != nil {
		by := series[m[2]]
		if value, err := strconv.ParseFloat(m[2], 64); err == nil {
			by = slices.Repeat([]Point{&value}, len(series[m[1]]))
		}
		if by != nil {
			return divide(series[m[1]], by), nil
		}
	}
	if m := sumOfSome.FindStringSubmatch(expression); m != nil {
		var all [][]Point
		for id, points := range series {
			if strings.HasPrefix(id, m[1]) {
				all = append(all, points)
			}
		}
		return Add(all...), nil
	}
	return nil, fmt.Errorf("no way to evaluate %q", expression)
}

// divide is metric math's quotient: no data where there is nothing to divide by.
func divide(points, by []Point) []Point {
	quotients := make([]Point, len(points))
	for i, p := range points {
		if p != nil && by[i] != nil && *by[i] != 0 {
			value := *p / *by[i]
			quotients[i] = &value
		}
	}
	return quotients
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
