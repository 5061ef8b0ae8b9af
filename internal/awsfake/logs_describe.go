package awsfake

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// describedGroup is an item of DescribeLogGroups.
type describedGroup struct {
	LogGroupName              string `json:"logGroupName"`
	CreationTime              int64  `json:"creationTime"`
	RetentionInDays           int    `json:"retentionInDays,omitempty"`
	MetricFilterCount         *int   `json:"metricFilterCount,omitempty"`
	Arn                       string `json:"arn"`
	StoredBytes               *int   `json:"storedBytes,omitempty"`
	KmsKeyID                  string `json:"kmsKeyId,omitempty"`
	LogGroupClass             string `json:"logGroupClass,omitempty"`
	LogGroupArn               string `json:"logGroupArn,omitempty"`
	DeletionProtectionEnabled bool   `json:"deletionProtectionEnabled,omitempty"`
}

type describeRequest struct {
	LogGroupNamePrefix  *string
	LogGroupNamePattern *string
	LogGroupIdentifiers []string
	AccountIdentifiers  []string
	LogGroupClass       string
	Limit               *int
	NextToken           *string
}

// check answers input that the API does not admit, and returns the page's size.
func (in describeRequest) check() (limit int, err error) {
	if limit, err = checkLimit(in.Limit, 50); err != nil {
		return 0, err
	}
	if in.LogGroupNamePrefix != nil {
		if err := groupNamePattern.check(*in.LogGroupNamePrefix, "logGroupNamePrefix", 1, 512); err != nil {
			return 0, err
		}
	}
	if in.LogGroupNamePattern != nil {
		if err := namePartPattern.check(*in.LogGroupNamePattern, "logGroupNamePattern", 0, 512); err != nil {
			return 0, err
		}
	}
	for _, id := range in.LogGroupIdentifiers {
		if err := groupSearchPattern.check(id, "logGroupIdentifiers", 1, 2048); err != nil {
			return 0, err
		}
	}
	switch {
	case in.LogGroupNamePrefix != nil && in.LogGroupNamePattern != nil:
		return 0, invalid("LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.")
	case in.LogGroupIdentifiers != nil && (len(in.LogGroupIdentifiers) < 1 || len(in.LogGroupIdentifiers) > 50):
		return 0, violates(strconv.Itoa(len(in.LogGroupIdentifiers))+" items", "logGroupIdentifiers", "have length between 1 and 50")
	case in.LogGroupIdentifiers != nil && (in.LogGroupNamePrefix != nil || in.LogGroupNamePattern != nil ||
		in.AccountIdentifiers != nil || in.LogGroupClass != "" || in.Limit != nil || in.NextToken != nil):
		return 0, invalid("LogGroup identifiers cannot be combined with other filters.")
	case len(in.AccountIdentifiers) > 20:
		return 0, violates(strconv.Itoa(len(in.AccountIdentifiers))+" items", "accountIdentifiers", "have length less than or equal to 20")
	}
	return limit, nil
}

func checkLimit(limit *int, most int) (int, error) {
	switch {
	case limit == nil:
		return 50, nil
	case *limit < 1:
		return 0, violates(strconv.Itoa(*limit), "limit", "have value greater than or equal to 1")
	case *limit > most:
		return 0, violates(strconv.Itoa(*limit), "limit", "have value less than or equal to "+strconv.Itoa(most))
	}
	return *limit, nil
}

type describeResponse struct {
	LogGroups []describedGroup `json:"logGroups"`
	NextToken string           `json:"nextToken,omitempty"`
}

func (w *World) describeLogGroups(r *request) (any, error) {
	in, err := decode[describeRequest](r)
	if err != nil {
		return nil, err
	}
	limit, err := in.check()
	if err != nil {
		return nil, err
	}
	if in.LogGroupIdentifiers != nil {
		return w.describeNamed(r.scope, in.LogGroupIdentifiers), nil
	}
	var prefix, pattern string
	if in.LogGroupNamePrefix != nil {
		prefix = *in.LogGroupNamePrefix
	}
	if in.LogGroupNamePattern != nil {
		pattern = *in.LogGroupNamePattern
	}
	groups, next, err := w.page(pageRequest{
		scope: r.scope, query: "describe\n" + prefix + "\n" + pattern + "\n" + in.LogGroupClass,
		prefix: prefix, limit: limit, token: in.NextToken,
		matches: func(g *groupRecord) bool {
			return strings.Contains(g.name, pattern) && (in.LogGroupClass == "" || g.class() == in.LogGroupClass)
		},
	})
	if err != nil {
		return nil, err
	}
	out := describeResponse{LogGroups: make([]describedGroup, 0, len(groups)), NextToken: next}
	for _, g := range groups {
		out.LogGroups = append(out.LogGroups, g.describe(r.scope, pattern == ""))
	}
	return out, nil
}

// describeNamed describes the groups that a list of names or ARNs names, less
// those that do not exist.
func (w *World) describeNamed(s scope, identifiers []string) describeResponse {
	out := describeResponse{LogGroups: []describedGroup{}}
	var names []string
	for _, id := range identifiers {
		name := id
		if strings.HasPrefix(id, "arn:") {
			name, _ = groupNameIn(id, s)
		}
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		if g, err := w.visibleGroup(s, name); err == nil {
			out.LogGroups = append(out.LogGroups, g.describe(s, true))
		}
	}
	return out
}

// describe makes an item of the answer. A search by pattern gets but little.
func (g *groupRecord) describe(s scope, full bool) describedGroup {
	arn := LogGroupARN(s.account, s.region, g.name)
	d := describedGroup{LogGroupName: g.name, CreationTime: g.created, Arn: arn + ":*"}
	if !full {
		return d
	}
	more, none := g.seen(), 0
	d.RetentionInDays, d.MetricFilterCount, d.StoredBytes = more.retention, &none, &more.stored
	d.KmsKeyID, d.LogGroupClass, d.LogGroupArn = g.key, g.class(), arn
	d.DeletionProtectionEnabled = more.protected
	return d
}

func (w *World) listLogGroups(r *request) (any, error) {
	in, err := decode[struct {
		LogGroupNamePattern *string
		LogGroupClass       string
		Limit               *int
		NextToken           *string
	}](r)
	if err != nil {
		return nil, err
	}
	limit, err := checkLimit(in.Limit, 1000)
	if err != nil {
		return nil, err
	}
	pattern := regexp.MustCompile("")
	if in.LogGroupNamePattern != nil {
		if pattern, err = regexp.Compile(*in.LogGroupNamePattern); err != nil || len(*in.LogGroupNamePattern) < 3 || len(*in.LogGroupNamePattern) > 129 {
			return nil, violates(*in.LogGroupNamePattern, "logGroupNamePattern", "be a regular expression of 3 to 129 characters")
		}
	}
	groups, next, err := w.page(pageRequest{
		scope: r.scope, query: "list\n" + pattern.String() + "\n" + in.LogGroupClass, limit: limit, token: in.NextToken,
		matches: func(g *groupRecord) bool {
			return pattern.MatchString(g.name) && (in.LogGroupClass == "" || g.class() == in.LogGroupClass)
		},
	})
	if err != nil {
		return nil, err
	}
	type entry struct {
		LogGroupName  string `json:"logGroupName"`
		LogGroupArn   string `json:"logGroupArn"`
		LogGroupClass string `json:"logGroupClass"`
	}
	list := []entry{}
	for _, g := range groups {
		list = append(list, entry{g.name, LogGroupARN(r.account, r.region, g.name), g.class()})
	}
	out := map[string]any{"logGroups": list}
	if next != "" {
		out["nextToken"] = next
	}
	return out, nil
}
