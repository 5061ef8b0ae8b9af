package sweep

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"log-group-kms/internal/awsconf"
	"log-group-kms/internal/awsfake"
	"log-group-kms/internal/failure"
	"log-group-kms/internal/policy"
)

func TestListingDenied(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSetup(t, 3, nil, awsconf.Rates{}, nil)
		s.world.DenyAction("", "logs:DescribeLogGroups", true)
		if a, err := s.call(time.Minute, ""); failure.TypeOf(err) != failure.AccessDenied || !strings.Contains(err.Error(), "DescribeLogGroups to list the log groups of account 111122223333") {
			t.Errorf("got %+v, %v, want AccessDenied", a, err)
		}
	})
}

// troubleFromPage has the n-th page and all after it fail, until remove is
// called.
func (s *setup) troubleFromPage(n int, kind awsfake.FaultKind) (remove func()) {
	fault := awsfake.Fault{Operation: "DescribeLogGroups", Kind: kind}
	if n == 1 {
		return s.world.Inject(fault)
	}
	pages := 0
	remove = func() {}
	s.world.OnCall(func(c awsfake.Call) {
		if c.Operation == "DescribeLogGroups" {
			if pages++; pages == n-1 {
				remove = s.world.Inject(fault)
			}
		}
	})
	return func() { remove() }
}

// Trouble that may pass on a later page ends the call with what it did and a
// cursor to that page; thrown away, the counts would be wrong for ever, and the
// sweep would begin anew each time.
func TestPassingTroubleOnALaterPage(t *testing.T) {
	for kind, want := range map[awsfake.FaultKind]failure.Type{
		awsfake.Throttling400: failure.Throttled, awsfake.ServiceUnavailable503: failure.Unavailable, awsfake.Reset: failure.Unavailable,
	} {
		t.Run(string(kind), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSetup(t, 120, nil, awsconf.Rates{}, nil)
				remove := s.troubleFromPage(2, kind)
				first, err := s.call(5*time.Minute, "")
				if err != nil || first.Cursor == "" || first.Total != nil {
					t.Fatalf("got cursor %q, total %+v, %v; want a cursor alone", first.Cursor, first.Total, err)
				}
				if first.Examined != 50 || first.Associated != 50 || first.Encrypted != 50 {
					t.Errorf("got %+v, want the 50 log groups of the first page counted", first)
				}
				// A call that gets no further is a failure: with a cursor to the same
				// place it would be repeated for ever.
				if again, err := s.call(5*time.Minute, first.Cursor); failure.TypeOf(err) != want || again.Examined != 0 {
					t.Errorf("the trouble lasts: got %+v, %v, want %s", again, err, want)
				}
				remove()
				second, err := s.call(5*time.Minute, first.Cursor)
				if err != nil || second.Cursor != "" || second.Examined != 70 || second.Total == nil || *second.Total != (Total{LogGroups: 120, Encrypted: 120}) {
					t.Errorf("got %+v, total %+v, %v; want the other 70 and a total of 120", second, second.Total, err)
				}
			})
		})
	}
}

// The same trouble on the first page is a failure: there is nothing to count and
// nowhere to go on from, the query results' key or not.
func TestPassingTroubleOnTheFirstPage(t *testing.T) {
	for kind, want := range map[awsfake.FaultKind]failure.Type{
		awsfake.Throttling400: failure.Throttled, awsfake.ServiceUnavailable503: failure.Unavailable,
	} {
		t.Run(string(kind), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSetup(t, 120, nil, awsconf.Rates{}, func(p *policy.Policy) { p.QueryResult = "alias/logs" })
				s.troubleFromPage(1, kind)
				if a, err := s.call(5*time.Minute, ""); failure.TypeOf(err) != want || a.Cursor != "" {
					t.Errorf("got cursor %q, %v, want %s and no cursor", a.Cursor, err, want)
				}
			})
		})
	}
}

// Trouble that does not pass is a failure on any page. What was done before is
// told all the same, so that it can be counted.
func TestListingDeniedOnALaterPage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSetup(t, 120, nil, awsconf.Rates{}, nil)
		s.troubleFromPage(2, awsfake.AccessDeniedIAM)
		a, err := s.call(5*time.Minute, "")
		if failure.TypeOf(err) != failure.AccessDenied {
			t.Fatalf("got %v, want AccessDenied", err)
		}
		if a.Examined != 50 || a.Associated != 50 || a.Account != account || a.Region != region {
			t.Errorf("got %+v, want the 50 log groups of the first page counted", a)
		}
	})
}

// A log group that was deleted between its listing and its turn is none any more:
// neither one that lacks a key, which would hold the coverage down, nor one that
// has the key it once had, which would push it up.
func TestGoneGroupsAreNotInTheTotal(t *testing.T) {
	for _, test := range []struct {
		name string
		has  bool // the log groups have another key, to be replaced
	}{{"without a key", false}, {"with another key", true}} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSetup(t, 120, nil, awsconf.Rates{}, func(p *policy.Policy) { p.Existing = policy.Replace })
				if test.has {
					other := s.world.AddKey(awsfake.Key{Region: region})
					for i := range 120 {
						s.world.PutLogGroup("", region, awsfake.LogGroup{Name: numbered(i), KMSKeyARN: other})
					}
				}
				deleted := false
				s.world.OnCall(func(c awsfake.Call) {
					if c.Operation == "DescribeKey" && !deleted { // the first page is there
						deleted = true
						s.world.DeleteLogGroup("", region, numbered(30))
						s.world.DeleteLogGroup("", region, numbered(40))
					}
				})
				a, err := s.call(5*time.Minute, "")
				if err != nil {
					t.Fatal(err)
				}
				if a.Gone != 2 || a.Examined != 120 || a.Encrypted != 118 {
					t.Errorf("got %+v, want 120 examined, 2 gone, 118 encrypted", a)
				}
				if a.Total == nil || *a.Total != (Total{LogGroups: 118, Encrypted: 118}) {
					t.Errorf("got total %+v, want 118 of 118", a.Total)
				}
			})
		})
	}
}

// A sweep that starts over forgets the gone ones of its first round as well.
func TestGoneGroupsAndAForgottenToken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSetup(t, 120, nil, awsconf.Rates{}, nil)
		deleted := false
		s.world.OnCall(func(c awsfake.Call) {
			if c.Operation == "DescribeKey" && !deleted {
				deleted = true
				s.world.DeleteLogGroup("", region, numbered(30))
				s.world.InvalidateTokens()
			}
		})
		a, err := s.call(5*time.Minute, "")
		if err != nil || a.Gone != 1 || a.Total == nil || *a.Total != (Total{LogGroups: 119, Encrypted: 119}) {
			t.Errorf("got %+v, total %+v, %v; want 1 gone and a total of 119", a, a.Total, err)
		}
	})
}
