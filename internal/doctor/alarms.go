package doctor

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"log-group-kms/internal/check"
)

// AlarmsAPI is what is asked of CloudWatch.
type AlarmsAPI interface {
	DescribeAlarms(context.Context, *cloudwatch.DescribeAlarmsInput, ...func(*cloudwatch.Options)) (*cloudwatch.DescribeAlarmsOutput, error)
	DescribeAlarmHistory(context.Context, *cloudwatch.DescribeAlarmHistoryInput, ...func(*cloudwatch.Options)) (*cloudwatch.DescribeAlarmHistoryOutput, error)
}

// alarmsAtOnce is how many alarms DescribeAlarms takes by name.
const alarmsAtOnce = 100

// alarm is what is known of one alarm.
type alarm struct {
	name        string
	description string
	state       types.StateValue
	since       time.Time
	silent      bool // its actions are switched off
	actions     []string
}

// alarms finds out whether somebody would be told.
func (r *round) alarms(ctx context.Context) []check.Entry {
	r.progress("alarms")
	exist, names := check.Entry{Check: AlarmsExist}, r.resources.Alarms()
	if why := r.unlisted(); why != nil {
		return r.unknownAlarms(why)
	}
	if len(names) == 0 {
		exist.Result, exist.Message = check.Warning, "the stack has no alarms, so nobody is told of what goes wrong"
		exist.Remedy, exist.Runbook = "deploy with CreateAlarms=true", nobodyTold.link()
		if r.stack.WantsAlarms() {
			exist.Result, exist.Remedy = check.Failed, redeploy
		}
		return []check.Entry{exist}
	}
	found, why := r.describe(ctx, names)
	if why != nil {
		return r.unknownAlarms(why)
	}
	entries := append([]check.Entry{judgeExistence(exist, names, found)}, r.ringing(found)...)
	return append(entries, r.told(ctx, found)...)
}

// unknownAlarms is what is said where the alarms cannot be looked at.
func (r *round) unknownAlarms(why *refusal) []check.Entry {
	return []check.Entry{
		r.unknown(check.Entry{Check: AlarmsExist}, "the stack's alarms exist", why),
		r.unknown(check.Entry{Check: AlarmsQuiet}, "an alarm rings", why),
		r.unknown(check.Entry{Check: AlarmsToldBy}, somebodyTold, why),
	}
}

// describe reads the alarms, without those that do not exist any more.
func (r *round) describe(ctx context.Context, names []string) (found []alarm, why *refusal) {
	for batch := range slices.Chunk(names, alarmsAtOnce) {
		out, err := r.Alarms.DescribeAlarms(ctx, &cloudwatch.DescribeAlarmsInput{
			AlarmNames: batch, MaxRecords: aws.Int32(alarmsAtOnce), // else 50 at most are answered
			AlarmTypes: []types.AlarmType{types.AlarmTypeMetricAlarm, types.AlarmTypeCompositeAlarm},
		})
		if why := refused(ctx, "cloudwatch:DescribeAlarms", err); why != nil {
			return nil, why
		}
		for _, a := range out.MetricAlarms {
			found = append(found, alarm{
				aws.ToString(a.AlarmName), aws.ToString(a.AlarmDescription), a.StateValue, aws.ToTime(a.StateUpdatedTimestamp), !aws.ToBool(a.ActionsEnabled), a.AlarmActions,
			})
		}
		for _, a := range out.CompositeAlarms {
			found = append(found, alarm{
				aws.ToString(a.AlarmName), aws.ToString(a.AlarmDescription), a.StateValue, aws.ToTime(a.StateUpdatedTimestamp), !aws.ToBool(a.ActionsEnabled), a.AlarmActions,
			})
		}
	}
	return found, nil
}

// judgeExistence says which alarms were deleted by hand.
func judgeExistence(e check.Entry, names []string, found []alarm) check.Entry {
	missing := slices.DeleteFunc(slices.Clone(names), func(name string) bool {
		return slices.ContainsFunc(found, func(a alarm) bool { return a.name == name })
	})
	if len(missing) == 0 {
		e.Result, e.Message = check.OK, several(len(found), "alarm")+" of the stack exist"
		if len(found) == 1 {
			e.Message = "the stack's alarm exists"
		}
		return e
	}
	e.Result, e.Subject = check.Failed, missing[0]
	e.Message = "alarms of the stack that do not exist any more: " + listed(missing)
	e.Remedy, e.Runbook = restore, nobodyTold.link()
	return e
}

// ringing lists the alarms that ring, each with its own heading.
func (r *round) ringing(found []alarm) []check.Entry {
	var entries []check.Entry
	for _, a := range found {
		if a.state != types.StateValueAlarm {
			continue
		}
		says, _, _ := strings.Cut(a.description, "\n")
		e := check.Entry{Check: AlarmsQuiet, Result: check.Warning, Subject: a.name, Message: r.short(a) + " rings since " + r.clock(a.since)}
		if says != "" {
			e.Message += ": " + strings.TrimSuffix(says, ".")
		}
		e.Remedy, e.Runbook = "follow its runbook", a.runbook()
		entries = append(entries, e)
	}
	if len(entries) == 0 && len(found) > 0 {
		return []check.Entry{{Check: AlarmsQuiet, Result: check.OK, Message: "none of them rings"}}
	}
	return entries
}

// runbook is the heading that the alarm's description names: the project's own, or the
// page of those who keep a copy of theirs.
func (a alarm) runbook() string {
	for line := range strings.Lines(a.description) {
		link, found := strings.CutPrefix(strings.TrimSpace(line), "Runbook: ")
		if i := strings.Index(link, page+"#"); i >= 0 {
			link = link[i:]
		}
		if found && link != "" {
			return link
		}
	}
	return allAlarms.link()
}

// short is the alarm's name without the stack's.
func (r *round) short(a alarm) string { return strings.TrimPrefix(a.name, r.stack.Name+"-") }

// clock is a point in time as a line can hold it.
func (r *round) clock(t time.Time) string {
	if t.IsZero() {
		return "some time"
	}
	if r.now.Sub(t) < 12*time.Hour {
		return t.UTC().Format("15:04 UTC")
	}
	return t.UTC().Format("2006-01-02 15:04 UTC")
}

// lastPart is what stands behind the last slash or colon.
func lastPart(id string) string { return id[strings.LastIndexAny(id, "/:")+1:] }
