package report

import (
	"context"
	"io"
	"log/slog"
	"strings"

	"github.com/aws/aws-lambda-go/lambdacontext"
)

// levels are Lambda's application log levels
// (https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html).
var levels = map[string]slog.Level{
	"TRACE": slog.LevelDebug - 4,
	"DEBUG": slog.LevelDebug,
	"INFO":  slog.LevelInfo,
	"WARN":  slog.LevelWarn,
	"ERROR": slog.LevelError,
	"FATAL": slog.LevelError + 4,
}

// NewLogger makes a logger with Lambda's keys. format and level are the values of
// AWS_LAMBDA_LOG_FORMAT and AWS_LAMBDA_LOG_LEVEL: JSON unless format is Text, and
// INFO unless level names another. The runtime's own logger would take Text where
// nothing is set.
func NewLogger(out io.Writer, format, level string) *slog.Logger {
	options := &slog.HandlerOptions{Level: slog.LevelInfo, ReplaceAttr: lambdacontext.ReplaceAttr}
	if l, ok := levels[strings.ToUpper(level)]; ok {
		options.Level = l
	}
	if strings.EqualFold(format, "Text") {
		return slog.New(withRequestID{slog.NewTextHandler(out, options)})
	}
	return slog.New(withRequestID{slog.NewJSONHandler(out, options)})
}

// withRequestID adds Lambda's request ID to every line.
type withRequestID struct{ slog.Handler }

// WithAttrs keeps the ID on the lines of derived loggers.
func (h withRequestID) WithAttrs(attrs []slog.Attr) slog.Handler {
	return withRequestID{h.Handler.WithAttrs(attrs)}
}

// WithGroup does the same.
func (h withRequestID) WithGroup(name string) slog.Handler {
	return withRequestID{h.Handler.WithGroup(name)}
}

// Handle adds the ID.
func (h withRequestID) Handle(ctx context.Context, r slog.Record) error {
	if lc, ok := lambdacontext.FromContext(ctx); ok {
		r.AddAttrs(slog.String("requestId", lc.AwsRequestID))
	}
	return h.Handler.Handle(ctx, r)
}
