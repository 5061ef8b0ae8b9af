package audit

import (
	"bufio"
	_ "embed" // reads page.html when the program is built
	"fmt"
	"html/template"
	"io"

	"log-group-kms/internal/keyring"
	"log-group-kms/internal/terminal"
)

// Bounds of the page: a browser has to show it, on a phone as well. What is beyond them
// is counted, and in the CSV.
const (
	mostTrouble = 1000
	mostRest    = 1000
	mostKeys    = 500
)

//go:embed page.html
var pageText string

// HTML writes the report as one page that needs nothing else.
type HTML struct {
	to            io.Writer
	configuration string
	kept          *collection
}

// NewHTML makes an HTML that writes to an output. configuration says where the
// configuration comes from.
func NewHTML(to io.Writer, configuration string) *HTML {
	most := make(map[State]int)
	for _, s := range States() {
		most[s] = mostRest
		if s.IsTrouble() {
			most[s] = mostTrouble
		}
	}
	return &HTML{to: to, configuration: configuration, kept: newCollection(most)}
}

// Row takes a log group.
func (h *HTML) Row(row Row) error {
	h.kept.add(row)
	return nil
}

// End writes the page.
func (h *HTML) End(summary *Summary) error {
	page, err := template.New("page").Parse(pageText)
	if err != nil {
		return fmt.Errorf("reading the page's template: %w", err)
	}
	out := bufio.NewWriter(h.to)
	if err := page.Execute(out, h.page(summary)); err != nil {
		return err
	}
	return out.Flush()
}

// page is what the template shows.
type page struct {
	Where, At, Configuration, Verdict, Tone string

	Unfinished []string
	Bars       []accountBar
	Legend     []count
	Scopes     []scopeLine
	Empty      string
	Sections   []section
	Keys       []keyLine
	MoreKeys   string
	Rest       section
}

// count is the number of log groups in a state.
type count struct {
	State                 State
	Number, Words, Phrase string
}

// scopeLine is an account and Region.
type scopeLine struct {
	Account, Region, Examined, Share string
	Counts                           []count
}

// section is some log groups with something in common.
type section struct {
	Title              string
	Rows               []line
	More               string
	Wide, Keys, States bool // columns
}

// line is a log group.
type line struct {
	LogGroup, Account, Region, Label, Because, Key, Stored, Age string
	State                                                       State
}

// keyLine is a key.
type keyLine struct {
	Name, Condition, LogGroups, Chosen, Stored, Remedy string
	Tone                                               State
}

func (h *HTML) page(summary *Summary) page {
	total := summary.Total()
	p := page{
		Where: fmt.Sprintf("Account %s, Region %s", summary.Scopes[0].Account, summary.Scopes[0].Region),
		At:    summary.At.UTC().Format("2006-01-02 15:04 MST"), Configuration: h.configuration, Verdict: verdict(summary),
	}
	wide := len(summary.Scopes) > 1
	if wide {
		p.Where = number(len(summary.Scopes)) + " accounts and Regions"
	}
	switch {
	case total.Open+total.Unusable+total.Unknown > 0:
		p.Tone = "trouble"
	case !total.Complete:
		p.Tone = "partial"
	}
	for i := range summary.Scopes {
		if s := &summary.Scopes[i]; s.Err != nil {
			p.Unfinished = append(p.Unfinished, terminal.Clean(s.Trouble()))
		}
	}
	p.Bars = accountBars(summary)
	p.Legend = counts(total, total)
	if wide {
		p.Scopes, p.Empty = scopeLines(summary, total)
	}
	h.sections(&p, total, summary, wide)
	h.keys(&p, wide)
	return p
}

// counts counts the states that shown has log groups in.
func counts(of, shown Totals) []count {
	var list []count
	for _, s := range barOrder() {
		if shown.Count(s) > 0 {
			list = append(list, count{s, number(of.Count(s)), label(s), phrase(s)})
		}
	}
	return list
}

func scopeLines(summary *Summary, total Totals) (lines []scopeLine, empty string) {
	none := 0
	for i := range summary.Scopes {
		s := &summary.Scopes[i]
		if s.Totals.Examined == 0 && s.Err == nil {
			none++
			continue
		}
		share := share(s.Totals)
		if s.Err != nil {
			share = "not complete"
		}
		lines = append(lines, scopeLine{s.Account, s.Region, number(s.Totals.Examined), share, counts(s.Totals, total)})
	}
	if none > 0 {
		empty = number(none) + " more have no log groups."
	}
	return lines, empty
}

// sections lists the trouble, and then the others, both up to a bound.
func (h *HTML) sections(p *page, total Totals, summary *Summary, wide bool) {
	lines := func(s State, most int) []line {
		var list []line
		for _, row := range h.kept.rows[s][:min(len(h.kept.rows[s]), most)] {
			list = append(list, line{
				LogGroup: terminal.Clean(row.LogGroup), Account: row.Account, Region: row.Region, Label: label(s), State: s,
				Because: terminal.Clean(row.Because), Key: terminal.Clean(row.scope().ShortARN(row.KMSKeyARN)),
				Stored: size(row.StoredBytes), Age: age(row.Created, summary.At),
			})
		}
		return list
	}
	p.Rest = section{Title: "All other log groups", Wide: wide, Keys: true, States: true}
	others := 0
	room := allot(total)
	for _, s := range States() {
		n := total.Count(s)
		if !s.IsTrouble() {
			others += n
			p.Rest.Rows = append(p.Rest.Rows, lines(s, mostRest-len(p.Rest.Rows))...)
			continue
		}
		shown := section{Title: heading(s, n), Wide: wide, Keys: s == Unusable, Rows: lines(s, room[s])}
		shown.More = more(n - len(shown.Rows))
		p.Sections = append(p.Sections, shown)
	}
	p.Rest.More = more(others - len(p.Rest.Rows))
}

// allot shares the rows of trouble out, so that very many log groups of one kind leave
// room for the others.
func allot(total Totals) map[State]int {
	room, left := make(map[State]int), mostTrouble
	for _, s := range States() {
		if s.IsTrouble() {
			room[s] = min(total.Count(s), mostTrouble/3)
			left -= room[s]
		}
	}
	for _, s := range States() {
		if s.IsTrouble() {
			further := min(total.Count(s)-room[s], left)
			room[s] += further
			left -= further
		}
	}
	return room
}

func more(n int) string {
	if n == 0 {
		return ""
	}
	return "And " + number(n) + " more, which are in the report's other form: log-group-kms audit -o csv."
}

func (h *HTML) keys(p *page, wide bool) {
	all := h.kept.byUse()
	for _, key := range all[:min(len(all), mostKeys)] {
		shown := keyLine{
			Name: terminal.Clean(key.name()), Condition: "not known", Tone: Unknown, LogGroups: number(key.LogGroups), Chosen: number(key.Chosen), Stored: size(key.Bytes),
		}
		if wide {
			shown.Name = terminal.Clean(key.ARN)
		}
		switch {
		case key.isUnusable():
			shown.Condition, shown.Tone, shown.Remedy = terminal.Clean(Condition(key.State, key.Deletion)), Unusable, terminal.Clean(keyring.Remedy(key.ARN, key.State))
		case key.State != "":
			shown.Condition, shown.Tone = "is enabled", Chosen
		}
		p.Keys = append(p.Keys, shown)
	}
	if n := len(all) - len(p.Keys); n > 0 {
		p.MoreKeys = "And " + number(n) + " more."
	}
}
