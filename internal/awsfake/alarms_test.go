package awsfake_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsaccount "github.com/aws/aws-sdk-go-v2/service/account/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	cwtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/google/go-cmp/cmp"
)

var enabledRegions = []awsaccount.RegionOptStatus{awsaccount.RegionOptStatusEnabled, awsaccount.RegionOptStatusEnabledByDefault}

func sqsAttribute(name string) sqstypes.QueueAttributeName { return sqstypes.QueueAttributeName(name) }

func TestAlarms(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, s := deployed(t)
		client := cloudwatch.NewFromConfig(s.config())
		time.Sleep(90 * time.Minute)
		w.SetAlarmState("", region, "keys-Open", "ALARM")
		rang := time.Now()
		time.Sleep(time.Hour)

		describe := func(types ...cwtypes.AlarmType) *cloudwatch.DescribeAlarmsOutput {
			out, err := client.DescribeAlarms(t.Context(), &cloudwatch.DescribeAlarmsInput{
				AlarmNames: []string{"keys-Open", "keys-Any", "keys-None"}, AlarmTypes: types,
			})
			must(t, err)
			return out
		}
		out := describe()
		if len(out.MetricAlarms) != 1 || len(out.CompositeAlarms) != 0 {
			t.Fatalf("got %d and %d alarms, want the metric alarm alone where no type is asked for", len(out.MetricAlarms), len(out.CompositeAlarms))
		}
		alarm := out.MetricAlarms[0]
		if alarm.StateValue != cwtypes.StateValueAlarm || !alarm.StateUpdatedTimestamp.Equal(rang) || !*alarm.ActionsEnabled || !cmp.Equal(alarm.AlarmActions, []string{topic}) {
			t.Errorf("got %+v, want it to ring since %v and to tell the topic", alarm, rang)
		}
		if out := describe(cwtypes.AlarmTypeCompositeAlarm); len(out.CompositeAlarms) != 1 || out.CompositeAlarms[0].StateValue != cwtypes.StateValueInsufficientData {
			t.Errorf("got %+v, want the composite alarm without data", out.CompositeAlarms)
		}
		if _, err := client.SetAlarmState(t.Context(), &cloudwatch.SetAlarmStateInput{
			AlarmName: aws.String("keys-None"), StateValue: "OK", StateReason: aws.String("test"),
		}); errorOf(err).Code != "ResourceNotFound" {
			t.Errorf("got %+v for an alarm that is not there, want ResourceNotFound", errorOf(err))
		}
		w.DenyAction("", "cloudwatch:DescribeAlarms", true)
		if _, err := client.DescribeAlarms(t.Context(), &cloudwatch.DescribeAlarmsInput{}); errorOf(err).Code != "AccessDenied" {
			t.Errorf("got %+v for a caller without the right, want AccessDenied", errorOf(err))
		}
	})
}

// An alarm's history says whether its actions reached anybody.
func TestAlarmHistory(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, s := deployed(t)
		client := cloudwatch.NewFromConfig(s.config())
		const trouble = "CloudWatch Alarms does not have authorization to access the SNS topic encryption key."
		w.SetAlarmState("", region, "keys-Open", "ALARM")
		time.Sleep(time.Hour)
		_, err := client.SetAlarmState(t.Context(), &cloudwatch.SetAlarmStateInput{
			AlarmName: aws.String("keys-Open"), StateValue: cwtypes.StateValueOk, StateReason: aws.String("test"), // it has no action for OK
		})
		must(t, err)
		time.Sleep(time.Hour)
		w.SetTopicTrouble(topic, trouble)
		w.SetAlarmState("", region, "keys-Open", "ALARM")

		history := func(since time.Duration, kind cwtypes.HistoryItemType) (list []string) {
			out, err := client.DescribeAlarmHistory(t.Context(), &cloudwatch.DescribeAlarmHistoryInput{
				AlarmName: aws.String("keys-Open"), HistoryItemType: kind, StartDate: aws.Time(time.Now().Add(-since)),
			})
			must(t, err)
			for _, item := range out.AlarmHistoryItems {
				list = append(list, *item.HistorySummary)
			}
			return list
		}
		failed, worked := `Failed to execute action `+topic+`. Received error: "`+trouble+`"`, `Successfully executed action `+topic
		if diff := cmp.Diff([]string{failed, worked}, history(24*time.Hour, cwtypes.HistoryItemTypeAction)); diff != "" {
			t.Errorf("all actions: %s", diff)
		}
		if diff := cmp.Diff([]string{failed}, history(time.Minute, cwtypes.HistoryItemTypeAction)); diff != "" {
			t.Errorf("the last minute's actions: %s", diff)
		}
		if got := history(24*time.Hour, ""); len(got) != 5 {
			t.Errorf("got %q, want three changes of state and two actions", got)
		}
	})
}
