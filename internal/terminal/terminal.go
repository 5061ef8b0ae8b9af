// Package terminal knows what the other end of an output can show: colour, a line
// that is rewritten, how many columns. Whatever is no terminal gets plain text.
package terminal

import (
	"os"
	"runtime"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/term"
)

// plainWidth is how many columns text gets where there is no terminal to ask.
const plainWidth = 100

// Terminal is what an output can show. The zero value is no terminal.
type Terminal struct {
	Colour bool
	// Rewrites says that a line can be written over.
	Rewrites bool
	// Width is the number of columns.
	Width int
}

// Of looks at an output. lookup is os.LookupEnv.
func Of(output any, lookup func(string) (string, bool)) Terminal {
	file, ok := output.(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) {
		return Terminal{Width: plainWidth}
	}
	width, _, err := term.GetSize(int(file.Fd()))
	if err != nil || width <= 0 {
		width = plainWidth
	}
	return able(width, runtime.GOOS, lookup)
}

// able says what a terminal can show by what the environment says of it
// (https://no-color.org).
func able(width int, system string, lookup func(string) (string, bool)) Terminal {
	kind, _ := lookup("TERM")
	_, isWindowsTerminal := lookup("WT_SESSION")
	noColour, _ := lookup("NO_COLOR")
	t := Terminal{Width: width}
	// An older Windows console shows the codes themselves, unless it is told of them.
	if kind == "dumb" || system == "windows" && kind == "" && !isWindowsTerminal {
		return t
	}
	t.Rewrites = true
	t.Colour = noColour == ""
	return t
}

// The colours are those four that every terminal has, by their codes.
const (
	red    = "31"
	green  = "32"
	yellow = "33"
	dim    = "2"
)

func (t Terminal) paint(code, text string) string {
	if !t.Colour || text == "" {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

// Red is for what is wrong.
func (t Terminal) Red(text string) string { return t.paint(red, text) }

// Green is for what is well.
func (t Terminal) Green(text string) string { return t.paint(green, text) }

// Yellow is for what somebody should look at.
func (t Terminal) Yellow(text string) string { return t.paint(yellow, text) }

// Dim is for what matters less.
func (t Terminal) Dim(text string) string { return t.paint(dim, text) }

// Clean makes other people's text fit to be shown in a line: a tag, or an answer that
// passed a proxy, could otherwise move the cursor about.
func Clean(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == utf8.RuneError {
			return '�'
		}
		return r
	}, text)
}

// Cut shortens a name to a width by taking out of its middle: names differ at their
// beginning and at their end.
func Cut(name string, width int) string {
	n := utf8.RuneCountInString(name)
	if n <= width || width < 1 {
		return name
	}
	runes := []rune(name)
	head := (width - 1) / 2
	tail := width - 1 - head
	return string(runes[:head]) + "…" + string(runes[n-tail:])
}
