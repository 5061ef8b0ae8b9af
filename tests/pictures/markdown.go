package main

import (
	"html"
	"regexp"
	"strings"
)

// styled are the pieces of a line of Markdown that look different: code, strong, slanted.
var styled = regexp.MustCompile("`[^`]+`|\\*\\*[^*]+\\*\\*|\\*[^*]+\\*")

// markdown draws a text, as far as the dashboard uses Markdown.
func (b *board) markdown(at box, text string) {
	y := at.y
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		if heading, is := strings.CutPrefix(line, "# "); is {
			y += 23
			b.text("h1", at.x+4, y, heading)
			continue
		}
		if heading, is := strings.CutPrefix(line, "## "); is {
			y += 22
			b.text("h2", at.x+4, y, heading)
			continue
		}
		y = b.paragraph(at, y, line)
	}
}

// piece is a word of a paragraph and how it looks.
type piece struct{ class, text string }

// paragraph draws a line, in several where it is too long, and tells where it ends.
func (b *board) paragraph(at box, y float64, line string) float64 {
	var pieces []piece
	add := func(class, text string) {
		for _, word := range strings.SplitAfter(text, " ") {
			if word != "" {
				pieces = append(pieces, piece{class, word})
			}
		}
	}
	end := 0
	for _, span := range styled.FindAllStringIndex(line, -1) {
		add("", line[end:span[0]])
		switch text := line[span[0]:span[1]]; {
		case text[0] == '`':
			pieces = append(pieces, piece{"code", strings.Trim(text, "`")})
		case strings.HasPrefix(text, "**"):
			add("strong", strings.Trim(text, "*"))
		default:
			add("slant", strings.Trim(text, "*"))
		}
		end = span[1]
	}
	add("", line[end:])

	// The viewer sets the words of a line one after another: its fonts' widths may differ
	// from what is counted here.
	x, left := at.x+4, at.x+4
	y += 19
	b.WriteString("<text class=\"line\" x=\"" + number(x) + "\" y=\"" + number(y) + "\">")
	for i, p := range pieces {
		w := width(p.text) * 12
		if p.class == "code" {
			w = float64(len(p.text)) * 6.7
		}
		if x+w > at.x+at.width && x > left {
			x = left
			y += 16
			b.WriteString("</text>\n<text class=\"line\" x=\"" + number(x) + "\" y=\"" + number(y) + "\">")
		}
		x += w
		b.span(p, i+1 == len(pieces))
	}
	b.WriteString("</text>\n")
	return y
}

// span writes a piece of a line.
func (b *board) span(p piece, last bool) {
	text := html.EscapeString(p.text)
	if last {
		text = strings.TrimRight(text, " ")
	}
	if p.class == "" {
		b.WriteString(text)
		return
	}
	b.WriteString(`<tspan class="` + p.class + `">` + text + `</tspan>`)
}
