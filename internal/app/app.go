// Package app puts the function's parts together, so that what runs in its place, such
// as a test, has the same ones. The command line, which has a person's credentials, puts
// its own together (cli.Session).
package app

import (
	"context"
	"os"

	"github.com/aws/aws-sdk-go-v2/aws"

	loggroupkms "log-group-kms"
	"log-group-kms/internal/account"
	"log-group-kms/internal/awsconf"
	"log-group-kms/internal/check"
	"log-group-kms/internal/config"
	"log-group-kms/internal/encrypt"
	"log-group-kms/internal/sweep"
	"log-group-kms/internal/target"
)

// App is the parts.
type App struct {
	Home      *account.Home
	Accounts  *account.Pool
	Encrypter *encrypt.Encrypter
	Sweeper   *sweep.Sweeper
	Checker   *check.Checker
}

// New makes the parts. sdk is the AWS SDK's configuration.
func New(sdk aws.Config, settings config.Config) *App {
	a := &App{Home: account.NewHome(sdk.Region, settings.Account, awsconf.NewSTS(sdk))}
	a.Accounts = account.New(sdk, a.Home,
		account.Members{Role: settings.MemberRole, ExternalID: settings.MemberExternalID, Accounts: settings.MemberAccounts},
		awsconf.Rates{Associate: settings.AssociateRate, Describe: settings.DescribeRate})
	a.Encrypter = encrypt.New(&settings.Policy, a.Accounts)
	a.Sweeper = sweep.New(a.Encrypter, a.Accounts, sweep.Settings{
		QueryResult: settings.Policy.QueryResult != "",
		OwnLogGroup: a.ownLogGroup,
	})
	a.Checker = check.New(a.Accounts, a.Encrypter, check.Settings{
		Policy: &settings.Policy, DryRun: settings.DryRun, Variables: settings.Variables, Version: loggroupkms.Version(),
		Home: a.Home.Scope, OwnLogGroup: a.ownLogGroup,
		KeyPolicies: func(ctx context.Context, scope target.Scope) (check.KeyPolicyAPI, error) {
			clients, err := a.Accounts.Clients(ctx, scope)
			return clients.KMS, err
		},
	})
	return a
}

// ownLogGroup is the log group that Lambda writes this function's log to; a target
// without a Kind where there is none.
func (a *App) ownLogGroup(ctx context.Context) target.Target {
	name := os.Getenv("AWS_LAMBDA_LOG_GROUP_NAME")
	home, err := a.Home.Scope(ctx)
	if err != nil || target.CheckName(name) != nil {
		return target.Target{}
	}
	return target.LogGroup(home, name)
}
