package awsconf

import (
	"context"
	"fmt"

	"github.com/aws/aws-lambda-go/lambdacontext"
	"github.com/aws/aws-sdk-go-v2/aws/arn"

	"log-group-kms/internal/failure"
	"log-group-kms/internal/target"
)

// Home knows the function's own account and Region.
type Home struct {
	Region string // the SDK's
	// Account is AWS_ACCOUNT_ID, which the SDK takes for the account of its
	// credentials; empty: the account in the function's ARN. Lambda does not set
	// it, SAM's local Lambda does, beside an ARN of no account at all.
	Account string
}

// Of gives the own account and Region of the function that ctx is an invocation
// of. The account is empty where neither variable nor ARN tells.
func (h Home) Of(ctx context.Context) target.Scope {
	home := target.Scope{Partition: target.PartitionOf(h.Region), Account: h.Account, Region: h.Region}
	if lc, ok := lambdacontext.FromContext(ctx); ok && home.Account == "" {
		if function, err := arn.Parse(lc.InvokedFunctionArn); err == nil {
			home.Account = function.AccountID
		}
	}
	return home
}

// Admit refuses a scope of another account: without a role to assume there, the
// request would go to this account and hit a log group of the same name. The
// error is a *failure.Error without Doing: the caller knows what for.
func (h Home) Admit(ctx context.Context, scope target.Scope, memberRole string) error {
	own := h.Of(ctx).Account
	if own == "" || own == scope.Account {
		return nil
	}
	err := fmt.Errorf("the log group is in account %s, this function in account %s, and MEMBER_ROLE names no role to assume there", scope.Account, own)
	if memberRole != "" {
		err = fmt.Errorf("the log group is in account %s, this function in account %s, and assuming MEMBER_ROLE %s is not built yet", scope.Account, own, memberRole)
	}
	return &failure.Error{
		Type: failure.AccessDenied, Err: err,
		Advice: "Deploy the function in that account.",
	}
}
