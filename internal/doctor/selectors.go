package doctor

import (
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"
)

// extent is how many of the calls of one kind a trail holds.
type extent int

const (
	none extent = iota
	some        // it depends on what is not known of a call beforehand, such as who makes it
	every
)

// The writing management events that matter here, by the fields of advanced selectors.
var (
	groupMade   = managementEvent("logs.amazonaws.com", "CreateLogGroup")
	keyDisabled = managementEvent("kms.amazonaws.com", "DisableKey")
)

func managementEvent(source, name string) map[string]string {
	return map[string]string{
		"eventCategory": "Management", "readOnly": "false", "eventType": "AwsApiCall", "eventSource": source, "eventName": name,
	}
}

// extentOf says how many events like one a trail with these selectors holds. AWS
// answers the older selectors or the advanced ones, never both; a trail without any
// holds all management events
// (https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-management-events-with-cloudtrail.html).
func extentOf(selectors *cloudtrail.GetEventSelectorsOutput, event map[string]string) extent {
	if len(selectors.EventSelectors)+len(selectors.AdvancedEventSelectors) == 0 {
		return every
	}
	most := none
	for _, s := range selectors.EventSelectors {
		if isHeld(s, event) {
			most = every
		}
	}
	for _, s := range selectors.AdvancedEventSelectors {
		least := every
		for _, f := range s.FieldSelectors {
			least = min(least, matches(f, event))
		}
		most = max(most, least)
	}
	return most
}

// isHeld tells whether one of the older selectors lets a writing management event in.
func isHeld(s types.EventSelector, event map[string]string) bool {
	return (s.IncludeManagementEvents == nil || *s.IncludeManagementEvents) &&
		s.ReadWriteType != types.ReadWriteTypeReadOnly &&
		!slices.Contains(s.ExcludeManagementEventSources, event["eventSource"])
}

// matches says whether an event passes a condition of an advanced selector.
func matches(f types.AdvancedFieldSelector, event map[string]string) extent {
	value, known := event[aws.ToString(f.Field)]
	if !known {
		return some
	}
	holds := func(list []string, test func(value, with string) bool) bool {
		return slices.ContainsFunc(list, func(with string) bool { return test(value, with) })
	}
	equal := func(value, with string) bool { return value == with }
	for _, c := range []struct {
		list    []string
		test    func(value, with string) bool
		negated bool
	}{
		{f.Equals, equal, false}, {f.NotEquals, equal, true},
		{f.StartsWith, strings.HasPrefix, false}, {f.NotStartsWith, strings.HasPrefix, true},
		{f.EndsWith, strings.HasSuffix, false}, {f.NotEndsWith, strings.HasSuffix, true},
	} {
		if len(c.list) > 0 && holds(c.list, c.test) == c.negated {
			return none
		}
	}
	return every
}
