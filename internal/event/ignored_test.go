package event_test

import (
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
			"another detail-type", set(enveloped(tree{}), "detail-type", "Scheduled Event"),
			&event.Ignored{Reason: answer.UnhandledEvent, Account: "444455556666", Region: "us-east-2"},
		},
		{
			"a service event, not a call", set(enveloped(tree{"eventName": "RotateKey"}), "detail-type", "AWS Service Event via CloudTrail"),
			&event.Ignored{Reason: answer.UnhandledEvent, Account: "444455556666", Region: "us-east-2"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := event.Parse(marshal(t, tt.payload))
			if err != nil {
				t.Fatalf("got error %v, want it ignored; Lambda would retry it and park it", err)
			}
			if diff := cmp.Diff(event.Input(tt.want), got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
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
