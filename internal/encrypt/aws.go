package encrypt

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"

	"log-group-kms/internal/awserr"
	"log-group-kms/internal/keyring"
	"log-group-kms/internal/target"
)

// LogsAPI is what one log group needs of CloudWatch Logs.
type LogsAPI interface {
	DescribeLogGroups(context.Context, *cloudwatchlogs.DescribeLogGroupsInput, ...func(*cloudwatchlogs.Options)) (*cloudwatchlogs.DescribeLogGroupsOutput, error)
	ListTagsForResource(context.Context, *cloudwatchlogs.ListTagsForResourceInput, ...func(*cloudwatchlogs.Options)) (*cloudwatchlogs.ListTagsForResourceOutput, error)
	ListTagsLogGroup(context.Context, *cloudwatchlogs.ListTagsLogGroupInput, ...func(*cloudwatchlogs.Options)) (*cloudwatchlogs.ListTagsLogGroupOutput, error)
	AssociateKmsKey(context.Context, *cloudwatchlogs.AssociateKmsKeyInput, ...func(*cloudwatchlogs.Options)) (*cloudwatchlogs.AssociateKmsKeyOutput, error)
}

// Account is what it takes to work in one account and Region.
type Account struct {
	Logs LogsAPI
	Keys *keyring.Ring
}

// Accounts gives the Account of a scope. Its error wraps ErrForeignAccount where the
// program does not act for the account. It does not say what the Account was needed
// for: the caller knows.
type Accounts interface {
	For(context.Context, target.Scope) (Account, error)
}

// watch lets attempts count the requests of a CloudWatch Logs call.
func watch(attempts *awserr.Attempts) func(*cloudwatchlogs.Options) {
	return func(o *cloudwatchlogs.Options) { o.APIOptions = append(o.APIOptions, attempts.Watch) }
}

// ErrForeignAccount says that the program does not act for an account.
var ErrForeignAccount = errors.New("MEMBER_ACCOUNTS does not name it, so this function does not act for it")
