package encrypt

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/kms"

	"log-group-kms/internal/awserr"
)

// LogsAPI is what one log group needs of CloudWatch Logs.
type LogsAPI interface {
	DescribeLogGroups(context.Context, *cloudwatchlogs.DescribeLogGroupsInput, ...func(*cloudwatchlogs.Options)) (*cloudwatchlogs.DescribeLogGroupsOutput, error)
	ListTagsForResource(context.Context, *cloudwatchlogs.ListTagsForResourceInput, ...func(*cloudwatchlogs.Options)) (*cloudwatchlogs.ListTagsForResourceOutput, error)
	ListTagsLogGroup(context.Context, *cloudwatchlogs.ListTagsLogGroupInput, ...func(*cloudwatchlogs.Options)) (*cloudwatchlogs.ListTagsLogGroupOutput, error)
	AssociateKmsKey(context.Context, *cloudwatchlogs.AssociateKmsKeyInput, ...func(*cloudwatchlogs.Options)) (*cloudwatchlogs.AssociateKmsKeyOutput, error)
}

// KeysAPI is what it needs of KMS.
type KeysAPI interface {
	DescribeKey(context.Context, *kms.DescribeKeyInput, ...func(*kms.Options)) (*kms.DescribeKeyOutput, error)
}

// Clients are the APIs of one account and Region.
type Clients struct {
	Logs LogsAPI
	Keys KeysAPI
}

// watchLogs lets attempts count the requests of a CloudWatch Logs call.
func watchLogs(attempts *awserr.Attempts) func(*cloudwatchlogs.Options) {
	return func(o *cloudwatchlogs.Options) { o.APIOptions = append(o.APIOptions, attempts.Watch) }
}

// watchKeys lets attempts count the requests of a KMS call.
func watchKeys(attempts *awserr.Attempts) func(*kms.Options) {
	return func(o *kms.Options) { o.APIOptions = append(o.APIOptions, attempts.Watch) }
}
