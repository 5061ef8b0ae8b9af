package account_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"log-group-kms/internal/awsfake"
	"log-group-kms/internal/encrypt"
	"log-group-kms/internal/failure"
	"log-group-kms/internal/target"
)

// Work goes on with credentials that are still good where STS cannot give new ones just
// then.
func TestRoleWhileSTSIsOutOfOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		world := organisation(member)
		pool := newPool(world, members)
		if err := list(t.Context(), pool, of(member)); err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		remove := world.Inject(awsfake.Fault{Operation: "AssumeRole", Kind: awsfake.ServiceUnavailable503})
		time.Sleep(57 * time.Minute)
		for time.Since(began) < 59*time.Minute+20*time.Second {
			if err := list(t.Context(), pool, of(member)); err != nil {
				t.Fatalf("after %v: %v", time.Since(began), err)
			}
			time.Sleep(time.Second)
		}
		if got := assumed(world); got > 1+8*8 {
			t.Errorf("got %d requests for the role, want a try in ten seconds at most", got)
		}
		remove()
		if err := list(t.Context(), pool, of(member)); err != nil {
			t.Errorf("once it had passed: got %v, want success", err)
		}
	})
}

// A role that cannot be assumed gets its clear answer, and is not asked for again at
// once.
func TestRoleRefused(t *testing.T) {
	for name, spoil := range map[string]func(*awsfake.World){
		"no role":             func(w *awsfake.World) { w.DeleteRole(awsfake.RoleARN(member, region, memberRole)) },
		"it trusts others":    func(w *awsfake.World) { trust(w, awsfake.Trust(externalID, neighbour)) },
		"another external ID": func(w *awsfake.World) { trust(w, awsfake.Trust("another", own)) },
		"no right to assume":  func(w *awsfake.World) { w.DenyAction(own, "sts:AssumeRole", true) },
		"STS of the Region is switched off": func(w *awsfake.World) {
			w.Inject(awsfake.Fault{Operation: "AssumeRole", Resource: awsfake.RoleARN(member, region, memberRole), Kind: awsfake.ValidationError400})
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				world := organisation(member)
				spoil(world)
				pool := newPool(world, members)
				for range 20 {
					err := list(t.Context(), pool, of(member))
					if got := failure.TypeOf(err); got != failure.AccessDenied {
						t.Fatalf("got %s (%v), want AccessDenied", got, err)
					}
					for _, part := range []string{"AssumeRole", awsfake.RoleARN(member, region, memberRole), "MEMBER_EXTERNAL_ID", "trusts", "Region", "(1 attempt)"} {
						if !strings.Contains(err.Error(), part) {
							t.Errorf("got %q, want %s in it", err, part)
						}
					}
					time.Sleep(100 * time.Millisecond)
				}
				if got := assumed(world); got != 1 {
					t.Errorf("got %d requests for the role within two seconds, want 1", got)
				}
			})
		})
	}
}

func trust(w *awsfake.World, policy string) {
	w.PutRole(awsfake.Role{ARN: awsfake.RoleARN(member, region, memberRole), Trust: policy})
}

// What was mended is seen within ten seconds.
func TestRefusalIsForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		world := organisation(member)
		trust(world, awsfake.Trust(""))
		pool := newPool(world, members)
		if err := list(t.Context(), pool, of(member)); failure.TypeOf(err) != failure.AccessDenied {
			t.Fatalf("got %v, want AccessDenied", err)
		}
		trust(world, awsfake.Trust(externalID, own))
		time.Sleep(10 * time.Second)
		if err := list(t.Context(), pool, of(member)); err != nil {
			t.Errorf("ten seconds after it was mended: got %v, want success", err)
		}
	})
}

// Trouble that passes is tried again by STS's own client and by nobody around it. Whoever
// needs the role within ten seconds gets the same answer at once: ever new events of one
// account would otherwise take all places of the function.
func TestRoleTrouble(t *testing.T) {
	for name, test := range map[string]struct {
		kind     awsfake.FaultKind
		want     failure.Type
		requests int // 0: as many as fit into the time
		text     string
	}{
		"throttled":   {awsfake.Throttling400, failure.Throttled, 8, "Rate exceeded"},
		"unavailable": {awsfake.ServiceUnavailable503, failure.Unavailable, 8, "ServiceUnavailable"},
		"hanging":     {awsfake.Hang, failure.Unavailable, 0, "time ran out"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				world := organisation(member)
				remove := world.Inject(awsfake.Fault{Operation: "AssumeRole", Kind: test.kind})
				pool := newPool(world, members)
				began := time.Now()
				err := list(t.Context(), pool, of(member))
				if took := time.Since(began); took > 20*time.Second {
					t.Errorf("got an answer after %v, want it within 20 s", took)
				}
				f, ok := errorAs(err)
				if !ok || f.Type != test.want || f.OutOfTime || !strings.Contains(err.Error(), test.text) || !strings.Contains(err.Error(), "AssumeRole") {
					t.Errorf("got %v, want %s with %q", err, test.want, test.text)
				}
				if got := assumed(world); test.requests > 0 && (got > test.requests || got < 2) {
					t.Errorf("got %d requests, want 2 to %d", got, test.requests)
				}
				before := assumed(world)
				began = time.Now()
				if again := list(t.Context(), pool, of(member)); again == nil || again.Error() != err.Error() || time.Since(began) > 0 || assumed(world) != before {
					t.Errorf("a moment later: got %v after %v, want the same at once", again, time.Since(began))
				}
				remove()
				time.Sleep(10 * time.Second)
				if err := list(t.Context(), pool, of(member)); err != nil {
					t.Errorf("once it had passed: got %v, want success", err)
				}
			})
		})
	}
}

// A call whose credentials run out midway repeats AssumeRole as often as STS's client
// does, not that often for each of its own attempts.
func TestRetriesDoNotMultiply(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		world := organisation(member)
		a, err := newPool(world, members).For(t.Context(), of(member))
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Hour)
		world.ResetCalls()
		world.Inject(awsfake.Fault{Operation: "AssumeRole", Kind: awsfake.Throttling400})
		_, err = encrypt.ReadState(t.Context(), a.Logs, target.LogGroup(of(member), "/app"))
		if f, ok := errorAs(err); !ok || f.Type != failure.Throttled || !strings.HasPrefix(err.Error(), "DescribeLogGroups") || !strings.Contains(err.Error(), "AssumeRole of") {
			t.Errorf("got %v, want Throttled that names what was to be done and what for", err)
		}
		if got := len(world.Calls()); got > 8 {
			t.Errorf("got %d requests, want 8 at most", got)
		}
	})
}

// One who has little time does not take it from the others who wait for the same role.
func TestShortDeadlineHurtsNobodyElse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		world := organisation(member)
		world.Inject(awsfake.Fault{Operation: "AssumeRole", Kind: awsfake.Throttling400, Times: 1})
		world.Inject(awsfake.Fault{Operation: "AssumeRole", Kind: awsfake.Slow, Delay: 3 * time.Second})
		pool := newPool(world, members)
		hurry, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		var all sync.WaitGroup
		all.Go(func() {
			err := list(hurry, pool, of(member))
			if f, ok := errorAs(err); !ok || !f.OutOfTime || f.Type != failure.Throttled {
				t.Errorf("with a second: got %v, want Throttled, as AWS last answered", err)
			}
		})
		synctest.Wait()
		for range 5 {
			all.Go(func() {
				if err := list(t.Context(), pool, of(member)); err != nil {
					t.Errorf("with time enough: got %v, want success", err)
				}
			})
		}
		all.Go(func() { // waits for another's request, and says what AWS answered to that
			err := list(hurry, pool, of(member))
			if f, ok := errorAs(err); !ok || !f.OutOfTime || f.Type != failure.Throttled {
				t.Errorf("waiting for a second: got %v, want Throttled, as AWS last answered", err)
			}
		})
		all.Wait()
	})
}

// An account for which STS hangs takes nothing from others.
func TestHangingRoleHurtsNobodyElse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		world := organisation(member, neighbour)
		world.Inject(awsfake.Fault{Operation: "AssumeRole", Resource: awsfake.RoleARN(member, region, memberRole), Kind: awsfake.Hang})
		pool := newPool(world, members)
		began := time.Now()
		var all sync.WaitGroup
		for range 10 {
			all.Go(func() {
				if err := list(t.Context(), pool, of(member)); failure.TypeOf(err) != failure.Unavailable {
					t.Errorf("got %v, want Unavailable", err)
				}
			})
		}
		for _, scope := range []target.Scope{of(neighbour), in(region)} {
			if err := list(t.Context(), pool, scope); err != nil && !encrypt.IsGone(err) || time.Since(began) > 0 {
				t.Errorf("account %s: got %v after %v, want an answer at once", scope.Account, err, time.Since(began))
			}
		}
		all.Wait()
	})
}

// A Region that the account has not enabled knows nobody's credentials. That is said
// clearly, and does not cost a role each time.
func TestRegionNotEnabled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		world := organisation(member)
		world.EnableRegion(member, "eu-central-1", false)
		pool := newPool(world, members)
		closed := of(member)
		closed.Region = "eu-central-1"
		for range 60 {
			err := list(t.Context(), pool, closed)
			if got := failure.TypeOf(err); got != failure.AccessDenied {
				t.Fatalf("got %s (%v), want AccessDenied", got, err)
			}
			for _, part := range []string{"DescribeLogGroups", "Region eu-central-1 is enabled in account " + member, "UnrecognizedClientException"} {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("got %q, want %s in it", err, part)
				}
			}
			if err := list(t.Context(), pool, of(member)); err != nil {
				t.Fatalf("in the other Region: got %v, want success", err)
			}
			time.Sleep(5 * time.Second)
		}
		if got := assumed(world); got > 6 {
			t.Errorf("got %d requests for the role in five minutes, want one a minute at most", got)
		}
	})
}

// silentSTS answers AssumeRole without credentials.
type silentSTS struct{}

func (silentSTS) Do(*http.Request) (*http.Response, error) {
	const text = `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult/></AssumeRoleResponse>`
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"text/xml"}}, Body: io.NopCloser(strings.NewReader(text))}, nil
}

// An answer that lacks the credentials is an answer, and the error says what is wrong
// with it.
func TestAnswerWithoutCredentials(t *testing.T) {
	err := list(t.Context(), newPoolOver(silentSTS{}, members), of(member))
	want := "AssumeRole of arn:aws:iam::" + member + ":role/" + memberRole + " in account " + member + ": AWS answered no credentials (1 attempt)"
	if f, ok := errorAs(err); !ok || f.Type != failure.AccessDenied || !strings.HasPrefix(f.Error(), want) {
		t.Errorf("got %v, want %q", err, want)
	}
}
