package audit

import (
	"math"
	"strings"
	"unicode/utf8"
)

// fills are what the parts of an account's bar are drawn with. They differ where there
// is no colour, too.
var fills = map[State]string{Chosen: "█", Other: "▓", Unusable: "▒", Open: "░", Unknown: "?", Exempt: "·"}

// narrowest is the least width of an account's bar.
const narrowest = 10

// accounts gives each account a line, and on a terminal a bar, where there are several.
func (t *Text) accounts(summary *Summary, total Totals) {
	bars := accountBars(summary)
	if len(bars) < 2 {
		return
	}
	t.line("")
	longest := 0
	for i := range bars {
		longest = max(longest, utf8.RuneCountInString(bars[i].Sum))
	}
	width := min(barWidth, max(narrowest, t.Terminal.Width-len("  111122223333    ")-longest))
	for i := range bars {
		drawn := ""
		if t.Terminal.Rewrites {
			drawn = t.draw(&bars[i], width) + "  "
		}
		t.line("  %s  %s%s", bars[i].Account, drawn, bars[i].Sum)
	}
	if !t.Terminal.Rewrites {
		return
	}
	var legend []string
	for _, c := range counts(total, total) {
		legend = append(legend, t.colour(c.State)(fills[c.State])+" "+c.Words)
	}
	t.line("  %s", strings.Join(legend, "  "))
}

// draw draws an account's bar over some columns. What is not nothing is seen.
func (t *Text) draw(b *accountBar, width int) string {
	columns, left, widest := make([]int, len(b.Parts)), width, 0
	for i, part := range b.Parts {
		columns[i] = max(1, int(math.Round(part.Width*float64(width)/1000)))
		left -= columns[i]
	}
	for i := range columns {
		if columns[i] > columns[widest] {
			widest = i
		}
	}
	columns[widest] += left // what rounding has given or taken
	var drawn strings.Builder
	for i, part := range b.Parts {
		drawn.WriteString(t.colour(part.State)(strings.Repeat(fills[part.State], columns[i])))
	}
	return drawn.String()
}
