package target_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"log-group-kms/internal/target"
)

var ireland = target.Scope{Partition: "aws", Account: "111122223333", Region: "eu-west-1"}

func TestParseARN(t *testing.T) {
	tests := []struct {
		name string
		arn  string
		want target.Target
	}{
		{"log group as tag calls write it", "arn:aws:logs:eu-west-1:111122223333:log-group:/app", target.LogGroup(ireland, "/app")},
		{"log group as DescribeLogGroups writes it", "arn:aws:logs:eu-west-1:111122223333:log-group:/app:*", target.LogGroup(ireland, "/app")},
		{"name with #", "arn:aws:logs:eu-west-1:111122223333:log-group:/app/build#42", target.LogGroup(ireland, "/app/build#42")},
		{"query results", "arn:aws:logs:eu-west-1:111122223333:query-result:*", target.QueryResults(ireland)},
		{
			"GovCloud", "arn:aws-us-gov:logs:us-gov-west-1:111122223333:log-group:/app",
			target.LogGroup(target.Scope{Partition: "aws-us-gov", Account: "111122223333", Region: "us-gov-west-1"}, "/app"),
		},
		{
			"China", "arn:aws-cn:logs:cn-north-1:111122223333:log-group:/app",
			target.LogGroup(target.Scope{Partition: "aws-cn", Account: "111122223333", Region: "cn-north-1"}, "/app"),
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := target.ParseARN(tt.arn)
			if err != nil {
				t.Fatalf("ParseARN(%q): got error %v, want a target; the log group would stay open", tt.arn, err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("ParseARN(%q): the wrong thing would be encrypted (-want +got):\n%s", tt.arn, diff)
			}
			if got, want := got.ARN(), strings.Replace(tt.arn, "/app:*", "/app", 1); got != want {
				t.Errorf("ARN() of what %q names: got %q, want %q; tag calls would refuse it", tt.arn, got, want)
			}
		})
	}
}

func TestParseARNOfAnotherResource(t *testing.T) {
	for _, arn := range []string{
		"arn:aws:logs:eu-west-1:111122223333:destination:central",
		"arn:aws:logs:eu-west-1:111122223333:log-group:/app:log-stream:today",
		"arn:aws:logs:eu-west-1:111122223333:log-group:/app:log-stream:",
		"arn:aws:logs:eu-west-1:111122223333:query-result:4711",
		"arn:aws:logs:eu-west-1:111122223333:anomaly-detector:1a2b",
		"arn:aws:s3:::bucket", // names neither Region nor account, yet is well formed
		"arn:aws:sqs:eu-west-1:111122223333:log-group:/app",
	} {
		got, err := target.ParseARN(arn)
		if !errors.Is(err, target.ErrOtherResource) {
			t.Errorf("ParseARN(%q): got %+v, %v, want ErrOtherResource; tagging such a resource would count as an invalid event", arn, got, err)
		}
	}
}

func TestParseARNRefuses(t *testing.T) {
	tests := []struct{ name, arn string }{
		{"empty", ""},
		{"a name", "/aws/lambda/app"},
		{"too few parts", "arn:aws:logs:eu-west-1:111122223333"},
		{"no resource", "arn:aws:logs:eu-west-1:111122223333:"},
		{"no partition", "arn::logs:eu-west-1:111122223333:log-group:/app"},
		{"a foreign partition", "arn:gcp:logs:eu-west-1:111122223333:log-group:/app"},
		{"no service", "arn:aws::eu-west-1:111122223333:log-group:/app"},
		{"no Region", "arn:aws:logs::111122223333:log-group:/app"},
		{"a host for a Region", "arn:aws:logs:evil.example/:111122223333:log-group:/app"},
		{"a short account", "arn:aws:logs:eu-west-1:1111:log-group:/app"},
		{"no name", "arn:aws:logs:eu-west-1:111122223333:log-group:"},
		{"no name but :*", "arn:aws:logs:eu-west-1:111122223333:log-group::*"},
		{"a wildcard name", "arn:aws:logs:eu-west-1:111122223333:log-group:*"},
		{"a name with a space", "arn:aws:logs:eu-west-1:111122223333:log-group:/my app"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := target.ParseARN(tt.arn)
			if err == nil || errors.Is(err, target.ErrOtherResource) {
				t.Errorf("ParseARN(%q): got %+v, %v, want it refused; nonsense would be skipped or acted on", tt.arn, got, err)
			}
		})
	}
}

// FuzzParseARN guards the way back: whatever is taken must be a name that AWS
// can have, and its ARN must be read as the same target again.
func FuzzParseARN(f *testing.F) {
	f.Add("arn:aws:logs:eu-west-1:111122223333:log-group:/app:*")
	f.Add("arn:aws:logs:eu-west-1:111122223333:query-result:*")
	f.Add("arn:aws:logs:eu-west-1:111122223333:log-group:a:*:*")
	f.Fuzz(func(t *testing.T, arn string) {
		got, err := target.ParseARN(arn)
		if err != nil {
			return
		}
		if !got.IsQueryResult() && target.CheckName(got.LogGroup) != nil {
			t.Errorf("ParseARN(%q): got the name %q, want one that AWS can have", arn, got.LogGroup)
		}
		again, err := target.ParseARN(got.ARN())
		if err != nil || again != got {
			t.Errorf("ParseARN(%q) and back: got %+v, %v, want %+v", arn, again, err, got)
		}
	})
}

func TestShortARN(t *testing.T) {
	const arn = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
	for _, test := range []struct{ account, region, arn, want string }{
		{"111122223333", "eu-west-1", arn, "key/1234abcd-12ab-34cd-56ef-1234567890ab"},
		{"111122223333", "eu-north-1", arn, arn},
		{"444455556666", "eu-west-1", arn, arn},
		{"111122223333", "eu-west-1", "x", "x"},
		{"111122223333", "eu-west-1", "", ""},
	} {
		if got := (target.Scope{Account: test.account, Region: test.region}).ShortARN(test.arn); got != test.want {
			t.Errorf("%q in %s, %s: got %q, want %q", test.arn, test.account, test.region, got, test.want)
		}
	}
}
