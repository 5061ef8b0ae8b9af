package main

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	logstypes "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"

	"log-group-kms/internal/audit"
	"log-group-kms/internal/target"
	"log-group-kms/internal/terminal"
)

// late answers when nobody waits for it any more.
type late struct{}

func (late) ListLogGroups(ctx context.Context, _ *cloudwatchlogs.ListLogGroupsInput, _ ...func(*cloudwatchlogs.Options)) (*cloudwatchlogs.ListLogGroupsOutput, error) {
	<-ctx.Done()
	return &cloudwatchlogs.ListLogGroupsOutput{LogGroups: make([]logstypes.LogGroupSummary, 5)}, nil
}

// Once the line is cleared for the report, no count may come that was still under way.
func TestNothingIsCountedAfterTheStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var line bytes.Buffer
		c := count(t.Context(), terminal.NewProgress(&line, terminal.Terminal{Rewrites: true, Width: 80}), []target.Scope{{}},
			func(context.Context, target.Scope) (audit.ListAPI, error) { return late{}, nil })
		c.examined(3)
		c.stop()
		stopped := line.String()
		synctest.Wait()
		if !strings.Contains(stopped, "3 log groups") || !strings.HasSuffix(stopped, "\r\x1b[K") || line.String() != stopped {
			t.Errorf("got %q, and then %q; want a cleared line, and nothing after it", stopped, strings.TrimPrefix(line.String(), stopped))
		}
	})
}
