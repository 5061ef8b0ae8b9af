package audit

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"log-group-kms/internal/accounttest"
	"log-group-kms/internal/awsfake"
	"log-group-kms/internal/failure"
	"log-group-kms/internal/policy"
	"log-group-kms/internal/target"
)

func names(list []Row) []string {
	var names []string
	for _, row := range list {
		names = append(names, row.Region+" "+row.LogGroup)
	}
	return names
}

// noTags spares the reads of tags.
func noTags(p *policy.Policy) { p.KeyTag = "" }

// seed puts n log groups into a Region.
func (s *setup) seed(region string, n int) {
	s.world.SeedLogGroups("", region, n, func(i int) awsfake.LogGroup {
		return awsfake.LogGroup{Name: fmt.Sprintf("/app/%05d", i)}
	})
}

func elsewhere(region string) target.Scope {
	return target.Scope{Partition: "aws", Account: account, Region: region}
}

// Rows come in the order of the accounts and Regions as they were given, and in each
// in that of the names; the totals count them.
func TestOrderAndTotals(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSetup(t, exclude)
		s.key("alias/logs", awsfake.Key{Region: "eu-north-1"})
		other := s.key("", awsfake.Key{})
		dead := s.key("", awsfake.Key{State: awsfake.PendingDeletion})
		s.group("/b", "")
		s.group("/a", s.defaultKey)
		s.group("/d", other)
		s.group("/c", dead)
		s.group("/tmp/e", "")
		s.group("/e", s.defaultKey)
		s.world.PutLogGroup("", "eu-north-1", awsfake.LogGroup{Name: "/north"})
		out, summary, err := s.run(t.Context(), elsewhere("eu-north-1"), home, elsewhere("eu-south-1"))
		if err != nil {
			t.Fatal(err)
		}
		want := []string{"eu-north-1 /north", "eu-west-1 /a", "eu-west-1 /b", "eu-west-1 /c", "eu-west-1 /d", "eu-west-1 /e", "eu-west-1 /tmp/e"}
		if diff := cmp.Diff(want, names(out.list)); diff != "" {
			t.Errorf("rows (-want +got):\n%s", diff)
		}
		var totals []Totals
		for _, scope := range summary.Scopes {
			totals = append(totals, scope.Totals)
		}
		wantTotals := []Totals{
			{Action: "audit", Account: account, Region: "eu-north-1", At: "2000-01-01T00:00:00Z", Examined: 1, Open: 1, Complete: true},
			{Action: "audit", Account: account, Region: region, At: "2000-01-01T00:00:00Z", Examined: 6, Chosen: 2, Other: 1, Unusable: 1, Open: 1, Exempt: 1, ChosenPercent: 40, Complete: true},
			{Action: "audit", Account: account, Region: "eu-south-1", At: "2000-01-01T00:00:00Z", ChosenPercent: 100, Complete: true},
		}
		if diff := cmp.Diff(wantTotals, totals); diff != "" {
			t.Errorf("totals (-want +got):\n%s", diff)
		}
		wantTotal := Totals{Examined: 7, Chosen: 2, Other: 1, Unusable: 1, Open: 2, Exempt: 1, ChosenPercent: 33.3, Complete: true}
		if diff := cmp.Diff(wantTotal, summary.Total()); diff != "" {
			t.Errorf("total (-want +got):\n%s", diff)
		}
		if out.summary != summary {
			t.Error("got no end of the report, want one")
		}
	})
}

func TestPercent(t *testing.T) {
	for _, test := range []struct {
		examined, exempt, chosen int
		want                     float64
	}{
		{0, 0, 0, 100},
		{5, 5, 0, 100},
		{3066, 38, 3012, 99.5},
		{3, 0, 1, 33.3},
		{100_000, 0, 99_999, 99.9},
		{100_000, 0, 100_000, 100},
		{100_000, 0, 1, 0},
	} {
		totals := Totals{Examined: test.examined, Exempt: test.exempt, Chosen: test.chosen}
		if got := totals.percent(); got != test.want {
			t.Errorf("%+v: got %v, want %v", test, got, test.want)
		}
	}
}

// Log groups that are gone by the time they are looked at are not counted.
func TestGoneMeanwhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSetup(t, nil)
		s.group("/a", "")
		s.group("/b", "")
		s.world.OnCall(func(c awsfake.Call) {
			if c.Operation == "DescribeLogGroups" {
				s.world.DeleteLogGroup("", region, "/a")
			}
		})
		out, summary, err := s.run(t.Context())
		if err != nil || len(out.list) != 1 || out.list[0].LogGroup != "/b" || !summary.Total().Complete {
			t.Errorf("got %v, %+v, %v, want /b alone and a whole look", names(out.list), summary.Total(), err)
		}
	})
}

// What could not be listed to the end is said, and what was found until then.
func TestListingDeniedHalfWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSetup(t, noTags)
		s.seed(region, 120)
		s.seed("eu-north-1", 10)
		s.key("alias/logs", awsfake.Key{Region: "eu-north-1"})
		pages := 0
		s.world.OnCall(func(c awsfake.Call) {
			if c.Operation == "DescribeLogGroups" && c.Region == region {
				if pages++; pages == 2 {
					s.world.Inject(awsfake.Fault{Operation: "DescribeLogGroups", Kind: awsfake.AccessDeniedIAM, Times: 1})
				}
			}
		})
		out, summary, err := s.run(t.Context(), home, elsewhere("eu-north-1"))
		if err != nil {
			t.Fatal(err)
		}
		first, second := summary.Scopes[0], summary.Scopes[1]
		if first.Totals.Examined != 100 || first.Totals.Complete || failure.TypeOf(first.Err) != failure.AccessDenied {
			t.Errorf("got %+v, %v, want the 100 of two pages and AccessDenied", first.Totals, first.Err)
		}
		if !strings.HasPrefix(first.Trouble(), "DescribeLogGroups to list the log groups of account 111122223333, Region eu-west-1: AccessDeniedException: User: ") {
			t.Errorf("got %q, want what was denied", first.Trouble())
		}
		if second.Totals.Examined != 10 || !second.Totals.Complete {
			t.Errorf("got %+v, want the other Region whole", second.Totals)
		}
		if len(out.list) != 110 || out.summary == nil || summary.Total().Complete {
			t.Errorf("got %d rows, total %+v, want 110 rows and a total that is not complete", len(out.list), summary.Total())
		}
	})
}

// Where nothing can be looked at, nothing is said.
func TestNothingToSay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSetup(t, nil)
		s.world.DenyAction("", "logs:DescribeLogGroups", true)
		out, summary, err := s.run(t.Context(), home, elsewhere("eu-north-1"))
		if err != nil || !summary.Nothing() || out.summary != nil || len(out.list) > 0 {
			t.Errorf("got rows %v, an end %t, %v, want none", out.list, out.summary != nil, err)
		}
	})
}

// One account that cannot be reached does not keep the others from being looked at.
func TestAccountOutOfReach(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSetup(t, nil)
		s.group("/a", "")
		member := target.Scope{Partition: "aws", Account: "444455556666", Region: region}
		refused := &failure.Error{Type: failure.AccessDenied, Err: errors.New("AssumeRole of x: AccessDenied")}
		s.auditor.accounts.(*accounttest.Accounts).Broken = map[target.Scope]error{member: refused}
		out, summary, err := s.run(t.Context(), member, home)
		if err != nil || len(out.list) != 1 || summary.Total().Complete {
			t.Errorf("got %v, %+v, %v, want the one row and no complete total", names(out.list), summary.Total(), err)
		}
		if got, want := summary.Scopes[0].Trouble(), "reaching account 444455556666, Region eu-west-1: AssumeRole of x: AccessDenied"; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}

// An interruption ends the look with what is known until then; log groups that were
// under way are left out, rather than said to be unknown.
func TestInterrupted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSetup(t, nil)
		s.seed(region, 500)
		ctx, interrupt := context.WithCancel(t.Context())
		var reads atomic.Int64
		s.world.OnCall(func(c awsfake.Call) {
			if c.Operation == "ListTagsForResource" && reads.Add(1) == 120 {
				interrupt()
			}
		})
		out, summary, err := s.run(ctx, home, elsewhere("eu-north-1"))
		total := summary.Total()
		if err != nil || total.Examined < 100 || total.Examined >= 150 || total.Complete || total.Unknown > 0 || total.Examined != len(out.list) {
			t.Errorf("got %+v, %v, want the 100 of two pages and some of the third and no complete total", total, err)
		}
		if got := summary.Scopes[0].Trouble(); !strings.HasSuffix(got, ": it was interrupted") {
			t.Errorf("got %q, want the interruption", got)
		}
	})
}

// Where the report cannot be written, the look ends soon.
func TestReportCannotBeWritten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSetup(t, noTags)
		s.seed(region, 50_000)
		full := errors.New("no space left on device")
		out := &rows{fail: full}
		_, err := s.auditor.Run(t.Context(), []target.Scope{home, elsewhere("eu-north-1")}, out, func(int) {})
		if !errors.Is(err, full) || len(out.list) != 1 || out.summary != nil {
			t.Errorf("got %v after %d rows, want the write's error after the first", err, len(out.list))
		}
		if got := s.countCalls("DescribeLogGroups"); got > 200 {
			t.Errorf("got %d pages listed of 1000, want the listing to end soon", got)
		}
	})
}

// Nine out of ten accounts and Regions have a page or two: they are looked at side by
// side. Each row is said once, however many wait.
func TestManyRegions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSetup(t, with(noTags, noDefault))
		var scopes []target.Scope
		for i := range 30 {
			scope := elsewhere(fmt.Sprintf("eu-west-%d", i+1))
			s.seed(scope.Region, 20+1500*(i%7/6))
			scopes = append(scopes, scope)
		}
		out, summary, err := s.run(t.Context(), scopes...)
		if err != nil || !summary.Total().Complete {
			t.Fatalf("got %+v, %v, want a whole look", summary.Total(), err)
		}
		seen := make(map[string]bool)
		for _, name := range names(out.list) {
			if seen[name] {
				t.Errorf("got %s twice", name)
			}
			seen[name] = true
		}
		if want := 30*20 + 4*1500; len(seen) != want {
			t.Errorf("got %d log groups, want %d", len(seen), want)
		}
		for i := range summary.Scopes {
			if diff := cmp.Diff(scopes[i], summary.Scopes[i].Scope, cmpopts.EquateComparable()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		}
	})
}
