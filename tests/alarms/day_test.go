package alarms

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"log-group-kms/internal/awsfake"
	"log-group-kms/internal/runtimeapi"
)

const (
	account   = "111122223333"
	region    = "eu-west-1"
	stackName = "keys"
	template  = "../../template.yaml"
)

var binary string

func TestMain(m *testing.M) {
	folder, err := os.MkdirTemp("", "log-group-kms")
	if err != nil {
		panic(err)
	}
	binary = filepath.Join(folder, "bootstrap")
	build := exec.Command("go", "build", "-tags", "lambda.norpc", "-o", binary, "../../cmd/handler")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "building the function: %v\n%s", err, out)
		os.Exit(1)
	}
	status := m.Run()
	_ = os.RemoveAll(folder)
	os.Exit(status)
}

// day is a day in the life of a stack: the real function works in an account, once
// an hour as the schedule has it, and what it writes is dated by the day's own clock.
type day struct {
	*testing.T
	world    *awsfake.World
	key      string
	function *runtimeapi.Function
	read     int // lines of the function that were read
	clock    time.Time
	metrics  Metrics
	sweeping bool // whether the schedule is on
}

func newDay(t *testing.T, settings ...string) *day {
	d := &day{T: t, world: awsfake.New(account), clock: time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC), metrics: make(Metrics), sweeping: true}
	d.key = d.world.AddKey(awsfake.Key{Region: region})
	d.world.AddAlias("", region, "alias/logs", d.key)
	for i := range 5 {
		d.world.PutLogGroup("", region, awsfake.LogGroup{Name: fmt.Sprintf("/app/%d", i), KMSKeyARN: d.key, Created: time.Now().Add(-72 * time.Hour)})
	}
	server := httptest.NewServer(d.world)
	t.Cleanup(server.Close)
	var err error
	d.function, err = runtimeapi.Start(context.WithoutCancel(t.Context()), runtimeapi.Options{
		Binary: binary, FunctionARN: "arn:aws:lambda:" + region + ":" + account + ":function:keys",
		Env: append([]string{
			"AWS_REGION=" + region, "AWS_ENDPOINT_URL=" + server.URL, "AWS_ACCESS_KEY_ID=AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY=secret",
			"AWS_MAX_ATTEMPTS=2", "DEFAULT_KMS_KEY=alias/logs", "ASSOCIATE_RATE=0", "DESCRIBE_RATE=0", "METRICS_NAMESPACE=LogGroupKms/" + stackName,
		}, settings...),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.function.Close() })
	return d
}

// sample adds one of AWS's own metrics.
func (d *day) sample(key string, value float64) {
	d.metrics[key] = append(d.metrics[key], Sample{d.clock, value})
}

// invoke has the function serve an event, and dates its metrics.
func (d *day) invoke(event string) runtimeapi.Answer {
	d.Helper()
	answer, err := d.function.Invoke(d.Context(), []byte(event))
	if err != nil {
		d.Fatal(err)
	}
	lines := d.function.Lines()
	for _, text := range lines[d.read:] {
		var line struct {
			AWS *struct {
				CloudWatchMetrics []struct {
					Namespace  string
					Dimensions [][]string
					Metrics    []struct{ Name string }
				}
			} `json:"_aws"`
		}
		var members map[string]any
		if json.Unmarshal([]byte(text), &line) != nil || json.Unmarshal([]byte(text), &members) != nil || line.AWS == nil {
			continue
		}
		for _, directive := range line.AWS.CloudWatchMetrics {
			for _, set := range directive.Dimensions {
				var dimensions []string
				for _, name := range set {
					dimensions = append(dimensions, fmt.Sprintf("%s=%v", name, members[name]))
				}
				for _, m := range directive.Metrics {
					d.sample(Key(directive.Namespace, m.Name, dimensions...), members[m.Name].(float64))
				}
			}
		}
	}
	d.read = len(lines)
	return answer
}

// Metrics of AWS that the day plays.
var (
	sweepFailed = Key("AWS/States", "ExecutionsFailed", "StateMachineArn=SweepStateMachine")
	parked      = Key("AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName=DeadLetterQueue")
	oldest      = Key("AWS/SQS", "ApproximateAgeOfOldestMessage", "QueueName=EventQueue")
	lost        = Key("AWS/Events", "InvocationsFailedToBeSentToDlq", "RuleName=CreateLogGroupRule")
)

// sweep is an hour's sweep. The state machine ends Failed where log groups failed or
// the sweep could not list.
func (d *day) sweep() {
	d.Helper()
	answer := d.invoke(`{"action":"sweep"}`)
	var a struct{ Failed int }
	if answer.ErrorType == "" {
		if err := json.Unmarshal(answer.Payload, &a); err != nil {
			d.Fatal(err)
		}
	}
	if answer.ErrorType != "" || a.Failed > 0 {
		d.sample(sweepFailed, 1)
	}
}

// event is a new log group and, if its event comes, the function's work on it. One
// that fails to the end is parked.
func (d *day) event(name string, comes bool, age time.Duration) {
	d.Helper()
	created := time.Now().Add(-age)
	d.world.PutLogGroup("", region, awsfake.LogGroup{Name: name, Created: created})
	if !comes {
		return
	}
	answer := d.invoke(fmt.Sprintf(`{"source":"aws.logs","detail-type":"AWS API Call via CloudTrail","account":%q,"region":%q,"detail":{
		"eventSource":"logs.amazonaws.com","eventName":"CreateLogGroup","awsRegion":%q,"eventTime":%q,"requestParameters":{"logGroupName":%q}}}`,
		account, region, region, created.UTC().Format(time.RFC3339), name))
	if answer.ErrorType != "" {
		d.sample(parked, 1)
	}
}

// pass lets hours pass, and gives the alarms that rang at some time in them.
func (d *day) pass(hours int, each func(hour int)) []string {
	d.Helper()
	stack, err := Load(template, stackName, "SweepsMembers")
	if err != nil {
		d.Fatal(err)
	}
	states, rang := make(map[string]State), make(map[string]bool)
	for hour := range hours {
		each(hour)
		if d.sweeping {
			d.clock = d.clock.Add(time.Minute)
			d.sweep()
			d.clock = d.clock.Add(-time.Minute)
		}
		for range 12 {
			d.clock = d.clock.Add(5 * time.Minute)
			for _, alarm := range stack.Alarms {
				if d.clock.Sub(d.clock.Truncate(alarm.Period)) != 0 {
					continue // a period ends when it is full
				}
				points, err := alarm.Points(d.metrics, d.clock)
				if err != nil {
					d.Fatal(err)
				}
				states[alarm.Name] = alarm.Rule.Evaluate(points, states[alarm.Name])
				if states[alarm.Name] == Alarm {
					rang[alarm.Name] = true
				}
			}
		}
	}
	return slices.Sorted(maps.Keys(rang))
}

// well is a day on which each hour a log group is made and its event comes.
func (d *day) well(hour int) { d.event(fmt.Sprintf("/new/%d", hour), true, time.Minute) }

// The table of what must ring for which trouble, and what must not.
func TestAlarms(t *testing.T) {
	for _, test := range []struct {
		name    string
		trouble func(d *day) func(hour int)
		want    []string
	}{
		{"all well for a day", func(d *day) func(int) { return d.well }, nil},
		{"nothing happens for a day", func(d *day) func(int) { return func(int) {} }, nil},
		{"a key is disabled", func(d *day) func(int) {
			return func(hour int) {
				if hour == 2 {
					d.world.SetKeyState(d.key, awsfake.Disabled)
				}
			}
		}, []string{"KeysInDanger"}},
		{"the key's policy refuses", func(d *day) func(int) {
			return func(hour int) {
				if hour == 2 {
					d.world.SetKeyPolicy(d.key, awsfake.PolicyWithoutLogs)
					d.well(hour)
				}
			}
		}, []string{"EventsParked", "OpenLogGroups", "SweepFailed"}},
		{"the role may not set keys", func(d *day) func(int) {
			d.world.DenyAction("", "logs:AssociateKmsKey", true)
			return d.well
		}, []string{"EventsParked", "OpenLogGroups", "SweepFailed"}},
		{"the role may not list", func(d *day) func(int) {
			d.world.DenyAction("", "logs:DescribeLogGroups", true)
			return func(int) {}
		}, []string{"SweepAbsent", "SweepFailed"}},
		{"no event comes", func(d *day) func(int) {
			return func(hour int) { d.event(fmt.Sprintf("/new/%d", hour), false, time.Hour) }
		}, []string{"MissedByEvents"}},
		{"the sweep does not come", func(d *day) func(int) {
			return func(hour int) { d.sweeping = hour < 2; d.well(hour) }
		}, []string{"SweepAbsent"}},
		{"tags are rejected", func(d *day) func(int) {
			return func(hour int) {
				if hour == 2 {
					d.world.PutLogGroup("", region, awsfake.LogGroup{Name: "/tagged", Tags: map[string]string{"kms-key": "alias/none"}, Created: time.Now()})
				}
			}
		}, []string{"TagsRejected"}},
		{"throttled for long", func(d *day) func(int) {
			d.world.Inject(awsfake.Fault{Operation: "AssociateKmsKey", Kind: awsfake.Throttling400})
			return func(hour int) {
				if hour < 3 {
					d.well(hour)
				}
			}
		}, []string{"EventsParked", "OpenLogGroups", "SweepFailed"}},
		{"events come late", func(d *day) func(int) {
			return func(hour int) { d.event(fmt.Sprintf("/new/%d", hour), true, 20*time.Minute) }
		}, []string{"ExposureTooLong"}},
		{"the queue is stuck", func(d *day) func(int) {
			return func(hour int) {
				d.event(fmt.Sprintf("/new/%d", hour), false, time.Hour)
				at := d.clock
				for minute := range 12 {
					d.clock = at.Add(time.Duration(5*minute) * time.Minute)
					d.sample(oldest, float64(3600*hour+300*minute))
				}
				d.clock = at
			}
		}, []string{"EventsWaiting", "MissedByEvents"}},
		{"an event is lost", func(d *day) func(int) {
			return func(hour int) {
				if hour == 2 {
					d.sample(lost, 1)
				}
			}
		}, []string{"EventsLost"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			d := newDay(t)
			for range 6 { // the stack has been at work for some hours
				d.sweep()
				d.clock = d.clock.Add(time.Hour)
			}
			if diff := cmp.Diff(test.want, d.pass(8, test.trouble(d))); diff != "" {
				t.Errorf("alarms that rang (-want +got):\n%s", diff)
			}
		})
	}
}

// After the repair, the next sweep makes the states well again.
func TestAlarmsHeal(t *testing.T) {
	t.Parallel()
	d := newDay(t)
	d.world.SetKeyState(d.key, awsfake.Disabled)
	d.sweep()
	d.clock = d.clock.Add(time.Hour)
	if rang := d.pass(2, func(int) {}); !slices.Contains(rang, "KeysInDanger") {
		t.Fatalf("got %v, want KeysInDanger to ring first", rang)
	}
	d.world.SetKeyState(d.key, awsfake.Enabled)
	d.sweep()
	d.clock = d.clock.Add(2 * time.Hour) // what was measured before the repair is out of sight
	d.sweep()
	d.clock = d.clock.Add(time.Hour)
	if rang := d.pass(4, func(int) {}); len(rang) != 0 {
		t.Errorf("got %v after the repair, want silence", rang)
	}
}

// A new stack: the heartbeat rings until the first sweep has ended, as its text says,
// and nothing else does.
func TestFirstHours(t *testing.T) {
	t.Parallel()
	d := newDay(t)
	if diff := cmp.Diff([]string{"SweepAbsent"}, d.pass(1, func(int) { d.sweeping = false })); diff != "" {
		t.Errorf("before the first sweep (-want +got):\n%s", diff)
	}
	d.sweeping = true
	if rang := d.pass(8, d.well); len(rang) > 0 {
		t.Errorf("got %v after the first sweep, want silence", rang)
	}
}

// In a hub one alarm tells of all accounts. What one of them has left open rings until
// that account's own sweep counts none, whatever the others count in the hours between.
func TestAlarmsOverAllAccounts(t *testing.T) {
	t.Parallel()
	stack, err := Load(template, stackName)
	if err != nil {
		t.Fatal(err)
	}
	for alarm, metric := range map[string]string{"OpenLogGroups": "Open", "KeysInDanger": "LogGroupsUnusable"} {
		i := slices.IndexFunc(stack.Alarms, func(d Definition) bool { return d.Name == alarm })
		key := Key("LogGroupKms/"+stackName, metric, "Service=log-group-kms")
		metrics, state := make(Metrics), State("")
		begin := time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)
		var rang []State
		// Sweeps begin within a quarter of an hour and end one after the other: the broken
		// account's are two hours apart once, and from the sixth hour on it is well.
		broken := map[int]float64{0: 3, 2: 3, 4: 3, 6: 0, 8: 0}
		for hour := range 10 {
			at := begin.Add(time.Duration(hour) * time.Hour)
			metrics[key] = append(metrics[key], Sample{at.Add(time.Minute), 0}) // another account
			if open, swept := broken[hour]; swept {
				metrics[key] = append(metrics[key], Sample{at.Add(2 * time.Minute), open})
			}
			points, err := stack.Alarms[i].Points(metrics, at.Add(time.Hour))
			if err != nil {
				t.Fatal(err)
			}
			state = stack.Alarms[i].Rule.Evaluate(points, state)
			rang = append(rang, state)
		}
		want := append(slices.Repeat([]State{Alarm}, 7), OK, OK, OK)
		if diff := cmp.Diff(want, rang); diff != "" {
			t.Errorf("%s, hour by hour (-want +got):\n%s", alarm, diff)
		}
	}
}

// Every metric of ours that an alarm looks at is one that the function writes, under
// the same namespace and dimensions; otherwise the alarm is silent for ever.
func TestAlarmsLookAtWhatIsWritten(t *testing.T) {
	t.Parallel()
	d := newDay(t)
	d.world.PutLogGroup("", region, awsfake.LogGroup{Name: "/tagged", Tags: map[string]string{"kms-key": "alias/none"}})
	d.well(0)
	d.sweep()
	stack, err := Load(template, stackName)
	if err != nil {
		t.Fatal(err)
	}
	if len(stack.Alarms) < 10 {
		t.Fatalf("got %d alarms in the template, want those of the operations page", len(stack.Alarms))
	}
	page, err := os.ReadFile("../../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, alarm := range stack.Alarms {
		for _, s := range alarm.Statistics {
			if strings.HasPrefix(s.Metric, "LogGroupKms") && len(d.metrics[s.Metric]) == 0 {
				t.Errorf("%s looks at %q, which the function does not write", alarm.Name, s.Metric)
			}
		}
		title := strings.ToUpper(alarm.Runbook[:1]) + strings.ReplaceAll(alarm.Runbook[1:], "-", " ")
		if !strings.Contains(string(page), "\n## "+title+"\n") {
			t.Errorf("%s: the operations page has no heading %q", alarm.Name, title)
		}
		if alarm.Rule.TreatMissingData == "" {
			t.Errorf("%s: how missing data counts is not said", alarm.Name)
		}
	}
}
