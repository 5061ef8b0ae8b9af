package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/smithy-go"

	"log-group-kms/internal/awsfake"
	"log-group-kms/tests/golden"
)

// engineer creates log groups through the API, as everybody in the account does.
type engineer struct {
	logs  *cloudwatchlogs.Client
	world *awsfake.World
}

// newEngineer makes one with credentials of the account. They are those of AWS's
// documentation.
func newEngineer(s *stage) *engineer {
	const accessKey = "AKIAI44QH8DHBEXAMPLE"
	s.world.AddAccessKey(accessKey, golden.Account, "engineer")
	return &engineer{
		world: s.world,
		logs: cloudwatchlogs.New(cloudwatchlogs.Options{
			BaseEndpoint: aws.String(s.endpoint), Region: golden.Region, RetryMaxAttempts: 1,
			Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
				return aws.Credentials{AccessKeyID: accessKey, SecretAccessKey: "je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEY"}, nil
			}),
		}),
	}
}

// create creates the log group of a scene and returns AWS's error code, if it
// was refused.
func (e *engineer) create(ctx context.Context, s scene) (refused string, err error) {
	const action = "logs:CreateLogGroup"
	e.world.DenyAction(golden.Account, action, s.denied)
	defer e.world.DenyAction(golden.Account, action, false)
	if s.conflicts > 0 {
		e.world.Inject(awsfake.Fault{Operation: "AssociateKmsKey", Resource: s.logGroup, Kind: awsfake.Conflict, Times: s.conflicts})
	}
	input := &cloudwatchlogs.CreateLogGroupInput{LogGroupName: &s.logGroup, Tags: s.tags}
	if s.key != "" {
		input.KmsKeyId = &s.key
	}
	_, err = e.logs.CreateLogGroup(ctx, input)
	if api, ok := errors.AsType[smithy.APIError](err); ok {
		return api.ErrorCode(), nil
	}
	if err != nil {
		return "", fmt.Errorf("creating log group %s: %w", s.logGroup, err)
	}
	return "", nil
}
