package main

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/sfn"

	"log-group-kms/internal/app"
	"log-group-kms/internal/awsfake"
	"log-group-kms/internal/check"
	"log-group-kms/internal/config"
	"log-group-kms/internal/doctor"
	"log-group-kms/tests/golden"
)

func (r running) config() aws.Config {
	return aws.Config{
		Region: golden.Region, BaseEndpoint: &r.url, HTTPClient: awshttp.NewBuildableClient(),
		Credentials: credentials.NewStaticCredentialsProvider("local", "local", ""),
	}
}

// doctor lets the doctor look at the stack, with the configuration that the real
// function answers.
func (r running) doctor(t *testing.T) doctor.Report {
	t.Helper()
	deps := doctor.Clients(r.config())
	deps.Decider = func(_ context.Context, configuration map[string]string) (doctor.Decider, error) {
		settings, err := config.Load(func(name string) (string, bool) {
			value, set := configuration[name]
			return value, set
		}, nil)
		if err != nil {
			return nil, err
		}
		return app.New(r.config(), settings).Encrypter, nil
	}
	report, err := doctor.Run(t.Context(), deps, doctor.Options{Stack: golden.StackName, Region: golden.Region})
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// wants holds the results of some checks against those that are wanted; of a check with
// several entries, each result once.
func wants(t *testing.T, when string, report doctor.Report, want map[check.Name][]check.Result) {
	t.Helper()
	for name, results := range want {
		var got []check.Result
		for _, e := range report.Checks {
			if e.Check == name && !slices.Contains(got, e.Result) {
				got = append(got, e.Result)
			}
		}
		if !slices.Equal(got, results) {
			t.Errorf("%s: got %s %v, want %v in %+v", when, name, got, results, report.Checks)
		}
	}
}

func (r running) create(t *testing.T, name string) {
	t.Helper()
	if _, err := r.client().CreateLogGroup(t.Context(), &cloudwatchlogs.CreateLogGroupInput{LogGroupName: &name}); err != nil {
		t.Fatal(err)
	}
}

// eventually waits until something is so.
func eventually(t *testing.T, what string, so func() bool) {
	t.Helper()
	for end := time.Now().Add(2 * time.Minute); !so(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited in vain until %s", what)
		}
	}
}

func (r running) keyOf(t *testing.T, name string) string {
	t.Helper()
	out, err := r.client().DescribeLogGroups(t.Context(), &cloudwatchlogs.DescribeLogGroupsInput{LogGroupIdentifiers: []string{name}})
	if err != nil || len(out.LogGroups) != 1 {
		t.Fatalf("got %+v, %v, want the log group", out, err)
	}
	return aws.ToString(out.LogGroups[0].KmsKeyId)
}

// TestDeployed goes the way of whoever tries the program without an account: a new log
// group gets its key, a sweep tells what cannot be done, and each thing that is broken
// shows.
func TestDeployed(t *testing.T) {
	t.Parallel()
	r := start(t)
	fine := map[check.Name][]check.Result{
		check.ConfigValid: {check.OK}, check.RoleList: {check.OK}, check.RoleTags: {check.OK}, check.RoleSet: {check.OK}, check.OwnLogsKey: {check.OK},
		doctor.EventsTrail: {check.OK}, doctor.EventsRules: {check.OK}, doctor.EventsHeard: {check.OK},
		doctor.QueuesEmpty: {check.OK}, doctor.AlarmsExist: {check.OK}, doctor.AlarmsQuiet: {check.OK}, doctor.AlarmsToldBy: {check.OK},
		check.KeyUsable:    {check.OK, check.Failed}, // alias/archive is disabled
		doctor.SweepRecent: {check.Warning},          // none has ended yet
	}
	report := r.doctor(t)
	wants(t, "freshly deployed", report, fine)
	if report.Configuration["EXCLUDE"] != "/tmp/*" || report.ExitStatus(false) != doctor.ExitFailed {
		t.Errorf("got the configuration %v and status %d, want the function's, and 1", report.Configuration, report.ExitStatus(false))
	}

	r.create(t, "/app/mine")
	eventually(t, "/app/mine has a key", func() bool { return r.keyOf(t, "/app/mine") == golden.DefaultKey })
	wants(t, "after a new log group", r.doctor(t), fine)

	r.sweep(t)
	wants(t, "after a sweep", r.doctor(t), map[check.Name][]check.Result{
		doctor.SweepRecent: {check.Failed}, doctor.AlarmsQuiet: {check.Warning}, doctor.EventsHeard: {check.OK}, doctor.AlarmsToldBy: {check.OK},
	})

	r.create(t, "/app/archive-2") // its key is disabled
	eventually(t, "its event is parked", func() bool {
		return slices.ContainsFunc(r.doctor(t).Checks, func(e check.Entry) bool { return e.Check == doctor.QueuesEmpty && e.Result == check.Failed })
	})
	wants(t, "after an event that failed", r.doctor(t), map[check.Name][]check.Result{doctor.EventsHeard: {check.Failed}})

	if _, err := eventbridge.NewFromConfig(r.config()).DisableRule(t.Context(), &eventbridge.DisableRuleInput{Name: aws.String(golden.CreateRule)}); err != nil {
		t.Fatal(err)
	}
	if _, err := cloudtrail.NewFromConfig(r.config()).StopLogging(t.Context(), &cloudtrail.StopLoggingInput{Name: aws.String("management-events")}); err != nil {
		t.Fatal(err)
	}
	wants(t, "after rule and trail were switched off", r.doctor(t), map[check.Name][]check.Result{
		doctor.EventsRules: {check.Failed}, doctor.EventsTrail: {check.Failed},
	})
	if status, body := r.fetch(t, "POST", "/_local/reset"); status != 204 {
		t.Fatalf("reset: got %d %s", status, body)
	}
	wants(t, "after a reset", r.doctor(t), fine)
}

// sweep starts a sweep and waits for its end.
func (r running) sweep(t *testing.T) {
	t.Helper()
	client := sfn.NewFromConfig(r.config())
	started, err := client.StartExecution(t.Context(), &sfn.StartExecutionInput{
		StateMachineArn: aws.String(awsfake.StateMachineARN(golden.Account, golden.Region, golden.SweepMachine)), Input: aws.String(`{"action":"sweep"}`),
	})
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, "the sweep has ended", func() bool {
		out, err := client.DescribeExecution(t.Context(), &sfn.DescribeExecutionInput{ExecutionArn: started.ExecutionArn})
		return err == nil && out.Status != "RUNNING"
	})
}

// A binary that cannot be had is an answer of Lambda's, not silence.
func TestFunctionThatDoesNotStart(t *testing.T) {
	t.Parallel()
	r := start(t, "-function", "/nonexistent")
	_, err := doctor.Run(t.Context(), doctor.Clients(r.config()), doctor.Options{Stack: golden.StackName, Region: golden.Region})
	if err == nil || !strings.Contains(err.Error(), "starting /nonexistent") {
		t.Errorf("got %v, want why the function does not start", err)
	}
}
