package doctor_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"

	"log-group-kms/internal/awsfake"
	"log-group-kms/internal/check"
	"log-group-kms/internal/doctor"
)

const someKey = "arn:aws:kms:eu-west-1:111122223333:key/11111111-2222-4333-8444-555555555555"

// made puts a log group and its call into the history.
func (s *setup) made(ago time.Duration, g awsfake.LogGroup) {
	g.Created = time.Now().Add(-ago)
	s.world.PutLogGroup("", region, g)
	s.world.PutHistory("", region, g.Created, "CreateLogGroup", map[string]any{"logGroupName": g.Name}, "")
}

func TestHeard(t *testing.T) {
	good := func(says string) expect { return expect{result: check.OK, says: []string{says}} }
	bad := func(says ...string) expect {
		return expect{check.Failed, says, "make sweep STACK=keys", "missed-by-events"}
	}
	for _, test := range []struct {
		name   string
		change func(*setup)
		want   expect
	}{
		{"nothing made", func(*setup) {}, good("no log group being made")},
		{"all under a key", func(s *setup) {
			s.made(time.Hour, awsfake.LogGroup{Name: "/a", KMSKeyARN: someKey})
			s.made(23*time.Hour, awsfake.LogGroup{Name: "/b", KMSKeyARN: someKey})
		}, good("saw 2 log groups made within 24 hours that should be under a key; every one is")},
		{"some missed", func(s *setup) {
			for i := range 5 {
				s.made(time.Duration(i+1)*time.Hour, awsfake.LogGroup{Name: fmt.Sprint("/open/", i)})
			}
			s.made(time.Hour, awsfake.LogGroup{Name: "/a", KMSKeyARN: someKey})
		}, bad("saw 6 log groups", "5 without a key of yours: /open/0, /open/1, /open/2 and 2 more")},
		{"made a moment ago", func(s *setup) { s.made(time.Second, awsfake.LogGroup{Name: "/new"}) }, bad("1 without")},
		{"made before the stack was", func(s *setup) {
			s.stack.Created = time.Now().Add(-30 * time.Minute)
			s.made(time.Hour, awsfake.LogGroup{Name: "/older"})
			s.made(time.Minute, awsfake.LogGroup{Name: "/a", KMSKeyARN: someKey})
		}, good("saw 1 log group made since the stack was, 30 minutes ago, that should be under a key; every one is")},
		{"missed since the stack was made", func(s *setup) {
			s.stack.Created = time.Now().Add(-30 * time.Minute)
			s.made(time.Minute, awsfake.LogGroup{Name: "/a"})
		}, bad("saw 1 log group made since the stack was, 30 minutes ago", "1 without a key of yours: /a")},
		{"made before", func(s *setup) { s.made(25*time.Hour, awsfake.LogGroup{Name: "/old"}) }, good("no log group being made")},
		{"configured for a later version", func(s *setup) {
			s.answer.Version, s.answer.Configuration = "9.0.0", map[string]string{"EXISTING_KEY": "of-a-later-version"}
		}, expect{check.Unknown, []string{"EXISTING_KEY"}, "run the log-group-kms of the function's version, 9.0.0", ""}},
		{"made, deleted and made again", func(s *setup) {
			s.made(3*time.Hour, awsfake.LogGroup{Name: "/a"})
			s.made(time.Hour, awsfake.LogGroup{Name: "/a"})
		}, bad("saw 1 log group made")},
		{"deleted since", func(s *setup) {
			s.made(time.Hour, awsfake.LogGroup{Name: "/a"})
			s.world.DeleteLogGroup("", region, "/a")
		}, good("no log group being made")},
		{"deleted since, where no tags are read", func(s *setup) {
			s.answer.Configuration = map[string]string{"DEFAULT_KMS_KEY": "alias/logs", "KMS_KEY_TAG": ""}
			s.made(time.Hour, awsfake.LogGroup{Name: "/a"})
			s.world.DeleteLogGroup("", region, "/a")
		}, good("no log group being made")},
		{"a failed call", func(s *setup) {
			s.world.PutLogGroup("", region, awsfake.LogGroup{Name: "/a"})
			s.world.PutHistory("", region, time.Now(), "CreateLogGroup", map[string]any{"logGroupName": "/a"}, "ResourceAlreadyExistsException")
		}, good("no log group being made")},
		{"a denied call without parameters", func(s *setup) { s.world.PutHistory("", region, time.Now(), "CreateLogGroup", nil, "AccessDenied") }, good("no log group being made")},
		{"excluded", func(s *setup) { s.made(time.Hour, awsfake.LogGroup{Name: "/tmp/a"}) }, good("no log group being made")},
		{"excluded by a rule on tags", func(s *setup) {
			s.made(time.Hour, awsfake.LogGroup{Name: "/a", Tags: map[string]string{"key": "none"}})
		}, good("no log group being made")},
		{"excluded, beside one that is not", func(s *setup) {
			s.made(time.Hour, awsfake.LogGroup{Name: "/tmp/a"})
			s.made(time.Hour, awsfake.LogGroup{Name: "/a", KMSKeyARN: someKey})
		}, good("saw 1 log group made")},
		{"AWS's own name", func(s *setup) { s.made(time.Hour, awsfake.LogGroup{Name: "aws/spans"}) }, good("no log group being made")},
		{"no key by configuration", func(s *setup) {
			delete(s.answer.Configuration, "DEFAULT_KMS_KEY")
			s.made(time.Hour, awsfake.LogGroup{Name: "/a"})
		}, good("no log group being made")},
		{"its key cannot be used", func(s *setup) {
			s.answer.Configuration["DEFAULT_KMS_KEY"] = "alias/gone"
			s.made(time.Hour, awsfake.LogGroup{Name: "/a"})
		}, bad("/a")},
		{"its tag names a key that the caller may not look at", func(s *setup) {
			delete(s.answer.Configuration, "DEFAULT_KMS_KEY")
			s.made(time.Hour, awsfake.LogGroup{Name: "/a", Tags: map[string]string{"kms-key": "alias/logs"}})
			s.world.DenyAction("", "kms:DescribeKey", true)
		}, expect{check.Unknown, []string{"lack the right kms:DescribeKey"}, "kms:DescribeKey", "missing-right"}},
		{"another one is missed for certain", func(s *setup) {
			s.answer.Configuration["DEFAULT_KMS_KEY"], s.answer.Configuration["RULES"] = "", "rules: [{name: app, logGroups: [/app/*], key: alias/logs}]"
			s.made(time.Hour, awsfake.LogGroup{Name: "/a", Tags: map[string]string{"kms-key": "alias/logs"}})
			s.made(2*time.Hour, awsfake.LogGroup{Name: "/app/b"})
			s.world.DenyAction("", "kms:DescribeKey", true)
		}, bad("saw 1 log group made", "1 without a key of yours: /app/b")},
		{"its tags can only be read in the older way, which is denied", func(s *setup) {
			s.made(time.Hour, awsfake.LogGroup{Name: "/a#1"})
			s.world.DenyAction("", "logs:ListTagsLogGroup", true)
		}, expect{check.Unknown, []string{"lack the right logs:ListTagsLogGroup"}, "logs:ListTagsLogGroup", "missing-right"}},
		{"a dry run", func(s *setup) {
			s.answer.Add(check.Entry{Check: check.ConfigMode, Result: check.Warning, Message: "DRY_RUN is on", Remedy: "x", Runbook: "docs/operations.md#dry-run"})
			s.made(time.Hour, awsfake.LogGroup{Name: "/a"})
		}, expect{result: check.Unknown, says: []string{"dry run"}}},
		{"a configuration of another version", func(s *setup) { s.answer.Configuration["EXISTING_KEY"] = "whatever" }, expect{result: check.Unknown, says: []string{"configuration", "EXISTING_KEY"}}},
		{"another Region", func(s *setup) {
			s.world.PutHistory("", "us-east-1", time.Now(), "CreateLogGroup", map[string]any{"logGroupName": "/a"}, "")
			s.world.PutLogGroup("", region, awsfake.LogGroup{Name: "/a"})
		}, good("no log group being made")},
	} {
		t.Run(test.name, func(t *testing.T) {
			run(t, func(s *setup) {
				s.stack.Created = time.Now().Add(-48 * time.Hour)
				test.change(s)
				test.want.holds(s.T, s.mustLook(), doctor.EventsHeard)
			})
		})
	}
}

// A day with very many calls is looked at in part, at the pace that CloudTrail
// allows, and the message says so.
func TestHeardOfVeryMany(t *testing.T) {
	run(t, func(s *setup) {
		s.world.SetLimits(true)
		s.stack.Created = time.Now().Add(-48 * time.Hour)
		for i := range 1200 {
			s.made(time.Hour+time.Duration(i)*time.Second, awsfake.LogGroup{Name: fmt.Sprintf("/a/%04d", i), KMSKeyARN: someKey})
		}
		s.made(20*time.Hour, awsfake.LogGroup{Name: "/open"}) // beyond what is looked at
		expect{result: check.OK, says: []string{"among its newest 1000 calls, CloudTrail saw 1000 log groups"}}.holds(s.T, s.mustLook(), doctor.EventsHeard)
		if throttled := s.throttled(); throttled > 0 {
			s.Errorf("got %d throttled requests, want none", throttled)
		}
	})
}

func (s *setup) throttled() (n int) {
	for _, c := range s.world.Calls() {
		if c.ErrorCode == "ThrottlingException" {
			n++
		}
	}
	return n
}

// bareRecords is a CloudTrail whose records leave out what is the same in all of them:
// account and Region of who asks.
type bareRecords struct{ doctor.TrailsAPI }

func (b bareRecords) LookupEvents(ctx context.Context, in *cloudtrail.LookupEventsInput, o ...func(*cloudtrail.Options)) (*cloudtrail.LookupEventsOutput, error) {
	return &cloudtrail.LookupEventsOutput{Events: []types.Event{{CloudTrailEvent: aws.String(
		`{"eventSource":"logs.amazonaws.com","eventName":"CreateLogGroup","requestParameters":{"logGroupName":"/a"}}`)}}}, nil
}

// CloudTrail shows the calls of the account and the Region that it is asked in, whether a
// record says so or not.
func TestHeardOfBareRecords(t *testing.T) {
	run(t, func(s *setup) {
		s.world.PutLogGroup("", region, awsfake.LogGroup{Name: "/a"})
		s.world.DeployStack(s.stack)
		deps := s.deps()
		deps.Trails = bareRecords{deps.Trails}
		report, err := doctor.Run(s.Context(), deps, doctor.Options{Stack: "keys", Region: region})
		if err != nil {
			s.Fatal(err)
		}
		expect{check.Failed, []string{"1 without a key of yours: /a"}, "", "missed-by-events"}.holds(s.T, report, doctor.EventsHeard)
	})
}

// The history is CloudTrail's own, as real calls leave it.
func TestHeardOfRealCalls(t *testing.T) {
	run(t, func(s *setup) {
		client := cloudwatchlogs.NewFromConfig(s.config())
		for _, name := range []string{"/a", "/tmp/b"} {
			if _, err := client.CreateLogGroup(s.Context(), &cloudwatchlogs.CreateLogGroupInput{LogGroupName: aws.String(name)}); err != nil {
				s.Fatal(err)
			}
		}
		expect{check.Failed, []string{"saw 1 log group made", ": /a"}, "", "missed-by-events"}.holds(s.T, s.mustLook(), doctor.EventsHeard)
	})
}
