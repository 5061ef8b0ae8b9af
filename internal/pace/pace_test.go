package pace_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"log-group-kms/internal/awserr"
	"log-group-kms/internal/awsfake"
	"log-group-kms/internal/pace"
)

// AWS allows 5 AssociateKmsKey in any second, whoever they are from. Its own count
// runs along here, and must never have to refuse.
func TestOneProcessKeepsWithinTheQuota(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		world := newWorld(t)
		world.SetLimits(true)
		c := newClient(world, 4, 1)
		begin := time.Now()
		var all sync.WaitGroup
		for range 50 {
			all.Go(func() {
				if err := c.associate(t.Context(), "/app"); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		at := times(world)
		for i := range at[:len(at)-5] {
			if at[i+5].Sub(at[i]) <= time.Second {
				t.Fatalf("got 6 requests within %v, want no more than 5 in a second", at[i+5].Sub(at[i]))
			}
		}
		if took := time.Since(begin); len(at) != 50 || took > 13*time.Second {
			t.Errorf("got %d requests in %v, want 50 in little more than 12.25 s", len(at), took)
		}
	})
}

// A limit that only a call's first request keeps is none in an incident, when most
// requests are repeated ones.
func TestEveryAttemptTakesATurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		world := newWorld(t)
		world.Inject(awsfake.Fault{Operation: "AssociateKmsKey", Kind: awsfake.Conflict, Times: 30})
		if err := newClient(world, 4, 50).associate(t.Context(), "/app"); err != nil {
			t.Fatal(err)
		}
		at := times(world)
		for i := range at[1:] {
			if got := at[i+1].Sub(at[i]); got < 250*time.Millisecond {
				t.Fatalf("got a request %v after the one before, want at least 250ms", got)
			}
		}
	})
}

// Only throttling tells of a quota; anything else is no reason to send less.
func TestOnlyThrottlingSlowsDown(t *testing.T) {
	for _, test := range []struct {
		kind   awsfake.FaultKind
		slower bool
	}{
		{awsfake.Throttling400, true},
		{awsfake.Bare429, true},
		{awsfake.Conflict, false},
		{awsfake.ServiceUnavailable503, false},
		{awsfake.InternalFailure500, false},
		{awsfake.Reset, false},
		{awsfake.AccessDeniedIAM, false},
	} {
		t.Run(string(test.kind), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				world := newWorld(t)
				world.Inject(awsfake.Fault{Operation: "AssociateKmsKey", Kind: test.kind})
				c := newClient(world, 4, 1)
				begin := time.Now()
				for range 5 {
					_ = c.associate(t.Context(), "/app") // only the time matters
				}
				if took := time.Since(begin); took > 2*time.Second != test.slower {
					t.Errorf("got 5 requests in %v, want slower than the ceiling = %v", took, test.slower)
				}
			})
		})
	}
}

func TestTheRateComesBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		world := newWorld(t)
		c := newClient(world, 4, 1)
		count := func() int { // of requests within 10 seconds
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			defer cancel()
			n := 0
			for c.associate(ctx, "/app") == nil {
				n++
			}
			<-ctx.Done()
			return n
		}
		remove := world.Inject(awsfake.Fault{Operation: "AssociateKmsKey", Kind: awsfake.Throttling400})
		for range 10 {
			_ = c.associate(t.Context(), "/app") // throttled
		}
		remove()
		first, second, third := count(), count(), count()
		if first >= 20 || first >= second || third < 38 {
			t.Errorf("got %d, %d and %d requests in 10 seconds each, want few, then more, then about 40 again", first, second, third)
		}
	})
}

// A turn that would come too late is not waited for, and the complaint names the
// variable to change.
func TestNoTurnBeforeTheDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		world := newWorld(t)
		c := newClient(world, 0.1, 0)
		if err := c.associate(t.Context(), "/app"); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		begin := time.Now()
		err := c.associate(ctx, "/app")
		if !errors.Is(err, awserr.ErrPaced) || !strings.Contains(err.Error(), "ASSOCIATE_RATE") || time.Since(begin) != 0 {
			t.Errorf("got %v after %v, want ErrPaced at once, with ASSOCIATE_RATE", err, time.Since(begin))
		}
		if _, _, err := c.pacer.Take(ctx); !errors.Is(err, awserr.ErrPaced) {
			t.Errorf("got %v for a turn beforehand, want ErrPaced", err)
		}
		if got := len(times(world)); got != 1 {
			t.Errorf("got %d requests, want only the first", got)
		}
	})
}

func TestATurnTakenBeforehand(t *testing.T) {
	for _, test := range []struct {
		name     string
		requests int           // under the turn's context
		want     time.Duration // from the turn until another request is sent
	}{
		{"not used", 0, 0},
		{"used", 1, 2 * time.Second},
		{"used, and another request after it", 2, 4 * time.Second},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				world := newWorld(t)
				c := newClient(world, 0.5, 1)
				turn, release, err := c.pacer.Take(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				begin := time.Now()
				for i := range test.requests {
					if err := c.associate(turn, "/app"); err != nil {
						t.Fatal(err)
					}
					if i == 0 && time.Since(begin) != 0 {
						t.Errorf("got the first request after %v, want it at once", time.Since(begin))
					}
				}
				var other sync.WaitGroup
				other.Go(func() {
					if err := c.associate(t.Context(), "/app"); err != nil {
						t.Error(err)
					}
				})
				synctest.Wait() // it waits for its turn, if it has to
				release()
				other.Wait()
				if got := time.Since(begin); got < test.want || got > test.want+500*time.Millisecond {
					t.Errorf("got the other request after %v, want it after about %v", got, test.want)
				}
			})
		})
	}
}

func TestNoLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		world := newWorld(t)
		c := newClient(world, 0, 1)
		begin := time.Now()
		for range 100 {
			turn, release, err := c.pacer.Take(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if err := c.associate(turn, "/app"); err != nil {
				t.Fatal(err)
			}
			release()
		}
		if took := time.Since(begin); took != 0 {
			t.Errorf("got %v for 100 requests, want no waiting", took)
		}
	})
}

// Only the one operation is held back.
func TestOtherOperationsPass(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClient(newWorld(t), 0.1, 1)
		begin := time.Now()
		for range 10 {
			if err := c.describe(t.Context(), "/app"); err != nil {
				t.Fatal(err)
			}
		}
		if took := time.Since(begin); took != 0 {
			t.Errorf("got %v for 10 requests, want no waiting", took)
		}
	})
}

func newClient(world *awsfake.World, associateRate float64, attempts int) *client {
	return newPacedClient(world, world.Client(), pace.New("AssociateKmsKey", "ASSOCIATE_RATE", associateRate), nil, attempts)
}
