package event_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"log-group-kms/internal/answer"
	"log-group-kms/internal/event"
	"log-group-kms/internal/target"
)

// The account is the envelope's, which EventBridge sets, and in a bare record its
// recipient's; who called is nobody's business, since callers may be of another
// account.
func TestWhereTheLogGroupIs(t *testing.T) {
	created := func() tree { return record("CreateLogGroup", tree{"logGroupName": "/app"}) }
	tests := []struct {
		name    string
		payload tree
		want    target.Scope
	}{
		{"the record's own", enveloped(created()), ireland},
		{"bare record", created(), ireland},
		{
			"account of the envelope", set(enveloped(without(created(), "recipientAccountId")), "account", "444455556666"),
			target.Scope{Partition: "aws", Account: "444455556666", Region: "eu-west-1"},
		},
		{
			"Region of the envelope", enveloped(without(created(), "awsRegion")),
			target.Scope{Partition: "aws", Account: "123456789012", Region: "us-east-2"},
		},
		{
			"null is as good as missing", set(enveloped(set(created(), "recipientAccountId", nil)), "account", "444455556666"),
			target.Scope{Partition: "aws", Account: "444455556666", Region: "eu-west-1"},
		},
		{
			"both of the envelope", enveloped(without(without(created(), "recipientAccountId"), "awsRegion")),
			target.Scope{Partition: "aws", Account: "123456789012", Region: "us-east-2"},
		},
		{
			"an account that begins with 0", set(enveloped(set(created(), "recipientAccountId", "012345670123")), "account", "012345670123"),
			target.Scope{Partition: "aws", Account: "012345670123", Region: "eu-west-1"},
		},
		{"an envelope written by hand, without an account", without(enveloped(created()), "account"), ireland},
		{"an envelope written by hand, without a source", without(enveloped(created()), "source"), ireland},
		{"an envelope out of an archive", set(enveloped(created()), "replay-name", "again"), ireland},
		{
			"empty is as good as missing", enveloped(set(created(), "awsRegion", "")),
			target.Scope{Partition: "aws", Account: "123456789012", Region: "us-east-2"},
		},
		{
			"partition by the Region, GovCloud", set(created(), "awsRegion", "us-gov-west-1"),
			target.Scope{Partition: "aws-us-gov", Account: "123456789012", Region: "us-gov-west-1"},
		},
		{
			"partition by the Region, China", set(created(), "awsRegion", "cn-northwest-1"),
			target.Scope{Partition: "aws-cn", Account: "123456789012", Region: "cn-northwest-1"},
		},
		{
			"partition by an ARN at hand",
			record("TagResource", tree{"resourceArn": "arn:aws-iso:logs:eu-west-1:123456789012:log-group:/app"}),
			target.Scope{Partition: "aws-iso", Account: "123456789012", Region: "eu-west-1"},
		},
		{
			// CloudTrail saw the call where the group is; the caller wrote the ARN.
			"account and Region never by an ARN",
			record("TagResource", tree{"resourceArn": "arn:aws:logs:ap-south-1:999988887777:log-group:/app"}),
			ireland,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := parseChange(t, marshal(t, tt.payload))
			if diff := cmp.Diff(target.LogGroup(tt.want, "/app"), got.Target); diff != "" {
				t.Errorf("another log group would be encrypted (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWhatACallNames(t *testing.T) {
	const arn = "arn:aws:logs:eu-west-1:123456789012:log-group:"
	tests := []struct {
		call       string
		parameters tree
		want       string // "": the event is unhandled
	}{
		{"CreateLogGroup", tree{"logGroupName": "/app/build#42"}, "/app/build#42"},
		{"AssociateKmsKey", tree{"logGroupName": "/app", "kmsKeyId": "k"}, "/app"},
		{"AssociateKmsKey", tree{"resourceIdentifier": arn + "/app", "kmsKeyId": "k"}, "/app"},
		{"AssociateKmsKey", tree{"logGroupName": nil, "resourceIdentifier": arn + "/app"}, "/app"},
		{"DisassociateKmsKey", tree{"logGroupName": "/app"}, "/app"},
		{"DisassociateKmsKey", tree{"resourceIdentifier": arn + "/app:*"}, "/app"},
		{"TagResource", tree{"resourceArn": arn + "/app", "tags": tree{"a": "b"}}, "/app"},
		{"TagResource", tree{"resourceArn": arn + "/app:*"}, "/app"},
		{"TagResource", tree{"resourceArn": arn + "/app/build#42"}, "/app/build#42"},
		{"UntagResource", tree{"resourceArn": arn + "/app", "tagKeys": []any{"a"}}, "/app"},
		{"TagLogGroup", tree{"logGroupName": "/app", "tags": tree{"a": "b"}}, "/app"},
		{"UntagLogGroup", tree{"logGroupName": "/app", "tags": []any{"a"}}, "/app"},

		{"TagResource", tree{"resourceArn": arn + "/app:log-stream:today"}, ""},
		{"TagResource", tree{"resourceArn": "arn:aws:logs:eu-west-1:123456789012:destination:central"}, ""},
		{"TagResource", tree{"resourceArn": "arn:aws:oam:eu-west-1:123456789012:sink/1a2b"}, ""},
		{"UntagResource", tree{"resourceArn": "arn:aws:logs:eu-west-1:123456789012:delivery:4711"}, ""},
		// Answering our own query-result call with another one would never end.
		{"AssociateKmsKey", tree{"resourceIdentifier": "arn:aws:logs:eu-west-1:123456789012:query-result:*"}, ""},
		{"DisassociateKmsKey", tree{"resourceIdentifier": "arn:aws:logs:eu-west-1:123456789012:query-result:*"}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.call, func(t *testing.T) {
			payload := marshal(t, enveloped(record(tt.call, tt.parameters)))
			if tt.want != "" {
				if got := parseChange(t, payload).Target.LogGroup; got != tt.want {
					t.Errorf("%v: got log group %q, want %q", tt.parameters, got, tt.want)
				}
				return
			}
			got, err := event.Parse(payload)
			if err != nil {
				t.Fatalf("%v: got error %v, want it ignored; it would be retried and parked", tt.parameters, err)
			}
			if diff := cmp.Diff(event.Input(ignored(answer.UnhandledEvent, "", "0d04ad5c")), got); diff != "" {
				t.Errorf("%v (-want +got):\n%s", tt.parameters, diff)
			}
		})
	}
}

// Only CreateLogGroup shows tags that may decide: those of a TagResource request
// are but the ones it adds.
func TestTagsOfAChange(t *testing.T) {
	const arn = "arn:aws:logs:eu-west-1:123456789012:log-group:/app"
	tags := tree{"kms-key": "alias/payments"}
	tests := []struct {
		name   string
		record tree
		want   map[string]string
	}{
		{"CreateLogGroup", record("CreateLogGroup", tree{"logGroupName": "/app", "tags": tags}), map[string]string{"kms-key": "alias/payments"}},
		{"CreateLogGroup without tags", record("CreateLogGroup", tree{"logGroupName": "/app"}), nil},
		{"CreateLogGroup with null tags", record("CreateLogGroup", tree{"logGroupName": "/app", "tags": nil}), nil},
		{"TagResource", record("TagResource", tree{"resourceArn": arn, "tags": tags}), nil},
		{"TagLogGroup", record("TagLogGroup", tree{"logGroupName": "/app", "tags": tags}), nil},
		// What an event says null of is not known from it: AWS is asked.
		{
			"a null tag", record("CreateLogGroup", tree{"logGroupName": "/app", "tags": tree{"kms-key": nil, "team": "", "owner": "a"}}),
			map[string]string{"team": "", "owner": "a"},
		},
		// They are then read from AWS; the log group must not stay open for them.
		{"tags of another shape", record("CreateLogGroup", tree{"logGroupName": "/app", "tags": []any{"kms-key"}}), nil},
		{"a tag of another shape", record("CreateLogGroup", tree{"logGroupName": "/app", "tags": tree{"kms-key": 1}}), nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := parseChange(t, marshal(t, tt.record))
			if diff := cmp.Diff(tt.want, got.Tags); diff != "" {
				t.Errorf("the tags would choose another key (-want +got):\n%s", diff)
			}
		})
	}
}

// A time that cannot be read costs the measurement of the exposure; the log
// group needs its key all the same.
func TestTimeOfAChange(t *testing.T) {
	for when, want := range map[string]time.Time{
		"2026-03-11T09:14:27Z":     time.Date(2026, 3, 11, 9, 14, 27, 0, time.UTC),
		"2026-03-11T09:14:27.250Z": time.Date(2026, 3, 11, 9, 14, 27, 250_000_000, time.UTC), // as stand-ins write it
		"2026-03-11 09:14:27":      {},                                                       // as log stores write it
		"yesterday":                {},
		"":                         {},
	} {
		got := parseChange(t, marshal(t, set(record("CreateLogGroup", tree{"logGroupName": "/app"}), "eventTime", when)))
		if !got.Time.Equal(want) {
			t.Errorf("eventTime %q: got %v, want %v", when, got.Time, want)
		}
	}
}

// What else a record holds may have any shape: samples and log stores write flags,
// nulls and objects as text.
func TestOddRecords(t *testing.T) {
	odd := record("CreateLogGroup", tree{"logGroupName": "/app"})
	odd["readOnly"], odd["responseElements"], odd["errorCode"], odd["eventID"] = "false", "null", nil, 1
	odd["userIdentity"] = tree{"type": "FederatedUser", "sessionContext": "[Object]", "sessionIssuer": tree{}}
	for name, payload := range map[string]tree{"in an envelope": enveloped(odd), "bare": odd} {
		if got := parseChange(t, marshal(t, payload)); got.Target.LogGroup != "/app" {
			t.Errorf("%s: got log group %q, want /app", name, got.Target.LogGroup)
		}
	}
}
