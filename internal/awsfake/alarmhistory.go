package awsfake

import (
	"cmp"
	"slices"
)

func (w *World) describeAlarmHistory(r *request) (any, error) {
	in, err := decode[struct {
		AlarmName, HistoryItemType, ScanBy, NextToken string
		AlarmTypes                                    []string
		StartDate, EndDate                            *float64
		MaxRecords                                    int
	}](r)
	if err != nil {
		return nil, err
	}
	type entry struct {
		alarm *alarmRecord
		alarmEvent
	}
	var found []entry
	for name, a := range w.deployed.alarms[r.scope] {
		if in.AlarmName != "" && in.AlarmName != name || !a.isOf(in.AlarmTypes) {
			continue
		}
		for _, e := range a.history {
			at := seconds(e.at)
			if (in.HistoryItemType == "" || in.HistoryItemType == e.kind) &&
				(in.StartDate == nil || at >= *in.StartDate) && (in.EndDate == nil || at <= *in.EndDate) {
				found = append(found, entry{a, e})
			}
		}
	}
	slices.SortStableFunc(found, func(a, b entry) int { return a.at.Compare(b.at) })
	if in.ScanBy != "TimestampAscending" {
		slices.Reverse(found)
	}
	page, next, err := paged(found, in.NextToken, cmp.Or(in.MaxRecords, 100))
	if err != nil {
		return nil, fail("InvalidNextToken", "The next token is invalid")
	}
	items := []map[string]any{}
	for _, e := range page {
		items = append(items, map[string]any{
			"AlarmName": e.alarm.Name, "Timestamp": instant(e.at), "HistoryItemType": e.kind, "HistorySummary": e.summary, "HistoryData": e.data,
		})
	}
	out := map[string]any{"AlarmHistoryItems": items}
	if next != "" {
		out["NextToken"] = next
	}
	return out, nil
}
