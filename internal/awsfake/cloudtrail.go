package awsfake

import (
	"cmp"
	"slices"
	"strings"
)

var cloudTrailOperations = map[string]operation{
	"DescribeTrails":    (*World).describeTrails,
	"GetEventSelectors": (*World).getEventSelectors,
	"GetTrailStatus":    (*World).getTrailStatus,
	"LookupEvents":      (*World).lookupEvents,
	"StartLogging":      (*World).startLogging,
	"StopLogging":       (*World).stopLogging,
}

// Trail is a CloudTrail trail.
type Trail struct {
	Name        string
	Account     string // its owner; the World's own account if empty
	HomeRegion  string
	MultiRegion bool
	// Members are the accounts that see the trail beside its owner: it is the
	// organization's.
	Members []string
	Stopped bool
	// Basic or Advanced say which events it holds; neither: all management events.
	Basic    []BasicSelector
	Advanced []AdvancedSelector
}

// BasicSelector chooses events in the older way.
type BasicSelector struct {
	ReadWriteType                 string // All, ReadOnly or WriteOnly
	IncludeManagementEvents       bool
	ExcludeManagementEventSources []string
	DataResources                 []DataResource
}

// DataResource is a kind of resource whose data events a trail holds.
type DataResource struct {
	Type   string
	Values []string
}

// AdvancedSelector chooses events by their fields.
type AdvancedSelector struct {
	Name           string `json:",omitempty"`
	FieldSelectors []FieldSelector
}

// FieldSelector is a condition on one field; of the lists, one holds something.
type FieldSelector struct {
	Field         string
	Equals        []string `json:",omitempty"`
	NotEquals     []string `json:",omitempty"`
	StartsWith    []string `json:",omitempty"`
	NotStartsWith []string `json:",omitempty"`
	EndsWith      []string `json:",omitempty"`
	NotEndsWith   []string `json:",omitempty"`
}

// ARN is the trail's ARN, which names its owner and home Region everywhere.
func (t Trail) ARN() string {
	return "arn:" + Partition(t.HomeRegion) + ":cloudtrail:" + t.HomeRegion + ":" + t.Account + ":trail/" + t.Name
}

// PutTrail makes a trail, or replaces the one of that name, owner and home Region.
// It returns its ARN.
func (w *World) PutTrail(t Trail) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	t.Account = cmp.Or(t.Account, w.account)
	w.trails = slices.DeleteFunc(w.trails, func(old *Trail) bool { return old.ARN() == t.ARN() })
	w.trails = append(w.trails, &t)
	return t.ARN()
}

// home says whether the trail was made in this account and Region; elsewhere a
// shadow of it is seen.
func (t Trail) home(s scope) bool { return t.Account == s.account && t.HomeRegion == s.region }

// seen says whether the trail, or a shadow of it, is seen in an account and Region.
func (t Trail) seen(s scope) bool {
	return (t.Account == s.account || slices.Contains(t.Members, s.account)) && (t.MultiRegion || t.HomeRegion == s.region)
}

func (w *World) describeTrails(r *request) (any, error) {
	in, err := decode[struct {
		TrailNameList       []string
		IncludeShadowTrails *bool
	}](r)
	if err != nil {
		return nil, err
	}
	shadows := in.IncludeShadowTrails == nil || *in.IncludeShadowTrails
	list := []map[string]any{}
	for _, t := range w.trails {
		wanted := len(in.TrailNameList) == 0 || slices.Contains(in.TrailNameList, t.ARN()) || slices.Contains(in.TrailNameList, t.Name)
		if !wanted || !t.seen(r.scope) || !shadows && !t.home(r.scope) {
			continue
		}
		list = append(list, map[string]any{
			"Name": t.Name, "TrailARN": t.ARN(), "HomeRegion": t.HomeRegion, "S3BucketName": "trails-of-" + t.Account,
			"IsMultiRegionTrail": t.MultiRegion, "IsOrganizationTrail": len(t.Members) > 0,
			"HasCustomEventSelectors": t.Basic != nil || t.Advanced != nil, "HasInsightSelectors": false,
			"IncludeGlobalServiceEvents": true, "LogFileValidationEnabled": true,
		})
	}
	return map[string]any{"trailList": list}, nil
}

// findTrail finds the trail of a request: by its ARN, or where it was made by its
// name.
func (w *World) findTrail(r *request, name string) (*Trail, error) {
	for _, t := range w.trails {
		if t.seen(r.scope) && (t.ARN() == name || t.home(r.scope) && t.Name == name) {
			return t, nil
		}
	}
	return nil, fail("TrailNotFoundException", "Unknown trail: %s for the user: %s", name, r.account)
}

func (w *World) getTrailStatus(r *request) (any, error) {
	in, err := decode[struct{ Name string }](r)
	if err != nil {
		return nil, err
	}
	t, err := w.findTrail(r, in.Name)
	if err != nil {
		return nil, err
	}
	return map[string]any{"IsLogging": !t.Stopped}, nil
}

func (w *World) getEventSelectors(r *request) (any, error) {
	in, err := decode[struct{ TrailName string }](r)
	if err != nil {
		return nil, err
	}
	t, err := w.findTrail(r, in.TrailName)
	if err != nil {
		return nil, err
	}
	out := map[string]any{"TrailARN": t.ARN()}
	switch {
	case t.Advanced != nil:
		out["AdvancedEventSelectors"] = t.Advanced
	case t.Basic != nil:
		out["EventSelectors"] = t.Basic
	default:
		out["EventSelectors"] = []BasicSelector{{ReadWriteType: "All", IncludeManagementEvents: true}}
	}
	return out, nil
}

func (w *World) startLogging(r *request) (any, error) { return w.switchTrail(r, false) }
func (w *World) stopLogging(r *request) (any, error)  { return w.switchTrail(r, true) }

// switchTrail starts or stops a trail, which only its owner may in its home Region.
func (w *World) switchTrail(r *request, stopped bool) (any, error) {
	in, err := decode[struct{ Name string }](r)
	if err != nil {
		return nil, err
	}
	t, err := w.findTrail(r, in.Name)
	if err != nil {
		return nil, err
	}
	if !t.home(r.scope) {
		return nil, fail("InvalidHomeRegionException", "Trail %s can be changed in its home region %s only.", in.Name, t.HomeRegion)
	}
	t.Stopped = stopped
	return map[string]any{}, nil
}

// holds says whether the trail's selectors let a writing management event of a
// service in, as far as they choose by category, kind and source.
func (t Trail) holds(source string) bool {
	for _, s := range t.Basic {
		if s.IncludeManagementEvents && s.ReadWriteType != "ReadOnly" && !slices.Contains(s.ExcludeManagementEventSources, source) {
			return true
		}
	}
	for _, s := range t.Advanced {
		event := map[string]string{"eventCategory": "Management", "readOnly": "false", "eventSource": source}
		if !slices.ContainsFunc(s.FieldSelectors, func(f FieldSelector) bool { return !f.matches(event[f.Field]) }) {
			return true
		}
	}
	return t.Basic == nil && t.Advanced == nil
}

func (f FieldSelector) matches(value string) bool {
	some := func(list []string, test func(value, with string) bool) bool {
		return slices.ContainsFunc(list, func(with string) bool { return test(value, with) })
	}
	equal := func(a, b string) bool { return a == b }
	return (f.Equals == nil || some(f.Equals, equal)) && !some(f.NotEquals, equal) &&
		(f.StartsWith == nil || some(f.StartsWith, strings.HasPrefix)) && !some(f.NotStartsWith, strings.HasPrefix) &&
		(f.EndsWith == nil || some(f.EndsWith, strings.HasSuffix)) && !some(f.NotEndsWith, strings.HasSuffix)
}

// Reaches says whether the World's trails bring the writing management events of a
// service, such as logs.amazonaws.com, to the rules of an account and Region.
func (w *World) Reaches(account, region, source string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	s := scope{cmp.Or(account, w.account), region}
	return slices.ContainsFunc(w.trails, func(t *Trail) bool { return !t.Stopped && t.seen(s) && t.holds(source) })
}
