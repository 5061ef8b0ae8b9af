package doctor

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"log-group-kms/internal/check"
	"log-group-kms/internal/stack"
)

const (
	// toldWithin is how long CloudWatch keeps the history of alarms.
	toldWithin = 30 * 24 * time.Hour

	// mostNotices is how many of an alarm's last actions are looked at.
	mostNotices = 10

	somebodyTold = "the alarms tell somebody"
)

// told finds out whether alarms have somebody to tell, and whether their last notices
// went out. A topic whose policy or key does not admit CloudWatch loses every notice,
// and only the alarm's history says so.
func (r *round) told(ctx context.Context, found []alarm) []check.Entry {
	var entries []check.Entry
	var silent, mute []alarm
	for _, a := range found {
		switch {
		case a.silent:
			silent = append(silent, a)
		case len(a.actions) == 0:
			mute = append(mute, a)
		}
	}
	if len(silent) > 0 {
		entries = append(entries, r.silent(silent, found))
	}
	if len(mute) > 0 {
		entries = append(entries, r.mute(mute, found))
	}
	var last notice
	for _, a := range found {
		if len(a.actions) == 0 || a.silent {
			continue
		}
		notices, why := r.notices(ctx, a)
		if why != nil {
			return append(entries, r.unknown(check.Entry{Check: AlarmsToldBy, Subject: a.name}, somebodyTold, why))
		}
		for _, n := range notices {
			if n.failed {
				entries = append(entries, r.lost(a, n))
			} else if n.at.After(last.at) {
				last = n
			}
		}
	}
	if len(entries) > 0 || len(found) == 0 {
		return entries
	}
	e := check.Entry{Check: AlarmsToldBy, Result: check.OK}
	e.Message = "the alarms have somebody to tell; none has rung within 30 days, so it is not proven that the notice arrives"
	if !last.at.IsZero() {
		e.Message = "the alarms tell " + last.to + ", last at " + r.clock(last.at)
	}
	return []check.Entry{e}
}

// silent says that actions are switched off: by the stack in a dry run, else by somebody.
func (r *round) silent(silent, found []alarm) check.Entry {
	e := check.Entry{Check: AlarmsToldBy, Result: check.Warning, Runbook: nobodyTold.link()}
	e.Message = "the actions of alarms are switched off, so they tell nobody: " + r.which(silent, found)
	e.Remedy = "aws cloudwatch enable-alarm-actions --alarm-names " + strings.Join(names(silent), " ")
	if r.stack.IsDryRun() {
		e.Remedy = "deploy with DryRun=false once the plan is what you want"
	}
	return e
}

// mute says that alarms have no actions.
func (r *round) mute(mute, found []alarm) check.Entry {
	e := check.Entry{Check: AlarmsToldBy, Result: check.Warning, Runbook: nobodyTold.link()}
	if topic := r.stack.AlarmTopic(); topic != "" {
		e.Message = "alarms have nobody to tell, although " + stack.AlarmTopicARN + " is " + topic + ": " + r.which(mute, found)
		e.Remedy = restore
		return e
	}
	e.Message = "alarms have nobody to tell, since " + stack.AlarmTopicARN + " is empty: " + r.which(mute, found)
	e.Remedy = "deploy with " + stack.AlarmTopicARN + "=ARN of an SNS topic"
	return e
}

// which names alarms, or says that it is all of them.
func (r *round) which(some, found []alarm) string {
	if len(some) == len(found) {
		return "all of them"
	}
	var short []string
	for _, a := range some {
		short = append(short, r.short(a))
	}
	return listed(short)
}

func names(alarms []alarm) []string {
	var list []string
	for _, a := range alarms {
		list = append(list, a.name)
	}
	return list
}

// notice is an action that an alarm took.
type notice struct {
	at     time.Time
	to     string
	failed bool
	why    string
}

// notices gives the last notice of an alarm to each of those whom it tells.
func (r *round) notices(ctx context.Context, a alarm) ([]notice, *refusal) {
	out, err := r.Alarms.DescribeAlarmHistory(ctx, &cloudwatch.DescribeAlarmHistoryInput{
		AlarmName: &a.name, HistoryItemType: types.HistoryItemTypeAction, ScanBy: types.ScanByTimestampDescending,
		AlarmTypes: []types.AlarmType{types.AlarmTypeMetricAlarm, types.AlarmTypeCompositeAlarm},
		StartDate:  aws.Time(r.now.Add(-toldWithin)), MaxRecords: aws.Int32(mostNotices),
	})
	if why := refused(ctx, "cloudwatch:DescribeAlarmHistory", err); why != nil {
		return nil, why
	}
	var last []notice
	for _, item := range out.AlarmHistoryItems {
		n := readNotice(item)
		known := slices.ContainsFunc(last, func(newer notice) bool { return newer.to == n.to })
		if !known && slices.Contains(a.actions, n.to) {
			last = append(last, n)
		}
	}
	return last, nil
}

// readNotice reads an entry of an alarm's history, such as `Failed to execute action
// ARN. Received error: "…"`. Its data says the same, and more where the summary is short.
func readNotice(item types.AlarmHistoryItem) notice {
	summary := aws.ToString(item.HistorySummary)
	var data struct{ ActionState, NotificationResource, Error string }
	_ = json.Unmarshal([]byte(aws.ToString(item.HistoryData)), &data) // the summary suffices
	n := notice{at: aws.ToTime(item.Timestamp), to: data.NotificationResource, why: data.Error}
	n.failed = strings.HasPrefix(summary, "Failed to execute action") || data.ActionState == "Failed"
	if _, said, found := strings.Cut(summary, "action arn:"); n.to == "" && found {
		to, _, _ := strings.Cut("arn:"+said, " ")
		n.to = strings.TrimSuffix(to, ".")
	}
	if _, said, found := strings.Cut(summary, "Received error: "); n.why == "" && found {
		n.why = strings.Trim(said, `"`)
	}
	return n
}

// lost says that a notice did not go out.
func (r *round) lost(a alarm, n notice) check.Entry {
	e := check.Entry{Check: AlarmsToldBy, Result: check.Failed, Subject: a.name, Runbook: nobodyTold.link()}
	e.Message = fmt.Sprintf("%s wanted to tell %s at %s, and could not", r.short(a), n.to, r.clock(n.at))
	if n.why != "" {
		e.Message += ": " + n.why
	}
	e.Remedy = "look at the topic's policy: it must allow cloudwatch.amazonaws.com to call sns:Publish"
	if strings.Contains(n.why, "KMS") || strings.Contains(n.why, "encryption key") {
		e.Remedy = "let the policy of the topic's key allow cloudwatch.amazonaws.com kms:Decrypt and kms:GenerateDataKey*; alias/aws/sns cannot"
	}
	return e
}
