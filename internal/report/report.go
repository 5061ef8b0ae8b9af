// Package report says what became of log groups: in log lines, and in metrics.
package report

import (
	"context"
	"log/slog"
	"reflect"
	"strings"

	"log-group-kms/internal/answer"
	"log-group-kms/internal/check"
	"log-group-kms/internal/failure"
	"log-group-kms/internal/keyring"
	"log-group-kms/internal/metric"
	"log-group-kms/internal/sweep"
)

// Reporter writes the lines. It is safe for concurrent use.
type Reporter struct {
	Log     *slog.Logger
	Metrics *metric.Writer
}

// LogGroup logs and counts what became of one log group, and gives err back. Where the
// work failed before there was a log group, the Answer is empty.
func (r *Reporter) LogGroup(ctx context.Context, a answer.Answer, err error) error {
	r.line(ctx, a, err, slog.LevelInfo)
	r.write(ctx, measure(a, err), map[string]string{
		"reason": string(a.Reason), "errorType": errorType(err),
		"logGroup": a.LogGroup, "account": a.Account, "region": a.Region, "rule": a.Rule,
	}, "")
	return err
}

// Swept logs one of the log groups of a sweep. They are counted together: a million
// lines of metrics would say no more.
func (r *Reporter) Swept(ctx context.Context, a answer.Answer, err error) {
	r.line(ctx, a, err, slog.LevelDebug)
}

// line writes the lines of one log group. It is the only place where an error is
// logged. idle is the level of those that nothing was done to.
func (r *Reporter) line(ctx context.Context, a answer.Answer, err error, idle slog.Level) {
	if a.TagRejected != "" {
		r.Log.LogAttrs(ctx, slog.LevelWarn, "tag rejected", append(attributes(a), slog.String("cause", a.TagRejectedWhy))...)
	}
	if err != nil {
		r.Log.LogAttrs(ctx, slog.LevelError, "failed", append(attributes(a),
			slog.String("errorType", errorType(err)), slog.String("errorMessage", err.Error()))...)
		return
	}
	level := slog.LevelInfo
	if a.Outcome == answer.Unchanged || a.Outcome == answer.Skipped {
		level = idle
	}
	if r.Log.Enabled(ctx, level) { // a sweep has very many of these
		r.Log.LogAttrs(ctx, level, string(a.Outcome), attributes(a)...)
	}
}

// Warn logs what an operator should know, though nothing failed.
func (r *Reporter) Warn(ctx context.Context, message string, attrs ...slog.Attr) {
	r.Log.LogAttrs(ctx, slog.LevelWarn, message, attrs...)
}

// write writes metrics. That they cannot be written must not fail the work.
func (r *Reporter) write(ctx context.Context, values []metric.Value, properties map[string]string, account string) {
	if err := r.Metrics.Write(values, properties, account); err != nil {
		r.Log.LogAttrs(ctx, slog.LevelError, "metrics lost", slog.String("errorMessage", err.Error()))
	}
}

func errorType(err error) string {
	if err == nil {
		return ""
	}
	return string(failure.TypeOf(err))
}

// outcomes says which metric counts an outcome.
var outcomes = map[answer.Outcome]metric.Name{
	answer.Associated: metric.Associated,
	answer.Planned:    metric.Planned,
	answer.Unchanged:  metric.Unchanged,
	answer.Skipped:    metric.Skipped,
	answer.Gone:       metric.Gone,
}

// measure gives the metrics of one log group.
func measure(a answer.Answer, err error) []metric.Value {
	first := metric.Value{Name: outcomes[a.Outcome], Value: 1}
	if err != nil {
		first.Name = metric.Failed
	}
	values := []metric.Value{first}
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

// Sweep logs and counts one call of a sweep. prefix is the command's, elsewhere
// whether the swept account is another one than the function's own.
func (r *Reporter) Sweep(ctx context.Context, s sweep.Answer, prefix string, elsewhere bool) {
	r.Log.LogAttrs(ctx, slog.LevelInfo, "swept", append(attributes(s), slog.String("prefix", prefix), slog.Bool("done", s.Cursor == ""))...)
	r.SweptSoFar(ctx, s, prefix, elsewhere)
}

// SweptSoFar counts one call of a sweep, whether it ended well or not, and warns of the
// keys in danger that it met.
func (r *Reporter) SweptSoFar(ctx context.Context, s sweep.Answer, prefix string, elsewhere bool) {
	for _, key := range s.InDanger {
		r.keyInDanger(ctx, s, key)
	}
	r.write(ctx, measureSweep(s, prefix, elsewhere), map[string]string{"account": s.Account, "region": s.Region, "prefix": prefix}, s.Account)
}

// Checked logs what a check found that is not well, and its sum.
func (r *Reporter) Checked(ctx context.Context, a check.Answer) {
	for _, e := range a.Checks {
		if e.Result != check.OK {
			r.Log.LogAttrs(ctx, slog.LevelWarn, "check", attributes(e)...)
		}
	}
	r.Log.LogAttrs(ctx, slog.LevelInfo, "checked", attributes(a)...)
}

// keyInDanger warns of a key without which logs cannot be read, while something can
// still be done about it.
func (r *Reporter) keyInDanger(ctx context.Context, s sweep.Answer, key sweep.UnusableKey) {
	attrs := append(attributes(key), slog.Any("examples", key.Examples), slog.String("account", s.Account), slog.String("region", s.Region))
	if key.DeletionDate != nil {
		attrs = append(attrs, slog.Time("deletionDate", *key.DeletionDate))
	}
	r.Warn(ctx, "log groups are under a key that cannot be used", append(attrs, slog.String("remedy", keyring.Remedy(key.KMSKeyARN, key.KeyState)))...)
}

// measureSweep gives the metrics of one call of a sweep. What counts a whole account
// is only said of finished sweeps of all log groups: that of some prefix would look
// like a sudden change of the whole.
func measureSweep(s sweep.Answer, prefix string, elsewhere bool) []metric.Value {
	var values []metric.Value
	for _, o := range answer.Outcomes() {
		values = append(values, metric.Value{Name: outcomes[o], Value: float64(s.Count(o))})
	}
	values = append(values,
		metric.Value{Name: metric.Failed, Value: float64(s.Failed)},
		metric.Value{Name: metric.TagRejected, Value: float64(s.TagRejected)},
		metric.Value{Name: metric.Attempts, Value: float64(s.Attempts)})
	if s.Total == nil || prefix != "" {
		return values
	}
	for _, v := range []metric.Value{
		{Name: metric.LogGroups, Value: float64(s.Total.LogGroups)},
		{Name: metric.LogGroupsEncrypted, Value: float64(s.Total.Encrypted)},
		{Name: metric.CoveragePercent, Value: s.Total.CoveragePercent()},
		{Name: metric.Open, Value: float64(s.Total.Open)},
		{Name: metric.LogGroupsUnusable, Value: float64(s.Total.Unusable)},
		{Name: metric.MissedByEvents, Value: float64(s.Total.MissedByEvents)},
	} {
		v.ByAccount = elsewhere
		values = append(values, v)
	}
	return values
}

// attributes gives the fields of an answer that are texts, numbers and booleans as
// log attributes, under their JSON keys. Those that the JSON leaves out where they
// are empty are left out too. That way a new field is in the log as well.
func attributes(of any) []slog.Attr {
	var list []slog.Attr
	value := reflect.ValueOf(of)
	for i := range value.NumField() {
		key, options, _ := strings.Cut(value.Type().Field(i).Tag.Get("json"), ",")
		field := value.Field(i)
		if key == "" || key == "-" || key == "action" || key == "cursor" || field.IsZero() && (options == "omitempty" || field.Kind() == reflect.String) {
			continue
		}
		if field.Kind() == reflect.Pointer {
			field = field.Elem()
		}
		switch field.Kind() {
		case reflect.String:
			list = append(list, slog.String(key, field.String()))
		case reflect.Int:
			list = append(list, slog.Int64(key, field.Int()))
		case reflect.Bool:
			list = append(list, slog.Bool(key, field.Bool()))
		case reflect.Float64:
			list = append(list, slog.Float64(key, field.Float()))
		}
	}
	return list
}
