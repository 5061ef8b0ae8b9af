package sweep

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"log-group-kms/internal/answer"
	"log-group-kms/internal/awsconf"
	"log-group-kms/internal/awsfake"
	"log-group-kms/internal/encrypt"
	"log-group-kms/internal/failure"
	"log-group-kms/internal/policy"
	"log-group-kms/internal/target"
)

// A log group that is as wanted costs no request beyond its page, and one for each key
// that log groups are under.
func TestRequestsOfASweep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSetup(t, 120, func(i int) bool { return i < 100 }, awsconf.Rates{}, nil)
		a, err := s.call(time.Minute, "")
		if err != nil {
			t.Fatal(err)
		}
		want := Answer{
			Action: "sweep", Account: account, Region: region, Examined: 120, Encrypted: 120,
			Associated: 20, Unchanged: 100, Failures: []Failure{}, UnusableKeys: []UnusableKey{}, Attempts: 20, Total: &Total{LogGroups: 120, Encrypted: 120},
		}
		if diff := cmp.Diff(want, a); diff != "" {
			t.Errorf("answer (-want +got):\n%s", diff)
		}
		got := map[string]int{}
		for _, c := range s.world.Calls() {
			got[c.Operation]++
		}
		if diff := cmp.Diff(map[string]int{"DescribeLogGroups": 3, "AssociateKmsKey": 20, "DescribeKey": 2}, got); diff != "" {
			t.Errorf("requests (-want +got):\n%s", diff)
		}
	})
}

// The answer's keys are what its readers go by; an empty list of failures is a list.
func TestAnswerAsJSON(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSetup(t, 1, nil, awsconf.Rates{}, func(p *policy.Policy) { p.QueryResult = "alias/logs" })
		a, err := s.call(time.Minute, "")
		if err != nil {
			t.Fatal(err)
		}
		text, err := json.Marshal(a)
		if err != nil {
			t.Fatal(err)
		}
		want := `{"action":"sweep","account":"111122223333","region":"eu-west-1","examined":1,"encrypted":1,` +
			`"associated":1,"planned":0,"unchanged":0,"skipped":0,"gone":0,"failed":0,"open":0,"unusable":0,"missedByEvents":0,"failures":[],"unusableKeys":[],` +
			`"queryResult":{"outcome":"associated","kmsKeyArn":"` + s.key + `"}}`
		if diff := cmp.Diff(want, string(text)); diff != "" {
			t.Errorf("JSON (-want +got):\n%s", diff)
		}
	})
}

// One log group's failure does not stop the rest; the list of them is bounded,
// their number is not.
func TestFailuresDoNotStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSetup(t, 100, nil, awsconf.Rates{}, func(p *policy.Policy) { p.QueryResult = "alias/none" })
		for i := 0; i < 100; i += 2 {
			s.world.Inject(awsfake.Fault{Operation: "AssociateKmsKey", Resource: numbered(i), Kind: awsfake.AccessDeniedIAM})
		}
		a, err := s.call(time.Minute, "")
		if err != nil {
			t.Fatal(err)
		}
		if a.Examined != 100 || a.Associated != 50 || a.Encrypted != 50 || a.Failed != 51 || len(a.Failures) != 20 {
			t.Errorf("got examined %d, associated %d, encrypted %d, failed %d, listed %d; want 100, 50, 50, 51, 20",
				a.Examined, a.Associated, a.Encrypted, a.Failed, len(a.Failures))
		}
		for _, f := range a.Failures {
			if f.ErrorType != failure.AccessDenied || !strings.Contains(f.ErrorMessage, f.LogGroup) {
				t.Errorf("got failure %+v, want AccessDenied of its log group", f)
			}
		}
		if a.QueryResult == nil || a.QueryResult.ErrorType != failure.KeyUnusable || a.QueryResult.ErrorMessage == "" || a.QueryResult.Outcome != "" {
			t.Errorf("got queryResult %+v, want KeyUnusable", a.QueryResult)
		}
	})
}

// AWS forgets tokens after a day. The sweep then starts over, and its total is of
// this round alone.
func TestForgottenTokenStartsOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSetup(t, 120, nil, awsconf.Rates{Associate: 4}, nil)
		first, err := s.call(20*time.Second, "")
		if err != nil || first.Cursor == "" || first.Examined < 51 {
			t.Fatalf("got %d examined, cursor %q, %v; want a stop on the second page", first.Examined, first.Cursor, err)
		}
		time.Sleep(25 * time.Hour)
		second, err := s.call(15*time.Minute, first.Cursor)
		if err != nil {
			t.Fatal(err)
		}
		if second.Cursor != "" || second.Total == nil || *second.Total != (Total{LogGroups: 120, Encrypted: 120}) || second.Failed != 0 {
			t.Errorf("got cursor %q, total %+v, %d failed; want the end, 120 of 120 and none", second.Cursor, second.Total, second.Failed)
		}
		if got := first.Associated + second.Associated; got != 120 {
			t.Errorf("got %d associated in all, want 120", got)
		}
	})
}

// A sweep that starts over finds what it has done before as it should be, and would not
// count a second time what events had missed. A dry run does.
func TestMissedByEventsAndAForgottenToken(t *testing.T) {
	for _, dryRun := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			s := newSetup(t, 0, nil, awsconf.Rates{Describe: 1}, nil)
			for i := range 120 {
				s.world.PutLogGroup("", region, awsfake.LogGroup{Name: numbered(i), Created: time.Now().Add(-time.Hour)})
			}
			time.AfterFunc(1500*time.Millisecond, s.world.InvalidateTokens) // after two pages
			a, err := s.sweeper.Sweep(t.Context(), Request{Scope: home, DryRun: dryRun}, func(answer.Answer, error) {})
			if err != nil || a.Examined <= 120 || a.Total == nil || a.Total.MissedByEvents != 120 {
				t.Errorf("dry run %t: got %d examined, total %+v, %v, want more than 120 and 120 missed", dryRun, a.Examined, a.Total, err)
			}
		})
	}
}

// Tokens that stop working in the middle of a call make it start over as well;
// the total must not count the first pages twice.
func TestTokenForgottenWithinACall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSetup(t, 120, func(int) bool { return true }, awsconf.Rates{}, nil)
		n := 0
		s.world.OnCall(func(c awsfake.Call) {
			if n++; n == 2 {
				s.world.InvalidateTokens()
			}
		})
		a, err := s.call(time.Minute, "")
		if err != nil {
			t.Fatal(err)
		}
		if a.Total == nil || *a.Total != (Total{LogGroups: 120, Encrypted: 120}) {
			t.Errorf("got total %+v, want 120 of 120", a.Total)
		}
	})
}

// A page that stays invalid is trouble, not a reason to go round for ever.
func TestInvalidParameterFromTheStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSetup(t, 120, nil, awsconf.Rates{}, nil)
		s.world.Inject(awsfake.Fault{Operation: "DescribeLogGroups", Kind: awsfake.InvalidParameter})
		if _, err := s.call(time.Minute, ""); failure.TypeOf(err) != failure.Unexpected || s.world.CountCalls("DescribeLogGroups") != 1 {
			t.Errorf("got %v after %d requests, want Unexpected after 1", err, s.world.CountCalls("DescribeLogGroups"))
		}
	})
}

// The query-result key comes first, once in a sweep however many calls it takes.
func TestQueryResultOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSetup(t, 60, nil, awsconf.Rates{Associate: 4}, func(p *policy.Policy) { p.QueryResult = "alias/logs" })
		answers := s.follow(8*time.Second, 20)
		if len(answers) < 2 {
			t.Fatal("got one call, want several")
		}
		for i, a := range answers {
			if (a.QueryResult != nil) != (i == 0) {
				t.Errorf("call %d: got queryResult %+v, want it in the first only", i+1, a.QueryResult)
			}
		}
		if got := sum(answers); got.Examined != 60 || got.Associated != 60 {
			t.Errorf("got %d examined, %d associated; want 60 of each: query results are no log group", got.Examined, got.Associated)
		}
		first := s.world.Calls()[0]
		for _, c := range s.world.Calls() {
			if c.Operation == "AssociateKmsKey" {
				first = c
				break
			}
		}
		if first.Resource != awsfake.QueryResultARN(account, region) {
			t.Errorf("got %s first, want the query results", first.Resource)
		}
	})
}

// Dry run is each call's own: the cursor of a dry one can be followed wet.
func TestDryRunIsEachCallsOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSetup(t, 3, nil, awsconf.Rates{}, nil)
		dry := func(dryRun bool) Answer {
			a, err := s.sweeper.Sweep(t.Context(), Request{Scope: home, DryRun: dryRun}, func(answer.Answer, error) {})
			if err != nil {
				t.Fatal(err)
			}
			return a
		}
		if a := dry(true); a.Planned != 3 || a.Encrypted != 0 || s.world.CountCalls("AssociateKmsKey") != 0 {
			t.Errorf("got %+v after %d writes, want 3 planned and none", a, s.world.CountCalls("AssociateKmsKey"))
		}
		if a := dry(false); a.Associated != 3 {
			t.Errorf("got %+v, want 3 associated", a)
		}
	})
}

func TestPrefix(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSetup(t, 20, nil, awsconf.Rates{}, nil)
		a, err := s.sweeper.Sweep(t.Context(), Request{Scope: home, Prefix: numbered(1)[:len(numbered(1))-1]}, func(answer.Answer, error) {})
		if err != nil || a.Examined != 10 {
			t.Errorf("got %d examined, %v, want 10", a.Examined, err)
		}
	})
}

// A forged cursor is refused before anything is asked.
func TestForgedCursor(t *testing.T) {
	s := newSetup(t, 3, nil, awsconf.Rates{}, nil)
	if _, err := s.call(time.Minute, "forged"); failure.TypeOf(err) != failure.InvalidEvent || len(s.world.Calls()) > 0 {
		t.Errorf("got %v after %d requests, want InvalidEvent after none", err, len(s.world.Calls()))
	}
}

// noAccounts is no way to any account.
type noAccounts struct{ err error }

func (n noAccounts) For(context.Context, target.Scope) (encrypt.Account, error) {
	return encrypt.Account{}, n.err
}

func TestNoWayToTheAccount(t *testing.T) {
	closed := errors.New("no way there")
	s := New(nil, noAccounts{closed}, Settings{})
	if _, err := s.Sweep(t.Context(), Request{Scope: home}, nil); !errors.Is(err, closed) {
		t.Errorf("got %v, want the clients' error", err)
	}
}

// The log groups of a page are worked on side by side, as wide as it says and no
// wider.
func TestWidth(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSetup(t, 50, nil, awsconf.Rates{}, nil)
		s.world.Inject(awsfake.Fault{Operation: "AssociateKmsKey", Kind: awsfake.Slow, Delay: time.Second})
		begin := time.Now()
		if _, err := s.call(time.Minute, ""); err != nil {
			t.Fatal(err)
		}
		if took, want := time.Since(begin), 50/width*time.Second; took != want {
			t.Errorf("got %v for 50 log groups of a second each, want %v", took, want)
		}
	})
}

func TestCoveragePercent(t *testing.T) {
	for _, test := range []struct {
		total Total
		want  float64
	}{{Total{}, 100}, {Total{LogGroups: 4, Encrypted: 1}, 25}, {Total{LogGroups: 3, Encrypted: 3}, 100}, {Total{LogGroups: 5, Encrypted: 0}, 0}} {
		if got := test.total.CoveragePercent(); got != test.want {
			t.Errorf("%+v: got %v, want %v", test.total, got, test.want)
		}
	}
}

// Memory does not grow with the number of log groups.
func TestMemoryIsFlat(t *testing.T) {
	if testing.Short() {
		t.Skip("it visits 33,000 log groups")
	}
	peak := func(n int) int64 {
		s := newSetup(t, n, func(i int) bool { return i%30 != 0 }, awsconf.Rates{}, nil)
		s.world.RecordCalls(false)
		most, seen := int64(0), 0
		before := heap()
		var mu sync.Mutex
		_, err := s.sweeper.Sweep(t.Context(), Request{Scope: home}, func(answer.Answer, error) {
			mu.Lock()
			defer mu.Unlock()
			if seen++; seen%(n/10) == 0 {
				most = max(most, heap()-before)
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		return most
	}
	small, large := peak(3_000), peak(30_000)
	if growth := large - small; growth > 4<<20 {
		t.Errorf("got a heap of %d bytes over 3,000 log groups and %d over 30,000, want it flat", small, large)
	}
}

// heap is what is alive.
func heap() int64 {
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapAlloc)
}

// Log groups made and deleted between two calls do not disturb the order.
func TestChangesBetweenCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSetup(t, 100, nil, awsconf.Rates{Associate: 4}, nil)
		cursor, examined := "", 0
		for i := range 100 {
			a, err := s.call(6*time.Second, cursor)
			if err != nil {
				t.Fatal(err)
			}
			examined += a.Examined
			if cursor = a.Cursor; cursor == "" {
				break
			}
			s.world.DeleteLogGroup("", region, numbered(3*i))                                                  // behind or before
			s.world.PutLogGroup("", region, awsfake.LogGroup{Name: fmt.Sprintf("/app/00000%02dnew", 90+i%10)}) // before
		}
		if cursor != "" {
			t.Fatal("got no end")
		}
		if total, encrypted := s.world.Coverage("", region); total != encrypted {
			t.Errorf("got %d of %d log groups encrypted, want all", encrypted, total)
		}
	})
}

// An outcome without a counter would be missing from a sweep's sums.
func TestEachOutcomeIsCounted(t *testing.T) {
	for _, outcome := range answer.Outcomes() {
		var a Answer
		n := a.counter(outcome)
		if n == nil {
			t.Errorf("%s: got no counter", outcome)
			continue
		}
		*n = 7
		if got := a.Count(outcome); got != 7 {
			t.Errorf("%s: got a count of %d, want 7", outcome, got)
		}
	}
}
