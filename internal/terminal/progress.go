package terminal

import (
	"fmt"
	"io"
	"sync"
	"time"
)

// between is the time between two states of a progress line, so that a fast audit
// does not spend itself on writing it.
const between = 100 * time.Millisecond

// Progress is a line that says how far the work has got, and is rewritten. It is
// silent where the output is no terminal, and so is the zero value. It is safe for
// concurrent use.
type Progress struct {
	to    io.Writer
	width int

	mu    sync.Mutex
	shown time.Time
	open  bool // whether something stands in the line
}

// NewProgress makes a Progress on an output.
func NewProgress(to io.Writer, t Terminal) *Progress {
	if !t.Rewrites {
		return &Progress{}
	}
	return &Progress{to: to, width: t.Width}
}

// IsSilent tells whether nobody sees the line.
func (p *Progress) IsSilent() bool { return p.to == nil }

// Show puts text into the line, unless that was done a moment ago.
func (p *Progress) Show(text string) {
	if p.IsSilent() {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.open && time.Since(p.shown) < between {
		return
	}
	p.shown, p.open = time.Now(), true
	_, _ = fmt.Fprint(p.to, "\r\x1b[K"+Cut(Clean(text), p.width-1)) // whoever does not see it misses nothing
}

// Clear empties the line, for what else is to be written.
func (p *Progress) Clear() {
	if p.IsSilent() {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.open {
		_, _ = fmt.Fprint(p.to, "\r\x1b[K")
	}
	p.open = false
}
