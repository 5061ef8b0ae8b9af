package doctor

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"

	"log-group-kms/internal/check"
)

// TrailsAPI is what is asked of CloudTrail.
type TrailsAPI interface {
	DescribeTrails(context.Context, *cloudtrail.DescribeTrailsInput, ...func(*cloudtrail.Options)) (*cloudtrail.DescribeTrailsOutput, error)
	GetTrailStatus(context.Context, *cloudtrail.GetTrailStatusInput, ...func(*cloudtrail.Options)) (*cloudtrail.GetTrailStatusOutput, error)
	GetEventSelectors(context.Context, *cloudtrail.GetEventSelectorsInput, ...func(*cloudtrail.Options)) (*cloudtrail.GetEventSelectorsOutput, error)
	LookupEvents(context.Context, *cloudtrail.LookupEventsInput, ...func(*cloudtrail.Options)) (*cloudtrail.LookupEventsOutput, error)
}

const logsTheCalls = "a trail logs the calls that make log groups"

// trail finds out whether a trail brings the calls to EventBridge.
func (r *round) trail(ctx context.Context) []check.Entry {
	r.progress("trails")
	e := check.Entry{Check: EventsTrail}
	// Shadow trails are those of other Regions and of the organization; they are
	// listed unless one says otherwise.
	out, err := r.Trails.DescribeTrails(ctx, &cloudtrail.DescribeTrailsInput{})
	if why := refused(ctx, "cloudtrail:DescribeTrails", err); why != nil {
		return []check.Entry{r.unknown(e, logsTheCalls, why)}
	}
	seen := sideBySide(out.TrailList, func(t types.Trail) seenTrail { return r.look(ctx, t) })
	return []check.Entry{r.judgeTrails(e, seen)}
}

// seenTrail is what is known of a trail.
type seenTrail struct {
	name    string
	away    string // the only Region that it logs, where that is another one
	stopped bool
	logs    extent // of the calls that make log groups
	kms     extent // of the calls that end the use of a key
	unknown *refusal
}

// look asks for a trail's status and selectors. They are asked for by its ARN: by its
// name, the trails of other Regions and of the organization are not found.
func (r *round) look(ctx context.Context, t types.Trail) seenTrail {
	seen := seenTrail{name: aws.ToString(t.Name)}
	if aws.ToBool(t.IsOrganizationTrail) {
		seen.name += " of the organization"
	}
	if home := aws.ToString(t.HomeRegion); home != r.scope.Region && !aws.ToBool(t.IsMultiRegionTrail) {
		seen.away = home
		return seen
	}
	status, err := r.Trails.GetTrailStatus(ctx, &cloudtrail.GetTrailStatusInput{Name: t.TrailARN})
	if err != nil {
		seen.unknown = refused(ctx, "cloudtrail:GetTrailStatus", err)
	} else {
		seen.stopped = !aws.ToBool(status.IsLogging)
	}
	selectors, err := r.Trails.GetEventSelectors(ctx, &cloudtrail.GetEventSelectorsInput{TrailName: t.TrailARN})
	if err != nil {
		seen.unknown = refused(ctx, "cloudtrail:GetEventSelectors", err)
		return seen
	}
	seen.logs, seen.kms = extentOf(selectors, groupMade), extentOf(selectors, keyDisabled)
	if seen.logs == none {
		seen.unknown = nil // whether it is stopped or not
	}
	return seen
}

// judgeTrails says whether the trails suffice.
func (r *round) judgeTrails(e check.Entry, seen []seenTrail) check.Entry {
	var whole, partial, kms, why []string
	var unknown *refusal
	for _, t := range seen {
		switch {
		case t.away != "":
			why = append(why, "trail "+t.name+" logs "+t.away+" alone")
		case t.stopped:
			why = append(why, "trail "+t.name+" is stopped")
		case t.unknown != nil:
			unknown = t.unknown
		case t.logs == every:
			whole = append(whole, t.name)
		case t.logs == some:
			partial = append(partial, t.name)
		default:
			why = append(why, "trail "+t.name+" logs no writing management events of CloudWatch Logs")
		}
		if t.away == "" && !t.stopped && t.unknown == nil && t.kms == every {
			kms = append(kms, t.name)
		}
	}
	switch {
	case len(whole) > 0 && len(kms) > 0:
		e.Result, e.Subject, e.Message = check.OK, whole[0], "trail "+whole[0]+" logs the management events of this Region"
	case len(whole) > 0 && unknown != nil:
		e.Subject = whole[0]
		return r.unknown(e, "a trail logs the events of kms.amazonaws.com (trail "+whole[0]+", which logs those of CloudWatch Logs, does not)", unknown)
	case len(whole) > 0:
		e.Result, e.Subject = check.Warning, whole[0]
		e.Message = "trail " + whole[0] + " logs the management events of this Region, but not those of kms.amazonaws.com: that a key is disabled or to be deleted is noticed by the next sweep, not at once"
		e.Remedy, e.Runbook = "include the events of kms.amazonaws.com in the trail's management events", missedEvents.link()
	case unknown != nil:
		return r.unknown(e, logsTheCalls, unknown)
	case len(partial) > 0:
		e.Result, e.Subject = check.Warning, partial[0]
		e.Message = "trail " + partial[0] + " logs only some of the management events of this Region: its selectors choose by more than the kind of the call"
		e.Remedy, e.Runbook = "let a trail log all writing management events", missedEvents.link()
	default:
		if len(why) == 0 {
			why = []string{"there is none"}
		}
		e.Result, e.Message = check.Failed, "no trail logs the management events of this Region, so no event comes: "+strings.Join(why, "; ")
		e.Remedy, e.Runbook = "start a trail that logs writing management events of all Regions; an event data store is none", missedEvents.link()
	}
	return e
}
