package awsfake_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/google/go-cmp/cmp"

	"log-group-kms/internal/awsfake"
)

const (
	keyRefused  = "The specified KMS key does not exist or is not allowed to be used with Arn 'arn:aws:logs:eu-west-1:111122223333:"
	notFound    = "The specified KMS Key Id could not be found. '/app'"
	notValid    = "Unable to validate if specified KMS key is valid"
	oneOfTwo    = "Exactly one of logGroupName and resourceIdentifier must be given."
	badResource = "The specified resourceIdentifier is invalid."
)

func TestAssociateKmsKey(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.PutLogGroup(account, region, awsfake.LogGroup{Name: "/app"})
	w.PutLogGroup(account, region, awsfake.LogGroup{Name: "/app#1"})
	key := func(k awsfake.Key) *string {
		if k.Region == "" {
			k.Region = region
		}
		arn := w.AddKey(k)
		return &arn
	}
	good := key(awsfake.Key{})
	w.AddAlias(account, region, "alias/logs", *good)
	secluded := key(awsfake.Key{})
	w.DenyDescribeKey(*secluded, true)
	gone := key(awsfake.Key{})
	w.DeleteKey(*gone)
	ptr := func(s string) *string { return &s }
	app, queryResults := ptr("/app"), ptr(awsfake.QueryResultARN(account, region))

	tests := []struct {
		name            string
		key             *string
		group, resource *string
		want            apiError
	}{
		{name: "good", key: good, group: app},
		{name: "same key again", key: good, group: app},
		{name: "group by ARN", key: good, resource: ptr(groupARN("/app"))},
		{name: "sharp in the name", key: good, group: ptr("/app#1")},
		{name: "query results", key: good, resource: queryResults},
		{name: "multi-Region key", key: key(awsfake.Key{MultiRegion: true}), group: app},
		{name: "key of another account that admits all", key: key(awsfake.Key{Account: other, Policy: awsfake.PolicyEveryAccount}), group: app},
		{name: "one group's key", key: key(awsfake.Key{Policy: awsfake.PolicyOneLogGroup("/app")}), group: app},

		{name: "both", key: good, group: app, resource: queryResults, want: apiError{"InvalidParameterException", oneOfTwo}},
		{name: "neither", key: good, want: apiError{"InvalidParameterException", oneOfTwo}},
		{name: "bad name", key: good, group: ptr("/app*"), want: apiError{"InvalidParameterException",
			`1 validation error detected: Value '/app*' at 'logGroupName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\.\-_/#A-Za-z0-9]+`}},
		{name: "long name", key: good, group: ptr(strings.Repeat("a", 513)), want: apiError{"InvalidParameterException",
			"1 validation error detected: Value '" + strings.Repeat("a", 513) + "' at 'logGroupName' failed to satisfy constraint: Member must have length less than or equal to 512"}},
		{name: "sharp in the identifier", key: good, resource: ptr(groupARN("/app#1")), want: apiError{"InvalidParameterException",
			"1 validation error detected: Value '" + groupARN("/app#1") + `' at 'resourceIdentifier' failed to satisfy constraint: Member must satisfy regular expression pattern: [\w+=/:,.@\-\*]*`}},
		{name: "star behind the ARN", key: good, resource: ptr(groupARN("/app") + ":*"), want: apiError{"InvalidParameterException", badResource}},
		{name: "another account's query results", key: good, resource: ptr(awsfake.QueryResultARN(other, region)), want: apiError{"InvalidParameterException", badResource}},
		{name: "reserved", key: good, group: ptr("aws/spans"), want: apiError{"InvalidParameterException", "Log groups starting with AWS/ are reserved for AWS."}},
		{name: "no such group", key: good, group: ptr("/ap"), want: apiError{"ResourceNotFoundException", "The specified log group does not exist."}},
		{name: "no such group comes before the key", key: ptr("x"), group: ptr("/ap"), want: apiError{"ResourceNotFoundException", "The specified log group does not exist."}},

		{name: "key ID", key: ptr((*good)[strings.Index(*good, "/")+1:]), group: app, want: apiError{"InvalidParameterException", notFound}},
		{name: "alias", key: ptr("alias/logs"), group: app, want: apiError{"InvalidParameterException", notFound}},
		{name: "alias ARN", key: ptr(awsfake.AliasARN(account, region, "alias/logs")), group: app, want: apiError{"InvalidParameterException", notFound}},
		{name: "key of another Region", key: key(awsfake.Key{Region: "us-east-1"}), group: app, want: apiError{"InvalidParameterException", notFound}},
		{name: "deleted key", key: gone, group: app, want: apiError{"AccessDeniedException", keyRefused + "log-group:/app'"}},
		{name: "key without Logs", key: key(awsfake.Key{Policy: awsfake.PolicyWithoutLogs}), group: app, want: apiError{"AccessDeniedException", keyRefused + "log-group:/app'"}},
		{name: "key that forbids Logs", key: key(awsfake.Key{Policy: awsfake.PolicyDenyLogs}), group: app, want: apiError{"AccessDeniedException", keyRefused + "log-group:/app'"}},
		{name: "another group's key", key: key(awsfake.Key{Policy: awsfake.PolicyOneLogGroup("/app")}), group: ptr("/app#1"), want: apiError{"AccessDeniedException", keyRefused + "log-group:/app#1'"}},
		{name: "AWS managed key", key: key(awsfake.Key{Manager: "AWS"}), group: app, want: apiError{"AccessDeniedException", keyRefused + "log-group:/app'"}},
		{name: "log groups only", key: key(awsfake.Key{Policy: awsfake.PolicyLogGroupsOnly}), resource: queryResults, want: apiError{"AccessDeniedException", keyRefused + "query-result:*'"}},
		{name: "query results only", key: key(awsfake.Key{Policy: awsfake.PolicyQueryResultOnly}), group: app, want: apiError{"AccessDeniedException", keyRefused + "log-group:/app'"}},
		{name: "disabled", key: key(awsfake.Key{State: awsfake.Disabled}), group: app, want: apiError{"InvalidParameterException", notValid}},
		{name: "pending deletion", key: key(awsfake.Key{State: awsfake.PendingDeletion}), group: app, want: apiError{"InvalidParameterException", notValid}},
		{name: "asymmetric", key: key(awsfake.Key{Spec: "RSA_2048"}), group: app, want: apiError{"InvalidParameterException", notValid}},
		{name: "caller may not describe the key", key: secluded, group: app, want: apiError{"AccessDeniedException",
			"User: arn:aws:iam::111122223333:user/local is not authorized to perform: kms:DescribeKey on resource: " + *secluded +
				" because no resource-based policy allows the kms:DescribeKey action"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := inMemory(w).logs().AssociateKmsKey(t.Context(), &cloudwatchlogs.AssociateKmsKeyInput{
				KmsKeyId: tt.key, LogGroupName: tt.group, ResourceIdentifier: tt.resource,
			})
			if diff := cmp.Diff(tt.want, errorOf(err)); diff != "" {
				t.Fatal(diff)
			}
			if err != nil {
				return
			}
			got := w.QueryResultKey(account, region)
			if tt.resource != queryResults {
				name := "/app"
				if tt.group != nil {
					name = *tt.group
				}
				g, _ := w.LogGroup(account, region, name)
				got = g.KMSKeyARN
			}
			if got != *tt.key {
				t.Errorf("got key %q, want %q", got, *tt.key)
			}
		})
	}
}

func TestPartitions(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ region, partition string }{
		{"eu-west-1", "aws"}, {"cn-north-1", "aws-cn"}, {"us-gov-west-1", "aws-us-gov"}, {"us-iso-east-1", "aws-iso"},
		{"us-isob-east-1", "aws-iso-b"}, {"eusc-de-east-1", "aws-eusc"},
	} {
		t.Run(tt.region, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			key := w.AddKey(awsfake.Key{Region: tt.region, ID: "0d6c2a5e-5b3e-4c8c-9f5e-111111111111"})
			if want := "arn:" + tt.partition + ":kms:" + tt.region + ":111122223333:key/0d6c2a5e-5b3e-4c8c-9f5e-111111111111"; key != want {
				t.Fatalf("got %s, want %s", key, want)
			}
			w.PutLogGroup(account, tt.region, awsfake.LogGroup{Name: "/app"})
			s := inMemory(w)
			s.region = tt.region
			name := "/app"
			_, err := s.logs().AssociateKmsKey(t.Context(), &cloudwatchlogs.AssociateKmsKeyInput{KmsKeyId: &key, LogGroupName: &name})
			must(t, err)
			out, err := s.logs().DescribeLogGroups(t.Context(), &cloudwatchlogs.DescribeLogGroupsInput{})
			must(t, err)
			if got, want := *out.LogGroups[0].LogGroupArn, awsfake.LogGroupARN(account, tt.region, "/app"); got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		})
	}
}

func TestQueryResultKeyIsReadFromAQuery(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	key := w.AddKey(awsfake.Key{Region: region})
	logs, resource := inMemory(w).logs(), awsfake.QueryResultARN(account, region)
	query := func() string {
		text, start, end := "fields @message", int64(1), int64(2)
		q, err := logs.StartQuery(t.Context(), &cloudwatchlogs.StartQueryInput{QueryString: &text, StartTime: &start, EndTime: &end})
		must(t, err)
		out, err := logs.GetQueryResults(t.Context(), &cloudwatchlogs.GetQueryResultsInput{QueryId: q.QueryId})
		must(t, err)
		if out.EncryptionKey == nil {
			return ""
		}
		return *out.EncryptionKey
	}
	if got := query(); got != "" {
		t.Errorf("got key %s before one is set", got)
	}
	_, err := logs.AssociateKmsKey(t.Context(), &cloudwatchlogs.AssociateKmsKeyInput{KmsKeyId: &key, ResourceIdentifier: &resource})
	must(t, err)
	if got := query(); got != key {
		t.Errorf("got key %q, want %q", got, key)
	}
	_, err = logs.DisassociateKmsKey(t.Context(), &cloudwatchlogs.DisassociateKmsKeyInput{ResourceIdentifier: &resource})
	must(t, err)
	if got := query(); got != "" {
		t.Errorf("got key %s after it was taken away", got)
	}
}
