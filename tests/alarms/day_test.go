package alarms

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"log-group-kms/internal/awsfake"
)

const template = "../../template.yaml"

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

// day is a Day whose trouble ends the test.
type day struct {
	*testing.T
	*Day
	key      string
	sweeping bool // whether the schedule is on
}

func newDay(t *testing.T, settings ...string) *day {
	t.Helper()
	world := awsfake.New(Account)
	key := world.AddKey(awsfake.Key{Region: Region})
	world.AddAlias("", Region, "alias/logs", key)
	for i := range 5 {
		world.PutLogGroup("", Region, awsfake.LogGroup{Name: fmt.Sprintf("/app/%d", i), KMSKeyARN: key, Created: time.Now().Add(-72 * time.Hour)})
	}
	stack, err := Load(template, StackName, nil)
	if err != nil {
		t.Fatal(err)
	}
	start := time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)
	d, err := Begin(context.WithoutCancel(t.Context()), binary, stack, world, start, append([]string{"DEFAULT_KMS_KEY=alias/logs"}, settings...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Close)
	return &day{T: t, Day: d, key: key, sweeping: true}
}

// sweep is an hour's sweep.
func (d *day) sweep() {
	d.Helper()
	if err := d.Sweep(d.Context()); err != nil {
		d.Fatal(err)
	}
}

// event is a new log group and, if its event comes, the function's work on it. One
// that fails to the end is parked.
func (d *day) event(name string, comes bool, age time.Duration) {
	d.Helper()
	created := time.Now().Add(-age)
	d.World.PutLogGroup("", Region, awsfake.LogGroup{Name: name, Created: created})
	if !comes {
		return
	}
	served, err := d.Created(d.Context(), name, created)
	if err != nil {
		d.Fatal(err)
	}
	if !served {
		d.Sample(Parked, 1)
	}
}

// pass lets hours pass, and gives the alarms that rang at some time in them.
func (d *day) pass(hours int, each func(hour int)) []string {
	d.Helper()
	rang := make(map[string]bool)
	clear(d.States)
	for hour := range hours {
		each(hour)
		if d.sweeping {
			d.Clock = d.Clock.Add(time.Minute)
			d.sweep()
			d.Clock = d.Clock.Add(-time.Minute)
		}
		for range 12 {
			if err := d.Step(); err != nil {
				d.Fatal(err)
			}
			for name, state := range d.States {
				rang[name] = rang[name] || state == Alarm
			}
		}
	}
	maps.DeleteFunc(rang, func(_ string, rang bool) bool { return !rang })
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
					d.World.SetKeyState(d.key, awsfake.Disabled)
				}
			}
		}, []string{"KeysInDanger"}},
		{"the key's policy refuses", func(d *day) func(int) {
			return func(hour int) {
				if hour == 2 {
					d.World.SetKeyPolicy(d.key, awsfake.PolicyWithoutLogs)
					d.well(hour)
				}
			}
		}, []string{"EventsParked", "OpenLogGroups", "SweepFailed"}},
		{"the role may not set keys", func(d *day) func(int) {
			d.World.DenyAction("", "logs:AssociateKmsKey", true)
			return d.well
		}, []string{"EventsParked", "OpenLogGroups", "SweepFailed"}},
		{"the role may not list", func(d *day) func(int) {
			d.World.DenyAction("", "logs:DescribeLogGroups", true)
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
					d.World.PutLogGroup("", Region, awsfake.LogGroup{Name: "/tagged", Tags: map[string]string{"kms-key": "alias/none"}, Created: time.Now()})
				}
			}
		}, []string{"TagsRejected"}},
		{"throttled for long", func(d *day) func(int) {
			d.World.Inject(awsfake.Fault{Operation: "AssociateKmsKey", Kind: awsfake.Throttling400})
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
				at := d.Clock
				for minute := range 12 {
					d.Clock = at.Add(time.Duration(5*minute) * time.Minute)
					d.Sample(Oldest, float64(3600*hour+300*minute))
				}
				d.Clock = at
			}
		}, []string{"EventsWaiting", "MissedByEvents"}},
		{"an event is lost", func(d *day) func(int) {
			return func(hour int) {
				if hour == 2 {
					d.Sample(Lost, 1)
				}
			}
		}, []string{"EventsLost"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			d := newDay(t)
			for range 6 { // the stack has been at work for some hours
				d.sweep()
				d.Clock = d.Clock.Add(time.Hour)
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
	d.World.SetKeyState(d.key, awsfake.Disabled)
	d.sweep()
	d.Clock = d.Clock.Add(time.Hour)
	if rang := d.pass(2, func(int) {}); !slices.Contains(rang, "KeysInDanger") {
		t.Fatalf("got %v, want KeysInDanger to ring first", rang)
	}
	d.World.SetKeyState(d.key, awsfake.Enabled)
	d.sweep()
	d.Clock = d.Clock.Add(2 * time.Hour) // what was measured before the repair is out of sight
	d.sweep()
	d.Clock = d.Clock.Add(time.Hour)
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
	stack, err := Load(template, StackName, map[string]string{"SweepAccounts": "ORGANIZATION"})
	if err != nil {
		t.Fatal(err)
	}
	for alarm, metric := range map[string]string{"OpenLogGroups": "Open", "KeysInDanger": "LogGroupsUnusable"} {
		i := slices.IndexFunc(stack.Alarms, func(d Definition) bool { return d.Name == alarm })
		key := Key("LogGroupKms/"+StackName, metric, "Service=log-group-kms")
		metrics, state := make(Metrics), State("")
		begin := time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)
		var states []State
		// The broken account's sweeps are two hours apart; from the sixth hour on it is well.
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
			states = append(states, state)
		}
		want := append(slices.Repeat([]State{Alarm}, 7), OK, OK, OK)
		if diff := cmp.Diff(want, states); diff != "" {
			t.Errorf("%s, hour by hour (-want +got):\n%s", alarm, diff)
		}
	}
}

// Every metric of ours that an alarm looks at is one that the function writes, under
// the same namespace and dimensions; otherwise the alarm is silent for ever.
func TestAlarmsLookAtWhatIsWritten(t *testing.T) {
	t.Parallel()
	d := newDay(t)
	d.World.PutLogGroup("", Region, awsfake.LogGroup{Name: "/tagged", Tags: map[string]string{"kms-key": "alias/none"}})
	d.well(0)
	d.sweep()
	stack, err := Load(template, StackName, nil)
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
			if strings.HasPrefix(s.Metric, "LogGroupKms") && len(d.Metrics[s.Metric]) == 0 {
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

// The same of the dashboard's graphs: otherwise one is empty for ever, which looks well.
func TestGraphsLookAtWhatIsWritten(t *testing.T) {
	t.Parallel()
	written := make(map[string]bool)
	var stack Stack
	for _, dryRun := range []string{"false", "true"} {
		d := newDay(t, "DRY_RUN="+dryRun)
		d.World.PutLogGroup("", Region, awsfake.LogGroup{Name: "/tagged", Tags: map[string]string{"kms-key": "alias/none"}})
		d.well(0)
		d.sweep()
		for key := range d.Metrics {
			written[key] = true
		}
		stack = d.Stack
	}
	var dashboard struct {
		Widgets []struct {
			Properties struct{ Metrics [][]any }
		}
	}
	if err := json.Unmarshal([]byte(stack.Dashboard), &dashboard); err != nil {
		t.Fatal(err)
	}
	drawn := 0
	for _, widget := range dashboard.Widgets {
		for _, metric := range widget.Properties.Metrics {
			var names []string
			for _, part := range metric {
				if name, is := part.(string); is {
					names = append(names, name)
				}
			}
			if len(names) != 4 || !strings.HasPrefix(names[0], "LogGroupKms") {
				continue // an expression, or AWS's own
			}
			drawn++
			if key := Key(names[0], names[1], names[2]+"="+names[3]); !written[key] {
				t.Errorf("a graph looks at %q, which the function does not write", key)
			}
		}
	}
	if drawn < 15 {
		t.Errorf("found %d metrics of the function in the dashboard; are they still looked for in the right place?", drawn)
	}
}
