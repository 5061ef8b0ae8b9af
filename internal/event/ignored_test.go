package event_test

import (
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"log-group-kms/internal/answer"
	"log-group-kms/internal/event"
	"log-group-kms/internal/target"
)

func TestIgnored(t *testing.T) {
	failed := func(name string, parameters any) tree {
		return set(record(name, parameters), "errorCode", "AccessDenied")
	}
	tests := []struct {
		name    string
		payload tree
		want    *event.Ignored
	}{
		{"denied call, null requestParameters", failed("CreateLogGroup", nil), ignored(answer.FailedCall, "", "0d04ad5c")},
		{"denied call, enveloped", enveloped(failed("CreateLogGroup", nil)), ignored(answer.FailedCall, "", "0d04ad5c")},
		{"failed call, with its name", failed("CreateLogGroup", tree{"logGroupName": "/app"}), ignored(answer.FailedCall, "/app", "0d04ad5c")},
		{"failed call of any name", failed("DescribeQueries", nil), ignored(answer.FailedCall, "", "0d04ad5c")},
		{"failed call, name that no group can have", failed("CreateLogGroup", tree{"logGroupName": "my app"}), ignored(answer.FailedCall, "", "0d04ad5c")},
		{"failed call, parameters of another shape", failed("CreateLogGroup", "omitted"), ignored(answer.FailedCall, "", "0d04ad5c")},
		{"call of another name", record("PutRetentionPolicy", tree{"logGroupName": "/app"}), ignored(answer.UnhandledEvent, "/app", "0d04ad5c")},
		{"deletion", record("DeleteLogGroup", tree{"logGroupName": "/app"}), ignored(answer.UnhandledEvent, "/app", "0d04ad5c")},
		{"names are exact", record("createLogGroup", tree{"logGroupName": "/app"}), ignored(answer.UnhandledEvent, "/app", "0d04ad5c")},
		{"call of another name, null requestParameters", record("DescribeQueries", nil), ignored(answer.UnhandledEvent, "", "0d04ad5c")},
		{
			"another service", enveloped(set(record("CreateBucket", tree{"bucketName": "b"}), "eventSource", "s3.amazonaws.com")),
			ignored(answer.UnhandledEvent, "", "0d04ad5c"),
		},
		{
			// KMS, too, has a TagResource; failed or not, it is not ours.
			"another service's failed call", set(set(record("TagResource", nil), "eventSource", "kms.amazonaws.com"), "errorCode", "AccessDenied"),
			ignored(answer.UnhandledEvent, "", "0d04ad5c"),
		},
		{
			"another detail-type", set(enveloped(tree{}), "detail-type", "Trusted Advisor Check Item Refresh Notification"),
			&event.Ignored{Reason: answer.UnhandledEvent, Account: "123456789012", Region: "us-east-2"},
		},
		{
			"a service event, not a call", set(enveloped(tree{"eventName": "RotateKey"}), "detail-type", "AWS Service Event via CloudTrail"),
			&event.Ignored{Reason: answer.UnhandledEvent, Account: "123456789012", Region: "us-east-2"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { checkIgnored(t, tt.payload, tt.want) })
	}
}

func checkIgnored(t *testing.T, payload tree, want *event.Ignored) {
	t.Helper()
	got, err := event.Parse(marshal(t, payload))
	if err != nil {
		t.Fatalf("got error %v, want it ignored; Lambda would retry it and park it", err)
	}
	if diff := cmp.Diff(event.Input(want), got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// What an event is comes first. One of another service is ignored whatever else it
// holds: refused, it would be retried, parked and redriven for ever.
func TestForeign(t *testing.T) {
	odd := tree{
		"detail": "{}", "account": 123456789012, "region": tree{}, "resources": "none", "time": 1, "id": []any{},
		"errorCode": 403, "recipientAccountId": true, "awsRegion": []any{}, "eventID": 1, "requestParameters": "[HIDDEN]",
	}
	for name, what := range map[string]tree{
		"a schedule of EventBridge Scheduler":      {"source": "aws.scheduler", "detail-type": "Scheduled Event"},
		"a schedule of a rule":                     {"source": "aws.events", "detail-type": "Scheduled Event"},
		"an event of another service":              {"source": "aws.ec2", "detail-type": "EC2 Instance State-change Notification"},
		"another service's call":                   {"source": "aws.s3", "detail-type": "AWS API Call via CloudTrail"},
		"an insight":                               {"source": "aws.logs", "detail-type": "AWS Insight via CloudTrail"},
		"a destination's event, out of no message": {"source": "lambda", "detail-type": "Lambda Function Invocation Result - Failure"},
		"somebody's own":                           {"source": "com.example", "detail-type": "AWS API Call via CloudTrail"},
		"another service's record":                 {"eventSource": "s3.amazonaws.com", "eventName": "PutObject"},
		"another service's record without a name":  {"eventSource": "s3.amazonaws.com"},
		"another call's record":                    {"eventSource": "logs.amazonaws.com", "eventName": "PutRetentionPolicy"},
	} {
		t.Run(name, func(t *testing.T) {
			full := maps.Clone(odd)
			maps.Copy(full, what)
			for _, payload := range []tree{what, full} {
				got, err := event.Parse(marshal(t, payload))
				ignored, ok := got.(*event.Ignored)
				if err != nil || !ok || ignored.Reason != answer.UnhandledEvent {
					t.Errorf("%v: got %T %+v, %v, want it ignored as unhandled", payload, got, got, err)
				}
			}
		})
	}
}

// Anybody may send an event of another source whose detail looks like a record of
// a call; acting on it would let them choose log groups.
func TestForeignSource(t *testing.T) {
	for _, source := range []string{"com.example", "aws.s3", "aws.logs2", "Aws.Logs", " aws.logs", "*"} {
		payload := set(enveloped(record("CreateLogGroup", tree{"logGroupName": "/app"})), "source", source)
		checkIgnored(t, payload, ignored(answer.UnhandledEvent, "", "0d04ad5c"))
	}
}

// Who forgot the input of a schedule has no sweep and no error either, so the log
// has to say what is missing.
func TestScheduleWithoutInput(t *testing.T) {
	for _, source := range []string{"aws.scheduler", "aws.events"} {
		payload := set(set(enveloped("{}"), "detail-type", "Scheduled Event"), "source", source)
		got, err := event.Parse(marshal(t, payload))
		in, ok := got.(*event.Ignored)
		if err != nil || !ok || in.Reason != answer.UnhandledEvent {
			t.Fatalf("%s: got %T, %v, want it ignored", source, got, err)
		}
		if !strings.Contains(in.Warning, `{"action":"sweep"}`) {
			t.Errorf("%s: got the warning %q, want what a schedule must send in it", source, in.Warning)
		}
	}
}

// AWS adds fields as it likes, also inside of what is read.
func TestUnknownFieldsPass(t *testing.T) {
	detail := record("CreateLogGroup", tree{"logGroupName": "/app", "deletionProtectionEnabled": true, "LogGroupName": "/other"})
	detail["vpcEndpointId"] = "vpce-1"
	detail["tlsDetails"] = tree{"tlsVersion": "TLSv1.3"}
	detail["EventName"] = "DeleteLogGroup"
	detail["ERRORCODE"] = "AccessDenied"
	payload := enveloped(detail)
	payload["replay-name"] = "again"
	payload["Account"] = 4711
	got := parseChange(t, marshal(t, payload))
	if want := (target.LogGroup(ireland, "/app")); got.Target != want {
		t.Errorf("got %+v, want %+v; a field of another case was taken", got.Target, want)
	}
}
