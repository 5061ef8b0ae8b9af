package main

import (
	"cmp"
	"context"
	"slices"

	accountsdk "github.com/aws/aws-sdk-go-v2/service/account"
	"github.com/aws/aws-sdk-go-v2/service/organizations"

	"log-group-kms/internal/account"
	"log-group-kms/internal/awsconf"
	"log-group-kms/internal/cli"
	"log-group-kms/internal/scopes"
	"log-group-kms/internal/target"
)

// membership says how other accounts are reached.
func (o *auditFlags) membership(session *cli.Session) (account.Members, error) {
	if !o.members {
		return account.Members{}, nil
	}
	c := &session.Configuration
	members := account.Members{
		Role: cmp.Or(o.memberRole, c.MemberRole), ExternalID: cmp.Or(o.ExternalID, c.MemberExternalID), Accounts: c.MemberAccounts,
	}
	if members.Role == "" {
		return members, cli.Usage("--members needs a role to assume in each account: --member-role NAME, or MEMBER_ROLE in the configuration")
	}
	return members, nil
}

// scopes gives the accounts and Regions to look at. unlisted are those among them that
// stand for a member whose Regions could not be listed, and why.
func (o *auditFlags) scopes(ctx context.Context, session *cli.Session, members account.Members) (list []target.Scope, unlisted map[target.Scope]error, err error) {
	sdk := awsconf.WithRequestLimit(session.SDK, cli.RequestLimit)
	accounts := []string{session.Scope.Account}
	if o.members {
		listed, err := scopes.Members(ctx, organizations.NewFromConfig(sdk))
		if err != nil {
			return nil, nil, err
		}
		accounts = append(accounts, slices.DeleteFunc(listed, func(a string) bool {
			return a == session.Scope.Account || !members.ActFor(a)
		})...)
	}
	regions := slices.Clone(o.Regions)
	if len(regions) == 0 {
		regions = cli.List{session.Scope.Region}
	}
	unlisted = make(map[target.Scope]error)
	for _, member := range accounts {
		if o.allRegions {
			of := member
			if member == session.Scope.Account {
				of = ""
			}
			enabled, err := scopes.Regions(ctx, accountsdk.NewFromConfig(sdk), of)
			switch {
			case err != nil && (of == "" || ctx.Err() != nil):
				return nil, nil, err
			case err != nil:
				nowhere := target.Scope{Partition: session.Scope.Partition, Account: member}
				list, unlisted[nowhere] = append(list, nowhere), err
			}
			regions = enabled
		}
		for _, region := range regions {
			scope := target.Scope{Partition: target.PartitionOf(region), Account: member, Region: region}
			if !slices.Contains(list, scope) {
				list = append(list, scope)
			}
		}
	}
	return list, unlisted, nil
}
