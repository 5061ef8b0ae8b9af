package awsconf_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"log-group-kms/internal/awsconf"
	"log-group-kms/internal/awserr"
	"log-group-kms/internal/target"
)

var paced = awsconf.Rates{Associate: 4, Describe: 8}

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
		if took := time.Since(begin); took < 2*time.Second || took > 2200*time.Millisecond || world.CountCalls("AssociateKmsKey") != 27 {
			t.Errorf("got %d requests in %v, want 27 in about 2s", world.CountCalls("AssociateKmsKey"), took)
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
			if paced, ok := errors.AsType[*awserr.Paced](err); !ok || paced.Setting != want {
				t.Errorf("%s: got %v, want Paced by %s", operation, err, want)
			}
		})
	}
}
