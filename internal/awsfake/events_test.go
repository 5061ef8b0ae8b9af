package awsfake_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/google/go-cmp/cmp"

	"log-group-kms/internal/awsfake"
)

var uuid = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

func decode(t *testing.T, event []byte) map[string]any {
	t.Helper()
	var e map[string]any
	must(t, json.Unmarshal(event, &e))
	return e
}

func TestEvent(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		var events [][]byte
		w.OnEvent(func(e []byte) { events = append(events, e) })
		time.Sleep(1500 * time.Millisecond)
		_, err := inMemory(w).logs().CreateLogGroup(t.Context(), &cloudwatchlogs.CreateLogGroupInput{
			LogGroupName: aws.String("/app"), Tags: map[string]string{"team": "pay"}})
		must(t, err)
		if len(events) != 1 {
			t.Fatalf("got %d events, want 1 by the time of the answer", len(events))
		}
		got := decode(t, events[0])
		detail := got["detail"].(map[string]any)
		for _, id := range []any{got["id"], detail["eventID"], detail["requestID"]} {
			if s, _ := id.(string); !uuid.MatchString(s) {
				t.Errorf("got ID %v, want a UUID", id)
			}
		}
		delete(got, "id")
		for _, name := range []string{"eventID", "requestID", "userAgent"} {
			delete(detail, name)
		}
		principal := detail["userIdentity"].(map[string]any)["principalId"]
		want := map[string]any{
			"version": "0", "detail-type": "AWS API Call via CloudTrail", "source": "aws.logs", "account": account,
			"time": "2000-01-01T00:00:01Z", "region": region, "resources": []any{},
			"detail": map[string]any{
				"eventVersion": "1.11", "eventTime": "2000-01-01T00:00:01Z", "eventSource": "logs.amazonaws.com",
				"eventName": "CreateLogGroup", "awsRegion": region, "sourceIPAddress": "192.0.2.1",
				"userIdentity": map[string]any{"type": "IAMUser", "principalId": principal, "accountId": account,
					"arn": "arn:aws:iam::111122223333:user/local", "accessKeyId": "AKIAEXAMPLE", "userName": "local"},
				"requestParameters": map[string]any{"logGroupName": "/app", "tags": map[string]any{"team": "pay"}},
				"responseElements":  nil, "readOnly": false, "eventType": "AwsApiCall", "apiVersion": "20140328",
				"managementEvent": true, "recipientAccountId": account, "eventCategory": "Management",
				"tlsDetails": map[string]any{"tlsVersion": "TLSv1.3", "cipherSuite": "TLS_AES_128_GCM_SHA256", "clientProvidedHostHeader": "aws.invalid"},
			},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	})
}

func TestWhichCallsMakeEvents(t *testing.T) {
	t.Parallel()
	w, associate := withGroup(t)
	arn, app := aws.String(groupARN("/app")), aws.String("/app")
	logs := inMemory(w).logs()
	type seen struct {
		Name, Error string
		Parameters  map[string]any
	}
	tests := []struct {
		name string
		call func() error
		want []seen
	}{
		{"associate", func() error { _, err := logs.AssociateKmsKey(t.Context(), associate); return err },
			[]seen{{"AssociateKmsKey", "", map[string]any{"logGroupName": "/app", "kmsKeyId": *associate.KmsKeyId}}}},
		{"tag", func() error {
			_, err := logs.TagResource(t.Context(), &cloudwatchlogs.TagResourceInput{ResourceArn: arn, Tags: map[string]string{"a": "b"}})
			return err
		}, []seen{{"TagResource", "", map[string]any{"resourceArn": *arn, "tags": map[string]any{"a": "b"}}}}},
		{"untag", func() error {
			_, err := logs.UntagResource(t.Context(), &cloudwatchlogs.UntagResourceInput{ResourceArn: arn, TagKeys: []string{"a"}})
			return err
		}, []seen{{"UntagResource", "", map[string]any{"resourceArn": *arn, "tagKeys": []any{"a"}}}}},
		{"disassociate", func() error {
			_, err := logs.DisassociateKmsKey(t.Context(), &cloudwatchlogs.DisassociateKmsKeyInput{LogGroupName: app})
			return err
		}, []seen{{"DisassociateKmsKey", "", map[string]any{"logGroupName": "/app"}}}},
		{"exists", func() error {
			_, err := logs.CreateLogGroup(t.Context(), &cloudwatchlogs.CreateLogGroupInput{LogGroupName: app})
			return err
		}, []seen{{"CreateLogGroup", "ResourceAlreadyExistsException", map[string]any{"logGroupName": "/app"}}}},
		{"denied", func() error {
			defer w.Inject(awsfake.Fault{Kind: awsfake.AccessDeniedSCP})()
			_, err := logs.CreateLogGroup(t.Context(), &cloudwatchlogs.CreateLogGroupInput{LogGroupName: aws.String("/x")})
			return err
		}, []seen{{"CreateLogGroup", "AccessDenied", nil}}},
		{"applied, answer lost", func() error {
			defer w.Inject(awsfake.Fault{Kind: awsfake.AppliedThenReset})()
			_, err := logs.AssociateKmsKey(t.Context(), associate)
			return err
		}, []seen{{"AssociateKmsKey", "", map[string]any{"logGroupName": "/app", "kmsKeyId": *associate.KmsKeyId}}}},
		{"never arrived", func() error {
			defer w.Inject(awsfake.Fault{Kind: awsfake.Reset})()
			_, err := logs.AssociateKmsKey(t.Context(), associate)
			return err
		}, nil},
		{"server trouble", func() error {
			defer w.Inject(awsfake.Fault{Kind: awsfake.ServiceUnavailable500})()
			_, err := logs.AssociateKmsKey(t.Context(), associate)
			return err
		}, nil},
		{"reading", func() error {
			_, err := logs.DescribeLogGroups(t.Context(), &cloudwatchlogs.DescribeLogGroupsInput{})
			return err
		}, nil},
		{"delete", func() error {
			_, err := logs.DeleteLogGroup(t.Context(), &cloudwatchlogs.DeleteLogGroupInput{LogGroupName: app})
			return err
		}, []seen{{"DeleteLogGroup", "", map[string]any{"logGroupName": "/app"}}}},
	}
	for _, tt := range tests {
		var got []seen
		remove := w.OnEvent(func(event []byte) {
			var e struct {
				Detail struct {
					EventName, ErrorCode string
					RequestParameters    map[string]any
				}
			}
			must(t, json.Unmarshal(event, &e))
			got = append(got, seen{e.Detail.EventName, e.Detail.ErrorCode, e.Detail.RequestParameters})
		})
		_ = tt.call() // what it answers is other tests' matter
		remove()
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s: %s", tt.name, diff)
		}
	}
}

// A listener may call the World itself, as a function does that hears of a log
// group and encrypts it: no deadlock, and no event out of order.
func TestListenersMayCall(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	key := w.AddKey(awsfake.Key{Region: region})
	logs := inMemory(w).logs()
	var names []string
	w.OnEvent(func(event []byte) {
		detail := decode(t, event)["detail"].(map[string]any)
		group := detail["requestParameters"].(map[string]any)["logGroupName"].(string)
		names = append(names, detail["eventName"].(string))
		if detail["eventName"] == "CreateLogGroup" {
			_, err := logs.AssociateKmsKey(t.Context(), &cloudwatchlogs.AssociateKmsKeyInput{LogGroupName: &group, KmsKeyId: &key})
			if err != nil {
				t.Error(err)
			}
		}
	})
	_, err := logs.CreateLogGroup(t.Context(), &cloudwatchlogs.CreateLogGroupInput{LogGroupName: aws.String("/app")})
	must(t, err)
	if diff := cmp.Diff([]string{"CreateLogGroup", "AssociateKmsKey"}, names); diff != "" {
		t.Error(diff)
	}
	if got := keyOf(w); got != key {
		t.Errorf("got key %q, want %q", got, key)
	}
}

func TestSideBySide(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	key := w.AddKey(awsfake.Key{Region: region})
	var mu sync.Mutex
	events, calls := 0, 0
	w.OnEvent(func([]byte) { mu.Lock(); defer mu.Unlock(); events++ })
	w.OnCall(func(awsfake.Call) { mu.Lock(); defer mu.Unlock(); calls++ })
	w.Inject(awsfake.Fault{Operation: "AssociateKmsKey", Every: 4, Kind: awsfake.ServiceUnavailable500})
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			logs, name := inMemory(w).logs(), fmt.Sprint("/app/", i)
			_, err := logs.CreateLogGroup(t.Context(), &cloudwatchlogs.CreateLogGroupInput{LogGroupName: &name})
			if err != nil {
				t.Error(err)
			}
			_, _ = logs.AssociateKmsKey(t.Context(), &cloudwatchlogs.AssociateKmsKeyInput{LogGroupName: &name, KmsKeyId: &key})
			for range w.LogGroups(account, region) {
				w.Coverage(account, region)
			}
		})
	}
	wg.Wait()
	total, encrypted := w.Coverage(account, region)
	mu.Lock()
	defer mu.Unlock()
	if total != 20 || encrypted != 15 || calls != 40 || events != 35 {
		t.Errorf("got %d of %d encrypted, %d calls, %d events; want 15 of 20, 40, 35", encrypted, total, calls, events)
	}
}
