package awsconf_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/kms"

	"log-group-kms/internal/accounttest"
	"log-group-kms/internal/awsconf"
	"log-group-kms/internal/awsfake"
	"log-group-kms/internal/target"
)

const (
	account = "111122223333"
	region  = "eu-west-1"
)

var (
	home     = target.Scope{Partition: "aws", Account: account, Region: region}
	unpaced  = awsconf.Rates{}
	identity = credentials.NewStaticCredentialsProvider("AKIAEXAMPLE", "secret", "")
)

// newWorld makes a World with a key and the log group /app.
func newWorld(t *testing.T) (world *awsfake.World, keyARN string) {
	t.Helper()
	world = accounttest.NewWorld(t, account)
	world.PutLogGroup("", region, awsfake.LogGroup{Name: "/app"})
	return world, world.AddKey(awsfake.Key{Region: region})
}

// configured is what Load would give, but for the HTTP client. attempts is the
// value of AWS_MAX_ATTEMPTS; 0: not set.
func configured(world *awsfake.World, attempts int) aws.Config {
	return aws.Config{Region: region, HTTPClient: world.Client(), Credentials: identity, RetryMaxAttempts: attempts}
}

// call makes one call of an operation and gives its error.
func call(ctx context.Context, clients awsconf.Clients, operation, keyARN string) error {
	var err error
	switch operation {
	case "AssociateKmsKey":
		_, err = clients.Logs.AssociateKmsKey(ctx, &cloudwatchlogs.AssociateKmsKeyInput{
			KmsKeyId: aws.String(keyARN), LogGroupName: aws.String("/app"),
		})
	case "DescribeLogGroups":
		_, err = clients.Logs.DescribeLogGroups(ctx, &cloudwatchlogs.DescribeLogGroupsInput{})
	case "ListTagsForResource":
		_, err = clients.Logs.ListTagsForResource(ctx, &cloudwatchlogs.ListTagsForResourceInput{
			ResourceArn: aws.String(awsfake.LogGroupARN(account, region, "/app")),
		})
	case "DescribeKey":
		_, err = clients.KMS.DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: aws.String(keyARN)})
	default:
		panic(operation)
	}
	if err != nil {
		return fmt.Errorf("calling %s: %w", operation, err)
	}
	return nil
}

// times gives when the requests of an operation arrived, in order.
func times(world *awsfake.World, operation string) []time.Time {
	var at []time.Time
	for _, c := range world.Calls() {
		if c.Operation == operation {
			at = append(at, c.At)
		}
	}
	slices.SortFunc(at, time.Time.Compare)
	return at
}
