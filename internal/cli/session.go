package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	awsconfig "github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/lambda"

	"log-group-kms/internal/account"
	"log-group-kms/internal/awsconf"
	"log-group-kms/internal/check"
	"log-group-kms/internal/config"
	"log-group-kms/internal/failure"
	"log-group-kms/internal/stack"
	"log-group-kms/internal/target"
)

// RequestLimit bounds one request to a service that answers at once.
const RequestLimit = 5 * time.Second

// describeRate is AWS's own limit of DescribeLogGroups requests a second, which counts
// for each account and Region.
const describeRate = 10

// Session is the AWS that a command looks at, and the configuration that it goes by.
type Session struct {
	// Own is the SDK's configuration with the caller's own credentials.
	Own aws.Config
	// SDK is the same, with those of --role-arn where that is given.
	SDK aws.Config
	// Home knows the account of SDK.
	Home *account.Home
	// Scope is that account and the first Region.
	Scope         target.Scope
	Configuration Configuration

	// Stack is the deployed stack, and Check what its function said; nil without
	// --stack.
	Stack *stack.Stack
	Check *check.Answer
}

// Open finds credentials and configuration. Its error says what to do.
func (o *Options) Open(ctx context.Context, s Streams) (*Session, error) {
	var configuration Configuration
	var err error
	if o.Stack == "" { // costs nothing, so its faults come first
		if configuration, err = o.FromEnvironment(s); err != nil {
			return nil, err
		}
	}
	session, err := o.Connect(ctx)
	if err != nil {
		return nil, err
	}
	session.Configuration = configuration
	if o.Stack != "" {
		if err := session.ask(ctx, o.Stack); err != nil {
			return nil, err
		}
	}
	return session, nil
}

// Connect finds credentials, account and Region, and no configuration. Its error says
// what to do.
func (o *Options) Connect(ctx context.Context) (*Session, error) {
	session := &Session{}
	var err error
	if session.Own, err = o.load(ctx); err != nil {
		return nil, err
	}
	session.SDK = session.Own.Copy()
	if o.RoleARN != "" {
		if session.SDK.Credentials, err = o.assume(session.Own); err != nil {
			return nil, err
		}
	}
	session.Home = account.NewHome(session.SDK.Region, "", awsconf.NewSTS(session.SDK))
	if session.Scope, err = session.Home.Scope(ctx); err != nil {
		return nil, o.unidentified(err)
	}
	return session, nil
}

// unidentified says what to do where AWS does not say whose the credentials are.
func (o *Options) unidentified(err error) error {
	switch failed, _ := errors.AsType[*failure.Error](err); {
	case failed != nil && (failed.Type == failure.Throttled || failed.Type == failure.Unavailable):
		return err // which is no fault of the credentials
	case o.RoleARN != "":
		return Advised(err, "Look whether the role "+o.RoleARN+" exists, whether it trusts the caller, and whether --external-id is the one that it demands.")
	}
	return Advised(err, "Sign in again, or choose other credentials with --profile.")
}

// load reads the SDK's configuration, and makes sure of credentials and Region.
func (o *Options) load(ctx context.Context) (aws.Config, error) {
	var more []func(*awsconfig.LoadOptions) error
	if o.Profile != "" {
		more = append(more, awsconfig.WithSharedConfigProfile(o.Profile))
	}
	if region := o.Region(); region != "" {
		more = append(more, awsconfig.WithRegion(region))
	}
	sdk, err := awsconf.Load(ctx, slog.New(slog.DiscardHandler), more...)
	switch {
	case err != nil:
		return sdk, &Problem{err, "Look at --profile, AWS_PROFILE and the files in ~/.aws."}
	case sdk.Region == "":
		return sdk, &Problem{errors.New("no Region"), "Give --region, or set AWS_REGION."}
	case !target.ValidRegion(sdk.Region):
		return sdk, &Problem{fmt.Errorf("%q is no Region's name", sdk.Region), "Give --region, or mend AWS_REGION."}
	}
	if _, err := sdk.Credentials.Retrieve(ctx); err != nil {
		return sdk, &Problem{fmt.Errorf("no AWS credentials: %w", err), "Sign in (aws sso login, say), and name the profile with --profile or AWS_PROFILE."}
	}
	return sdk, nil
}

// assume gives the credentials of the role in --role-arn.
func (o *Options) assume(own aws.Config) (aws.CredentialsProvider, error) {
	role, err := arn.Parse(o.RoleARN)
	if err != nil || role.Service != "iam" || !target.ValidAccount(role.AccountID) || !strings.HasPrefix(role.Resource, "role/") {
		return nil, Usage("--role-arn %s is no role's ARN, such as arn:aws:iam::111122223333:role/auditor", o.RoleARN)
	}
	return aws.NewCredentialsCache(stscreds.NewAssumeRoleProvider(awsconf.NewSTS(own), o.RoleARN, func(r *stscreds.AssumeRoleOptions) {
		r.RoleSessionName = Program
		if o.ExternalID != "" {
			r.ExternalID = aws.String(o.ExternalID)
		}
	}), func(c *aws.CredentialsCacheOptions) { c.ExpiryWindow = time.Minute }), nil
}

// ask asks the deployed function for its configuration.
func (s *Session) ask(ctx context.Context, name string) error {
	found, err := stack.Find(ctx, cloudformation.NewFromConfig(awsconf.WithRequestLimit(s.Own, RequestLimit)), name, s.Own.Region)
	if err != nil {
		return err
	}
	answer, err := stack.Check(ctx, lambda.NewFromConfig(awsconf.WithRequestLimit(s.Own, stack.Patience)), found)
	if err != nil {
		return err
	}
	s.Stack, s.Check = &found, &answer
	s.Configuration, err = Deployed(name, answer.Configuration)
	return err
}

// Accounts gives access to the session's own account, and to others by a role. A stack's
// rate is the function's share of AWS's limit; a person's is all of it, unless the
// environment says otherwise.
func (s *Session) Accounts(members account.Members) *account.Pool {
	rate := float64(describeRate)
	if s.Configuration.Variables[config.DescribeRate] != "" && s.Stack == nil {
		rate = s.Configuration.DescribeRate
	}
	return account.New(s.SDK, s.Home, members, awsconf.Rates{Describe: rate})
}
