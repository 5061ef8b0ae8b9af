package audit

import (
	"fmt"
	"math"
	"strings"
)

// barWidth is the number of columns of a whole bar.
const barWidth = 40

// bars draws how many log groups are in each state, where a terminal can show it.
func (t *Text) bars(total Totals) {
	t.line("")
	if total.Examined == 0 {
		return
	}
	for _, s := range barOrder() {
		n := total.Count(s)
		if n == 0 && s != Chosen {
			continue
		}
		line := fmt.Sprintf("  %-18s %9s", label(s), number(n))
		counted := total.Examined - total.Exempt
		switch {
		case s == Exempt:
			line += t.Terminal.Dim("  not counted")
		case t.Terminal.Rewrites && counted > 0:
			line += "  " + t.colour(s)(bar(float64(n)/float64(counted)))
		}
		if s == Chosen {
			line += "  " + share(total)
		}
		t.line("%s", strings.TrimRight(line, " "))
	}
	t.line("")
}

func (t *Text) colour(s State) func(string) string {
	switch s {
	case Chosen:
		return t.Terminal.Green
	case Open, Unusable:
		return t.Terminal.Red
	}
	return t.Terminal.Yellow
}

// bar draws a part of a whole in eighths of a column. What is not nothing is seen.
func bar(part float64) string {
	eighths := int(math.Round(part * barWidth * 8))
	if part > 0 {
		eighths = max(1, eighths)
	}
	drawn := strings.Repeat("█", eighths/8)
	if rest := eighths % 8; rest > 0 {
		drawn += string([]rune("▏▎▍▌▋▊▉")[rest-1])
	}
	return drawn
}
