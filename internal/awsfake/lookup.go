package awsfake

import (
	"cmp"
	"encoding/json"
	"slices"
	"time"
)

// historyLife is how long CloudTrail's event history goes back.
const historyLife = 90 * 24 * time.Hour

// KeepHistory says whether calls are kept for LookupEvents: those that are recorded
// as events. It is off at first, since every account would pay for it.
func (w *World) KeepHistory(on bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.history.on = on
}

// history is CloudTrail's event history, the newest last.
type history struct {
	on      bool
	entries []historyEntry
}

type historyEntry struct {
	scope
	at     time.Time
	record trailRecord
}

// PutHistory adds the record of a call to the event history, as if it had been made
// at a time: by the World's own account, with parameters as the call writes them.
// errorCode is empty for a call that went well.
func (w *World) PutHistory(account, region string, at time.Time, eventName string, parameters map[string]any, errorCode string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	s := scope{cmp.Or(account, w.account), region}
	caller := identity{account: s.account, user: "local", accessKey: "AKIAIOSFODNN7EXAMPLE"}
	w.remember(s, at, trailRecord{
		EventVersion: "1.11", UserIdentity: caller.record(region), EventTime: at.UTC().Format(time.RFC3339),
		EventSource: "logs.amazonaws.com", EventName: eventName, AwsRegion: region, SourceIPAddress: "192.0.2.1",
		ErrorCode: errorCode, RequestParameters: parameters, RequestID: newUUID(), EventID: newUUID(),
		EventType: "AwsApiCall", ManagementEvent: true, RecipientAccountID: s.account, EventCategory: "Management",
	})
}

func (w *World) remember(s scope, at time.Time, record trailRecord) {
	w.history.entries = append(w.history.entries, historyEntry{s, at, record})
}

type lookupRequest struct {
	LookupAttributes   []struct{ AttributeKey, AttributeValue string }
	StartTime, EndTime *float64
	MaxResults         *int
	NextToken          string
}

// check answers input that the API does not admit, and returns the page's size.
func (in lookupRequest) check() (size int, err error) {
	size = 50
	if in.MaxResults != nil {
		size = *in.MaxResults
	}
	switch {
	case len(in.LookupAttributes) > 1:
		return 0, fail("InvalidLookupAttributesException", "You can specify only one lookup attribute.")
	case size < 1 || size > 50:
		return 0, fail("InvalidMaxResultsException", "MaxResults must be between 1 and 50.")
	case in.StartTime != nil && in.EndTime != nil && *in.StartTime > *in.EndTime:
		return 0, fail("InvalidTimeRangeException", "The start time is later than the end time.")
	}
	return size, nil
}

func (w *World) lookupEvents(r *request) (any, error) {
	in, err := decode[lookupRequest](r)
	if err != nil {
		return nil, err
	}
	size, err := in.check()
	if err != nil {
		return nil, err
	}
	var found []historyEntry
	for _, e := range w.history.entries {
		at := seconds(e.at)
		if e.scope == r.scope && time.Since(e.at) < historyLife && (in.StartTime == nil || at >= *in.StartTime) && (in.EndTime == nil || at <= *in.EndTime) && in.chooses(e.record) {
			found = append(found, e)
		}
	}
	slices.SortStableFunc(found, func(a, b historyEntry) int { return b.at.Compare(a.at) })
	page, next, err := paged(found, in.NextToken, size)
	if err != nil {
		return nil, fail("InvalidNextTokenException", "The NextToken is invalid.")
	}
	events := []map[string]any{}
	for _, e := range page {
		text, err := json.Marshal(e.record)
		if err != nil {
			return nil, err
		}
		events = append(events, map[string]any{
			"EventId": e.record.EventID, "EventName": e.record.EventName, "EventSource": e.record.EventSource,
			"EventTime": seconds(e.at), "ReadOnly": "false", "CloudTrailEvent": string(text),
		})
	}
	out := map[string]any{"Events": events}
	if next != "" {
		out["NextToken"] = next
	}
	return out, nil
}

// chooses says whether a record has the attribute that is looked for.
func (in lookupRequest) chooses(record trailRecord) bool {
	for _, a := range in.LookupAttributes {
		values := map[string]string{"EventName": record.EventName, "EventSource": record.EventSource, "EventId": record.EventID, "ReadOnly": "false"}
		if values[a.AttributeKey] != a.AttributeValue {
			return false
		}
	}
	return true
}
