package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// The dashboard's grid, in pixels.
const (
	columnWidth = 40
	rowHeight   = 36
	gap         = 4.0
)

// widget is one of the dashboard's, as the template defines it.
type widget struct {
	Type                string
	X, Y, Width, Height int
	Properties          struct {
		Title, View, Markdown, Stat, Query, Start string
		Period                                    int
		Sparkline, Stacked                        bool
		Alarms                                    []string
		Metrics                                   [][]any
		YAxis                                     struct{ Left struct{ Min, Max *float64 } }
		Annotations                               struct{ Horizontal []annotation }
	}
}

// annotation is a line at a limit.
type annotation struct {
	Label string
	Value float64
	YAxis string
}

// board is a dashboard that is being drawn.
type board struct {
	canvas
	story *story
	from  time.Time // what it shows
}

// box is where a widget is drawn.
type box struct{ x, y, width, height float64 }

// drawDashboard draws the stack's dashboard at the story's end.
func drawDashboard(s *story) ([]byte, error) {
	var dashboard struct {
		Start   string
		Widgets []widget
	}
	if err := json.Unmarshal([]byte(s.Stack.Dashboard), &dashboard); err != nil {
		return nil, fmt.Errorf("reading DashboardBody: %w", err)
	}
	back, err := days(dashboard.Start)
	if err != nil {
		return nil, err
	}
	b := &board{story: s, from: s.Clock.AddDate(0, 0, -back)}
	bottom := 0
	for _, w := range dashboard.Widgets {
		bottom = max(bottom, w.Y+w.Height)
	}
	b.open(24*columnWidth, bottom*rowHeight, "The dashboard of a stack of log-group-kms", words(dashboard.Widgets), boardStyle)
	b.rect("page", 0, 0, 24*columnWidth, float64(bottom*rowHeight), 0)
	for _, w := range dashboard.Widgets {
		if err := b.widget(w); err != nil {
			return nil, fmt.Errorf("widget %q at row %d: %w", w.Properties.Title, w.Y, err)
		}
	}
	return b.canvas.close(), nil
}

// days reads a start such as -P7D.
func days(start string) (n int, err error) {
	if _, err := fmt.Sscanf(start, "-P%dD", &n); err != nil {
		return 0, fmt.Errorf("no way to read the start %q: %w", start, err)
	}
	return n, nil
}

// words tells the picture in words: what stands where.
func words(widgets []widget) string {
	var titles []string
	for _, w := range widgets {
		if w.Properties.Title != "" {
			titles = append(titles, w.Properties.Title)
		}
	}
	return "From top to bottom: " + strings.Join(titles, "; ") + "."
}

func (b *board) widget(w widget) error {
	at := box{float64(w.X*columnWidth) + gap, float64(w.Y*rowHeight) + gap, float64(w.Width*columnWidth) - 2*gap, float64(w.Height*rowHeight) - 2*gap}
	if w.Type != "text" {
		b.rect("card", at.x, at.y, at.width, at.height, 4)
	}
	switch {
	case w.Type == "text":
		b.markdown(at, w.Properties.Markdown)
	case w.Type == "alarm":
		return b.status(at, w)
	case w.Type == "log":
		return b.table(at, w)
	case w.Type == "metric" && w.Properties.View == "singleValue":
		return b.value(at, w)
	case w.Type == "metric" && w.Properties.View == "timeSeries":
		return b.graph(at, w)
	default:
		return fmt.Errorf("no way to draw the type %q with the view %q", w.Type, w.Properties.View)
	}
	return nil
}

// title writes a widget's title, and tells where the rest may begin.
func (b *board) title(at box, title string) float64 {
	y := at.y
	for _, line := range wrap(title, 14.3, at.width-20) {
		y += 17
		b.text("title", at.x+10, y+2, line)
	}
	return y + 8
}
