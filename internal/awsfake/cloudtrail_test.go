package awsfake_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/google/go-cmp/cmp"

	"log-group-kms/internal/awsfake"
)

// Which trails are seen where, and by which name they are known there.
func TestTrails(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.AddAccessKey("AKIAOTHER", other, "ann")
	org := w.PutTrail(awsfake.Trail{Name: "org", Account: other, HomeRegion: "us-east-1", MultiRegion: true, Members: []string{account}})
	w.PutTrail(awsfake.Trail{Name: "here", HomeRegion: region, Stopped: true})
	w.PutTrail(awsfake.Trail{Name: "wide", HomeRegion: "eu-central-1", MultiRegion: true})
	w.PutTrail(awsfake.Trail{Name: "elsewhere", HomeRegion: "eu-central-1"})
	client := cloudtrail.NewFromConfig(inMemory(w).config())
	names := func(shadows *bool) (list []string) {
		out, err := client.DescribeTrails(t.Context(), &cloudtrail.DescribeTrailsInput{IncludeShadowTrails: shadows})
		must(t, err)
		for _, trail := range out.TrailList {
			list = append(list, fmt.Sprint(*trail.Name, " ", *trail.IsOrganizationTrail))
		}
		return list
	}
	if diff := cmp.Diff([]string{"org true", "here false", "wide false"}, names(nil)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"here false"}, names(aws.Bool(false))); diff != "" {
		t.Errorf("without shadows: %s", diff)
	}
	for name, want := range map[string]string{
		"here": "false", org: "true", "org": "TrailNotFoundException", "wide": "TrailNotFoundException",
		"arn:aws:cloudtrail:eu-central-1:111122223333:trail/elsewhere": "TrailNotFoundException",
	} {
		out, err := client.GetTrailStatus(t.Context(), &cloudtrail.GetTrailStatusInput{Name: &name})
		got := errorOf(err).Code
		if err == nil {
			got = fmt.Sprint(*out.IsLogging)
		}
		if got != want {
			t.Errorf("status of %s: got %s, want %s", name, got, want)
		}
	}
	if !w.Reaches("", region, "logs.amazonaws.com") {
		t.Error("the organization's trail does not reach the member")
	}
	_, err := client.StopLogging(t.Context(), &cloudtrail.StopLoggingInput{Name: &org})
	if got := errorOf(err).Code; got != "InvalidHomeRegionException" {
		t.Errorf("got %q for a member that stops the organization's trail", got)
	}
}

func TestEventSelectors(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	management := awsfake.FieldSelector{Field: "eventCategory", Equals: []string{"Management"}}
	for _, tt := range []struct {
		trail     awsfake.Trail
		logs, kms bool
		basic     int
		advanced  int
	}{
		{awsfake.Trail{}, true, true, 1, 0},
		{awsfake.Trail{Basic: []awsfake.BasicSelector{{ReadWriteType: "ReadOnly", IncludeManagementEvents: true}, {ReadWriteType: "All"}}}, false, false, 2, 0},
		{awsfake.Trail{Basic: []awsfake.BasicSelector{{ReadWriteType: "WriteOnly", IncludeManagementEvents: true, ExcludeManagementEventSources: []string{"kms.amazonaws.com"}}}}, true, false, 1, 0},
		{awsfake.Trail{Advanced: []awsfake.AdvancedSelector{{FieldSelectors: []awsfake.FieldSelector{management, {Field: "readOnly", Equals: []string{"true"}}}}}}, false, false, 0, 1},
		{awsfake.Trail{Advanced: []awsfake.AdvancedSelector{{FieldSelectors: []awsfake.FieldSelector{management, {Field: "eventSource", NotEquals: []string{"kms.amazonaws.com"}}}}}}, true, false, 0, 1},
		{awsfake.Trail{Advanced: []awsfake.AdvancedSelector{{FieldSelectors: []awsfake.FieldSelector{{Field: "eventCategory", Equals: []string{"Data"}}}}}}, false, false, 0, 1},
		{awsfake.Trail{Stopped: true}, false, false, 1, 0},
	} {
		tt.trail.Name, tt.trail.HomeRegion = "t", region
		arn := w.PutTrail(tt.trail)
		if logs, kms := w.Reaches("", region, "logs.amazonaws.com"), w.Reaches("", region, "kms.amazonaws.com"); logs != tt.logs || kms != tt.kms {
			t.Errorf("%+v: got %v, %v, want %v, %v", tt.trail, logs, kms, tt.logs, tt.kms)
		}
		out, err := cloudtrail.NewFromConfig(inMemory(w).config()).GetEventSelectors(t.Context(), &cloudtrail.GetEventSelectorsInput{TrailName: &arn})
		must(t, err)
		if len(out.EventSelectors) != tt.basic || len(out.AdvancedEventSelectors) != tt.advanced {
			t.Errorf("%+v: got %+v, %+v", tt.trail, out.EventSelectors, out.AdvancedEventSelectors)
		}
	}
}

// LookupEvents finds what was called, the newest first, in pages.
func TestLookupEvents(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		s := inMemory(w)
		client := cloudtrail.NewFromConfig(s.config())
		create := func(name string) {
			_, _ = s.logs().CreateLogGroup(t.Context(), &cloudwatchlogs.CreateLogGroupInput{LogGroupName: &name}) // some fail on purpose
		}
		create("/before") // nobody keeps it
		w.KeepHistory(true)
		time.Sleep(time.Second)
		w.PutHistory("", region, time.Now().Add(-48*time.Hour), "CreateLogGroup", map[string]any{"logGroupName": "/long-ago"}, "")
		for i := range 60 {
			create(fmt.Sprintf("/app/%d", i))
			time.Sleep(time.Minute)
		}
		create("/app/1") // exists
		must(t, errorFrom(s.logs().DeleteLogGroup(t.Context(), &cloudwatchlogs.DeleteLogGroupInput{LogGroupName: aws.String("/app/1")})))

		var got []string
		pages := cloudtrail.NewLookupEventsPaginator(client, &cloudtrail.LookupEventsInput{
			LookupAttributes: []types.LookupAttribute{{AttributeKey: "EventName", AttributeValue: aws.String("CreateLogGroup")}},
			StartTime:        aws.Time(time.Now().Add(-24 * time.Hour)),
		})
		for pages.HasMorePages() {
			page, err := pages.NextPage(t.Context())
			must(t, err)
			for _, e := range page.Events {
				var record struct {
					RequestParameters struct{ LogGroupName string }
					ErrorCode         string
				}
				must(t, json.Unmarshal([]byte(*e.CloudTrailEvent), &record))
				got = append(got, record.RequestParameters.LogGroupName+record.ErrorCode)
			}
		}
		want := []string{"/app/1ResourceAlreadyExistsException"}
		for i := 59; i >= 0; i-- {
			want = append(want, fmt.Sprintf("/app/%d", i))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		w.SetLimits(true)
		throttled := 0
		for range 3 {
			if _, err := client.LookupEvents(t.Context(), &cloudtrail.LookupEventsInput{}); errorOf(err).Code == "ThrottlingException" {
				throttled++
			}
		}
		if throttled != 1 {
			t.Errorf("got %d of 3 requests at once throttled, want 1: AWS allows 2 a second", throttled)
		}
	})
}

func errorFrom[T any](_ T, err error) error { return err }
