package audit

import (
	"cmp"
	"slices"
	"strings"
)

// barOrder is the order of the states in a bar.
func barOrder() []State { return []State{Chosen, Other, Unusable, Open, Unknown, Exempt} }

// accountBar shows the states of an account's log groups as parts of a bar.
type accountBar struct {
	Account, Sum, Words string
	Parts               []barPart
}

type barPart struct {
	State    State
	X, Width float64 // in thousandths of the bar
	Words    string
}

// leastWidth is that of a part that is not nothing, so that one log group of a
// hundred thousand is seen.
const leastWidth = 4

// accountBars gives a bar for each account that has log groups, over all its Regions:
// those with most trouble first.
func accountBars(summary *Summary) []accountBar {
	var accounts []Totals
	for i := range summary.Scopes {
		s := &summary.Scopes[i]
		at := slices.IndexFunc(accounts, func(t Totals) bool { return t.Account == s.Account })
		if at < 0 {
			at = len(accounts)
			accounts = append(accounts, Totals{Account: s.Account})
		}
		accounts[at].plus(s.Totals)
	}
	slices.SortStableFunc(accounts, func(a, b Totals) int { return cmp.Compare(b.Open+b.Unusable+b.Unknown, a.Open+a.Unusable+a.Unknown) })
	var bars []accountBar
	for _, totals := range accounts {
		if totals.Examined > 0 {
			totals.ChosenPercent = totals.percent()
			bars = append(bars, newBar(totals))
		}
	}
	return bars
}

func newBar(totals Totals) accountBar {
	b := accountBar{Account: totals.Account, Sum: LogGroups(totals.Examined) + ", " + share(totals) + " under the chosen key"}
	var all []string
	var whole float64
	for _, s := range barOrder() {
		if n := totals.Count(s); n > 0 {
			width := max(leastWidth, 1000*float64(n)/float64(totals.Examined))
			words := number(n) + " " + label(s)
			b.Parts = append(b.Parts, barPart{State: s, Width: width, Words: words})
			all = append(all, words)
			whole += width
		}
	}
	x := 0.0
	for i := range b.Parts { // what was made wider is taken from all
		b.Parts[i].Width *= 1000 / whole
		b.Parts[i].X = x
		x += b.Parts[i].Width
	}
	b.Words = strings.Join(all, ", ")
	return b
}
