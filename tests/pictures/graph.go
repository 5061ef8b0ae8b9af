package main

import (
	"fmt"
	"math"
	"strings"
	"time"

	"log-group-kms/tests/alarms"
)

// plot is the part of a graph where the lines are, with the values at its edges.
type plot struct {
	box
	least, most float64
}

func (p plot) y(value float64) float64 {
	share := (value - p.least) / (p.most - p.least)
	return p.box.y + p.height*(1-min(1, max(0, share)))
}

// at is the middle of a period.
func (p plot) at(i, count int) float64 { return p.x + p.width*(float64(i)+0.5)/float64(count) }

// graph draws lines over time, with limits.
func (b *board) graph(at box, w widget) error {
	from := b.from
	if start := w.Properties.Start; start != "" {
		back, err := days(start)
		if err != nil {
			return err
		}
		from = b.story.Clock.AddDate(0, 0, -back)
	}
	s := b.spanOf(from, time.Duration(w.Properties.Period)*time.Second)
	drawn, err := b.series(w, s)
	if err != nil {
		return err
	}
	limits := w.Properties.Annotations.Horizontal
	top := b.title(at, w.Properties.Title)
	bottom := b.legend(at, drawn, limits)
	left := plot{box: box{at.x + 42, top + 6, at.width - 54, bottom - top - 26}}
	right := left
	hasRight := false
	if w.Properties.Stacked {
		drawn = stack(drawn)
	}
	for _, l := range drawn {
		hasRight = hasRight || l.right
	}
	for _, l := range limits {
		hasRight = hasRight || l.YAxis == "right"
	}
	if hasRight {
		left.width -= 24
		right.width = left.width
	}
	left.scale(drawn, limits, false)
	right.scale(drawn, limits, true)
	if y := w.Properties.YAxis.Left; y.Min != nil && y.Max != nil {
		left.least, left.most = *y.Min, *y.Max
	}
	b.axes(left, right, hasRight)
	b.dates(left, s)
	for _, l := range limits {
		area := left
		if l.YAxis == "right" {
			area = right
		}
		b.line("limit", area.x, area.y(l.Value), area.x+area.width, area.y(l.Value))
	}
	for i := len(drawn) - 1; i >= 0; i-- { // the first is the foremost
		area := left
		if drawn[i].right {
			area = right
		}
		if w.Properties.Stacked {
			b.fill(fmt.Sprint(i), area, drawn[i].points)
			continue
		}
		b.draw(fmt.Sprint(i), area, drawn[i].points)
	}
	return nil
}

// stack puts each series onto those before it.
func stack(list []series) []series {
	below := make([]float64, len(list[0].points))
	stacked := make([]series, len(list))
	for i, l := range list {
		stacked[i] = series{label: l.label, right: l.right, points: make([]alarms.Point, len(l.points))}
		for j, p := range l.points {
			if p != nil {
				below[j] += *p
			}
			sum := below[j]
			stacked[i].points[j] = &sum
		}
	}
	return stacked
}

// scale makes room for all values and limits of an axis.
func (p *plot) scale(drawn []series, limits []annotation, right bool) {
	most := 0.0
	for _, l := range drawn {
		if l.right == right {
			most = max(most, highest(l.points))
		}
	}
	for _, l := range limits {
		if (l.YAxis == "right") == right {
			most = max(most, l.Value)
		}
	}
	if p.most = tick(most) * math.Ceil(most*1.05/tick(most)); most == 0 {
		p.most = 1
	}
}

// tick is a round distance of about three lines.
func tick(most float64) float64 {
	size := math.Pow(10, math.Floor(math.Log10(max(most, 1)/3)))
	for _, times := range []float64{1, 2, 2.5, 5, 10} {
		if most/(size*times) <= 4 {
			return max(size*times, 0.5)
		}
	}
	return size * 10
}

// axes draws the lines to read values by, and the values.
func (b *board) axes(left, right plot, hasRight bool) {
	step := tick(left.most - left.least)
	for v := left.least; v <= left.most+step/100; v += step {
		b.line("grid", left.x, left.y(v), left.x+left.width, left.y(v))
		b.text("small end", left.x-6, left.y(v)+4, short(v))
	}
	if hasRight {
		step = tick(right.most)
		for v := 0.0; v <= right.most+step/100; v += step {
			b.text("small", right.x+right.width+6, right.y(v)+4, short(v))
		}
	}
}

// short writes a value of an axis.
func short(v float64) string {
	if v >= 10_000 {
		return number(v/1000) + "k"
	}
	return number(v)
}

// dates writes days below, as many as there is room for.
func (b *board) dates(p plot, s span) {
	start := s.end.Add(-s.period * time.Duration(s.count))
	every := 1
	for float64(s.end.Sub(start))/float64(24*time.Hour)/float64(every)*50 > p.width {
		every++
	}
	for day, n := start.Truncate(24*time.Hour).AddDate(0, 0, 1), 0; day.Before(s.end); day, n = day.AddDate(0, 0, 1), n+1 {
		if n%every != 0 {
			continue
		}
		x := p.x + p.width*float64(day.Sub(start))/float64(s.end.Sub(start))
		b.line("grid", x, p.box.y+p.height, x, p.box.y+p.height+4)
		if x < p.x+p.width-16 {
			b.text("small middle", x, p.box.y+p.height+16, day.Format("Jan 2"))
		}
	}
}

// draw draws points: neighbours as a line, one alone as a dot. The dots of the series
// behind are larger, so that they show where values are the same.
func (b *board) draw(class string, p plot, points []alarms.Point) {
	var path strings.Builder
	for i := 0; i < len(points); i++ {
		if points[i] == nil {
			continue
		}
		first := i
		for i+1 < len(points) && points[i+1] != nil {
			i++
		}
		if first == i {
			radius := 2.0
			if class != "0" {
				radius = 3.2
			}
			b.dot("f"+class, p.at(i, len(points)), p.y(*points[i]), radius)
			continue
		}
		p.trace(&path, points, first, i)
	}
	if path.Len() > 0 {
		b.path("l"+class, path.String())
	}
}

// trace writes the line from one point to another, without points in the middle of a
// level stretch.
func (p plot) trace(path *strings.Builder, points []alarms.Point, first, last int) {
	for i := first; i <= last; i++ {
		if i > first && i < last && *points[i-1] == *points[i] && *points[i] == *points[i+1] {
			continue
		}
		letter := "L"
		if i == first {
			letter = "M"
		}
		path.WriteString(letter + number(p.at(i, len(points))) + " " + number(p.y(*points[i])))
	}
}

// fill draws the area under points that have no gaps.
func (b *board) fill(class string, p plot, points []alarms.Point) {
	var path strings.Builder
	p.trace(&path, points, 0, len(points)-1)
	bottom := number(p.box.y + p.height)
	b.path("f"+class, path.String()+"L"+number(p.at(len(points)-1, len(points)))+" "+bottom+"L"+number(p.at(0, len(points)))+" "+bottom+"Z")
}
