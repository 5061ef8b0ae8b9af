package main

import (
	"fmt"
	"slices"
	"strings"
)

// faults are all that is wrong, each a sentence that says where.
type faults []string

func (f *faults) add(format string, args ...any) {
	if text := fmt.Sprintf(format, args...); !slices.Contains(*f, text) {
		*f = append(*f, text)
	}
}

// join adds each of the others once.
func (f *faults) join(others faults) {
	for _, other := range others {
		f.add("%s", other)
	}
}

// asError gives an error that lists the faults, nil where there are none.
func (f faults) asError(what string) error {
	if len(f) == 0 {
		return nil
	}
	word := "faults"
	if len(f) == 1 {
		word = "fault"
	}
	return fmt.Errorf("%s: %d %s\n- %s", what, len(f), word, strings.Join(f, "\n- "))
}
