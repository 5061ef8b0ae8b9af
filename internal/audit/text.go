package audit

import (
	"bufio"
	"fmt"
	"io"
	"math"
	"strings"
	"text/tabwriter"
	"time"
	"unicode/utf8"

	"log-group-kms/internal/keyring"
	"log-group-kms/internal/terminal"
)

// mostShown is how many log groups of a state are listed: more than that are read by
// programs.
const mostShown = 50

// mostAligned is the longest name that the columns after it make room for.
const mostAligned = 80

// Text writes the report for a person at a terminal.
type Text struct {
	TextOptions
	to   *bufio.Writer
	kept *collection
	now  time.Time
	wide bool // whether there is more than one account and Region
}

// TextOptions say what a Text shows.
type TextOptions struct {
	Terminal terminal.Terminal
	// Configuration says where the configuration comes from.
	Configuration string
	// Explain is the command that explains a log group's key, but for its name.
	Explain string
	All     bool // list every log group
	Quiet   bool // write the last line alone
}

// NewText makes a Text that writes to an output.
func NewText(to io.Writer, options TextOptions) *Text {
	most := map[State]int{Open: mostShown, Unusable: mostShown, Unknown: mostShown}
	if options.All {
		for _, s := range States() {
			most[s] = math.MaxInt
		}
	}
	return &Text{TextOptions: options, to: bufio.NewWriter(to), kept: newCollection(most)}
}

// Row takes a log group.
func (t *Text) Row(row Row) error {
	t.kept.add(row)
	return nil
}

// End writes the report.
func (t *Text) End(summary *Summary) error {
	t.now, t.wide = summary.At, len(summary.Scopes) > 1
	total := summary.Total()
	if !t.Quiet {
		t.title(summary)
		for _, s := range States() {
			t.section(s, total.Count(s))
		}
		t.scopes(summary)
		t.accounts(summary, total)
		t.bars(total)
	}
	t.last(summary, total)
	return t.to.Flush()
}

func (t *Text) line(format string, args ...any) { fmt.Fprintf(t.to, format+"\n", args...) } // Flush tells of its errors

func (t *Text) title(summary *Summary) {
	where := fmt.Sprintf("Account %s, Region %s", summary.Scopes[0].Account, summary.Scopes[0].Region)
	if t.wide {
		where = number(len(summary.Scopes)) + " accounts and Regions"
	}
	t.line("%s, %s\nConfiguration: %s\n", where, summary.At.UTC().Format("2006-01-02 15:04 MST"), t.Configuration)
}

// section lists the log groups of a state; those that are well only on demand.
func (t *Text) section(s State, n int) {
	if n == 0 {
		return
	}
	title := heading(s, n)
	switch s {
	case Open, Unusable:
		title = t.Terminal.Red(title)
	case Unknown:
		title = t.Terminal.Yellow(title)
	case Exempt:
		title += ": " + purposes(t.kept.reasons)
	}
	if !s.IsTrouble() && !t.All {
		if s == Other {
			title += t.Terminal.Dim("    (--all lists them)")
		}
		if s != Chosen {
			t.line("%s", title)
		}
		return
	}
	t.line("%s", title)
	rows := t.kept.rows[s]
	names := 0
	for _, row := range rows {
		names = max(names, min(utf8.RuneCountInString(t.name(row)), mostAligned))
	}
	for _, row := range rows {
		t.row(row, names)
	}
	if more := n - len(rows); more > 0 {
		t.line("  and %s more: -o csv has them all", number(more))
	}
	if s == Unusable {
		t.remedies()
	}
	t.line("")
}

// name is a log group's name, with what tells it from those of other accounts and Regions.
func (t *Text) name(row Row) string {
	name := terminal.Clean(row.LogGroup)
	if t.wide {
		return row.Account + " " + row.Region + " " + name
	}
	return name
}

// row writes a log group's line. On a terminal that is too narrow for it, the sentence
// gets a line of its own; elsewhere lines are for programs as well, and stay whole.
func (t *Text) row(row Row, names int) {
	name, because := t.name(row), terminal.Clean(row.Because)
	facts := fmt.Sprintf("%9s  %7s old", size(row.StoredBytes), age(row.Created, t.now))
	if !t.Terminal.Rewrites {
		t.line("  %-*s  %s  %s", names, name, facts, because)
		return
	}
	room := t.Terminal.Width - len("    ") - len(facts)
	names = min(names, max(room, 20))
	name = terminal.Cut(name, names)
	if names+len("  ")+utf8.RuneCountInString(because) <= room {
		t.line("  %-*s  %s  %s", names, name, t.Terminal.Dim(facts), because)
		return
	}
	t.line("  %-*s  %s\n      %s", names, name, t.Terminal.Dim(facts), because)
}

// remedies says for each key in danger what can still be done.
func (t *Text) remedies() {
	for _, key := range t.kept.byUse() {
		if key.isUnusable() {
			t.line("  %s %s (%s)\n      %s", key.name(), Condition(key.State, key.Deletion),
				LogGroups(key.LogGroups), t.Terminal.Yellow(keyring.Remedy(key.ARN, key.State)))
		}
	}
}

// scopes lists the accounts and Regions that have log groups, or could not be listed.
func (t *Text) scopes(summary *Summary) {
	if !t.wide {
		return
	}
	t.line("")
	columns := tabwriter.NewWriter(t.to, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(columns, "account\tregion\tlog groups\topen\tunusable\tother\ton purpose\tchosen\t\t\n")
	empty := 0
	for i := range summary.Scopes {
		s := &summary.Scopes[i]
		if s.Totals.Examined == 0 && s.Err == nil {
			empty++
			continue
		}
		c, part, note := s.Totals, share(s.Totals), ""
		if s.Err != nil {
			note = "  not complete"
		}
		if s.Err != nil && c.Examined == 0 {
			part = "–"
		}
		fmt.Fprintf(columns, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", s.Account, s.Region, number(c.Examined), number(c.Open),
			number(c.Unusable), number(c.Other), number(c.Exempt), number(c.Chosen), part, note)
	}
	_ = columns.Flush() // t.to tells of its errors
	if empty > 0 {
		t.line("  and %d without log groups", empty)
	}
}

// last says what it all comes to, and what to do next.
func (t *Text) last(summary *Summary, total Totals) {
	line := verdict(summary)
	switch {
	case total.Open+total.Unusable+total.Unknown > 0:
		line = t.Terminal.Red(line)
		for _, s := range []State{Open, Unusable} {
			if rows := t.kept.rows[s]; len(rows) > 0 && t.Explain != "" {
				line += " Next: " + t.Explain + " " + argument(rows[0].LogGroup)
				break
			}
		}
	case summary.unfinished() > 0:
		line = t.Terminal.Yellow(line)
	default:
		line = t.Terminal.Green(line)
	}
	t.line("%s", line)
}

// argument writes a log group's name so that a shell and this program take it for one.
func argument(name string) string {
	switch {
	case strings.HasPrefix(name, "-"):
		return "-- " + name
	case strings.HasPrefix(name, "#"):
		return "'" + name + "'"
	}
	return name
}
