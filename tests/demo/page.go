package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// width is that of the page, in columns.
const width = 100

// page is what the reader sees. After the first error it writes nothing more.
type page struct {
	to  io.Writer
	err error
}

func (p *page) line(text string) {
	if p.err == nil {
		_, p.err = fmt.Fprintln(p.to, text)
	}
}

// say writes a paragraph and an empty line.
func (p *page) say(format string, args ...any) {
	for _, line := range wrap(fmt.Sprintf(format, args...), width) {
		p.line(line)
	}
	p.line("")
}

// title begins a part.
func (p *page) title(text string) {
	p.line(text)
	p.line(strings.Repeat("=", len(text)))
	p.line("")
}

// indented writes lines a little to the right, too long ones in several.
func (p *page) indented(text string) {
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		margin := "  " + line[:len(line)-len(strings.TrimLeft(line, " "))]
		for i, part := range wrap(strings.TrimLeft(line, " "), width-len(margin)-2) {
			if i == 1 {
				margin += "  "
			}
			p.line(margin + part)
		}
	}
	p.line("")
}

// indentedLine writes one line as it is, a little to the right.
func (p *page) indentedLine(text string) { p.line(strings.TrimRight("  "+text, " \n")) }

// table writes rows of cells under their headings, in columns.
func (p *page) table(headings []string, rows [][]string) {
	var text strings.Builder
	columns := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	rule := make([]string, len(headings))
	for i, heading := range headings {
		rule[i] = strings.Repeat("-", len(heading))
	}
	for _, row := range append([][]string{headings, rule}, rows...) {
		fmt.Fprintln(columns, strings.Join(row, "\t"))
	}
	_ = columns.Flush() // a strings.Builder takes everything
	for line := range strings.Lines(text.String()) {
		p.line(strings.TrimRight(line, " \n"))
	}
	p.line("")
}

// wrap cuts a text between words into lines; a longer word stays whole.
func wrap(text string, width int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && len(line)+1+len(word) > width {
			lines = append(lines, line)
			line = ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	return append(lines, line)
}
