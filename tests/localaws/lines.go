package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"
	"unicode"

	"log-group-kms/internal/awsfake"
)

// textLines returns a report of each call as a line for people. Like that of
// jsonLines it may be called from several goroutines; what cannot be written is
// lost, since there is nobody to be told.
func textLines(w io.Writer) func(awsfake.Call) {
	var mu sync.Mutex
	return func(c awsfake.Call) {
		status := fmt.Sprint(c.Status)
		if c.Status == 0 {
			status = "---" // no answer was sent
		}
		code := c.ErrorCode
		if code == "UnknownOperationException" {
			code += " (not part of this local AWS)"
		}
		line := fmt.Sprintf("%s  %-14s  %-19s  %-44s  %s %s", c.At.Format(time.TimeOnly),
			cmp.Or(c.Service, "-"), cmp.Or(c.Operation, "-"), cmp.Or(oneLine(c.Resource), "-"), status, code)
		mu.Lock()
		defer mu.Unlock()
		fmt.Fprintln(w, strings.TrimRight(line, " "))
	}
}

// oneLine keeps what a client sent from being more than one line.
func oneLine(text string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, text)
}

// jsonLines returns a report of each call as a line for programs.
func jsonLines(w io.Writer) func(awsfake.Call) {
	var mu sync.Mutex
	lines := json.NewEncoder(w)
	return func(c awsfake.Call) {
		mu.Lock()
		defer mu.Unlock()
		_ = lines.Encode(struct {
			At time.Time `json:"time"`
			seenCall
		}{c.At.UTC(), seen(c)})
	}
}
