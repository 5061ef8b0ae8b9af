package account_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/lambdacontext"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/google/go-cmp/cmp"

	"log-group-kms/internal/account"
	"log-group-kms/internal/target"
)

const (
	own    = "111122223333"
	region = "eu-west-1"
)

// caller answers GetCallerIdentity.
type caller struct {
	account string
	err     error
	asked   int
}

func (c *caller) GetCallerIdentity(context.Context, *sts.GetCallerIdentityInput, ...func(*sts.Options)) (*sts.GetCallerIdentityOutput, error) {
	c.asked++
	return &sts.GetCallerIdentityOutput{Account: aws.String(c.account)}, c.err
}

func invocation(t *testing.T, functionARN string) context.Context {
	t.Helper()
	return lambdacontext.NewContext(t.Context(), &lambdacontext.LambdaContext{InvokedFunctionArn: functionARN})
}

func TestHomeScope(t *testing.T) {
	for name, test := range map[string]struct {
		region, variable, arn string
		want                  target.Scope
		asked                 int
	}{
		"the ARN names the account": {
			region, "", "arn:aws:lambda:eu-west-1:111122223333:function:f",
			target.Scope{Partition: "aws", Account: own, Region: region}, 0,
		},
		"an alias's ARN too": {
			region, "", "arn:aws:lambda:eu-west-1:111122223333:function:f:live",
			target.Scope{Partition: "aws", Account: own, Region: region}, 0,
		},
		"the Region tells the partition": {
			"us-gov-west-1", "", "arn:aws-us-gov:lambda:us-gov-west-1:111122223333:function:f",
			target.Scope{Partition: "aws-us-gov", Account: own, Region: "us-gov-west-1"}, 0,
		},
		"the variable beats the ARN": {
			region, "444455556666", "arn:aws:lambda:eu-west-1:111122223333:function:f",
			target.Scope{Partition: "aws", Account: "444455556666", Region: region}, 0,
		},
		"without an invocation AWS is asked": {
			"cn-north-1", "", "", target.Scope{Partition: "aws-cn", Account: "999988887777", Region: "cn-north-1"}, 1,
		},
		"an ARN without account says nothing": {
			region, "", "arn:aws:lambda:eu-west-1::function:f", target.Scope{Partition: "aws", Account: "999988887777", Region: region}, 1,
		},
		"nor does a bare name": {
			region, "", "f", target.Scope{Partition: "aws", Account: "999988887777", Region: region}, 1,
		},
	} {
		t.Run(name, func(t *testing.T) {
			ctx := t.Context()
			if test.arn != "" {
				ctx = invocation(t, test.arn)
			}
			sts := &caller{account: "999988887777"}
			home := account.NewHome(test.region, test.variable, sts)
			for range 2 {
				got, err := home.Scope(ctx)
				if diff := cmp.Diff(test.want, got); err != nil || diff != "" {
					t.Errorf("home: %v (-want +got):\n%s", err, diff)
				}
			}
			if sts.asked != test.asked {
				t.Errorf("got %d requests for the account, want %d", sts.asked, test.asked)
			}
		})
	}
}

// An account that nobody tells is an error. Taken for "any", requests for other
// accounts would hit log groups of the same name here.
func TestHomeUnknown(t *testing.T) {
	for name, sts := range map[string]*caller{"no answer": {err: errors.New("no way")}, "no account": {account: "me"}} {
		home := account.NewHome(region, "", sts)
		if _, err := home.Scope(t.Context()); err == nil || !strings.Contains(err.Error(), "GetCallerIdentity") {
			t.Errorf("%s: got %v, want an error that names the action", name, err)
		}
		sts.account, sts.err = own, nil
		if got, err := home.Scope(t.Context()); err != nil || got.Account != own {
			t.Errorf("%s, then an answer: got %v, %v, want it asked again", name, got, err)
		}
	}
}
