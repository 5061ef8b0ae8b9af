package scopes

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/account"
	accounttypes "github.com/aws/aws-sdk-go-v2/service/account/types"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	orgtypes "github.com/aws/aws-sdk-go-v2/service/organizations/types"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"

	"log-group-kms/internal/failure"
)

// regions lists Regions, one a page.
type regions struct {
	names []string
	err   error
	of    string // the account that was asked for
}

func (r *regions) ListRegions(_ context.Context, in *account.ListRegionsInput, _ ...func(*account.Options)) (*account.ListRegionsOutput, error) {
	r.of = aws.ToString(in.AccountId)
	if r.err != nil {
		return nil, r.err
	}
	if !slices.Contains(in.RegionOptStatusContains, accounttypes.RegionOptStatusEnabledByDefault) || slices.Contains(in.RegionOptStatusContains, accounttypes.RegionOptStatusDisabled) {
		return nil, &smithy.GenericAPIError{Code: "ValidationException", Message: "not what is enabled"}
	}
	at := 0
	if in.NextToken != nil {
		at = slices.Index(r.names, *in.NextToken)
	}
	out := &account.ListRegionsOutput{Regions: []accounttypes.Region{{RegionName: aws.String(r.names[at])}}}
	if at+1 < len(r.names) {
		out.NextToken = aws.String(r.names[at+1])
	}
	return out, nil
}

func TestRegions(t *testing.T) {
	api := &regions{names: []string{"us-east-1", "eu-west-1", "ap-south-1"}}
	for _, of := range []string{"", "444455556666"} {
		got, err := Regions(t.Context(), api, of)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"ap-south-1", "eu-west-1", "us-east-1"}, got); diff != "" || api.of != of {
			t.Errorf("account %q: asked for %q, (-want +got):\n%s", of, api.of, diff)
		}
	}
}

// Without the list nobody knows what was left out.
func TestRegionsDenied(t *testing.T) {
	api := &regions{err: &smithy.GenericAPIError{Code: "AccessDeniedException", Message: "User: x is not authorized"}}
	got, err := Regions(t.Context(), api, "")
	if len(got) > 0 || failure.TypeOf(err) != failure.AccessDenied || !strings.Contains(err.Error(), "account:ListRegions, or name the Regions with --region") {
		t.Errorf("got %v, %v, want AccessDenied alone", got, err)
	}
}

func TestRegionsGoInACircle(t *testing.T) {
	if _, err := Regions(t.Context(), circle{}, ""); err == nil || !strings.Contains(err.Error(), "never end") {
		t.Errorf("got %v, want that it would never end", err)
	}
}

type circle struct{}

func (circle) ListRegions(context.Context, *account.ListRegionsInput, ...func(*account.Options)) (*account.ListRegionsOutput, error) {
	return &account.ListRegionsOutput{NextToken: aws.String("again")}, nil
}

// members lists accounts; there are empty pages in between, as in AWS.
type members struct {
	accounts []orgtypes.Account
	err      error
}

func (m *members) ListAccounts(_ context.Context, in *organizations.ListAccountsInput, _ ...func(*organizations.Options)) (*organizations.ListAccountsOutput, error) {
	switch {
	case m.err != nil:
		return nil, m.err
	case in.NextToken == nil:
		return &organizations.ListAccountsOutput{Accounts: m.accounts[:1], NextToken: aws.String("empty")}, nil
	case *in.NextToken == "empty":
		return &organizations.ListAccountsOutput{NextToken: aws.String("rest")}, nil
	}
	return &organizations.ListAccountsOutput{Accounts: m.accounts[1:]}, nil
}

func TestMembers(t *testing.T) {
	member := func(id string, state orgtypes.AccountState, status orgtypes.AccountStatus) orgtypes.Account {
		return orgtypes.Account{Id: aws.String(id), State: state, Status: status}
	}
	api := &members{accounts: []orgtypes.Account{
		member("444455556666", orgtypes.AccountStateActive, ""),
		member("777788889999", orgtypes.AccountStateSuspended, orgtypes.AccountStatusActive), // the newer field counts
		member("888899990000", orgtypes.AccountStateClosed, ""),
		member("111122223333", "", orgtypes.AccountStatusActive),
		member("222233334444", "", orgtypes.AccountStatusSuspended),
	}}
	got, err := Members(t.Context(), api)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"111122223333", "444455556666"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestMembersDenied(t *testing.T) {
	api := &members{err: &smithy.GenericAPIError{Code: "AccessDeniedException", Message: "You don't have permissions to access this resource."}}
	if _, err := Members(t.Context(), api); failure.TypeOf(err) != failure.AccessDenied || !strings.Contains(err.Error(), "the management account") {
		t.Errorf("got %v, want AccessDenied and who may", err)
	}
}
