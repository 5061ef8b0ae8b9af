package main

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// row is one line of the result.
type row struct {
	what, function, bound, ratio string
	goal                         goal
}

// goal is what a row is to come to; the zero value is none.
type goal struct {
	text string
	met  bool
}

// atMost is the goal that a value does not exceed a bound. unit stands behind the
// bound where it is printed.
func atMost(value, bound float64, unit string) goal {
	return goal{fmt.Sprintf("<= %.4g%s", bound, unit), value <= bound}
}

func atLeast(value, bound float64) goal {
	return goal{fmt.Sprintf(">= %.4g", bound), value >= bound}
}

func (g goal) verdict() string {
	switch {
	case g.text == "":
		return ""
	case g.met:
		return "met"
	}
	return "MISSED"
}

func printTable(out io.Writer, rows []row) error {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "\tfunction\tfloor or bound\tratio\tgoal\t")
	for _, r := range rows {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\n", r.what, r.function, r.bound, r.ratio, r.goal.text, r.goal.verdict())
	}
	return table.Flush()
}

// missed is the error that names the goals that were missed.
func missed(rows []row) error {
	var which []string
	for _, r := range rows {
		if r.goal.verdict() == "MISSED" {
			which = append(which, strings.TrimSpace(r.what))
		}
	}
	if which == nil {
		return nil
	}
	return errors.New("missed: " + strings.Join(which, "; "))
}

// lowerQuartile is steadier than the median where other programs run on the machine:
// what they take away is never negative.
func lowerQuartile(times []time.Duration) time.Duration {
	slices.Sort(times)
	return times[len(times)/4]
}

func milliseconds(d time.Duration) string {
	return fmt.Sprintf("%.2f ms", inMilliseconds(d))
}

func inMilliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func seconds(d time.Duration) string { return fmt.Sprintf("%.1f s", d.Seconds()) }

func kib[N int | int64](bytes N) string { return fmt.Sprintf("%d KiB", bytes/1024) }

func ratio[N int | int64 | float64 | time.Duration](a, b N) float64 { return float64(a) / float64(b) }

// in prints a ratio.
func in(r float64) string { return fmt.Sprintf("%.2f", r) }
