// Package accounttest is for tests: a local AWS, and accounts whose SDK clients talk to it.
package accounttest

import (
	"context"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"log-group-kms/internal/awsconf"
	"log-group-kms/internal/awsfake"
	"log-group-kms/internal/encrypt"
	"log-group-kms/internal/keyring"
	"log-group-kms/internal/target"
)

// NewWorld makes a local AWS, and fails the test at its end if it was asked for what AWS
// does not know. account is the caller's.
func NewWorld(t *testing.T, account string) *awsfake.World {
	t.Helper()
	world := awsfake.New(account)
	t.Cleanup(func() {
		if strange := world.Unexpected(); len(strange) > 0 {
			t.Errorf("unexpected requests: %q", strange)
		}
	})
	return world
}

// Accounts makes clients for every account and Region, as the function has them but for
// roles and a bound on their number.
type Accounts struct {
	HTTP   aws.HTTPClient
	Rates  awsconf.Rates          // none: requests know no pace
	Broken map[target.Scope]error // those that cannot be reached, and why

	mu   sync.Mutex
	made map[target.Scope]encrypt.Account
}

// For gives the same Account for the same scope each time.
func (a *Accounts) For(_ context.Context, scope target.Scope) (encrypt.Account, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if err := a.Broken[scope]; err != nil {
		return encrypt.Account{}, err
	}
	account, ok := a.made[scope]
	if !ok {
		c := awsconf.NewClients(aws.Config{
			Region: scope.Region, HTTPClient: a.HTTP,
			Credentials: credentials.NewStaticCredentialsProvider("AKIAEXAMPLE", "secret", ""),
		}, scope, a.Rates)
		account = encrypt.Account{Logs: c.Logs, Keys: keyring.New(c.KMS, scope)}
		if a.made == nil {
			a.made = make(map[target.Scope]encrypt.Account)
		}
		a.made[scope] = account
	}
	return account, nil
}
