// Package scopes finds the accounts and Regions that there are to look at.
package scopes

import (
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/account"
	accounttypes "github.com/aws/aws-sdk-go-v2/service/account/types"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	orgtypes "github.com/aws/aws-sdk-go-v2/service/organizations/types"

	"log-group-kms/internal/awserr"
	"log-group-kms/internal/failure"
	"log-group-kms/internal/paging"
)

// RegionsAPI lists an account's Regions.
type RegionsAPI interface {
	ListRegions(context.Context, *account.ListRegionsInput, ...func(*account.Options)) (*account.ListRegionsOutput, error)
}

// Regions gives the Regions that are enabled in an account, in the order of their
// names. of is empty for the caller's own account: AWS refuses its number to the
// management account (https://docs.aws.amazon.com/accounts/latest/reference/API_ListRegions.html).
// There is no list to fall back upon where that is denied: a Region that it lacked would
// be said to be well. The error is a *failure.Error.
func Regions(ctx context.Context, api RegionsAPI, of string) ([]string, error) {
	input := &account.ListRegionsInput{RegionOptStatusContains: []accounttypes.RegionOptStatus{
		accounttypes.RegionOptStatusEnabled, accounttypes.RegionOptStatusEnabledByDefault, accounttypes.RegionOptStatusDisabling,
	}}
	doing := "ListRegions to find the Regions of this account"
	if of != "" {
		input.AccountId, doing = aws.String(of), "ListRegions to find the Regions of account "+of
	}
	var regions []string
	err := follow(doing, func(token *string) (*string, error) {
		var attempts awserr.Attempts
		input.NextToken = token
		out, err := api.ListRegions(ctx, input, func(o *account.Options) { o.APIOptions = append(o.APIOptions, attempts.Watch) })
		if err != nil {
			failed := attempts.Failure(ctx, doing, err)
			if failed.Type == failure.AccessDenied {
				failed.Advice = "Ask for account:ListRegions, or name the Regions with --region."
			}
			return nil, failed
		}
		for _, region := range out.Regions {
			regions = append(regions, aws.ToString(region.RegionName))
		}
		return out.NextToken, nil
	})
	slices.Sort(regions)
	return regions, err
}

// MembersAPI lists an organisation's accounts.
type MembersAPI interface {
	ListAccounts(context.Context, *organizations.ListAccountsInput, ...func(*organizations.Options)) (*organizations.ListAccountsOutput, error)
}

// Members gives the accounts of the caller's organisation that are in use, in the order
// of their numbers. The error is a *failure.Error.
func Members(ctx context.Context, api MembersAPI) ([]string, error) {
	const doing = "ListAccounts to find the accounts of the organisation"
	input := &organizations.ListAccountsInput{}
	var members []string
	err := follow(doing, func(token *string) (*string, error) {
		var attempts awserr.Attempts
		input.NextToken = token
		out, err := api.ListAccounts(ctx, input, func(o *organizations.Options) { o.APIOptions = append(o.APIOptions, attempts.Watch) })
		if err != nil {
			failed := attempts.Failure(ctx, doing, err)
			if failed.Type == failure.AccessDenied {
				failed.Advice = "Use credentials of the management account or of a delegated administrator, with organizations:ListAccounts."
			}
			return nil, failed
		}
		for _, member := range out.Accounts {
			if isInUse(member) {
				members = append(members, aws.ToString(member.Id))
			}
		}
		return out.NextToken, nil
	})
	slices.Sort(members)
	return members, err
}

// isInUse tells whether there may be log groups in an account. Status is the older
// field, which some partitions still answer alone.
func isInUse(member orgtypes.Account) bool {
	if member.State != "" {
		return member.State == orgtypes.AccountStateActive
	}
	return member.Status == orgtypes.AccountStatusActive
}

// follow calls list with the token of each page until there is none.
func follow(doing string, list func(token *string) (*string, error)) error {
	var guard paging.Guard
	var token *string
	for {
		next, err := list(token)
		if err != nil || aws.ToString(next) == "" {
			return err
		}
		if err := guard.Next(*next); err != nil {
			return failure.While(doing, err)
		}
		token = next
	}
}
