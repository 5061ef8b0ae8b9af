package main

import (
	"errors"
	"fmt"
	"time"

	"log-group-kms/tests/alarms"
)

// series is a line of a graph.
type series struct {
	label  string
	right  bool // its axis
	points []alarms.Point
}

// span is the time that a graph shows: count periods that end at end.
type span struct {
	period time.Duration
	count  int
	end    time.Time
}

// spanOf gives the periods from a time to the story's end, the last of which is not
// over.
func (b *board) spanOf(from time.Time, period time.Duration) span {
	end := b.story.Clock.Truncate(period).Add(period)
	return span{period, int(end.Sub(from.Truncate(period)) / period), end}
}

// metric is an entry of a widget's metrics.
type metric struct {
	key, id, label, expression, stat string
	hidden, right                    bool
}

// parse reads an entry: namespace, name, dimensions and their values, options.
func parse(entry []any, stat string) (metric, error) {
	m := metric{stat: stat}
	var names []string
	for _, part := range entry {
		switch part := part.(type) {
		case string:
			names = append(names, part)
		case map[string]any:
			text := func(key string) string { value, _ := part[key].(string); return value }
			m.id, m.label, m.expression, m.right = text("id"), text("label"), text("expression"), text("yAxis") == "right"
			if text("stat") != "" {
				m.stat = text("stat")
			}
			visible, said := part["visible"].(bool)
			m.hidden = said && !visible
		}
	}
	if m.expression != "" {
		return m, nil
	}
	if len(names) < 2 || len(names)%2 != 0 {
		return m, fmt.Errorf("no way to read the metric %v", entry)
	}
	var dimensions []string
	for i := 2; i < len(names); i += 2 {
		dimensions = append(dimensions, names[i]+"="+names[i+1])
	}
	m.key = alarms.Key(names[0], names[1], dimensions...)
	if m.label == "" {
		m.label = names[1]
	}
	return m, nil
}

// series gives what a widget draws, each metric and expression in its turn.
func (b *board) series(w widget, s span) ([]series, error) {
	var metrics []metric
	byID := make(map[string][]alarms.Point)
	values := make([][]alarms.Point, len(w.Properties.Metrics))
	for i, entry := range w.Properties.Metrics {
		m, err := parse(entry, w.Properties.Stat)
		if err != nil {
			return nil, err
		}
		metrics = append(metrics, m)
		if m.expression == "" {
			values[i] = alarms.Points(b.story.Metrics[m.key], m.stat, s.period, s.end, s.count)
			if m.id != "" {
				byID[m.id] = values[i]
			}
		}
	}
	var drawn []series
	for i, m := range metrics {
		if m.expression != "" {
			var err error
			if values[i], err = alarms.Evaluate(m.expression, byID); err != nil {
				return nil, err
			}
		}
		if !m.hidden {
			drawn = append(drawn, series{m.label, m.right, values[i]})
		}
	}
	if len(drawn) > colours {
		return nil, fmt.Errorf("%d series, and %d colours", len(drawn), colours)
	}
	if len(drawn) == 0 {
		return nil, errors.New("nothing to draw")
	}
	return drawn, nil
}
