package pace_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"log-group-kms/internal/awsfake"
	"log-group-kms/internal/pace"
)

// The quotas that the processes share are AWS's own: 5 AssociateKmsKey and 10
// DescribeLogGroups a second.
const (
	quota    = 5
	arrivals = 300 // log groups made at once
)

// Each process here knows of the others only what AWS's answers tell. Together they
// must use the quota without many requests beyond it, and a sweep must leave most of
// it to the events. Chance plays a part, so the bounds are wide: in 120 runs the
// worst were 1.03 of the time without a sweep, 1.33 with one, 0.94 of the quota
// used, and 0.10 of the requests throttled.
func TestProcessesShareTheQuota(t *testing.T) {
	for _, test := range []struct {
		name  string
		sweep bool
		most  float64 // time for the events, as a multiple of what AWS needs for them alone
	}{
		{"events alone", false, 1.1},
		{"events beside a sweep", true, 1.6},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				world := newWorld(t)
				world.SetLimits(true)
				ctx, end := context.WithCancel(t.Context())
				if test.sweep {
					go sweep(pace.Bulk(ctx), newProcess(world))
					time.Sleep(20 * time.Second)
					world.ResetCalls()
				}
				begin := time.Now()
				serve(ctx, t, world, 2)
				took := time.Since(begin)
				end()
				admitted, throttled := 0, 0
				for _, c := range world.Calls() {
					switch {
					case c.Operation != "AssociateKmsKey":
					case c.ErrorCode == "ThrottlingException":
						throttled++
					default:
						admitted++
					}
				}
				alone := arrivals * time.Second / quota
				if got := took.Seconds() / alone.Seconds(); got > test.most {
					t.Errorf("got %.2f of the time that AWS needs for the events alone, want at most %.2f", got, test.most)
				}
				if got := float64(admitted) / took.Seconds() / quota; got < 0.85 {
					t.Errorf("got %.2f of the quota used, want at least 0.85", got)
				}
				if got := float64(throttled) / float64(admitted+throttled); got > 1./3 {
					t.Errorf("got %.2f of the requests throttled, want at most a third", got)
				}
			})
		})
	}
}

// serve has so many processes work on the events, each on some at a time.
func serve(ctx context.Context, t *testing.T, world *awsfake.World, copies int) {
	events := make(chan string, arrivals)
	for i := range arrivals {
		name := fmt.Sprintf("/new/%03d", i)
		world.PutLogGroup("", region, awsfake.LogGroup{Name: name})
		events <- name
	}
	close(events)
	var all sync.WaitGroup
	for range copies {
		process := newProcess(world)
		for range 5 {
			all.Go(func() {
				for name := range events {
					if err := process.bringUnderKey(ctx, name); err != nil {
						t.Errorf("event of %s: %v", name, err)
					}
				}
			})
		}
	}
	all.Wait()
}

// sweep brings one log group after another under its key, ten at a time, until the
// context ends.
func sweep(ctx context.Context, process *client) {
	var all sync.WaitGroup
	for range 10 {
		all.Go(func() {
			for ctx.Err() == nil {
				_ = process.bringUnderKey(ctx, "/app") // the end of the context is the only trouble
			}
		})
	}
	all.Wait()
}

func (c *client) bringUnderKey(ctx context.Context, name string) error {
	if err := c.describe(ctx, name); err != nil {
		return err
	}
	return c.associate(ctx, name)
}

// newProcess makes a client with limiters of its own, and a network that takes its
// time.
func newProcess(world *awsfake.World) *client {
	return newPacedClient(world, slow{world.Client()},
		pace.New("AssociateKmsKey", "ASSOCIATE_RATE", 4), pace.New("DescribeLogGroups", "DESCRIBE_RATE", 8), 20)
}

type slow struct{ aws.HTTPClient }

func (s slow) Do(request *http.Request) (*http.Response, error) {
	time.Sleep(rand.N(20 * time.Millisecond))
	return s.HTTPClient.Do(request)
}
