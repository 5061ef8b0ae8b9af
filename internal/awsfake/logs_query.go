package awsfake

// startQuery begins a Logs Insights query, which here finds nothing. What
// matters is the key that its results are stored under.
func (w *World) startQuery(r *request) (any, error) {
	in, err := decode[struct {
		LogGroupName        *string
		LogGroupNames       []string
		LogGroupIdentifiers []string
		QueryString         *string
		StartTime, EndTime  *int64
	}](r)
	if err != nil {
		return nil, err
	}
	switch {
	case in.QueryString == nil:
		return nil, missing("queryString")
	case in.StartTime == nil:
		return nil, missing("startTime")
	case in.EndTime == nil:
		return nil, missing("endTime")
	}
	names := in.LogGroupNames
	if in.LogGroupName != nil {
		names = append(names, *in.LogGroupName)
	}
	for _, name := range names {
		if _, err := w.visibleGroup(r.scope, name); err != nil {
			return nil, err
		}
	}
	if w.queries[r.scope] == nil {
		w.queries[r.scope] = map[string]string{}
	}
	id := newUUID()
	w.queries[r.scope][id] = w.queryResults[r.scope]
	return map[string]string{"queryId": id}, nil
}

// getQueryResults is the only operation that shows the key of query results.
func (w *World) getQueryResults(r *request) (any, error) {
	in, err := decode[struct{ QueryID string }](r)
	if err != nil {
		return nil, err
	}
	key, known := w.queries[r.scope][in.QueryID]
	if !known {
		return nil, fail("ResourceNotFoundException", "The specified query does not exist.")
	}
	out := map[string]any{
		"status":     "Complete",
		"results":    []any{},
		"statistics": map[string]float64{"bytesScanned": 0, "recordsMatched": 0, "recordsScanned": 0},
	}
	if key != "" {
		out["encryptionKey"] = key
	}
	return out, nil
}
