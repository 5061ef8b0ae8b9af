// Package account gives what it takes to work in an account and Region: clients
// with their pace, credentials, and what is known of keys. Each is made when it is
// first needed, shared by all work there, and given up when it is unused for long.
package account

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"

	"log-group-kms/internal/awsconf"
	"log-group-kms/internal/encrypt"
	"log-group-kms/internal/failure"
	"log-group-kms/internal/keyring"
	"log-group-kms/internal/policy"
	"log-group-kms/internal/target"
)

// maxPlaces bounds the accounts and Regions that are held at a time, whatever their
// number: each holds clients, a pace and up to some hundred keys.
const maxPlaces = 200

// Members says for which other accounts the program acts, and how.
type Members struct {
	Role       string           // name of the role to assume there, with its path; empty: none
	ExternalID string           // sent with AssumeRole; empty: none
	Accounts   []policy.Pattern // of account IDs; empty: every account
}

// ActFor tells whether the program acts for another account, as far as its number goes.
func (m Members) ActFor(account string) bool {
	return len(m.Accounts) == 0 || policy.MatchAny(m.Accounts, account)
}

// Pool gives Accounts. It is safe for concurrent use.
type Pool struct {
	config  aws.Config
	rates   awsconf.Rates
	home    *Home
	members Members
	roles   *roles

	mu     sync.Mutex
	places *recent[target.Scope, *place]
}

// place is an account and Region, with what it takes to work there.
type place struct {
	clients awsconf.Clients
	account encrypt.Account
}

// New makes an empty Pool. The config's credentials are the own account's.
func New(config aws.Config, home *Home, members Members, rates awsconf.Rates) *Pool {
	return &Pool{
		config: config, rates: rates, home: home, members: members,
		roles:  newRoles(awsconf.NewSTS(config), members),
		places: newRecent[target.Scope, *place](maxPlaces),
	}
}

// For gives the Account of a scope. In another account it assumes the member role.
// Its error wraps encrypt.ErrForeignAccount where the program does not act for the
// account. It does not say what the Account was needed for: the caller knows.
func (p *Pool) For(ctx context.Context, scope target.Scope) (encrypt.Account, error) {
	held, err := p.place(ctx, scope)
	if err != nil {
		return encrypt.Account{}, err
	}
	return held.account, nil
}

// Clients gives the SDK's clients of a scope, for what an Account does not do. Its
// errors are those of For.
func (p *Pool) Clients(ctx context.Context, scope target.Scope) (awsconf.Clients, error) {
	held, err := p.place(ctx, scope)
	if err != nil {
		return awsconf.Clients{}, err
	}
	return held.clients, nil
}

// place gives what it takes to work in a scope, with credentials that are good for now.
func (p *Pool) place(ctx context.Context, scope target.Scope) (*place, error) {
	home, err := p.home.Scope(ctx)
	if err != nil {
		return nil, err
	}
	var member *session
	if scope.Account != home.Account {
		if err := p.admit(scope, home); err != nil {
			return nil, err
		}
		// Asked for here, a role that cannot be assumed is one clear error, rather than
		// one of every call.
		member = p.roles.session(scope)
		if _, err := member.Retrieve(ctx); err != nil {
			return nil, err
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.places.get(scope, func() *place { return p.open(scope, member) }), nil
}

// open makes a place. member is nil for the own account.
func (p *Pool) open(scope target.Scope, member *session) *place {
	config := p.config.Copy()
	if member != nil {
		config.Credentials = member
		config.APIOptions = append(slices.Clone(config.APIOptions), member.watch(scope.Region))
	}
	clients := awsconf.NewClients(config, scope, p.rates)
	return &place{clients, encrypt.Account{Logs: clients.Logs, Keys: keyring.New(clients.KMS, scope)}}
}

// admit refuses accounts that the program does not act for. It makes no request.
// Without a role to assume there, one would go to the own account and hit a log group
// of the same name.
func (p *Pool) admit(scope, home target.Scope) error {
	if !p.members.ActFor(scope.Account) {
		return &failure.Error{
			Type:   failure.AccessDenied,
			Err:    fmt.Errorf("the log group is in account %s: %w", scope.Account, encrypt.ErrForeignAccount),
			Advice: "Add the account to MEMBER_ACCOUNTS if this function is to act for it.",
		}
	}
	if p.members.Role == "" {
		return &failure.Error{
			Type:   failure.AccessDenied,
			Err:    fmt.Errorf("the log group is in account %s, this function in account %s, and MEMBER_ROLE names no role to assume there", scope.Account, home.Account),
			Advice: "Deploy the function in that account, or set MEMBER_ROLE to a role there that it may assume.",
		}
	}
	if scope.Partition != home.Partition {
		return &failure.Error{
			Type:   failure.AccessDenied,
			Err:    fmt.Errorf("the log group is in account %s of partition %s, this function in %s, and no role leads from one to the other", scope.Account, scope.Partition, home.Partition),
			Advice: "Deploy a function in each partition.",
		}
	}
	return nil
}
