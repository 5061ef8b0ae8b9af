package pace_test

import (
	"context"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/ratelimit"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"

	"log-group-kms/internal/accounttest"
	"log-group-kms/internal/awserr"
	"log-group-kms/internal/awsfake"
	"log-group-kms/internal/failure"
	"log-group-kms/internal/pace"
)

const region = "eu-west-1"

// newWorld makes a World with the log group /app.
func newWorld(t *testing.T) *awsfake.World {
	t.Helper()
	world := accounttest.NewWorld(t, "111122223333")
	world.PutLogGroup("", region, awsfake.LogGroup{Name: "/app"})
	return world
}

// client is a paced client of CloudWatch Logs, as a process has one.
type client struct {
	logs *cloudwatchlogs.Client
	key  string
}

// newPacedClient makes a client; describe may be nil. attempts 0 means one.
func newPacedClient(world *awsfake.World, network aws.HTTPClient, associate, describe *pace.Pacer, attempts int) *client {
	c := &client{key: world.AddKey(awsfake.Key{Region: region})}
	c.logs = cloudwatchlogs.New(cloudwatchlogs.Options{
		Region: region, HTTPClient: network,
		Credentials: credentials.NewStaticCredentialsProvider("AKIAEXAMPLE", "secret", ""),
		Retryer: retry.NewStandard(func(o *retry.StandardOptions) {
			o.MaxAttempts = max(1, attempts)
			o.RateLimiter = ratelimit.None
			o.Backoff = retry.BackoffDelayerFunc(func(attempt int, _ error) (time.Duration, error) {
				return rand.N(min(5*time.Second, 200*time.Millisecond<<min(attempt, 10))), nil
			})
			o.Retryables = append(o.Retryables, retry.IsErrorRetryableFunc(func(err error) aws.Ternary {
				return aws.BoolTernary(awserr.TypeOf(err) == failure.Conflict)
			}))
		}),
	}, func(o *cloudwatchlogs.Options) {
		o.APIOptions = append(o.APIOptions, associate.Hold)
		if describe != nil {
			o.APIOptions = append(o.APIOptions, describe.Hold)
		}
	})
	return c
}

func (c *client) associate(ctx context.Context, name string, options ...func(*cloudwatchlogs.Options)) error {
	_, err := c.logs.AssociateKmsKey(ctx, &cloudwatchlogs.AssociateKmsKeyInput{KmsKeyId: &c.key, LogGroupName: &name}, options...)
	return err
}

func (c *client) describe(ctx context.Context, name string) error {
	_, err := c.logs.DescribeLogGroups(ctx, &cloudwatchlogs.DescribeLogGroupsInput{LogGroupNamePrefix: &name})
	return err
}

// times gives when the AssociateKmsKey requests arrived, in order.
func times(world *awsfake.World) []time.Time {
	var at []time.Time
	for _, c := range world.Calls() {
		if c.Operation == "AssociateKmsKey" {
			at = append(at, c.At)
		}
	}
	slices.SortFunc(at, time.Time.Compare)
	return at
}
