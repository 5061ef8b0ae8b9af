package event_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"log-group-kms/internal/event"
	"log-group-kms/internal/target"
)

func TestCommands(t *testing.T) {
	const arn = "arn:aws:logs:eu-west-1:123456789012:"
	app := target.LogGroup(target.Scope{}, "/app")
	tests := []struct {
		name    string
		command string
		want    event.Input
	}{
		{"log group by name", `{"action":"encrypt","logGroupName":"/app"}`, &event.Encrypt{Target: app}},
		{"name with #", `{"action":"encrypt","logGroupName":"/app#1"}`, &event.Encrypt{Target: target.LogGroup(target.Scope{}, "/app#1")}},
		{
			"another account and Region", `{"action":"encrypt","logGroupName":"/app","account":"123456789012","region":"eu-west-1"}`,
			&event.Encrypt{Target: target.LogGroup(ireland, "/app")},
		},
		{
			"another account", `{"action":"encrypt","logGroupName":"/app","account":"123456789012"}`,
			&event.Encrypt{Target: target.LogGroup(target.Scope{Account: "123456789012"}, "/app")},
		},
		{
			"another Region brings its partition", `{"action":"encrypt","logGroupName":"/app","region":"cn-north-1"}`,
			&event.Encrypt{Target: target.LogGroup(target.Scope{Partition: "aws-cn", Region: "cn-north-1"}, "/app")},
		},
		{"ARN", `{"action":"encrypt","resourceIdentifier":"` + arn + `log-group:/app"}`, &event.Encrypt{Target: target.LogGroup(ireland, "/app")}},
		{"ARN with :*", `{"action":"encrypt","resourceIdentifier":"` + arn + `log-group:/app:*"}`, &event.Encrypt{Target: target.LogGroup(ireland, "/app")}},
		{"query results", `{"action":"encrypt","resourceIdentifier":"` + arn + `query-result:*"}`, &event.Encrypt{Target: target.QueryResults(ireland)}},
		{
			"ARN and the same account and Region", `{"action":"encrypt","resourceIdentifier":"` + arn + `log-group:/app","account":"123456789012","region":"eu-west-1"}`,
			&event.Encrypt{Target: target.LogGroup(ireland, "/app")},
		},
		{"null is as good as missing", `{"action":"encrypt","logGroupName":"/app","resourceIdentifier":null,"account":null,"region":null}`, &event.Encrypt{Target: app}},
		{"dry run", `{"action":"encrypt","logGroupName":"/app","dryRun":true}`, &event.Encrypt{Target: app, DryRun: true}},
		{"no dry run", `{"action":"encrypt","logGroupName":"/app","dryRun":false}`, &event.Encrypt{Target: app}},
		{"sweep", `{"action":"sweep"}`, &event.Sweep{}},
		{
			"sweep with everything", `{"action":"sweep","account":"123456789012","region":"eu-west-1","prefix":"/aws/lambda/","cursor":"abc","dryRun":true}`,
			&event.Sweep{Account: "123456789012", Region: "eu-west-1", Prefix: "/aws/lambda/", Cursor: "abc", DryRun: true},
		},
		{"sweep by a first round that has no cursor yet", `{"action":"sweep","cursor":null}`, &event.Sweep{}},
		{"check", `{"action":"check"}`, &event.Check{}},
		{
			"check of another account and Region", `{"action":"check","account":"123456789012","region":"eu-west-1"}`,
			&event.Check{Account: "123456789012", Region: "eu-west-1"},
		},
		{"keys written by escapes", `{"\u0061ction":"encrypt","logGroupN\u0061me":"/app"}`, &event.Encrypt{Target: app}},
		{"sweep, empty as good as missing", `{"action":"sweep","account":"","region":"","prefix":"","cursor":""}`, &event.Sweep{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := event.Parse([]byte(tt.command))
			if err != nil {
				t.Fatalf("%s: got error %v, want %T", tt.command, err, tt.want)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("%s: something else would be done (-want +got):\n%s", tt.command, diff)
			}
		})
	}
}

func TestInvalidCommands(t *testing.T) {
	const (
		name = `{"action":"encrypt","logGroupName":"/app",`
		arn  = `{"action":"encrypt","resourceIdentifier":"arn:aws:logs:eu-west-1:123456789012:`
	)
	tests := []struct {
		name    string
		command string
		words   string // separated by spaces
	}{
		{"unknown action", `{"action":"decrypt"}`, "action decrypt encrypt sweep check"},
		{"empty action", `{"action":""}`, "action"},
		{"action in another case", `{"action":"Encrypt","logGroupName":"/app"}`, "action"},
		{"action is a number", `{"action":1}`, "action"},
		{"action is a list", `{"action":["sweep"]}`, "action"},
		{"Action", `{"Action":"encrypt","logGroupName":"/app"}`, "action"},

		// Silently ignored, each of these would make a wet run of a dry one, or
		// visit more than was meant.
		{"dryrun", name + `"dryrun":true}`, "dryrun dryRun"},
		{"DryRun", name + `"DryRun":true}`, "DryRun"},
		{"dry_run in a sweep", `{"action":"sweep","dry_run":true}`, "dry_run"},
		{"both Action and action", `{"action":"sweep","Action":"encrypt"}`, "Action"},
		{"a sweep has no logGroupName", `{"action":"sweep","logGroupName":"/app"}`, "logGroupName"},
		{"encrypt has no prefix", name + `"prefix":"/app"}`, "prefix"},
		{"encrypt has no cursor", name + `"cursor":"x"}`, "cursor"},
		{"an unknown field that is null", name + `"dryrun":null}`, "dryrun"},

		{"a check has no dryRun", `{"action":"check","dryRun":true}`, "dryRun"},
		{"a check has no logGroupName", `{"action":"check","logGroupName":"/app"}`, "logGroupName"},

		// JSON readers take the last of two, or the first: who wrote "dryRun":true
		// must not get a wet run.
		{"dryRun twice", name + `"dryRun":true,"dryRun":null}`, "dryRun twice"},
		{"dryRun twice, and the same", `{"action":"sweep","dryRun":true,"dryRun":true}`, "dryRun twice"},
		{"dryRun twice, once by escapes", `{"action":"sweep","dryRun":true,"dry\u0052un":false}`, "dryRun twice"},
		{"action twice", `{"action":"sweep","action":"encrypt","logGroupName":"/app"}`, "action twice"},
		{"action twice, first null", `{"action":null,"action":"sweep"}`, "action twice"},
		{"logGroupName twice", name + `"logGroupName":"/other"}`, "logGroupName twice"},
		{"a key twice further inside", `{"action":"sweep","prefix":{"a":[1,{"b":1,"b":2}]}}`, "b twice"},
		{"an unknown field twice", `{"action":"sweep","x":1,"x":1}`, "x twice"},
		{"a doubled key of half a megabyte", `{"action":"sweep","` + strings.Repeat("y", 1<<19) + `":1,"` + strings.Repeat("y", 1<<19) + `":1}`, "yyy twice"},

		{"dryRun is a string", name + `"dryRun":"true"}`, "dryRun"},
		{"dryRun is a number", `{"action":"sweep","dryRun":1}`, "dryRun"},
		{"neither name nor ARN", `{"action":"encrypt"}`, "logGroupName resourceIdentifier"},
		{"both name and ARN", arn + `log-group:/app","logGroupName":"/app"}`, "logGroupName resourceIdentifier"},
		{"both null", `{"action":"encrypt","logGroupName":null,"resourceIdentifier":null}`, "logGroupName resourceIdentifier"},
		{"empty name", `{"action":"encrypt","logGroupName":""}`, "logGroupName"},
		{"name is a number", `{"action":"encrypt","logGroupName":1}`, "logGroupName"},
		{"pattern for a name", `{"action":"encrypt","logGroupName":"/app*"}`, "logGroupName"},
		{"empty ARN", `{"action":"encrypt","resourceIdentifier":""}`, "resourceIdentifier"},
		{"ARN is an object", `{"action":"encrypt","resourceIdentifier":{}}`, "resourceIdentifier"},
		{"name for an ARN", `{"action":"encrypt","resourceIdentifier":"/app"}`, "resourceIdentifier"},
		// What an event may be about without being ours, a command may not.
		{"ARN of a log stream", arn + `log-group:/app:log-stream:x"}`, "resourceIdentifier"},
		{"ARN of another service", `{"action":"encrypt","resourceIdentifier":"arn:aws:s3:::bucket"}`, "resourceIdentifier"},
		{"ARN of one query", arn + `query-result:4711"}`, "resourceIdentifier"},

		{"another account than the ARN's", arn + `log-group:/app","account":"999988887777"}`, "account"},
		{"another Region than the ARN's", arn + `query-result:*","region":"us-east-1"}`, "Region"},
		{"account is a number", name + `"account":123456789012}`, "account"},
		{"account of 4 digits", `{"action":"sweep","account":"1234"}`, "account"},
		{"region is a number", `{"action":"sweep","region":1}`, "region"},
		{"Region that is a host", name + `"region":"evil.example"}`, "region"},
		{"prefix is a list", `{"action":"sweep","prefix":["/app"]}`, "prefix"},
		{"prefix that no group begins with", `{"action":"sweep","prefix":"/app/*"}`, "prefix"},
		{"cursor is an object", `{"action":"sweep","cursor":{}}`, "cursor"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := event.Parse([]byte(tt.command))
			checkInvalid(t, got, err, strings.Fields(tt.words)...)
		})
	}
}
