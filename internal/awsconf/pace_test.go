package awsconf_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"log-group-kms/internal/awsconf"
	"log-group-kms/internal/awserr"
	"log-group-kms/internal/awsfake"
	"log-group-kms/internal/target"
)

var paced = awsconf.Rates{Associate: 4, Describe: 8}

// crowd gives the largest number of requests within any second, ends included.
func crowd(at []time.Time) int {
	most := 0
	for i, first := range at {
		n := 0
		for _, other := range at[i:] {
			if other.Sub(first) <= time.Second {
				n++
			}
		}
		most = max(most, n)
	}
	return most
}

// together makes calls side by side and gives the time that they took.
func together(t *testing.T, clients awsconf.Clients, operation, key string, calls int) time.Duration {
	t.Helper()
	begin := time.Now()
	var all sync.WaitGroup
	for range calls {
		all.Go(func() {
			if err := call(t.Context(), clients, operation, key); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	return time.Since(begin)
}

// AWS allows 5 AssociateKmsKey in any second, whoever they are from. Its own
// count runs along here, and must never have to refuse.
func TestPaceKeepsWithinTheQuota(t *testing.T) {
	for _, test := range []struct {
		operation string
		quota     int
	}{{"AssociateKmsKey", 5}, {"DescribeLogGroups", 10}} {
		t.Run(test.operation, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				world, key := newWorld(t)
				world.SetLimits(true)
				clients := awsconf.NewClients(configured(world, 1), home, paced)
				took := together(t, clients, test.operation, key, 50)
				at := times(world, test.operation)
				if got := crowd(at); len(at) != 50 || got > test.quota {
					t.Errorf("got %d requests, up to %d in a second; want 50, at most %d", len(at), got, test.quota)
				}
				if most := 14 * time.Second; took > most {
					t.Errorf("got %v for 50 calls, want no more waiting than the rate demands", took)
				}
			})
		})
	}
}

// A limit that only a call's first request keeps is none in an incident, when
// most requests are repeated ones.
func TestEveryAttemptTakesATurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		world, key := newWorld(t)
		world.Inject(awsfake.Fault{Operation: "AssociateKmsKey", Kind: awsfake.Throttling400, Times: 60})
		clients := awsconf.NewClients(configured(world, 50), home, paced)
		together(t, clients, "AssociateKmsKey", key, 10)
		at := times(world, "AssociateKmsKey")
		if got := crowd(at); len(at) != 70 || got > 5 {
			t.Errorf("got %d requests, up to %d in a second; want 70, at most 5", len(at), got)
		}
	})
}

// AWS counts for each account and Region, and so must the pace: a busy Region
// does not hold up another.
func TestScopesHaveTheirOwnPace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		world, key := newWorld(t)
		begin := time.Now()
		var all sync.WaitGroup
		for _, scope := range []target.Scope{
			home,
			{Partition: "aws", Account: account, Region: "eu-central-1"},
			{Partition: "aws", Account: "444455556666", Region: region},
		} {
			clients := awsconf.NewClients(configured(world, 1), scope, paced)
			all.Go(func() {
				for range 9 {
					// Only where the request goes matters here, not its answer.
					_ = call(t.Context(), clients, "AssociateKmsKey", key)
				}
			})
		}
		all.Wait()
		if took := time.Since(begin); took != 2*time.Second || world.CountCalls("AssociateKmsKey") != 27 {
			t.Errorf("got %d requests in %v, want 27 in 2s", world.CountCalls("AssociateKmsKey"), took)
		}
	})
}

func TestWhatIsNotPaced(t *testing.T) {
	for _, test := range []struct {
		operation string
		rates     awsconf.Rates
	}{
		{"AssociateKmsKey", awsconf.Rates{Describe: 8}},
		{"DescribeLogGroups", awsconf.Rates{Associate: 4}},
		{"ListTagsForResource", paced},
		{"DescribeKey", paced},
	} {
		t.Run(test.operation, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				world, key := newWorld(t)
				clients := awsconf.NewClients(configured(world, 1), home, test.rates)
				if took := together(t, clients, test.operation, key, 100); took != 0 {
					t.Errorf("got %v for 100 calls, want no waiting", took)
				}
			})
		})
	}
}

// A turn that would come too late is not waited for: the time is better spent on
// an answer.
func TestNoTurnBeforeTheDeadline(t *testing.T) {
	for _, operation := range []string{"AssociateKmsKey", "DescribeLogGroups"} {
		t.Run(operation, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				world, key := newWorld(t)
				clients := awsconf.NewClients(configured(world, 0), home, awsconf.Rates{Associate: 0.1, Describe: 0.1})
				if err := call(t.Context(), clients, operation, key); err != nil {
					t.Fatal(err)
				}
				ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
				defer cancel()
				begin := time.Now()
				err := call(ctx, clients, operation, key)
				if !errors.Is(err, awserr.ErrPaced) || time.Since(begin) != 0 {
					t.Errorf("got %v after %v, want ErrPaced at once", err, time.Since(begin))
				}
				if got := world.CountCalls(operation); got != 1 {
					t.Errorf("got %d requests, want only the first", got)
				}
				// The turn that was not taken is there for the next.
				begin = time.Now()
				if err := call(t.Context(), clients, operation, key); err != nil || time.Since(begin) != 10*time.Second {
					t.Errorf("got %v after %v, want success after 10s", err, time.Since(begin))
				}
			})
		})
	}
}

// Which setting held it back stands in the error.
func TestPacedNamesTheSetting(t *testing.T) {
	for operation, want := range map[string]string{"AssociateKmsKey": "ASSOCIATE_RATE", "DescribeLogGroups": "DESCRIBE_RATE"} {
		synctest.Test(t, func(t *testing.T) {
			world, key := newWorld(t)
			clients := awsconf.NewClients(configured(world, 0), home, awsconf.Rates{Associate: 0.1, Describe: 0.1})
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			_ = call(ctx, clients, operation, key)
			err := call(ctx, clients, operation, key)
			if got := fmt.Sprint(err); !errors.Is(err, awserr.ErrPaced) || !strings.Contains(got, want) {
				t.Errorf("%s: got %q, want ErrPaced and %s", operation, got, want)
			}
		})
	}
}
