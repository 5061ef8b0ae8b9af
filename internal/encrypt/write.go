package encrypt

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"

	"log-group-kms/internal/awserr"
	"log-group-kms/internal/failure"
	"log-group-kms/internal/target"
)

// writer sets the key of a target and says how many requests that took.
type writer interface {
	associate(ctx context.Context, t target.Target, keyARN string) (sent int, err error)
}

// wet writes.
type wet struct{ api LogsAPI }

// associate names a log group by its name, not by resourceIdentifier: the
// pattern of the latter leaves out "#", which names may hold.
func (w wet) associate(ctx context.Context, t target.Target, keyARN string) (int, error) {
	input := &cloudwatchlogs.AssociateKmsKeyInput{KmsKeyId: aws.String(keyARN)}
	if t.IsQueryResult() {
		input.ResourceIdentifier = aws.String(t.ARN())
	} else {
		input.LogGroupName = aws.String(t.LogGroup)
	}
	var attempts awserr.Attempts
	_, err := w.api.AssociateKmsKey(ctx, input, watchLogs(&attempts))
	if err == nil {
		return attempts.Sent(), nil
	}
	failed := attempts.Failure(ctx, "associating key "+keyARN+" with "+t.String(), err)
	if failed.Type == failure.KeyUnusable {
		failed.Advice = missingStatement(t)
	}
	return attempts.Sent(), failed
}

// missingStatement says what the key's policy most likely lacks. Log groups and
// query results need different conditions, so a key fit for the one may be
// refused for the other
// (https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html).
func missingStatement(t target.Target) string {
	condition := "kms:EncryptionContext:aws:logs:arn"
	if t.IsQueryResult() {
		condition = "aws:SourceArn"
	}
	return fmt.Sprintf("The key's policy must allow the service principal of CloudWatch Logs in %s kms:Encrypt*, kms:Decrypt*, "+
		"kms:ReEncrypt*, kms:GenerateDataKey* and kms:Describe* where %s is %s.", t.Region, condition, t.ARN())
}

// dry is the writer of a dry run: it writes nothing, and all goes well.
type dry struct{}

func (dry) associate(context.Context, target.Target, string) (int, error) { return 0, nil }
