package main

import (
	"context"
	"slices"
	"strings"
	"time"

	"log-group-kms/internal/awsfake"
	"log-group-kms/tests/alarms"
)

// The keys of the account, by what their ARNs end in.
const (
	defaultKey  = "5f0d3a7e-91c2-4b68-8d4f-2a6c7b9e1035"
	paymentsKey = "b41c8e92-7d06-4f53-a1e8-6c2f90d37b14"
	ledgerKey   = "8a6f2b1c-5d4e-4f3a-9b2c-7e1d0c9b8a76"
	formerKey   = "d2b7e6a1-0c35-4f98-a4d6-91e8f0b57c23"
)

// settings are the function's.
var settings = map[string]string{
	"DEFAULT_KMS_KEY": "alias/logs",
	"EXCLUDE":         "/tmp/*",
	"RULES": `rules:
  - name: payments
    logGroups: ["/ecs/payments/*"]
    key: alias/payments
  - name: ledger
    logGroups: ["/app/ledger/*"]
    key: alias/ledger
`,
}

// played are the metrics that AWS measures and no function writes, in numbers of an
// ordinary week. What is parked is no invention: it is what the function could not serve.
var played = struct {
	oldest, waiting, execution string
	waited                     float64 // seconds, of an event that comes
	sweepTook                  float64 // milliseconds
}{
	oldest:    alarms.Oldest,
	waiting:   alarms.Key("AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName=EventQueue"),
	execution: alarms.Key("AWS/States", "ExecutionTime", "StateMachineArn=SweepStateMachine"),
	waited:    2, sweepTook: 14_000,
}

const (
	retryAfter = 15 * time.Minute
	parkAfter  = time.Hour
)

// The days of the story: deployed on a Saturday, looked at on the Tuesday after next.
var (
	deployed = time.Date(2026, 11, 14, 0, 0, 0, 0, time.UTC)
	now      = time.Date(2026, 11, 24, 9, 5, 0, 0, time.UTC)
)

// moment is something that happens.
type moment struct {
	at time.Time
	do func(context.Context, *story) error
}

// moments are those of the whole story, in order of time.
func moments() []moment {
	day := func(day, hour, minute int) time.Time { return time.Date(2026, 11, day, hour, minute, 0, 0, time.UTC) }
	list := []moment{
		// The payments' key is disabled over a night, and enabled in the morning.
		{day(19, 21, 10), keyBecomes(paymentsKey, awsfake.Disabled)},
		{day(19, 23, 0), created("/ecs/payments/chargeback", 2, nil)},
		{day(20, 7, 0), created("/ecs/payments/settlement", 1, nil)},
		{day(20, 8, 20), repaired(paymentsKey)},
		// Somebody tags a log group with another account's key.
		{day(22, 14, 0), created("/app/newsletter", 2, map[string]string{"kms-key": "arn:aws:kms:eu-west-1:210987654321:key/3c1e9d07-64fa-4b8e-8f12-5a90d7b3c2e4"})},
		// The ledger's key policy loses CloudWatch Logs, and nobody has mended it yet.
		{day(24, 5, 10), func(_ context.Context, s *story) error {
			s.World.SetKeyPolicy(s.arn(ledgerKey), awsfake.PolicyWithoutLogs)
			return nil
		}},
		{day(24, 5, 20), created("/app/ledger/closing", 2, nil)},
		{day(24, 6, 40), created("/app/ledger/postings", 1, nil)},
		{day(24, 7, 50), created("/app/ledger/report", 3, nil)},
	}
	// On working days log groups appear, and their events come within minutes.
	late := []int{2, 1, 3, 2, 1, 4, 2}
	for i, service := range strings.Fields("carts coupons returns labels parcels tracking pricing taxes loyalty reviews ratings wishlist sellers payouts disputes feeds sitemap banners surveys vouchers bundles alerts digests exports") {
		date := deployed.AddDate(0, 0, i/4+2)
		if i >= 20 {
			date = date.AddDate(0, 0, 2) // after the weekend
		}
		at := date.Add(time.Duration(9+2*(i%4)) * time.Hour)
		list = append(list, moment{at, created("/aws/lambda/"+service, late[i%len(late)], nil)})
	}
	slices.SortStableFunc(list, func(a, b moment) int { return a.at.Compare(b.at) })
	return list
}

// story is the account while it all happens.
type story struct {
	*alarms.Day
	born    map[string]time.Time // the log groups, by the story's clock
	failing []failing            // events in the queue
	parked  int
}

// failing is an event that the function could not serve.
type failing struct {
	logGroup    string
	since, next time.Time
}

func (s *story) arn(key string) string {
	return "arn:aws:kms:" + alarms.Region + ":" + alarms.Account + ":key/" + key
}

// tell runs the story with the real function, which is a binary. Whoever gets it closes
// it.
func tell(ctx context.Context, binary string, stack alarms.Stack) (*story, error) {
	s := &story{born: make(map[string]time.Time)}
	world := s.account()
	var env []string
	for name, value := range settings {
		env = append(env, name+"="+value)
	}
	var err error
	if s.Day, err = alarms.Begin(ctx, binary, stack, world, deployed, env...); err != nil {
		return nil, err
	}
	if err := s.run(ctx); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// run lets it all happen.
func (s *story) run(ctx context.Context) error {
	next := moments()
	for s.Clock.Before(now) {
		for len(next) > 0 && !next[0].at.After(s.Clock) {
			if err := next[0].do(ctx, s); err != nil {
				return err
			}
			next = next[1:]
		}
		if err := s.passes(ctx); err != nil {
			return err
		}
	}
	s.roundExposure()
	return nil
}

// passes lets the next five minutes pass, with the sweep of the hour.
func (s *story) passes(ctx context.Context) error {
	if err := s.retry(ctx); err != nil {
		return err
	}
	if s.Clock.Minute() == 0 {
		if err := s.sweep(ctx); err != nil {
			return err
		}
	}
	s.Sample(alarms.Parked, float64(s.parked))
	s.Sample(played.waiting, 0)
	return s.Step()
}

func (s *story) sweep(ctx context.Context) error {
	s.age()
	s.Sample(played.execution, played.sweepTook)
	return s.Sweep(ctx)
}

// age dates the younger log groups anew for a function whose clock is not the story's:
// to it they are to be as old as they are in the story.
func (s *story) age() {
	for name, born := range s.born {
		if old := s.Clock.Sub(born); old < 48*time.Hour {
			if g, there := s.World.LogGroup("", alarms.Region, name); there {
				g.Created = time.Now().Add(-old)
				s.World.PutLogGroup("", alarms.Region, g)
			}
		}
	}
}

// retry has the function try the events that it could not serve again, and parks those
// that have failed for an hour.
func (s *story) retry(ctx context.Context) error {
	var left []failing
	for _, f := range s.failing {
		switch {
		case s.Clock.Before(f.next):
			left = append(left, f)
		case s.Clock.Sub(f.since) >= parkAfter:
			s.parked++
		default:
			s.age()
			served, err := s.Created(ctx, f.logGroup, time.Now().Add(-s.Clock.Sub(s.born[f.logGroup])))
			if err != nil {
				return err
			}
			if f.next = s.Clock.Add(retryAfter); !served {
				left = append(left, f)
			}
		}
	}
	s.failing = left
	return nil
}

// created is a new log group, whose event comes some minutes late. Twenty seconds more
// keep the exposure, which the function measures, away from the next minute.
func created(name string, late int, tags map[string]string) func(context.Context, *story) error {
	return func(ctx context.Context, s *story) error {
		age := time.Duration(late)*time.Minute + 20*time.Second
		s.born[name] = s.Clock.Add(-age)
		at := time.Now().Add(-age)
		s.World.PutLogGroup("", alarms.Region, awsfake.LogGroup{Name: name, Tags: tags, StoredBytes: 700_000 + 90_000*len(name), Created: at})
		s.Sample(played.oldest, played.waited)
		served, err := s.Created(ctx, name, at)
		if !served {
			s.failing = append(s.failing, failing{name, s.Clock, s.Clock.Add(retryAfter)})
		}
		return err
	}
}

// roundExposure rounds what the function has measured down to whole minutes: the rest
// depends on how busy the machine was.
func (s *story) roundExposure() {
	for key, samples := range s.Metrics {
		if strings.Contains(key, " ExposureSeconds ") {
			for i := range samples {
				samples[i].Value = float64(int(samples[i].Value) / 60 * 60)
			}
		}
	}
}

func keyBecomes(key, state string) func(context.Context, *story) error {
	return func(_ context.Context, s *story) error {
		s.World.SetKeyState(s.arn(key), state)
		return nil
	}
}

// repaired is what the operations page tells to do: enable the key, sweep, and empty
// the queue of what the sweep has done.
func repaired(key string) func(context.Context, *story) error {
	return func(ctx context.Context, s *story) error {
		s.World.SetKeyState(s.arn(key), awsfake.Enabled)
		s.parked, s.failing = 0, nil
		return s.sweep(ctx)
	}
}
