package awsconf_test

import (
	"context"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/lambdacontext"
	"github.com/google/go-cmp/cmp"

	"log-group-kms/internal/awsconf"
	"log-group-kms/internal/failure"
	"log-group-kms/internal/target"
)

func invocation(t *testing.T, functionARN string) context.Context {
	t.Helper()
	return lambdacontext.NewContext(t.Context(), &lambdacontext.LambdaContext{InvokedFunctionArn: functionARN})
}

func TestHomeOf(t *testing.T) {
	for name, test := range map[string]struct {
		home awsconf.Home
		arn  string
		want target.Scope
	}{
		"the ARN names the account": {
			awsconf.Home{Region: region}, "arn:aws:lambda:eu-west-1:111122223333:function:f",
			target.Scope{Partition: "aws", Account: account, Region: region},
		},
		"an alias's ARN too": {
			awsconf.Home{Region: region}, "arn:aws:lambda:eu-west-1:111122223333:function:f:live",
			target.Scope{Partition: "aws", Account: account, Region: region},
		},
		"the partition is the ARN's": {
			awsconf.Home{Region: "us-gov-west-1"}, "arn:aws-us-gov:lambda:us-gov-west-1:111122223333:function:f",
			target.Scope{Partition: "aws-us-gov", Account: account, Region: "us-gov-west-1"},
		},
		"without an invocation the Region tells the partition": {
			awsconf.Home{Region: "cn-north-1"}, "",
			target.Scope{Partition: "aws-cn", Region: "cn-north-1"},
		},
		"the variable beats the ARN": {
			awsconf.Home{Region: region, Account: "444455556666"}, "arn:aws:lambda:eu-west-1:111122223333:function:f",
			target.Scope{Partition: "aws", Account: "444455556666", Region: region},
		},
		"an ARN without account": {
			awsconf.Home{Region: region}, "arn:aws:lambda:eu-west-1::function:f",
			target.Scope{Partition: "aws", Region: region},
		},
		"no ARN at all": {
			awsconf.Home{Region: region}, "f", target.Scope{Partition: "aws", Region: region},
		},
	} {
		t.Run(name, func(t *testing.T) {
			ctx := t.Context()
			if test.arn != "" {
				ctx = invocation(t, test.arn)
			}
			if diff := cmp.Diff(test.want, test.home.Of(ctx)); diff != "" {
				t.Errorf("home (-want +got):\n%s", diff)
			}
		})
	}
}

// Without a role to assume there, the request would hit this account's log group
// of the same name.
func TestAdmit(t *testing.T) {
	h := awsconf.Home{Region: region}
	own := invocation(t, "arn:aws:lambda:eu-west-1:111122223333:function:f")
	other := target.Scope{Partition: "aws", Account: "444455556666", Region: region}
	for _, role := range []string{"", "LogKeys"} {
		if err := h.Admit(own, home, role); err != nil {
			t.Errorf("the own account: got %v, want no objection", err)
		}
	}
	if err := h.Admit(own, target.Scope{Partition: "aws", Account: account, Region: "eu-central-1"}, ""); err != nil {
		t.Errorf("another Region of the own account: got %v, want no objection", err)
	}
	if err := h.Admit(t.Context(), other, ""); err != nil {
		t.Errorf("own account not known: got %v, want no objection", err)
	}
	err := h.Admit(own, other, "")
	if failure.TypeOf(err) != failure.AccessDenied {
		t.Fatalf("another account: got %v, want AccessDenied", err)
	}
	for _, part := range []string{account, other.Account, "MEMBER_ROLE"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("got %q, want %s in it", err, part)
		}
	}
}
