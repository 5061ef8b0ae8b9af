package event_test

import (
	"strings"
	"testing"

	"log-group-kms/internal/event"
)

func TestInvalidRecords(t *testing.T) {
	created := func() tree { return record("CreateLogGroup", tree{"logGroupName": "/app"}) }
	tests := []struct {
		name    string
		payload tree
		field   string
	}{
		{"no detail", without(enveloped(nil), "detail"), "detail"},
		{"null detail", enveloped(nil), "detail"},
		{"detail is a string", enveloped("x"), "detail"},
		{"detail is an array", enveloped([]any{created()}), "detail"},
		{"detail-type is a number", set(enveloped(created()), "detail-type", 1), "detail-type"},
		{"envelope's account is a number", set(enveloped(created()), "account", 123456789012), "account"},
		{"envelope's region is an object", set(enveloped(without(created(), "awsRegion")), "region", tree{}), "region"},
		{"detail without eventSource", enveloped(without(created(), "eventSource")), "detail.eventSource"},
		{"no eventSource", without(created(), "eventSource"), "eventSource"},
		{"no eventName", without(created(), "eventName"), "eventName"},
		{"detail without eventName", enveloped(without(created(), "eventName")), "detail.eventName"},
		{"null eventName", set(created(), "eventName", nil), "eventName"},
		{"empty eventName", set(created(), "eventName", ""), "eventName"},
		{"eventSource is a boolean", set(created(), "eventSource", true), "eventSource"},
		{"eventName is an array", set(created(), "eventName", []any{"CreateLogGroup"}), "eventName"},
		{"errorCode is a number", set(created(), "errorCode", 403), "errorCode"},
		{"recipientAccountId is a number", set(created(), "recipientAccountId", 123456789012), "recipientAccountId"},
		{"awsRegion is an object", set(created(), "awsRegion", tree{}), "awsRegion"},
		{"no account at all", without(created(), "recipientAccountId"), "recipientAccountId"},
		{"no Region at all", without(created(), "awsRegion"), "awsRegion"},
		{"account of 4 digits", set(created(), "recipientAccountId", "1234"), "recipientAccountId"},
		{"Region that is a host", enveloped(set(created(), "awsRegion", "evil.example")), "detail.awsRegion"},
		{"envelope's account of 4 digits", set(enveloped(without(created(), "recipientAccountId")), "account", "1234"), "account"},
		// A record never speaks for another account than its envelope's.
		{"a record of another account than the envelope's", enveloped(set(created(), "recipientAccountId", "999988887777")), "detail.recipientAccountId"},
		{"a record of no account in an envelope that has one", enveloped(set(created(), "recipientAccountId", "1234")), "detail.recipientAccountId"},
		{"source is a number", set(enveloped(created()), "source", 1), "source"},

		{"null requestParameters", enveloped(record("CreateLogGroup", nil)), "detail.requestParameters.logGroupName"},
		{"no requestParameters", without(created(), "requestParameters"), "requestParameters.logGroupName"},
		{"requestParameters is a string", record("CreateLogGroup", "x"), "requestParameters"},
		{"requestParameters is an array", record("CreateLogGroup", []any{}), "requestParameters"},
		{"name is a number", record("CreateLogGroup", tree{"logGroupName": 1}), "requestParameters.logGroupName"},
		{"empty name", record("CreateLogGroup", tree{"logGroupName": ""}), "requestParameters.logGroupName"},
		{"impossible name", record("CreateLogGroup", tree{"logGroupName": "my app"}), "requestParameters.logGroupName"},
		{"name of 513", record("CreateLogGroup", tree{"logGroupName": strings.Repeat("a", 513)}), "requestParameters.logGroupName"},
		{"ARN is an object", record("TagResource", tree{"resourceArn": tree{}}), "requestParameters.resourceArn"},
		{"no ARN", record("TagResource", tree{"tags": tree{}}), "requestParameters.resourceArn"},
		{"a name where the ARN belongs", record("UntagResource", tree{"resourceArn": "/app"}), "requestParameters.resourceArn"},
		{"ARN of an impossible name", record("TagResource", tree{"resourceArn": "arn:aws:logs:eu-west-1:123456789012:log-group:my app"}), "requestParameters.resourceArn"},
		{"neither name nor ARN", record("AssociateKmsKey", tree{"kmsKeyId": "k"}), "requestParameters."},
		{"resourceIdentifier is a number", record("DisassociateKmsKey", tree{"resourceIdentifier": 1}), "requestParameters.resourceIdentifier"},
		{"nobody wraps a name in another case", record("CreateLogGroup", tree{"LogGroupName": "/app"}), "requestParameters.logGroupName"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := event.Parse(marshal(t, tt.payload))
			checkInvalid(t, got, err, "reading "+tt.field)
		})
	}
}

func TestInvalidPayloads(t *testing.T) {
	huge := strings.Repeat("x1", 1<<18)
	tests := []struct{ name, payload string }{
		{"nothing", ""},
		{"white space", " \n\t"},
		{"null", "null"},
		{"array", "[]"},
		{"array of a command", `[{"action":"sweep"}]`},
		{"number", "1"},
		{"string", `"sweep"`},
		{"boolean", "true"},
		{"empty object", "{}"},
		{"object without a shape", `{"hello":"world"}`},
		{"cut off", `{"action":"sw`},
		{"more than one", `{"action":"sweep"}{"action":"sweep"}`},
		{"null fields only", `{"action":null,"detail-type":null,"eventName":null,"Records":null}`},
		{"wrong case of every field", `{"Action":"sweep","Detail-Type":"x","records":[]}`},
		{"failure record outside of a message", `{"version":"1.0","requestPayload":{"action":"sweep"}}`},
		// What other tools and services send to their functions.
		{"the console's sample", `{"key1":"value1","key2":"value2","key3":"value3"}`},
		{"a warmer's ping", `{"source":"serverless-plugin-warmup"}`},
		{"a custom resource's request", `{"RequestType":"Create","ResponseURL":"https://bucket.example/?X-Amz-Signature=s3cr3t","ResourceProperties":{}}`},
		{"a part of an event", `{"detail":{"requestParameters":{"logGroupName":"/app"}}}`},
		{"an item of lookup-events", `{"EventName":"CreateLogGroup","EventSource":"logs.amazonaws.com","CloudTrailEvent":"{\"eventName\":\"CreateLogGroup\"}"}`},
		{"a file of a trail", `{"Records":[{"eventSource":"logs.amazonaws.com","eventName":"CreateLogGroup","requestParameters":{"logGroupName":"/app"}}]}`},
		{"a list of messages", `[{"messageId":"1","eventSource":"aws:sqs","body":"{}"}]`},
		{"half a megabyte of letters", huge},
		{"a number of a megabyte", strings.Repeat("1", 1<<20)},
		{"a string of half a megabyte", `"` + huge + `"`},
		{"a field of half a megabyte", `{"` + huge + `":1}`},
		{"an action of half a megabyte", `{"action":"` + huge + `"}`},
		{"an unknown field of half a megabyte", `{"action":"sweep","` + huge + `":1}`},
		{"an unknown field that has to be escaped", `{"action":"sweep","` + strings.Repeat("\U0010ffff", 500) + `":1}`},
		{"a name of half a megabyte", `{"action":"encrypt","logGroupName":"` + huge + `"}`},
		{"an ARN of half a megabyte", `{"action":"encrypt","resourceIdentifier":"arn:aws:logs:eu-west-1:123456789012:log-group:` + huge + `"}`},
		{"a Region of half a megabyte", `{"action":"sweep","region":"` + huge + `"}`},
		{"deeper than can be read", strings.Repeat(`{"a":`, 20000)},
		{"brackets without end", strings.Repeat("[", 1<<20)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := event.Parse([]byte(tt.payload))
			checkInvalid(t, got, err)
			if strings.Contains(err.Error(), "s3cr3t") {
				t.Errorf("got %q, want nothing of what was sent; the log would keep it", err)
			}
			body := marshal(t, tt.payload)
			if tt.name == "failure record outside of a message" {
				return // inside of one it is welcome
			}
			got, err = event.ParseMessage(event.Message{ID: "1", Body: body})
			checkInvalid(t, got, err)
		})
	}
}
