package main

import (
	"slices"

	"log-group-kms/tests/alarms"
)

const (
	cellSize  = 11
	lineSpace = 15.5
	cellSpace = 14
)

// table draws what a query of the logs gives.
func (b *board) table(at box, w widget) error {
	var lines []alarms.Line
	for _, line := range b.story.Lines {
		if !line.At.Before(b.from) {
			lines = append(lines, line)
		}
	}
	found, err := ask(w.Properties.Query, lines)
	if err != nil {
		return err
	}
	y := b.title(at, w.Properties.Title) + 11
	room := at.width - 20
	widths := found.widths(room)
	x := at.x + 10
	for i, column := range found.columns {
		b.text("head", x, y, cut(column, cellSize, widths[i]))
		x += widths[i] + cellSpace
	}
	b.line("rule", at.x+10, y+5, at.x+at.width-10, y+5)
	for _, one := range found.records {
		if y += lineSpace; y+3 > at.y+at.height {
			break // the rest is reached by scrolling
		}
		x = at.x + 10
		for i, column := range found.columns {
			b.text("cell", x, y+4, cut(one.text(column), cellSize, widths[i]))
			x += widths[i] + cellSpace
		}
	}
	return nil
}

// widths shares the room out: what is narrow gets what it needs, the rest is for those
// that are wide.
func (r *result) widths(room float64) []float64 {
	room -= cellSpace * float64(len(r.columns)-1)
	wanted := make([]float64, len(r.columns))
	for i, column := range r.columns {
		wanted[i] = width(column)*cellSize*1.1 + 2
		for _, one := range r.records {
			wanted[i] = max(wanted[i], width(one.text(column))*cellSize+2)
		}
	}
	order := make([]int, len(wanted))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return int(wanted[a]*10) - int(wanted[b]*10) })
	widths := make([]float64, len(wanted))
	for n, i := range order {
		widths[i] = min(wanted[i], room/float64(len(order)-n))
		room -= widths[i]
	}
	return widths
}
