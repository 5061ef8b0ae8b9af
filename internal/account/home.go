package account

import (
	"context"
	"errors"
	"sync"

	"github.com/aws/aws-lambda-go/lambdacontext"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"log-group-kms/internal/awserr"
	"log-group-kms/internal/target"
)

// callerAPI tells whose credentials are in use.
type callerAPI interface {
	GetCallerIdentity(context.Context, *sts.GetCallerIdentityInput, ...func(*sts.Options)) (*sts.GetCallerIdentityOutput, error)
}

// Home knows the program's own account and Region. It is safe for concurrent use.
type Home struct {
	region string
	sts    callerAPI

	mu      sync.Mutex
	account string // as far as it is known for good
}

// NewHome makes a Home in the SDK's Region. account is AWS_ACCOUNT_ID, which the
// SDK takes for the account of its credentials; empty: it is found out. Lambda does
// not set it, SAM's local Lambda does, beside an ARN of no account at all.
func NewHome(region, account string, sts callerAPI) *Home {
	return &Home{region: region, account: account, sts: sts}
}

// Scope gives the own account and Region. The function finds its account in its own
// ARN, which costs nothing; a person's machine has to ask. The error says why the
// account cannot be told: without it, every account would pass for the own one.
func (h *Home) Scope(ctx context.Context) (target.Scope, error) {
	home := target.Scope{Partition: target.PartitionOf(h.region), Region: h.region}
	h.mu.Lock()
	home.Account = h.account
	h.mu.Unlock()
	if home.Account != "" {
		return home, nil
	}
	if lc, ok := lambdacontext.FromContext(ctx); ok {
		if function, err := arn.Parse(lc.InvokedFunctionArn); err == nil && target.ValidAccount(function.AccountID) {
			home.Account = function.AccountID
			return home, nil
		}
	}
	account, err := h.ask(ctx)
	if err != nil {
		return home, err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.account, home.Account = account, account
	return home, nil
}

// ask asks AWS whose credentials these are.
func (h *Home) ask(ctx context.Context) (string, error) {
	var attempts awserr.Attempts
	out, err := h.sts.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{}, func(o *sts.Options) {
		o.APIOptions = append(o.APIOptions, attempts.Watch)
	})
	if err != nil {
		return "", attempts.Failure(ctx, "GetCallerIdentity to learn the own account", err)
	}
	account := aws.ToString(out.Account)
	if !target.ValidAccount(account) {
		return "", errors.New("GetCallerIdentity to learn the own account: AWS answered no account ID")
	}
	return account, nil
}
