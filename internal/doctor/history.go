package doctor

import (
	"context"
	"encoding/json"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"

	"log-group-kms/internal/clock"
	"log-group-kms/internal/event"
	"log-group-kms/internal/target"
)

const (
	// heardWithin is how far back is looked.
	heardWithin = 24 * time.Hour

	// mostLookups bounds the requests to CloudTrail, which allows two a second for the
	// whole account and Region.
	mostLookups  = 20
	callsAtOnce  = 50
	betweenPages = 550 * time.Millisecond
)

// made lists the log groups that CloudTrail saw being made, each once, the newest
// first. all tells that it has no more to show.
func (r *round) made(ctx context.Context) (groups []target.Target, all bool, why *refusal) {
	input := &cloudtrail.LookupEventsInput{
		LookupAttributes: []types.LookupAttribute{{AttributeKey: types.LookupAttributeKeyEventName, AttributeValue: aws.String("CreateLogGroup")}},
		StartTime:        aws.Time(r.now.Add(-heardWithin)), MaxResults: aws.Int32(callsAtOnce),
	}
	seen := make(map[target.Target]bool)
	for request := range mostLookups {
		if request > 0 {
			if why := refused(ctx, "cloudtrail:LookupEvents", clock.Wait(ctx, betweenPages)); why != nil {
				return nil, false, why
			}
		}
		r.progress("calls that CloudTrail saw")
		page, err := r.Trails.LookupEvents(ctx, input)
		if why := refused(ctx, "cloudtrail:LookupEvents", err); why != nil {
			return nil, false, why
		}
		for _, found := range page.Events {
			change := r.heardOf(found)
			if change == nil || seen[change.Target] {
				continue
			}
			seen[change.Target] = true
			groups = append(groups, change.Target)
		}
		if aws.ToString(page.NextToken) == "" {
			return groups, true, nil
		}
		input.NextToken = page.NextToken
	}
	return groups, false, nil
}

// heardOf reads a call as the function hears of it: through EventBridge, which adds whose
// it is. It gives nil for what the function would not act upon, failed calls above all.
func (r *round) heardOf(found types.Event) *event.Change {
	delivered, err := json.Marshal(map[string]any{
		"source": "aws.logs", "detail-type": "AWS API Call via CloudTrail", "account": r.scope.Account, "region": r.scope.Region,
		"detail": json.RawMessage(aws.ToString(found.CloudTrailEvent)),
	})
	if err != nil { // the record is no JSON
		return nil
	}
	parsed, err := event.Parse(delivered)
	change, ok := parsed.(*event.Change)
	if err != nil || !ok || change.Target.Scope != r.scope {
		return nil
	}
	return change
}
