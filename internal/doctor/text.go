package doctor

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"

	"log-group-kms/internal/check"
)

// Painter colours text, as far as the other end of the output shows colours.
type Painter interface {
	Red(text string) string
	Green(text string) string
	Yellow(text string) string
	Dim(text string) string
}

// Style says how a report is written for people.
type Style struct {
	// Painter colours the report of a terminal: symbols under headings. nil: it is no
	// terminal, or shows no colour; then each check is a line of words in fixed columns.
	Painter Painter
	// Quiet leaves out what is well.
	Quiet bool
}

// JSON writes the report as one object.
func (r Report) JSON(w io.Writer) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(r); err != nil {
		return fmt.Errorf("writing the report: %w", err)
	}
	return nil
}

// Text writes the report for people.
func (r Report) Text(w io.Writer, style Style) error {
	var b bytes.Buffer
	shown := r.Checks
	if style.Quiet {
		shown = slices.DeleteFunc(slices.Clone(shown), func(e check.Entry) bool { return e.Result == check.OK })
	}
	if style.Painter != nil {
		r.sections(&b, shown, style.Painter)
	} else {
		r.columns(&b, shown)
	}
	if _, err := w.Write(b.Bytes()); err != nil {
		return fmt.Errorf("writing the report: %w", err)
	}
	return nil
}

// title says whose report it is.
func (r Report) title() string {
	return fmt.Sprintf("stack %s, account %s, Region %s", r.Stack, r.Account, r.Region)
}

// sections writes the entries under their headings.
func (r Report) sections(b *bytes.Buffer, shown []check.Entry, paint Painter) {
	if len(shown) > 0 {
		fmt.Fprintf(b, "S%s\n\n", r.title()[1:])
	}
	title := ""
	for _, e := range shown {
		if now := sectionOf(e.Check); now != title {
			if title != "" {
				fmt.Fprintln(b)
			}
			title = now
			fmt.Fprintln(b, title)
		}
		fmt.Fprintf(b, "%s %s\n", symbol(e.Result, paint), oneLine(e.Message))
		for _, hint := range hints(e) {
			fmt.Fprintf(b, "    %s\n", paint.Dim(hint))
		}
	}
	if len(shown) > 0 {
		fmt.Fprintln(b)
	}
	fmt.Fprintln(b, r.verdict())
}

func symbol(result check.Result, paint Painter) string {
	switch result {
	case check.OK:
		return paint.Green("√")
	case check.Warning:
		return paint.Yellow("‼")
	case check.Failed:
		return paint.Red("×")
	}
	return paint.Dim("?")
}

// words are the results where there are no symbols. All but the good ones stand out.
var words = map[check.Result]string{check.OK: "ok", check.Warning: "WARN", check.Failed: "FAIL", check.Unknown: "?"}

// columns writes each entry in a line, and what to do about it in lines of their own,
// which begin with a space.
func (r Report) columns(b *bytes.Buffer, shown []check.Entry) {
	width := 0
	for _, e := range shown {
		width = max(width, len(e.Check))
	}
	for _, e := range shown {
		fmt.Fprintf(b, "%-4s  %-*s  %s\n", words[e.Result], width, e.Check, oneLine(e.Message))
		for _, hint := range hints(e) {
			fmt.Fprintf(b, "%*s%s\n", width+len("FAIL")+4, "", hint)
		}
	}
	fmt.Fprintf(b, "%-4s  %s\n", words[r.Result], r.verdict())
}

// hints are what to do about an entry.
func hints(e check.Entry) []string {
	var list []string
	for _, hint := range []string{e.Remedy, e.Runbook} {
		if hint != "" && e.Result != check.OK {
			list = append(list, oneLine(hint))
		}
	}
	return list
}

// verdict is the last line: the whole in one sentence, and where to go on.
func (r Report) verdict() string {
	if r.Result == check.OK {
		return fmt.Sprintf("All %d checks are well: %s.", r.OK, r.title())
	}
	var parts []string
	for _, p := range []struct {
		n         int
		one, many string
	}{{r.Failed, "failed", "failed"}, {r.Warning, "warning", "warnings"}, {r.Unknown, "not checked", "not checked"}, {r.OK, "well", "well"}} {
		switch p.n {
		case 0:
		case 1:
			parts = append(parts, "1 "+p.one)
		default:
			parts = append(parts, fmt.Sprintf("%d %s", p.n, p.many))
		}
	}
	text := strings.Join(parts, ", ")
	for _, result := range []check.Result{check.Failed, check.Warning} {
		for _, e := range r.Checks {
			if e.Result == result && e.Runbook != "" {
				return text + ". Next: " + e.Runbook
			}
		}
	}
	return text
}

// oneLine keeps other people's text from being more than a line, or from moving the
// cursor: much of it comes from AWS and from the function.
func oneLine(text string) string {
	return strings.Join(strings.FieldsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) }), " ")
}
