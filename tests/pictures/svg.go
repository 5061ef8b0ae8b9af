package main

import (
	"fmt"
	"html"
	"math"
	"strconv"
	"strings"
)

// Fonts that are at hand nearly everywhere; see width for those elsewhere.
const (
	sans = "Arial,'Liberation Sans',Helvetica,sans-serif"
	mono = "ui-monospace,Menlo,Consolas,'DejaVu Sans Mono','Liberation Mono',monospace"
)

// canvas is a picture that is being drawn.
type canvas struct {
	strings.Builder
}

// open begins a picture. title and words tell it to whoever cannot see it.
func (c *canvas) open(width, height int, title, words, style string) {
	fmt.Fprintf(c, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" role="img" aria-labelledby="title words">`+"\n", width, height, width, height)
	fmt.Fprintf(c, "<title id=\"title\">%s</title>\n<desc id=\"words\">%s</desc>\n<style>\n%s</style>\n", html.EscapeString(title), html.EscapeString(words), style)
}

func (c *canvas) close() []byte {
	c.WriteString("</svg>\n")
	return []byte(c.String())
}

// rect draws a rectangle with round corners.
func (c *canvas) rect(class string, x, y, width, height, radius float64) {
	fmt.Fprintf(c, `<rect class="%s" x="%s" y="%s" width="%s" height="%s" rx="%s"/>`+"\n", class, number(x), number(y), number(width), number(height), number(radius))
}

func (c *canvas) line(class string, x1, y1, x2, y2 float64) {
	fmt.Fprintf(c, `<path class="%s" d="M%s %sL%s %s"/>`+"\n", class, number(x1), number(y1), number(x2), number(y2))
}

func (c *canvas) path(class string, d string) {
	fmt.Fprintf(c, `<path class="%s" d="%s"/>`+"\n", class, d)
}

func (c *canvas) dot(class string, x, y, radius float64) {
	fmt.Fprintf(c, `<circle class="%s" cx="%s" cy="%s" r="%s"/>`+"\n", class, number(x), number(y), number(radius))
}

// text writes one line. class says its size, colour and anchor.
func (c *canvas) text(class string, x, y float64, text string) {
	fmt.Fprintf(c, `<text class="%s" x="%s" y="%s">%s</text>`+"\n", class, number(x), number(y), html.EscapeString(text))
}

// number writes a coordinate, to a tenth.
func number(v float64) string {
	return strconv.FormatFloat(math.Round(v*10)/10, 'f', -1, 64)
}

// width is about how wide a text is at most in a font of one pixel: in DejaVu Sans,
// which stands in for Arial where that is missing, and is wider.
func width(text string) float64 {
	sum := 0.0
	for _, r := range text {
		switch {
		case strings.ContainsRune("ijl'|", r):
			sum += 0.3
		case strings.ContainsRune(" .,:;!I[]/\\ft()-r\"·", r):
			sum += 0.38
		case strings.ContainsRune("mwMW@%", r):
			sum += 0.95
		case r >= 'A' && r <= 'Z' || r == '…':
			sum += 0.74
		default:
			sum += 0.635
		}
	}
	return sum
}

// cut shortens a text to a width; what is left out shows as an ellipsis.
func cut(text string, size, most float64) string {
	if width(text)*size <= most {
		return text
	}
	runes := []rune(text)
	for len(runes) > 0 && width(string(runes)+"…")*size > most {
		runes = runes[:len(runes)-1]
	}
	return string(runes) + "…"
}

// wrap cuts a text between words into lines of a width.
func wrap(text string, size, most float64) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && width(line+" "+word)*size > most {
			lines = append(lines, line)
			line = ""
		}
		line = strings.TrimSpace(line + " " + word)
	}
	return append(lines, line)
}
