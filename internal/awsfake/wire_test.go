package awsfake_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/google/go-cmp/cmp"

	"log-group-kms/internal/awsfake"
)

const signature = "AWS4-HMAC-SHA256 Credential=AKIAEXAMPLE/20261122/eu-west-1/logs/aws4_request, SignedHeaders=host, Signature=00"

func TestRequestsNoClientMakes(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, method, path, authorization, target, body string
		status                                          int
		want                                            string
	}{
		{"unsigned", "POST", "/", "", "Logs_20140328.DescribeLogGroups", "{}", 403, "MissingAuthenticationTokenException"},
		{"not SigV4", "POST", "/", "Basic x", "Logs_20140328.DescribeLogGroups", "{}", 400, "IncompleteSignatureException"},
		{"signed for another service", "POST", "/", strings.Replace(signature, "/logs/", "/kms/", 1), "Logs_20140328.DescribeLogGroups", "{}", 403, "InvalidSignatureException"},
		{"unknown operation", "POST", "/", signature, "Logs_20140328.Encrypt", "{}", 404, "UnknownOperationException"},
		{"unknown service", "POST", "/", strings.Replace(signature, "/logs/", "/s3/", 1), "", "", 404, "UnknownOperationException"},
		{"unknown target", "POST", "/", signature, "Logs.DescribeLogGroups", "{}", 404, "UnknownOperationException"},
		{"no target", "POST", "/", signature, "", "{}", 404, "UnknownOperationException"},
		{"GET", "GET", "/", signature, "Logs_20140328.DescribeLogGroups", "", 404, "UnknownOperationException"},
		{"another path", "POST", "/logs", signature, "Logs_20140328.DescribeLogGroups", "{}", 404, "UnknownOperationException"},
		{"no JSON", "POST", "/", signature, "Logs_20140328.DescribeLogGroups", "{", 400, "SerializationException"},
		{"no object", "POST", "/", signature, "Logs_20140328.DescribeLogGroups", "[]", 400, "SerializationException"},
		{"wrong type", "POST", "/", signature, "Logs_20140328.DescribeLogGroups", `{"limit":"1"}`, 400, "SerializationException"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := awsfake.New(account)
			req, err := http.NewRequestWithContext(t.Context(), tt.method, "http://aws.invalid"+tt.path, strings.NewReader(tt.body))
			must(t, err)
			req.Header.Set("X-Amz-Target", tt.target)
			if tt.authorization != "" {
				req.Header.Set("Authorization", tt.authorization)
			}
			resp, err := w.Client().Do(req)
			must(t, err)
			body, err := io.ReadAll(resp.Body)
			must(t, err)
			if resp.StatusCode != tt.status || !strings.Contains(string(body), `"__type":"`+tt.want+`"`) {
				t.Errorf("got %d %s, want %d %s", resp.StatusCode, body, tt.status, tt.want)
			}
			if len(w.Unexpected()) != 1 {
				t.Errorf("got unexpected requests %q, want one", w.Unexpected())
			}
		})
	}
}

func TestHeadOfAnAnswer(t *testing.T) {
	t.Parallel()
	for _, way := range []string{"memory", "sockets"} {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			w, input := withGroup(t)
			s := inMemory(w)
			if way == "sockets" {
				s = overSockets(t, w)
			}
			body := `{"logGroupName":"/app","kmsKeyId":"` + *input.KmsKeyId + `"}`
			req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.endpoint, strings.NewReader(body))
			must(t, err)
			req.Header.Set("X-Amz-Target", "Logs_20140328.AssociateKmsKey")
			req.Header.Set("Authorization", signature)
			before := time.Now().Truncate(time.Second)
			resp, err := s.http.Do(req)
			must(t, err)
			defer resp.Body.Close()
			got, err := io.ReadAll(resp.Body)
			must(t, err)
			date, err := http.ParseTime(resp.Header.Get("Date"))
			if err != nil || date.Before(before) || date.After(time.Now()) {
				t.Errorf("got date %v, %v", date, err)
			}
			if resp.StatusCode != 200 || len(got) != 0 || resp.ContentLength != 0 ||
				resp.Header.Get("Content-Type") != "application/x-amz-json-1.1" || resp.Header.Get("x-amzn-RequestId") == "" {
				t.Errorf("got %s, %d bytes (%d announced), header %v", resp.Status, len(got), resp.ContentLength, resp.Header)
			}
		})
	}
}

// A 4xx with a date minutes off is sent again by the SDK, so the date has to be
// the fake clock's.
func TestDateUnderAFakeClock(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, _ := withGroup(t)
		time.Sleep(time.Hour)
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://aws.invalid", strings.NewReader("{}"))
		must(t, err)
		req.Header.Set("X-Amz-Target", "Logs_20140328.DescribeLogGroups")
		req.Header.Set("Authorization", signature)
		resp, err := w.Client().Do(req)
		must(t, err)
		if got, want := resp.Header.Get("Date"), time.Now().UTC().Format(http.TimeFormat); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	})
}

func TestCalls(t *testing.T) {
	t.Parallel()
	w, input := withGroup(t)
	var heard []string
	remove := w.OnCall(func(c awsfake.Call) { heard = append(heard, c.Operation) })
	logs := inMemory(w).logs()
	_, err := logs.AssociateKmsKey(t.Context(), input)
	must(t, err)
	_, err = logs.ListTagsForResource(t.Context(), &cloudwatchlogs.ListTagsForResourceInput{ResourceArn: aws.String(groupARN("/app"))})
	must(t, err)
	_, err = logs.DescribeLogGroups(t.Context(), &cloudwatchlogs.DescribeLogGroupsInput{LogGroupIdentifiers: []string{"/none"}})
	must(t, err)
	remove()

	got := w.CallsFor("/app")
	for i, c := range got {
		if c.RequestID == "" || c.At.IsZero() || c.Done.Before(c.At) || time.Since(c.Signed) > time.Minute {
			t.Errorf("got request ID %q, come %s, done %s, signed %s; want all of them, in order", c.RequestID, c.At, c.Done, c.Signed)
		}
		got[i].RequestID, got[i].At, got[i].Done, got[i].Signed = "", time.Time{}, time.Time{}, time.Time{}
	}
	want := []awsfake.Call{
		{Service: "logs", Operation: "AssociateKmsKey", Account: account, Region: region, Resource: "/app", Status: 200,
			Caller: "AKIAEXAMPLE", Applied: true, Request: map[string]any{"logGroupName": "/app", "kmsKeyId": *input.KmsKeyId}},
		{Service: "logs", Operation: "ListTagsForResource", Account: account, Region: region, Resource: "/app", Status: 200,
			Caller: "AKIAEXAMPLE", Applied: true, Request: map[string]any{"resourceArn": groupARN("/app")}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"AssociateKmsKey", "ListTagsForResource", "DescribeLogGroups"}, heard); diff != "" {
		t.Error(diff)
	}

	w.ResetCalls()
	w.RecordCalls(false)
	_, err = logs.AssociateKmsKey(t.Context(), input)
	must(t, err)
	if n, calls := w.CountCalls("AssociateKmsKey"), w.Calls(); n != 1 || len(calls) != 0 {
		t.Errorf("got count %d and %d calls, want 1 and none", n, len(calls))
	}
}
