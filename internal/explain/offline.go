package explain

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	kmstypes "github.com/aws/aws-sdk-go-v2/service/kms/types"

	"log-group-kms/internal/encrypt"
	"log-group-kms/internal/keyring"
	"log-group-kms/internal/policy"
	"log-group-kms/internal/target"
)

// NewOffline makes an Explainer that asks nobody: log groups are new and have these
// tags, and every key that is named is there and can be used. The decision goes the
// same way as with AWS.
func NewOffline(p *policy.Policy, rulesFrom string, tags map[string]string) *Explainer {
	e := New(p, rulesFrom, assumed{tags})
	e.offline = true
	return e
}

// assumed stands in for every account.
type assumed struct{ tags map[string]string }

func (a assumed) For(_ context.Context, scope target.Scope) (encrypt.Account, error) {
	return encrypt.Account{Logs: newLogGroup{tags: a.tags}, Keys: keyring.New(goodKeys{scope}, scope)}, nil
}

// newLogGroup stands in for CloudWatch Logs. Nothing but tags is asked of it.
type newLogGroup struct {
	encrypt.LogsAPI
	tags map[string]string
}

func (n newLogGroup) ListTagsForResource(context.Context, *cloudwatchlogs.ListTagsForResourceInput, ...func(*cloudwatchlogs.Options)) (*cloudwatchlogs.ListTagsForResourceOutput, error) {
	return &cloudwatchlogs.ListTagsForResourceOutput{Tags: n.tags}, nil
}

func (n newLogGroup) ListTagsLogGroup(context.Context, *cloudwatchlogs.ListTagsLogGroupInput, ...func(*cloudwatchlogs.Options)) (*cloudwatchlogs.ListTagsLogGroupOutput, error) {
	return &cloudwatchlogs.ListTagsLogGroupOutput{Tags: n.tags}, nil
}

// goodKeys stands in for KMS.
type goodKeys struct{ scope target.Scope }

// someID stands for the ID of the key that an alias points to, which is never shown.
const someID = "00000000-0000-0000-0000-000000000000"

func (g goodKeys) DescribeKey(_ context.Context, in *kms.DescribeKeyInput, _ ...func(*kms.Options)) (*kms.DescribeKeyOutput, error) {
	reference := policy.ReadKey(aws.ToString(in.KeyId))
	if reference.Err() != nil {
		return nil, errors.New("the keyring asks of no such reference")
	}
	arn := reference.ARN(g.scope)
	if arn == "" {
		arn = reference.ARNPrefix(g.scope) + someID
	}
	return &kms.DescribeKeyOutput{KeyMetadata: &kmstypes.KeyMetadata{
		Arn: aws.String(arn), KeyState: kmstypes.KeyStateEnabled, KeyManager: kmstypes.KeyManagerTypeCustomer,
		KeyUsage: kmstypes.KeyUsageTypeEncryptDecrypt, KeySpec: kmstypes.KeySpecSymmetricDefault,
	}}, nil
}
