package main

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	"log-group-kms/internal/answer"
	"log-group-kms/internal/cli"
	"log-group-kms/internal/explain"
)

// What was found out before an interruption is said; what was not is not blamed on AWS.
func TestReportAfterAnInterruption(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	known := &explain.Explanation{Answer: answer.Answer{LogGroup: "/known"}}
	var out, complaints bytes.Buffer
	o := &explainFlags{Options: cli.Options{Output: "text", Quiet: true}}
	status, err := o.report(ctx, cli.Streams{Out: &out, Err: &complaints}, []explained{{Explanation: known}, {err: errors.New("time ran out")}})
	if status != cli.Failed || err == nil || err.Error() != "interrupted after 1 of 2 names. Start it again for the others." {
		t.Errorf("got status %d, %v, want 2 and how far it got", status, err)
	}
	if !strings.HasPrefix(out.String(), "/known\t") || complaints.Len() > 0 {
		t.Errorf("got %q and complaints %q, want /known alone", out.String(), complaints.String())
	}
}
