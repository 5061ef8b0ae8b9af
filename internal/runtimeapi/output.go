package runtimeapi

import (
	"fmt"
	"io"
	"os"
	"strings"
)

// output keeps what processes write in a file that they write to themselves. A
// pipe would lag behind: here, what a process wrote before it answered an event
// can be read once the answer is there.
type output struct{ file *os.File }

// newOutput makes an empty file that goes away with this process.
func newOutput() (output, error) {
	file, err := os.CreateTemp("", "runtimeapi-output-*")
	if err != nil {
		return output{}, fmt.Errorf("making a file for the output: %w", err)
	}
	// It is open, so its name is not needed. All writers share one offset.
	_ = os.Remove(file.Name())
	return output{file}, nil
}

// text returns everything written so far.
func (o output) text() string {
	info, err := o.file.Stat()
	if err != nil {
		return ""
	}
	// A section reader leaves the offset alone, which the writers share.
	data, err := io.ReadAll(io.NewSectionReader(o.file, 0, info.Size()))
	if err != nil {
		return ""
	}
	return string(data)
}

// lines returns the complete lines written so far.
func (o output) lines() []string {
	text := o.text()
	end := strings.LastIndexByte(text, '\n')
	if end < 0 {
		return nil
	}
	return strings.Split(text[:end], "\n")
}

// and returns a writer that also copies to another one, if there is one.
func (o output) and(other io.Writer) io.Writer {
	if other == nil {
		return o.file
	}
	return io.MultiWriter(o.file, other)
}
