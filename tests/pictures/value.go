package main

import (
	"math"
	"strconv"
	"time"

	"log-group-kms/tests/alarms"
)

// value draws the last value of a metric, and what it was before as a small line.
func (b *board) value(at box, w widget) error {
	s := b.spanOf(b.from, time.Duration(w.Properties.Period)*time.Second)
	drawn, err := b.series(w, s)
	if err != nil {
		return err
	}
	top := b.title(at, w.Properties.Title)
	shown := "--"
	points := drawn[0].points
	for _, p := range points {
		if p != nil {
			shown = strconv.FormatFloat(math.Round(*p*10)/10, 'f', -1, 64)
		}
	}
	b.text("value", at.x+12, top+30, shown)
	if w.Properties.Sparkline {
		area := plot{box: box{at.x + 12, top + 42, at.width - 24, at.y + at.height - top - 50}, most: highest(points)}
		if area.most == 0 {
			area.most = 1
		}
		if low := lowest(points); low > area.most/2 { // the movement is what counts
			area.least = low - (area.most-low)/2 - 0.1
		}
		b.draw("0", area, points)
	}
	return nil
}

func highest(points []alarms.Point) float64 {
	most := 0.0
	for _, p := range points {
		if p != nil {
			most = max(most, *p)
		}
	}
	return most
}

func lowest(points []alarms.Point) float64 {
	least := math.Inf(1)
	for _, p := range points {
		if p != nil {
			least = min(least, *p)
		}
	}
	return least
}
