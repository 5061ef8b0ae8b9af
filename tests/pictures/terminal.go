package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// The demo's columns that the picture shows. Milliseconds are left out: they differ from
// run to run.
var demoColumns = []string{"log group", "outcome", "why", "key", "calls"}

// cell is a word of a line and where it stands, in signs from the left.
type cell struct {
	at   int
	text string
}

// demo runs the demo as far as the table of what the function made of the first events,
// and draws that table.
func (d drawer) demo(ctx context.Context) ([]byte, error) {
	binary := filepath.Join(d.scratch, "demo")
	build := exec.CommandContext(ctx, "go", "build", "-o", binary, "./tests/demo")
	build.Dir = d.root
	if out, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("building the demo: %w: %s", err, out)
	}
	function, err := filepath.Abs(d.function)
	if err != nil {
		return nil, err
	}
	// The command line is only asked to exist: the demo is stopped before it would run.
	command := exec.CommandContext(ctx, binary, "-function", function, "-command-line", function, "-report", filepath.Join(d.scratch, "demo.html"))
	var complaints bytes.Buffer
	command.Dir, command.Stderr = d.root, &complaints
	command.Cancel = func() error { return command.Process.Signal(os.Interrupt) } // it ends the function that it has started
	command.WaitDelay = time.Minute
	out, err := command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := command.Start(); err != nil {
		return nil, fmt.Errorf("starting the demo: %w", err)
	}
	table, err := readTable(out)
	// The rest of the demo takes long and is not wanted. That it is cut off is no error.
	_ = command.Process.Signal(os.Interrupt)
	_, _ = io.Copy(io.Discard, out)
	_ = command.Wait()
	if err != nil {
		return nil, fmt.Errorf("%w: %s", err, &complaints)
	}
	return drawTable(table), nil
}

// readTable reads the first table that has all of the columns.
func readTable(page io.Reader) ([][]cell, error) {
	var starts []int // of the columns
	var names []string
	var table [][]cell
	lines := bufio.NewScanner(page)
	before := ""
	for lines.Scan() {
		line := lines.Text()
		switch {
		case starts == nil && strings.HasPrefix(strings.TrimSpace(line), "---"):
			starts = columnStarts(line)
			names = nil
			for _, c := range cells(before, starts) {
				names = append(names, c.text)
			}
			if slices.ContainsFunc(demoColumns, func(name string) bool { return !slices.Contains(names, name) }) {
				starts = nil // another table
				break
			}
			table = append(table, pick(cells(before, starts), names), pick(cells(line, starts), names))
		case starts != nil && strings.TrimSpace(line) == "":
			return table, nil
		case starts != nil:
			table = append(table, pick(cells(line, starts), names))
		}
		before = line
	}
	return nil, errors.Join(fmt.Errorf("the demo shows no table with the columns %q", demoColumns), lines.Err())
}

// columnStarts finds the columns in the rule under their headings.
func columnStarts(rule string) (starts []int) {
	for i := range rule {
		if rule[i] == '-' && (i == 0 || rule[i-1] == ' ') {
			starts = append(starts, i)
		}
	}
	return starts
}

// cells cuts a line into what stands in the columns.
func cells(line string, starts []int) []cell {
	var list []cell
	for i, start := range starts {
		end := len(line)
		if i+1 < len(starts) {
			end = min(end, starts[i+1])
		}
		text := line[min(start, end):end]
		at := start + len(text) - len(strings.TrimLeft(text, " "))
		list = append(list, cell{at, strings.TrimSpace(text)})
	}
	return list
}

// pick takes the columns that are shown, which all stand before those that are not.
func pick(line []cell, names []string) []cell {
	var picked []cell
	for i, c := range line {
		if slices.Contains(demoColumns, names[i]) {
			picked = append(picked, c)
		}
	}
	return picked
}

// The terminal, in pixels.
const (
	signWidth  = 8.2
	signHeight = 19.0
	margin     = 16.0
	bar        = 30.0
)

// drawTable draws a table as a terminal shows it.
func drawTable(table [][]cell) []byte {
	widest := 0
	for _, line := range table {
		for _, c := range line {
			widest = max(widest, c.at+len(c.text))
		}
	}
	wide, high := float64(widest)*signWidth+2*margin, bar+float64(len(table)+2)*signHeight+margin
	var c canvas
	c.open(int(wide), int(high), "make demo", demoWords(table), terminalStyle)
	c.rect("page", 0.5, 0.5, float64(int(wide))-1, float64(int(high))-1, 8)
	for i, class := range []string{"red", "yellow", "green"} {
		c.dot(class, margin+4+18*float64(i), bar/2+3, 5.5)
	}
	y := bar + signHeight
	c.text("soft", margin, y, "$")
	c.text("", margin+2*signWidth, y, "make demo")
	y += signHeight
	for i, line := range table {
		y += signHeight
		for _, one := range line {
			class := ""
			switch {
			case i < 2:
				class = "soft"
			case slices.Contains([]string{"associated", "unchanged", "skipped", "failed"}, one.text):
				class = one.text
			}
			c.text(class, margin+float64(one.at)*signWidth, y, one.text)
		}
	}
	return c.close()
}

// demoWords tells the table to whoever cannot see it.
func demoWords(table [][]cell) string {
	var lines []string
	for i, line := range table {
		if i == 1 {
			continue // the rule
		}
		var words []string
		for _, c := range line {
			words = append(words, c.text)
		}
		lines = append(lines, strings.Join(words, ", "))
	}
	return strings.Join(lines, "; ") + "."
}

const terminalStyle = `text { font: 13.5px ` + mono + `; fill: #e4e9ee; white-space: pre; }
.page { fill: #161b22; stroke: #39424e; } .soft { fill: #8b98a5; }
.associated { fill: #5fcf80; } .unchanged { fill: #6cb6ff; } .skipped { fill: #b0bac5; } .failed { fill: #ff7a66; }
.red { fill: #ff5f57; } .yellow { fill: #febc2e; } .green { fill: #28c840; }
`
