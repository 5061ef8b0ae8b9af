package main

import "fmt"

// legend writes the series' names, and those of the limits, at the bottom, and tells
// where it begins.
func (b *board) legend(at box, drawn []series, limits []annotation) float64 {
	type entry struct {
		class, label string
		wide         float64
	}
	var entries []entry
	for i, l := range drawn {
		entries = append(entries, entry{fmt.Sprintf("f%d", i), l.label, width(l.label)*11 + 28})
	}
	for _, l := range limits {
		class := "limit"
		for _, label := range wrap("limit: "+l.Label, 11, at.width-42) {
			entries = append(entries, entry{class, label, width(label)*11 + 28})
			class = "" // further words of the same
		}
	}
	lines := [][]entry{nil}
	x := 0.0
	for _, e := range entries {
		if x+e.wide > at.width-14 && x > 0 {
			lines = append(lines, nil)
			x = 0
		}
		lines[len(lines)-1] = append(lines[len(lines)-1], e)
		x += e.wide
	}
	top := at.y + at.height - 8 - 15*float64(len(lines))
	for i, line := range lines {
		x, y := at.x+10, top+15*float64(i)+11
		for _, e := range line {
			switch e.class {
			case "":
			case "limit":
				b.line("limit", x, y-4, x+14, y-4)
			default:
				b.rect(e.class, x, y-9, 10, 10, 2)
			}
			b.text("small", x+18, y, e.label)
			x += e.wide
		}
	}
	return top
}
