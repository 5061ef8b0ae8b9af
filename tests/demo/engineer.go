package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/smithy-go"

	"log-group-kms/internal/awsfake"
	"log-group-kms/tests/golden"
)

// Credentials of the account; they are those of AWS's documentation.
const (
	engineerKey    = "AKIAI44QH8DHBEXAMPLE"
	engineerSecret = "je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEY"
)

// engineer creates log groups and looks after keys through the API, as people in the
// account do.
type engineer struct {
	logs  *cloudwatchlogs.Client
	keys  *kms.Client
	world *awsfake.World
}

// newEngineer makes one with credentials of the account.
func newEngineer(s *stage) *engineer {
	s.world.AddAccessKey(engineerKey, golden.Account, "engineer")
	config := aws.Config{
		BaseEndpoint: aws.String(s.endpoint), Region: golden.Region, RetryMaxAttempts: 1,
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: engineerKey, SecretAccessKey: engineerSecret}, nil
		}),
	}
	return &engineer{world: s.world, logs: cloudwatchlogs.NewFromConfig(config), keys: kms.NewFromConfig(config)}
}

func (e *engineer) scheduleDeletion(ctx context.Context, key string) error {
	_, err := e.keys.ScheduleKeyDeletion(ctx, &kms.ScheduleKeyDeletionInput{KeyId: &key, PendingWindowInDays: aws.Int32(7)})
	return err
}

func (e *engineer) cancelDeletion(ctx context.Context, key string) error {
	_, err := e.keys.CancelKeyDeletion(ctx, &kms.CancelKeyDeletionInput{KeyId: &key})
	return err
}

func (e *engineer) enableKey(ctx context.Context, key string) error {
	_, err := e.keys.EnableKey(ctx, &kms.EnableKeyInput{KeyId: &key})
	return err
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
