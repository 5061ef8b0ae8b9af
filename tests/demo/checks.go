package main

import (
	"fmt"
	"strings"
)

// checks counts the expectations, and keeps those that were not met.
type checks struct {
	made        int
	differences []string
	begun       int // differences when the act began
}

// expect compares one outcome, given as a line of text, with the expected one,
// and returns what the tables say about it.
func (c *checks) expect(what, want, got string) string {
	c.made++
	if got == want {
		return "yes"
	}
	c.differences = append(c.differences, fmt.Sprintf("NOT AS EXPECTED: %s\n  expected %s\n  got      %s", what, want, strings.TrimSpace(got)))
	return "NO"
}
