package tests

import (
	"fmt"
	"strings"
	"testing"

	"log-group-kms/internal/awsfake"
	"log-group-kms/tests/golden"
)

// marker stands in every bad input, to see that no error repeats it.
const marker = "s3cr3t-in-the-payload"

// badInputs lists payloads that are not ours, or lack what they need, with what
// the error has to name.
func badInputs() []struct{ name, payload, names string } {
	deep := strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000)
	type input = struct{ name, payload, names string }
	list := []input{
		{"nothing", ``, ""}, {"spaces", "  \n", ""}, {"half of an object", `{"action":"encrypt","logGroupName":"` + marker, ""},
		{"two objects", `{"action":"encrypt","logGroupName":"/app/new"}{}`, ""}, {"bytes that are no text", "\xff\xfe" + marker, ""},
		{"null", `null`, ""}, {"true", `true`, ""}, {"number", `1e400`, ""}, {"string", `"` + marker + `"`, ""},
		{"array", `["` + marker + `"]`, ""}, {"empty object", `{}`, ""}, {"foreign object", `{"hello":"` + marker + `"}`, ""},
		{"deep nesting", deep, ""}, {"deep nesting inside", `{"detail-type":"x","detail":` + deep + `}`, ""},
		{"megabytes of text", `{"hello":"` + strings.Repeat("x", 5<<20) + `"}`, ""},
		{"megabytes as an action", `{"action":"` + strings.Repeat("x", 5<<20) + `"}`, "action"},
		{"action of another type", `{"action":{"a":"` + marker + `"}}`, "action"},
		{"action null", `{"action":null}`, "action"},
		{"action empty", `{"action":""}`, "action"},
		{"unknown action", `{"action":"decrypt","logGroupName":"/app/new"}`, "action"},
		{"encrypt nothing", `{"action":"encrypt"}`, "logGroupName"},
		{"encrypt both", `{"action":"encrypt","logGroupName":"/app/new","resourceIdentifier":"` + queryResultARN + `"}`, "resourceIdentifier"},
		{"encrypt an empty name", `{"action":"encrypt","logGroupName":""}`, "logGroupName"},
		{"encrypt a name of another type", `{"action":"encrypt","logGroupName":["` + marker + `"]}`, "logGroupName"},
		{"encrypt a name that none can be", `{"action":"encrypt","logGroupName":"a b:*"}`, "logGroupName"},
		{"encrypt a name that is too long", `{"action":"encrypt","logGroupName":"` + strings.Repeat("n", 513) + `"}`, "logGroupName"},
		{"encrypt an ARN as name", `{"action":"encrypt","logGroupName":"arn:aws:logs:eu-west-1:123456789012:log-group:/app/new"}`, "logGroupName"},
		{"encrypt no ARN", `{"action":"encrypt","resourceIdentifier":"/app/new"}`, "resourceIdentifier"},
		{"encrypt an ARN of something else", `{"action":"encrypt","resourceIdentifier":"arn:aws:logs:eu-west-1:123456789012:destination:d"}`, "resourceIdentifier"},
		{"encrypt a log stream", `{"action":"encrypt","resourceIdentifier":"arn:aws:logs:eu-west-1:123456789012:log-group:/app/new:log-stream:s"}`, "resourceIdentifier"},
		{"encrypt an ARN against the account", `{"action":"encrypt","resourceIdentifier":"arn:aws:logs:eu-west-1:123456789012:log-group:/app/new","account":"111122223333"}`, "account"},
		{"encrypt an ARN against the Region", `{"action":"encrypt","resourceIdentifier":"arn:aws:logs:eu-west-1:123456789012:log-group:/app/new","region":"us-east-1"}`, "region"},
		{"account that is no account", command("/app/new", `"account":"12"`), "account"},
		{"account as a number", command("/app/new", `"account":123456789012`), "account"},
		{"Region that is no Region", command("/app/new", `"region":"x/../y"`), "region"},
		{"Region with a host in it", command("/app/new", `"region":"evil.example.com#"`), "region"},
		{"dry run as a word", command("/app/new", `"dryRun":"false"`), "dryRun"},
		{"misspelt dry run", command("/app/new", `"dryrun":true`), "dryrun"},
		{"unknown field", command("/app/new", `"kmsKeyId":"alias/x"`), "kmsKeyId"},
		{"dry run twice", command("/app/new", `"dryRun":true`, `"dryRun":null`), "dryRun"},
		{"log group twice", command("/app/new", `"logGroupName":"/app/orders"`), "logGroupName"},
		{"check with a dry run", `{"action":"check","dryRun":true}`, "dryRun"},
		{"sweep with a log group", `{"action":"sweep","logGroupName":"/app"}`, "logGroupName"},
		{"sweep with a prefix of another type", `{"action":"sweep","prefix":7}`, "prefix"},
		{"sweep with a prefix that no name has", `{"action":"sweep","prefix":"a b"}`, "prefix"},
		{"detail missing", `{"detail-type":"AWS API Call via CloudTrail","source":"aws.logs"}`, "detail"},
		{"detail null", `{"detail-type":"AWS API Call via CloudTrail","detail":null}`, "detail"},
		{"detail a string", `{"detail-type":"AWS API Call via CloudTrail","detail":"` + marker + `"}`, "detail"},
		{"detail an array", `{"detail-type":"AWS API Call via CloudTrail","detail":["` + marker + `"]}`, "detail"},
		{"no eventName", created("/app/new", lacking("eventName")), "eventName"},
		{"bare record without eventName", `{"eventSource":"logs.amazonaws.com","requestParameters":{"logGroupName":"/app/new"}}`, "eventName"},
		{"eventName null", created("/app/new", with("eventName", nil)), "eventName"},
		{"eventName of another type", created("/app/new", with("eventName", []string{marker})), "eventName"},
		{"parameters null", created("/app/new", with("requestParameters", nil)), "requestParameters"},
		{"parameters missing", created("/app/new", lacking("requestParameters")), "requestParameters"},
		{"parameters a string", created("/app/new", with("requestParameters", marker)), "requestParameters"},
		{"no name", happened("CreateLogGroup", object{}), "logGroupName"},
		{"name null", happened("CreateLogGroup", object{"logGroupName": nil}), "logGroupName"},
		{"name a number", happened("CreateLogGroup", object{"logGroupName": 7}), "logGroupName"},
		{"name empty", created(""), "logGroupName"},
		{"name that none can be", created("a name/" + marker + "?"), "logGroupName"},
		{"no ARN", happened("TagResource", object{"tags": object{"a": marker}}), "resourceArn"},
		{"ARN that is none", happened("TagResource", object{"resourceArn": "nonsense"}), "resourceArn"},
		{"neither name nor ARN", happened("DisassociateKmsKey", object{}), "logGroupName"},
		{"no account", created("/app/new", lacking("recipientAccountId"), around("account", nil)), "account"},
		{"account of another type", created("/app/new", with("recipientAccountId", object{"a": marker})), "recipientAccountId"},
		{"no Region", created("/app/new", lacking("awsRegion"), around("region", nil)), "region"},
		{"record of another account than its envelope", created("/app/new", with("recipientAccountId", otherAccount)), "recipientAccountId"},
		{"Region with a path in it", created("/app/new", with("awsRegion", "eu-west-1/"+marker)), "awsRegion"},
		{"records of another type", `{"Records":"` + marker + `"}`, "Records"},
		{"no records", `{"Records":[]}`, "Records"},
		{"records of S3", `{"Records":[{"eventSource":"aws:s3","s3":{"bucket":"` + marker + `"}}]}`, "eventSource"},
		{"records of two sources", `{"Records":[{"eventSource":"aws:sqs","messageId":"1","body":"{}"},{"eventSource":"aws:s3"}]}`, "eventSource"},
	}
	return list
}

// TestBadInput sends one bad input after another to the same process, with a good
// event after each: a bad one must not cost the next.
func TestBadInput(t *testing.T) {
	t.Parallel()
	w := world()
	s := start(t, w)
	s.does(created("/app/new"))
	w.ResetCalls()
	pid := s.function.PID()
	for _, c := range badInputs() {
		s.Run(c.name, func(t *testing.T) {
			s := &setup{t, s.world, s.function}
			got := s.fails("InvalidEvent", c.payload)
			mentions(t, got.ErrorMessage, c.names)
			omits(t, got.ErrorMessage, marker)
			if len(got.ErrorMessage) > 2000 {
				t.Errorf("got %d bytes of error message, want a sentence", len(got.ErrorMessage))
			}
			s.equal("AWS requests", len(w.Calls()), 0)
			s.equal("the next event", s.does(created("/app/ledger", with("errorCode", "AccessDenied"))).Reason, "failed-call")
		})
	}
	s.equal("process", s.function.PID(), pid)
	omits(t, s.function.Stdout(), marker)
}

// TestOddInput is unusual and still ours: it is served, or skipped.
func TestOddInput(t *testing.T) {
	done := "associated/default " + id(golden.DefaultKey)
	arn := awsfake.LogGroupARN(account, region, "/app/new")
	cases := []struct{ name, payload, want string }{
		{"spaces around", "\n  " + created("/app/new") + "\n", done},
		{"unknown fields of AWS's", created("/app/new", with("inScopeOf", object{"issuerType": "AWS::Lambda::Function"}), around("replay-name", "r")), done},
		{"odd identity", created("/app/new", with("userIdentity", "root")), done},
		{"no identity", created("/app/new", lacking("userIdentity")), done},
		{"no event ID", created("/app/new", lacking("eventID")), done},
		{"a time that is none", created("/app/new", with("eventTime", "yesterday")), done},
		{"error code null", created("/app/new", with("errorCode", nil)), done},
		{"account from the envelope", created("/app/new", lacking("recipientAccountId")), done},
		{"Region from the envelope", created("/app/new", lacking("awsRegion")), done},
		{"bare record", bare(created("/app/new")), done},
		{"ARN with a star", fmt.Sprintf(`{"action":"encrypt","resourceIdentifier":%q}`, arn+":*"), done},
		{"ARN without a star", fmt.Sprintf(`{"action":"encrypt","resourceIdentifier":%q}`, arn), done},
		{"own account and Region", command("/app/new", `"account":"`+account+`"`, `"region":"`+region+`"`), done},
		{"TagResource with a star", happened("TagResource", object{"resourceArn": arn + ":*", "tags": object{}}), done},
		{"other detail type", `{"detail-type":"Scheduled Event","source":"aws.events","detail":{}}`, "skipped/unhandled-event"},
		{"bare record of another service", `{"eventSource":"s3.amazonaws.com","eventName":"CreateBucket","requestParameters":null}`, "skipped/unhandled-event"},
		{"schedule without an input", `{"detail-type":"Scheduled Event","source":"aws.scheduler","account":7,"detail":"{}"}`, "skipped/unhandled-event"},
		{"tag that is null", created("/app/new", func(_, detail object) {
			detail["requestParameters"].(object)["tags"] = object{"kms-key": nil}
		}), done},
		{"other call without parameters", happened("DescribeLogGroups", nil), "skipped/unhandled-event"},
		{"other resource's tags", happened("UntagResource", object{"resourceArn": "arn:aws:logs:" + region + ":" + account + ":delivery:d", "tagKeys": []string{"a"}}), "skipped/unhandled-event"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := start(t, world())
			s.equal("answer", s.outcomeOf(c.payload), c.want)
		})
	}
}
