package pace_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/smithy-go/middleware"

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
		if paced, ok := errors.AsType[*awserr.Paced](err); !ok || paced.Setting != "ASSOCIATE_RATE" || time.Since(begin) != 0 {
			t.Errorf("got %v after %v, want Paced at once, with ASSOCIATE_RATE", err, time.Since(begin))
		}
		if got := len(times(world)); got != 1 {
			t.Errorf("got %d requests, want only the first", got)
		}
	})
}

// What stands between the turn and the sending may end the call: the state has
// changed meanwhile, say. Others then need not wait for a request that was not sent.
func TestATurnWithoutARequestGoesToTheNext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		world := newWorld(t)
		c := newClient(world, 0.5, 1)
		if err := c.associate(t.Context(), "/app"); err != nil {
			t.Fatal(err)
		}
		refused := errors.New("out of date")
		refuse := func(o *cloudwatchlogs.Options) {
			o.APIOptions = append(o.APIOptions, func(stack *middleware.Stack) error {
				return stack.Finalize.Insert(middleware.FinalizeMiddlewareFunc("Refuse",
					func(context.Context, middleware.FinalizeInput, middleware.FinalizeHandler) (middleware.FinalizeOutput, middleware.Metadata, error) {
						time.Sleep(100 * time.Millisecond)
						return middleware.FinalizeOutput{}, middleware.Metadata{}, refused
					}), "Signing", middleware.Before)
			})
		}
		begin := time.Now()
		var first sync.WaitGroup
		first.Go(func() {
			if err := c.associate(t.Context(), "/app", refuse); !errors.Is(err, refused) {
				t.Errorf("got %v, want %v", err, refused)
			}
		})
		synctest.Wait() // it is first in the queue
		if err := c.associate(t.Context(), "/app"); err != nil {
			t.Fatal(err)
		}
		first.Wait()
		if got := time.Since(begin); got < 2*time.Second || got > 2500*time.Millisecond {
			t.Errorf("got the other request after %v, want it in place of the first, after about 2s", got)
		}
	})
}

// A throttled request tells how things were when it was sent, not when it took its
// turn: in between another one may have slowed the process down already.
func TestTheTimeOfSendingCounts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		world := newWorld(t)
		c := newClient(world, 4, 1)
		dawdle := func(o *cloudwatchlogs.Options) {
			o.APIOptions = append(o.APIOptions, func(stack *middleware.Stack) error {
				return stack.Finalize.Insert(middleware.FinalizeMiddlewareFunc("Dawdle",
					func(ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler) (middleware.FinalizeOutput, middleware.Metadata, error) {
						time.Sleep(2 * time.Second)
						return next.HandleFinalize(ctx, in)
					}), "Signing", middleware.Before)
			})
		}
		world.Inject(awsfake.Fault{Operation: "AssociateKmsKey", Kind: awsfake.Throttling400, Times: 2})
		var slow sync.WaitGroup
		slow.Go(func() { _ = c.associate(t.Context(), "/app", dawdle) }) // throttled second
		synctest.Wait()
		_ = c.associate(t.Context(), "/app") // throttled first
		slow.Wait()
		begin := time.Now()
		if err := c.associate(t.Context(), "/app"); err != nil {
			t.Fatal(err)
		}
		// 4 a second, reduced twice.
		if got := time.Since(begin); got < 500*time.Millisecond {
			t.Errorf("got the next request after %v, want the rate reduced by both", got)
		}
	})
}

func TestRequestsThrottledTogetherSlowDownOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		world := newWorld(t)
		c := newClient(world, 4, 1)
		world.Inject(awsfake.Fault{Operation: "AssociateKmsKey", Kind: awsfake.Throttling400, Times: 2, Delay: time.Second})
		var both sync.WaitGroup
		for range 2 {
			both.Go(func() { _ = c.associate(t.Context(), "/app") })
		}
		both.Wait()
		begin := time.Now()
		if err := c.associate(t.Context(), "/app"); err != nil {
			t.Fatal(err)
		}
		// 4 a second, reduced once.
		if got := time.Since(begin); got > 500*time.Millisecond {
			t.Errorf("got the next request after %v, want the rate reduced once", got)
		}
	})
}

func TestNoLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		world := newWorld(t)
		c := newClient(world, 0, 1)
		begin := time.Now()
		for range 100 {
			if err := c.associate(t.Context(), "/app"); err != nil {
				t.Fatal(err)
			}
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
