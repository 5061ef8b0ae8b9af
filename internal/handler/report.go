package handler

import (
	"context"
	"log/slog"

	"log-group-kms/internal/answer"
	"log-group-kms/internal/failure"
	"log-group-kms/internal/metric"
)

// counters says which metric counts an outcome.
var counters = map[answer.Outcome]metric.Name{
	answer.Associated: metric.Associated,
	answer.Planned:    metric.Planned,
	answer.Unchanged:  metric.Unchanged,
	answer.Skipped:    metric.Skipped,
	answer.Gone:       metric.Gone,
}

// report logs and counts what became of one log group, and gives err back.
func (h *Handler) report(ctx context.Context, a answer.Answer, err error) error {
	h.log(ctx, a, err, slog.LevelInfo)
	h.write(ctx, measure(a, err), map[string]string{
		"reason": string(a.Reason), "errorType": errorType(err),
		"logGroup": a.LogGroup, "account": a.Account, "region": a.Region, "rule": a.Rule,
	})
	return err
}

// log writes the lines of one log group. It is the only place where an error is
// logged. idle is the level of those that nothing was done to.
func (h *Handler) log(ctx context.Context, a answer.Answer, err error, idle slog.Level) {
	if a.TagRejected != "" {
		h.Log.LogAttrs(ctx, slog.LevelWarn, "tag rejected",
			append(attributes(a), slog.String("cause", a.TagRejectedWhy))...)
	}
	if err != nil {
		h.Log.LogAttrs(ctx, slog.LevelError, "failed", append(attributes(a),
			slog.String("errorType", string(failure.TypeOf(err))), slog.String("errorMessage", err.Error()))...)
		return
	}
	level := slog.LevelInfo
	if a.Outcome == answer.Unchanged || a.Outcome == answer.Skipped {
		level = idle
	}
	if h.Log.Enabled(ctx, level) { // a sweep has very many of these
		h.Log.LogAttrs(ctx, level, string(a.Outcome), attributes(a)...)
	}
}

// write writes metrics. That they cannot be written must not fail the work.
func (h *Handler) write(ctx context.Context, values []metric.Value, properties map[string]string) {
	if err := h.Metrics.Write(values, properties); err != nil {
		h.Log.LogAttrs(ctx, slog.LevelError, "metrics lost", slog.String("errorMessage", err.Error()))
	}
}

func errorType(err error) string {
	if err == nil {
		return ""
	}
	return string(failure.TypeOf(err))
}

// measure gives the metrics of one log group.
func measure(a answer.Answer, err error) []metric.Value {
	var values []metric.Value
	if err != nil {
		values = append(values, metric.Value{Name: metric.Failed, Value: 1})
	} else {
		values = append(values, metric.Value{Name: counters[a.Outcome], Value: 1})
	}
	if a.TagRejected != "" {
		values = append(values, metric.Value{Name: metric.TagRejected, Value: 1})
	}
	if a.Attempts > 0 {
		values = append(values, metric.Value{Name: metric.Attempts, Value: float64(a.Attempts)})
	}
	if a.ExposureSeconds != nil {
		values = append(values, metric.Value{Name: metric.ExposureSeconds, Value: *a.ExposureSeconds})
	}
	return values
}

// attributes gives the answer's keys as log attributes, without the empty ones.
func attributes(a answer.Answer) []slog.Attr {
	var list []slog.Attr
	for _, field := range []struct{ key, value string }{
		{"outcome", string(a.Outcome)}, {"reason", string(a.Reason)},
		{"logGroup", a.LogGroup}, {"resourceIdentifier", a.ResourceIdentifier},
		{"account", a.Account}, {"region", a.Region},
		{"kmsKeyArn", a.KMSKeyARN}, {"previousKmsKeyArn", a.PreviousKMSKeyARN},
		{"rule", a.Rule}, {"tagRejected", string(a.TagRejected)}, {"eventId", a.EventID},
	} {
		if field.value != "" {
			list = append(list, slog.String(field.key, field.value))
		}
	}
	list = append(list, slog.Int("attempts", a.Attempts), slog.Bool("dryRun", a.DryRun))
	if a.ExposureSeconds != nil {
		list = append(list, slog.Float64("exposureSeconds", *a.ExposureSeconds))
	}
	return list
}
