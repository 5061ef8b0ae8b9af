package audit

import (
	"context"
	"time"

	"log-group-kms/internal/target"
)

const (
	// scopesAhead is how many accounts and Regions are looked at side by side. Most have few
	// log groups, and their rates are their own.
	scopesAhead = 8
	// pagesWaiting is how many pages of rows wait for their turn in the output, for each of
	// them, so that memory stays the same whatever the number of log groups.
	pagesWaiting = 20
)

// Output is a form of report. Its methods are called one at a time.
type Output interface {
	// Row takes the next log group: in the order of accounts and Regions as they were
	// given, and in each of them in that of the names.
	Row(Row) error
	// End takes what it all came to. It is called once, also where not everything could
	// be looked at.
	End(*Summary) error
}

// Summary is what an audit came to.
type Summary struct {
	At     time.Time // when it began
	Scopes []Scope
}

// Scope is what it came to in one account and Region.
type Scope struct {
	target.Scope
	Totals Totals
	Err    error // why it did not come to the end, a *failure.Error; nil where it did
}

// Trouble says in one sentence why it did not come to the end.
func (s *Scope) Trouble() string {
	f := asFailure(s.Err)
	return f.Doing + ": " + Cause(f)
}

// Total adds all accounts and Regions up.
func (s *Summary) Total() Totals {
	total := Totals{Complete: true}
	for i := range s.Scopes {
		total.plus(s.Scopes[i].Totals)
		total.Complete = total.Complete && s.Scopes[i].Totals.Complete
	}
	total.ChosenPercent = total.percent()
	return total
}

// Nothing tells whether nothing at all could be looked at.
func (s *Summary) Nothing() bool {
	for i := range s.Scopes {
		if s.Scopes[i].Err == nil || s.Scopes[i].Totals.Examined > 0 {
			return false
		}
	}
	return true
}

// unfinished counts the accounts and Regions that were not listed to their end.
func (s *Summary) unfinished() int {
	n := 0
	for i := range s.Scopes {
		if s.Scopes[i].Err != nil {
			n++
		}
	}
	return n
}

// Run looks at all log groups of the accounts and Regions and writes the report, unless
// there is nothing to say. examined is told of each page's number of log groups, from
// several goroutines. The error is the output's; what AWS does not let it look at is in
// the Summary.
func (a *Auditor) Run(ctx context.Context, scopes []target.Scope, out Output, examined func(int)) (*Summary, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	summary := &Summary{At: time.Now(), Scopes: make([]Scope, len(scopes))}
	var failed error
	for i, looked := range a.ahead(ctx, scopes, examined) {
		s := &summary.Scopes[i]
		s.Scope = scopes[i]
		s.Totals = Totals{Action: "audit", Account: s.Account, Region: s.Region, At: summary.At.UTC().Format(time.RFC3339)}
		for rows := range looked.rows {
			for _, row := range rows {
				if failed != nil {
					break
				}
				s.Totals.add(row.State)
				if failed = out.Row(row); failed != nil {
					cancel()
				}
			}
		}
		s.Err = looked.err
		if s.Err == nil || s.Totals.Examined > 0 { // where nothing is known, no share is
			s.Totals.ChosenPercent = s.Totals.percent()
		}
		s.Totals.Complete = s.Err == nil && s.Totals.Unknown == 0
	}
	if failed != nil || summary.Nothing() {
		return summary, failed
	}
	return summary, out.End(summary)
}

// looked are the rows of one account and Region on their way to the output.
type looked struct {
	rows chan []Row
	err  error // to be read once rows is closed
}

// ahead looks at accounts and Regions, a few at a time, in their order.
func (a *Auditor) ahead(ctx context.Context, scopes []target.Scope, examined func(int)) []*looked {
	list := make([]*looked, len(scopes))
	slots := make(chan struct{}, scopesAhead)
	for i := range scopes {
		list[i] = &looked{rows: make(chan []Row, pagesWaiting)}
	}
	go func() {
		for i, scope := range scopes {
			slots <- struct{}{} // the first that are not done have theirs, so this ends
			go func() {
				defer func() { <-slots }()
				defer close(list[i].rows)
				list[i].err = a.scope(ctx, scope, func(rows []Row) {
					examined(len(rows))
					list[i].rows <- rows
				})
			}()
		}
	}()
	return list
}
