package handler

import (
	"context"
	"log/slog"

	"log-group-kms/internal/answer"
	"log-group-kms/internal/event"
	"log-group-kms/internal/metric"
	"log-group-kms/internal/sweep"
	"log-group-kms/internal/target"
)

// sweep obeys the command. Its log groups are logged one by one, but counted
// together: a million lines of metrics would say no more.
func (h *Handler) sweep(ctx context.Context, in *event.Sweep) (any, error) {
	scope, err := h.at(ctx, target.Scope{Account: in.Account, Region: in.Region})
	if err != nil {
		return nil, h.report(ctx, answer.Answer{}, err)
	}
	s, err := h.Sweeper.Sweep(ctx, sweep.Request{
		Scope: scope, Prefix: in.Prefix, Cursor: in.Cursor, DryRun: in.DryRun || h.DryRun,
	}, func(a answer.Answer, err error) { h.log(ctx, a, err, slog.LevelDebug) })
	if err != nil {
		if s.Examined > 0 {
			h.write(ctx, measureSweep(s, in.Prefix), map[string]string{"account": s.Account, "region": s.Region, "prefix": in.Prefix})
		}
		return nil, h.report(ctx, answer.Answer{Account: scope.Account, Region: scope.Region}, err)
	}
	h.Log.LogAttrs(ctx, slog.LevelInfo, "swept",
		slog.String("account", s.Account), slog.String("region", s.Region), slog.String("prefix", in.Prefix),
		slog.Int("examined", s.Examined), slog.Int("encrypted", s.Encrypted),
		slog.Int("associated", s.Associated), slog.Int("planned", s.Planned), slog.Int("unchanged", s.Unchanged),
		slog.Int("skipped", s.Skipped), slog.Int("gone", s.Gone), slog.Int("failed", s.Failed),
		slog.Bool("done", s.Cursor == ""))
	h.write(ctx, measureSweep(s, in.Prefix), map[string]string{"account": s.Account, "region": s.Region, "prefix": in.Prefix})
	return s, nil
}

// measureSweep gives the metrics of one call of a sweep. The share of encrypted
// log groups is only said of whole sweeps: that of some prefix would look like a
// sudden change of the whole.
func measureSweep(s sweep.Answer, prefix string) []metric.Value {
	var values []metric.Value
	for _, v := range []struct {
		name  metric.Name
		count int
	}{
		{metric.Associated, s.Associated}, {metric.Planned, s.Planned}, {metric.Unchanged, s.Unchanged},
		{metric.Skipped, s.Skipped}, {metric.Gone, s.Gone}, {metric.Failed, s.Failed},
		{metric.TagRejected, s.TagRejected}, {metric.Attempts, s.Attempts},
	} {
		values = append(values, metric.Value{Name: v.name, Value: float64(v.count)})
	}
	if s.Total != nil && prefix == "" {
		values = append(values,
			metric.Value{Name: metric.LogGroups, Value: float64(s.Total.LogGroups)},
			metric.Value{Name: metric.LogGroupsEncrypted, Value: float64(s.Total.Encrypted)},
			metric.Value{Name: metric.CoveragePercent, Value: s.Total.CoveragePercent()})
	}
	return values
}
