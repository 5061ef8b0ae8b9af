package main

import (
	"strings"
	"testing"
	"time"
)

func TestPause(t *testing.T) {
	t.Parallel()
	for schedule, want := range map[string]time.Duration{
		"rate(1 hour)": time.Hour, "rate(90 minutes)": 90 * time.Minute, "rate(2 days)": 48 * time.Hour,
		"cron(30 2 * * ? *)": 24 * time.Hour, "cron(0 * * * ? *)": time.Hour, "cron(0/15 * ? * * *)": time.Hour,
		"cron(0 0/6 * * ? *)": 6 * time.Hour, "cron(0 */4 ? * * *)": 4 * time.Hour, "cron(0 8-18 * * ? *)": 14 * time.Hour,
		"cron(0 1,5,23 * * ? *)": 18 * time.Hour, "cron(0 8-18/5 * * ? *)": 14 * time.Hour,
		"cron(0 * ? * MON-FRI *)": 24 * time.Hour, "cron(0 2 1 * ? *)": 24 * time.Hour,
		"cron(0 25 * * ? *)": 0, "cron(0 x * * ? *)": 0, "cron(0 0/0 * * ? *)": 0, "cron(0 2)": 0, "": 0,
	} {
		if got := pause(schedule); got != want {
			t.Errorf("%s: got %v, want %v", schedule, got, want)
		}
	}
}

func TestTooRare(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ schedule, window, limit, want string }{
		{"rate(1 hour)", "15", "3", ""},
		{"rate(2 hours)", "15", "3", ""},
		{"rate(1 hour)", "120", "3", "SweepMaxAgeHours=3: with SweepSchedule=rate(1 hour) and SweepWindowMinutes=120"},
		{"rate(6 hours)", "15", "3", "make it 7 at least"},
		{"rate(6 hours)", "15", "7", ""},
		{"rate(1 day)", "0", "24", "make it 25 at least"},
		{"cron(30 2 * * ? *)", "15", "26", ""},
		{"cron(30 2 * * ? *)", "15", "3", "make it 25 at least"},
		{"rate(7 days)", "0", "168", "it can be 168 at most, so sweep more often"},
		{"cron(no)", "15", "3", ""},
		{"rate(6 hours)", "x", "3", ""},
		{"rate(6 hours)", "15", "", ""},
	} {
		found := tooRare(map[string]string{"SweepSchedule": c.schedule, "SweepWindowMinutes": c.window, "SweepMaxAgeHours": c.limit})
		if (c.want == "") != (found == "") || !strings.Contains(found, c.want) {
			t.Errorf("%s, window %s, limit %s: got %q, want %q", c.schedule, c.window, c.limit, found, c.want)
		}
	}
}

// A warning stops nothing, and is told before anything is deployed.
func TestWarning(t *testing.T) {
	const want = "WARNING: SweepMaxAgeHours=3"
	var out strings.Builder
	if err := writeParameters(options{root: repository(t, "SweepSchedule=rate(6 hours)\n"), deployment: "prod"}, &out); err != nil || !strings.Contains(out.String(), want) {
		t.Errorf("parameters: got %v, %q, want %q in it", err, out.String(), want)
	}
	_, said, err := deployed(t, "SweepSchedule=rate(6 hours)\n", nil, "-stack", "mine")
	if before, _, found := strings.Cut(said, want); err != nil || !found || strings.Contains(before, "verif") {
		t.Errorf("deploy: got %v, %q, want %q in it", err, said, want)
	}
}
