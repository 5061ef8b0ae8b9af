package keyring

import (
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	kmstypes "github.com/aws/aws-sdk-go-v2/service/kms/types"

	"log-group-kms/internal/failure"
	"log-group-kms/internal/policy"
)

// Key is what KMS says of a key.
type Key struct {
	ARN          string
	State        string    // KMS's KeyState, such as Enabled or PendingDeletion
	DeletionDate time.Time // zero where no deletion is scheduled
	Asked        time.Time // when the request was sent that this answers
	// Unfit says why CloudWatch Logs cannot use the key, nil where it can as far as
	// the key itself goes. Its policy is only tested by associating it.
	Unfit *failure.Error
}

// Enabled tells whether what is under the key can be read.
func (k Key) Enabled() bool { return k.State == string(kmstypes.KeyStateEnabled) }

// refuse says of the text alone that no request is to be made, and why.
func (r *Ring) refuse(reference policy.Key) *failure.Error {
	switch {
	case reference.Err() != nil:
		return unusable("%w", reference.Err())
	case reference.IsAWSManaged():
		return errManaged()
	case reference.Region() != "" && reference.Region() != r.scope.Region:
		return errRegion(reference.Region())
	}
	return nil
}

// judge says what an answer means for CloudWatch Logs
// (https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html).
func (r *Ring) judge(metadata kmstypes.KeyMetadata, asked time.Time) Key {
	key := Key{
		ARN: aws.ToString(metadata.Arn), State: string(metadata.KeyState),
		DeletionDate: aws.ToTime(metadata.DeletionDate), Asked: asked,
	}
	reference := policy.ReadKey(key.ARN)
	switch {
	case reference.Err() != nil:
		key.Unfit = unusable("KMS answered %q in place of its ARN", key.ARN)
	case metadata.KeyManager == kmstypes.KeyManagerTypeAws:
		key.Unfit = errManaged()
	case reference.Region() != r.scope.Region:
		key.Unfit = errRegion(reference.Region())
	case metadata.KeyUsage != kmstypes.KeyUsageTypeEncryptDecrypt:
		key.Unfit = unusable("its usage is %s, not ENCRYPT_DECRYPT", metadata.KeyUsage)
	case metadata.KeySpec != kmstypes.KeySpecSymmetricDefault && metadata.KeySpec != "": // older answers lack it
		key.Unfit = unusable("its spec is %s, not SYMMETRIC_DEFAULT", metadata.KeySpec)
	case !key.Enabled():
		key.Unfit = unusable("its state is %s, not Enabled", metadata.KeyState)
	}
	return key
}

func errManaged() *failure.Error {
	return unusable("it is an AWS managed key, whose policy cannot be made to let CloudWatch Logs use it")
}

func errRegion(region string) *failure.Error {
	return unusable("it is a key of Region %s, but CloudWatch Logs uses only keys of the log group's Region", region)
}

func unusable(format string, args ...any) *failure.Error {
	return &failure.Error{Type: failure.KeyUnusable, Err: fmt.Errorf(format, args...)}
}
