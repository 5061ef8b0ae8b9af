package awsfake_test

import (
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/google/go-cmp/cmp"

	"log-group-kms/internal/awsfake"
)

// changed is a Change without what differs from run to run.
type changed struct {
	kind                        awsfake.ChangeKind
	by, resource, before, after string
	tags                        map[string]string
}

// changesOf returns the changes, and complains about those without a time or
// whose request ID does not go with a caller.
func changesOf(t *testing.T, w *awsfake.World) (list []changed) {
	t.Helper()
	calls := map[string]awsfake.Call{}
	for _, c := range w.Calls() {
		calls[c.RequestID] = c
	}
	for _, c := range w.Changes() {
		if c.At.IsZero() || c.Account != account || c.Region != region {
			t.Errorf("got a change at %s in %s %s, want a time and the account and Region", c.At, c.Account, c.Region)
		}
		if calls[c.RequestID].Caller != c.By {
			t.Errorf("got a change by %q and request ID %q, want those of one call", c.By, c.RequestID)
		}
		list = append(list, changed{c.Kind, c.By, c.Resource, c.Before, c.After, c.Tags})
	}
	return list
}

// Each way to change the World leaves a record, and what changes nothing leaves
// none.
func TestChanges(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.PutLogGroup(account, region, awsfake.LogGroup{Name: "/before"})
	w.RecordChanges(true)
	keyID := "11111111-2222-4333-8444-555555555555"
	key := awsfake.KeyARN(account, region, keyID)
	other := awsfake.KeyARN(account, region, "66666666-7777-4888-8999-000000000000")
	policy := strings.NewReplacer("{partition}", "aws", "{region}", region, "{account}", account)
	logs, keys, who := inMemory(w).logs(), inMemory(w).kms(), "AKIAEXAMPLE"
	ctx := t.Context()
	call := func(_ any, err error) { t.Helper(); must(t, err) }

	tests := []struct {
		name string
		do   func()
		want []changed
	}{
		{"AddKey", func() {
			w.AddKey(awsfake.Key{ID: keyID, Region: region})
			w.AddKey(awsfake.Key{ID: other[len(other)-36:], Region: region, State: awsfake.Disabled, Policy: awsfake.PolicyWithoutLogs})
		}, []changed{
			{awsfake.KeyState, "", key, "", "Enabled", nil}, {awsfake.KeyPolicy, "", key, "", policy.Replace(awsfake.PolicyGood), nil},
			{awsfake.KeyState, "", other, "", "Disabled", nil}, {awsfake.KeyPolicy, "", other, "", policy.Replace(awsfake.PolicyWithoutLogs), nil},
		}},
		{"AddAlias", func() {
			w.AddAlias("", region, "alias/a", other)
			w.AddAlias("", region, "alias/a", key)
			w.AddAlias("", region, "alias/a", key)
		}, []changed{{awsfake.AliasTarget, "", "alias/a", "", other, nil}, {awsfake.AliasTarget, "", "alias/a", other, key, nil}}},
		{"DisableKey", func() {
			call(keys.DisableKey(ctx, &kms.DisableKeyInput{KeyId: &key}))
			call(keys.DisableKey(ctx, &kms.DisableKeyInput{KeyId: &key}))
			call(keys.EnableKey(ctx, &kms.EnableKeyInput{KeyId: &key}))
		}, []changed{{awsfake.KeyState, who, key, "Enabled", "Disabled", nil}, {awsfake.KeyState, who, key, "Disabled", "Enabled", nil}}},
		{"SetKeyPolicy", func() { w.SetKeyPolicy(other, ""); w.SetKeyPolicy(other, awsfake.PolicyGood) }, []changed{
			{awsfake.KeyPolicy, "", other, policy.Replace(awsfake.PolicyWithoutLogs), policy.Replace(awsfake.PolicyGood), nil},
		}},
		{"CreateLogGroup", func() {
			call(logs.CreateLogGroup(ctx, &cloudwatchlogs.CreateLogGroupInput{LogGroupName: aws.String("/app"), KmsKeyId: &key, Tags: map[string]string{"a": "1"}}))
		}, []changed{{awsfake.GroupCreated, who, "/app", "", key, map[string]string{"a": "1"}}}},
		{"DisassociateKmsKey", func() {
			call(logs.DisassociateKmsKey(ctx, &cloudwatchlogs.DisassociateKmsKeyInput{LogGroupName: aws.String("/app")}))
			call(logs.DisassociateKmsKey(ctx, &cloudwatchlogs.DisassociateKmsKeyInput{LogGroupName: aws.String("/app")}))
		}, []changed{{awsfake.GroupKey, who, "/app", key, "", nil}}},
		{"AssociateKmsKey", func() {
			for range 2 {
				call(logs.AssociateKmsKey(ctx, &cloudwatchlogs.AssociateKmsKeyInput{LogGroupName: aws.String("/app"), KmsKeyId: &key}))
			}
			results := awsfake.QueryResultARN(account, region)
			call(logs.AssociateKmsKey(ctx, &cloudwatchlogs.AssociateKmsKeyInput{ResourceIdentifier: &results, KmsKeyId: &key}))
		}, []changed{{awsfake.GroupKey, who, "/app", "", key, nil}, {awsfake.QueryResultKey, who, "", "", key, nil}}},
		{"tags", func() {
			arn := groupARN("/app")
			call(logs.TagResource(ctx, &cloudwatchlogs.TagResourceInput{ResourceArn: &arn, Tags: map[string]string{"a": "1", "b": "2"}}))
			call(logs.UntagResource(ctx, &cloudwatchlogs.UntagResourceInput{ResourceArn: &arn, TagKeys: []string{"a", "c"}}))
			call(logs.UntagResource(ctx, &cloudwatchlogs.UntagResourceInput{ResourceArn: &arn, TagKeys: []string{"c"}}))
		}, []changed{
			{awsfake.GroupTags, who, "/app", "", "", map[string]string{"a": "1", "b": "2"}}, {awsfake.GroupTags, who, "/app", "", "", map[string]string{"b": "2"}},
		}},
		{"PutLogGroup", func() { w.PutLogGroup("", region, awsfake.LogGroup{Name: "/app"}) }, []changed{
			{awsfake.GroupDeleted, "", "/app", key, "", nil}, {awsfake.GroupCreated, "", "/app", "", "", nil},
		}},
		{"DeleteLogGroup", func() {
			call(logs.DeleteLogGroup(ctx, &cloudwatchlogs.DeleteLogGroupInput{LogGroupName: aws.String("/app")}))
			w.DeleteLogGroup("", region, "/before")
			w.DeleteLogGroup("", region, "/before")
		}, []changed{{awsfake.GroupDeleted, who, "/app", "", "", nil}, {awsfake.GroupDeleted, "", "/before", "", "", nil}}},
		{"SeedLogGroups", func() { w.SeedLogGroups("", region, 1, numbered) }, []changed{{awsfake.GroupCreated, "", numbered(0).Name, "", "", nil}}},
		{"DeleteKey", func() { w.DeleteKey(key) }, []changed{
			{awsfake.KeyState, "", key, "Enabled", "", nil}, {awsfake.AliasTarget, "", "alias/a", key, "", nil},
		}},
		{"RecordChanges off", func() { w.RecordChanges(false); w.AddAlias("", region, "alias/a", other) }, nil},
	}
	for seen, i := 0, 0; i < len(tests); i++ {
		tests[i].do()
		all := changesOf(t, w)
		if diff := cmp.Diff(tests[i].want, append([]changed(nil), all[seen:]...), cmp.AllowUnexported(changed{})); diff != "" {
			t.Errorf("%s: %s", tests[i].name, diff)
		}
		seen = len(all)
	}
}

// A call says what state it has seen, and whether its work was done.
func TestCallsAmongChanges(t *testing.T) {
	t.Parallel()
	w, input := withGroup(t)
	w.RecordChanges(true)
	w.KeepAnswers(true)
	logs := inMemory(w).logs()
	look := func() {
		_, _ = logs.DescribeLogGroups(t.Context(), &cloudwatchlogs.DescribeLogGroupsInput{LogGroupNamePrefix: aws.String("/app")}) // a fault may strike
	}
	look()
	remove := w.Inject(awsfake.Fault{Operation: "AssociateKmsKey", Kind: awsfake.AppliedThenReset})
	if _, err := logs.AssociateKmsKey(t.Context(), input); err == nil {
		t.Error("got an answer, want none")
	}
	remove()
	defer w.InjectEach(func(c awsfake.Call) (awsfake.Fault, bool) {
		return awsfake.Fault{Kind: awsfake.Throttling400}, c.Caller == "AKIAEXAMPLE" && c.Resource == "/app"
	})()
	look()

	type seen struct {
		operation string
		fault     awsfake.FaultKind
		applied   bool
		changes   int
		key       bool // the answer shows it
	}
	want := []seen{
		{"DescribeLogGroups", "", true, 0, false},
		{"AssociateKmsKey", awsfake.AppliedThenReset, true, 1, false},
		{"DescribeLogGroups", awsfake.Throttling400, false, 1, false},
	}
	var got []seen
	for _, c := range w.Calls() {
		got = append(got, seen{c.Operation, c.Fault, c.Applied, c.Changes, strings.Contains(string(c.Answer), "kmsKeyId")})
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(seen{})); diff != "" {
		t.Error(diff)
	}
	if first := w.Calls()[0]; !strings.Contains(string(first.Answer), `"logGroupName":"/app"`) || time.Since(first.Done) > time.Minute {
		t.Errorf("got the answer %q at %s, want the log group, now", first.Answer, first.Done)
	}
}
