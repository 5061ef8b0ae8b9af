package sweep

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"log-group-kms/internal/answer"
	"log-group-kms/internal/awsconf"
	"log-group-kms/internal/awsfake"
	"log-group-kms/internal/encrypt"
	"log-group-kms/internal/failure"
	"log-group-kms/internal/policy"
	"log-group-kms/internal/target"
)

// What should have a key and has none is counted, whatever the reason; what was left
// alone on purpose is not.
func TestOpen(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(*policy.Policy)
		fail   func(s *setup)
		dryRun bool
		want   int
	}{
		{"all well", nil, nil, false, 0},
		{"the key cannot be used", func(p *policy.Policy) { p.Default = "alias/none" }, nil, false, 2},
		{"a dry run", nil, nil, true, 2},
		{"AWS refuses", nil, func(s *setup) { s.world.DenyAction("", "logs:AssociateKmsKey", true) }, false, 2},
		{"excluded", func(p *policy.Policy) { p.Exclude = []policy.Pattern{"*"} }, nil, false, 0},
		{"no key chosen", func(p *policy.Policy) { p.Default = "" }, nil, false, 0},
		{"another key, to be replaced, but the new one cannot be used", func(p *policy.Policy) { p.Default, p.Existing = "alias/none", policy.Replace }, nil, false, 2},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSetup(t, 5, func(i int) bool { return i >= 2 }, awsconf.Rates{}, test.change)
				if test.fail != nil {
					test.fail(s)
				}
				a, err := s.sweeper.Sweep(t.Context(), Request{Scope: home, DryRun: test.dryRun}, func(answer.Answer, error) {})
				if err != nil || a.Open != test.want || a.Total == nil || a.Total.Open != test.want {
					t.Errorf("got %d open, total %+v, %v, want %d", a.Open, a.Total, err, test.want)
				}
			})
		})
	}
}

// Log groups under a key that cannot be used are in danger, also where the
// configuration leaves them alone under it.
func TestUnusable(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(s *setup)
		want   int
		state  string
	}{
		{"enabled", func(*setup) {}, 0, ""},
		{"disabled", func(s *setup) { s.world.SetKeyState(s.key, awsfake.Disabled) }, 5, "Disabled"},
		{"pending deletion", func(s *setup) { s.world.SetKeyState(s.key, awsfake.PendingDeletion) }, 5, "PendingDeletion"},
		{"deleted", func(s *setup) { s.world.DeleteKey(s.key) }, 5, "NotFound"},
		{"not to be described", func(s *setup) { s.world.DenyDescribeKey(s.key, true) }, 0, ""},
		{"KMS throttles", func(s *setup) {
			s.world.Inject(awsfake.Fault{Operation: "DescribeKey", Kind: awsfake.Throttling400})
		}, 0, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSetup(t, 5, func(int) bool { return true }, awsconf.Rates{}, nil)
				test.change(s)
				a, err := s.call(time.Hour, "")
				if err != nil || a.Failed != 0 || a.Unusable != test.want || a.Total.Unusable != test.want {
					t.Fatalf("got %d unusable, %d failed, %v, want %d and none", a.Unusable, a.Failed, err, test.want)
				}
				want := []UnusableKey{}
				if test.want > 0 {
					want = append(want, UnusableKey{KMSKeyARN: s.key, KeyState: test.state, LogGroups: 5, Examples: []string{numbered(0), numbered(1), numbered(2)}})
				}
				if len(a.UnusableKeys) == 1 && (a.UnusableKeys[0].DeletionDate != nil) != (test.state == "PendingDeletion") {
					t.Errorf("got the date %v, want one exactly where a deletion is scheduled", a.UnusableKeys[0].DeletionDate)
				}
				if diff := cmp.Diff(want, a.UnusableKeys, cmpopts.IgnoreFields(UnusableKey{}, "DeletionDate")); diff != "" {
					t.Errorf("unusable keys (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// Each key is described once, whatever KMS says of it, and log groups that are as they
// should be do not wait for a KMS that says nothing.
func TestKeysAreLookedAtOnceAMinute(t *testing.T) {
	silent := func(kind awsfake.FaultKind) func(*setup) {
		return func(s *setup) { s.world.Inject(awsfake.Fault{Operation: "DescribeKey", Kind: kind}) }
	}
	for _, test := range []struct {
		name     string
		change   func(s *setup)
		unusable int
		most     int // DescribeKey requests, retries included
	}{
		{"enabled", func(*setup) {}, 0, 1},
		{"disabled", func(s *setup) { s.world.SetKeyState(s.key, awsfake.Disabled) }, 300, 1},
		{"deleted", func(s *setup) { s.world.DeleteKey(s.key) }, 300, 1},
		{"not to be described", func(s *setup) { s.world.DenyDescribeKey(s.key, true) }, 0, 1},
		{"KMS does not answer", silent(awsfake.Hang), 0, 8},
		{"KMS throttles", silent(awsfake.Throttling400), 0, 8},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSetup(t, 300, func(int) bool { return true }, awsconf.Rates{Describe: 0.5}, nil) // pages of 50
				test.change(s)
				a, err := s.call(time.Minute, "")
				if err != nil || a.Cursor != "" || a.Unchanged != 300 || a.Unusable != test.unusable {
					t.Errorf("got %d unchanged, %d unusable, cursor %q, %v, want 300 and %d in one call", a.Unchanged, a.Unusable, a.Cursor, err, test.unusable)
				}
				if n := s.world.CountCalls("DescribeKey"); n > test.most {
					t.Errorf("got %d DescribeKey, want %d at most", n, test.most)
				}
			})
		})
	}
}

// Skipped log groups cost no call, so their keys are not looked at.
func TestSkippedGroupsAreNotLookedAt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSetup(t, 5, func(int) bool { return true }, awsconf.Rates{}, func(p *policy.Policy) { p.Exclude = []policy.Pattern{"*"} })
		s.world.SetKeyState(s.key, awsfake.Disabled)
		a, err := s.call(time.Minute, "")
		if err != nil || a.Unusable != 0 || s.world.CountCalls("DescribeKey") != 0 {
			t.Errorf("got %d unusable after %d DescribeKey, %v, want neither", a.Unusable, s.world.CountCalls("DescribeKey"), err)
		}
	})
}

// The list of keys is bounded and begins with the worst; the count is whole.
func TestManyUnusableKeys(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSetup(t, 0, nil, awsconf.Rates{}, nil)
		var worst string
		for i := range 30 {
			key := s.world.AddKey(awsfake.Key{Region: region, State: awsfake.Disabled})
			s.world.PutLogGroup("", region, awsfake.LogGroup{Name: numbered(i), KMSKeyARN: key})
			if i == 29 {
				worst = key
				s.world.PutLogGroup("", region, awsfake.LogGroup{Name: numbered(30), KMSKeyARN: key})
			}
		}
		a, err := s.call(time.Minute, "")
		if err != nil || a.Unusable != 31 || len(a.UnusableKeys) != maxUnusableKeys || len(a.InDanger) != 30 {
			t.Fatalf("got %d unusable, %d of %d keys listed, %v", a.Unusable, len(a.UnusableKeys), len(a.InDanger), err)
		}
		if a.UnusableKeys[0].KMSKeyARN != worst {
			t.Errorf("got %+v first, want the key of two log groups", a.UnusableKeys[0])
		}
	})
}

// A new log group that only the sweep brought under a key was missed by the events.
func TestMissedByEvents(t *testing.T) {
	for _, test := range []struct {
		name   string
		age    time.Duration
		own    time.Duration // age of the function's own log group; 0: not known
		hasKey bool
		fails  bool
		prefix string
		dryRun bool
		want   int
	}{
		{name: "just made", age: 14 * time.Minute, want: 0},
		{name: "old enough to have been heard of", age: 16 * time.Minute, want: 1},
		{name: "in a dry run", age: time.Hour, dryRun: true, want: 1},
		{name: "a day old", age: 24*time.Hour + time.Minute, want: 0},
		{name: "has a key", age: time.Hour, hasKey: true, want: 0},
		{name: "only some names", age: time.Hour, prefix: "/app", want: 0},
		{name: "older than the function", age: 2 * time.Hour, own: time.Hour, want: 0},
		{name: "younger than the function", age: time.Hour, own: 2 * time.Hour, want: 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSetup(t, 0, nil, awsconf.Rates{}, nil)
				g := awsfake.LogGroup{Name: "/app/new", Created: time.Now().Add(-test.age)}
				if test.hasKey {
					g.KMSKeyARN = s.key
				}
				s.world.PutLogGroup("", region, g)
				if test.own > 0 {
					s.own = target.LogGroup(home, "/own/function")
					s.world.PutLogGroup("", region, awsfake.LogGroup{Name: s.own.LogGroup, KMSKeyARN: s.key, Created: time.Now().Add(-test.own)})
				}
				a, err := s.sweeper.Sweep(t.Context(), Request{Scope: home, Prefix: test.prefix, DryRun: test.dryRun}, func(answer.Answer, error) {})
				if err != nil || a.MissedByEvents != test.want || test.prefix == "" && a.Total.MissedByEvents != test.want {
					t.Errorf("got %d missed, total %+v, %v, want %d", a.MissedByEvents, a.Total, err, test.want)
				}
			})
		})
	}
}

// The function's own log group is read once for a sweep, however many calls it has.
func TestOwnLogGroupIsReadOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSetup(t, 0, nil, awsconf.Rates{Associate: 4}, nil)
		for i := range 30 {
			s.world.PutLogGroup("", region, awsfake.LogGroup{Name: numbered(i), Created: time.Now().Add(-time.Hour)})
		}
		s.own = target.LogGroup(home, "/own/function")
		s.world.PutLogGroup("", region, awsfake.LogGroup{Name: s.own.LogGroup, KMSKeyARN: s.key, Created: time.Now().Add(-2 * time.Hour)})
		reads := 0
		s.world.OnCall(func(c awsfake.Call) {
			if c.Operation == "DescribeLogGroups" && c.Resource == s.own.LogGroup {
				reads++
			}
		})
		all := sum(s.follow(3*time.Second, 200))
		if all.MissedByEvents != 30 || reads != 1 {
			t.Errorf("got %d missed and the own log group read %d times, want 30 and once", all.MissedByEvents, reads)
		}
	})
}

// Somebody else's key that was set while a log group waited for its turn stays, and
// the alias of the default key is asked anew at the start of each call.
func TestSweepActsOnFreshFacts(t *testing.T) {
	t.Run("keys set while it waits", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s := newSetup(t, 40, nil, awsconf.Rates{Associate: 4}, nil)
			other := s.world.AddKey(awsfake.Key{Region: region})
			time.AfterFunc(4*time.Second, func() {
				for i := range 40 {
					if g, _ := s.world.LogGroup("", region, numbered(i)); g.KMSKeyARN == "" {
						g.KMSKeyARN = other
						s.world.PutLogGroup("", region, g)
					}
				}
			})
			a, err := s.call(time.Minute, "")
			if err != nil {
				t.Fatal(err)
			}
			kept := 0
			for i := range 40 {
				if g, _ := s.world.LogGroup("", region, numbered(i)); g.KMSKeyARN == other {
					kept++
				}
			}
			// Within the last second before a request AWS offers no way to tell.
			if a.Associated > 22 || kept != 40-a.Associated || a.Unchanged != kept {
				t.Errorf("got %d associated and %d of the other's keys kept, want no more than those of 4 s and one more", a.Associated, kept)
			}
		})
	})
	t.Run("alias moved between two sweeps", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s := newSetup(t, 5, nil, awsconf.Rates{}, func(p *policy.Policy) { p.Existing = policy.Replace })
			if a, err := s.call(time.Minute, ""); err != nil || a.Associated != 5 {
				t.Fatalf("got %+v, %v, want 5 associated", a, err)
			}
			time.Sleep(time.Second)
			s.world.AddAlias("", region, "alias/logs", s.world.AddKey(awsfake.Key{Region: region}))
			if a, err := s.call(time.Minute, ""); err != nil || a.Associated != 5 {
				t.Errorf("got %+v, %v, want all 5 moved to the new key", a, err)
			}
		})
	})
}

// circling answers DescribeLogGroups with empty pages and the same two tokens.
type circling struct {
	encrypt.LogsAPI
	pages int
}

func (c *circling) DescribeLogGroups(context.Context, *cloudwatchlogs.DescribeLogGroupsInput, ...func(*cloudwatchlogs.Options)) (*cloudwatchlogs.DescribeLogGroupsOutput, error) {
	c.pages++
	return &cloudwatchlogs.DescribeLogGroupsOutput{NextToken: aws.String([]string{"one", "two"}[c.pages%2])}, nil
}

func (c *circling) For(context.Context, target.Scope) (encrypt.Account, error) {
	return encrypt.Account{Logs: c}, nil
}

// A listing whose tokens go in a circle ends with an error.
func TestCircleOfTokens(t *testing.T) {
	pages := &circling{}
	_, err := New(nil, pages, Settings{}).Sweep(t.Context(), Request{Scope: home}, nil)
	if failure.TypeOf(err) != failure.Unexpected || pages.pages > 10 {
		t.Errorf("got %v after %d pages, want an error soon", err, pages.pages)
	}
}
