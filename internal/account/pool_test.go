package account_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"log-group-kms/internal/account"
	"log-group-kms/internal/awsconf"
	"log-group-kms/internal/awsfake"
	"log-group-kms/internal/encrypt"
	"log-group-kms/internal/failure"
	"log-group-kms/internal/policy"
	"log-group-kms/internal/target"
)

func newPool(world *awsfake.World, members account.Members) *account.Pool {
	return newPoolOver(world.Client(), members)
}

func newPoolOver(client aws.HTTPClient, members account.Members) *account.Pool {
	config := aws.Config{
		Region: region, HTTPClient: client,
		Credentials: credentials.NewStaticCredentialsProvider("AKIAEXAMPLE", "secret", ""),
	}
	return account.New(config, account.NewHome(region, own, nil), members, awsconf.Rates{Associate: 4, Describe: 8})
}

func in(region string) target.Scope {
	return target.Scope{Partition: "aws", Account: own, Region: region}
}

// An Account made anew each time would lose the pace, the open connections and what
// is known of keys.
func TestPoolKeepsAccounts(t *testing.T) {
	pool := newPool(awsfake.New(own), account.Members{})
	const scopes = 20
	got := make([]encrypt.Account, 200)
	var all sync.WaitGroup
	for i := range got {
		all.Go(func() {
			var err error
			if got[i], err = pool.For(t.Context(), in(fmt.Sprintf("eu-west-%d", i%scopes))); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	seen := make(map[encrypt.Account]bool)
	for i, a := range got {
		if a != got[i%scopes] {
			t.Errorf("scope %d: got another Account each time, want the same", i%scopes)
		}
		seen[a] = true
	}
	if len(seen) != scopes {
		t.Errorf("got %d Accounts, want one for each of %d scopes", len(seen), scopes)
	}
}

// However many accounts and Regions there are, those unused longest are given up.
func TestPoolIsBounded(t *testing.T) {
	pool := newPool(awsfake.New(own), account.Members{})
	busy := in("eu-west-1")
	first, err := pool.For(t.Context(), busy)
	if err != nil {
		t.Fatal(err)
	}
	idle := make(map[int]encrypt.Account)
	for i := range 500 {
		idle[i], _ = pool.For(t.Context(), in(fmt.Sprintf("eu-test-%d", i)))
		if again, err := pool.For(t.Context(), busy); err != nil || again != first {
			t.Fatalf("after %d others: got another Account for the one in use, %v, want the same", i, err)
		}
	}
	again, _ := pool.For(t.Context(), in("eu-test-0"))
	if again == idle[0] {
		t.Error("got the Account that was unused longest still held, want it given up")
	}
}

func patterns(texts ...string) (list []policy.Pattern) {
	for _, text := range texts {
		list = append(list, policy.Pattern(text))
	}
	return list
}

func isForeign(err error) bool { return errors.Is(err, encrypt.ErrForeignAccount) }

func errorAs(err error) (*failure.Error, bool) { return errors.AsType[*failure.Error](err) }

func TestActFor(t *testing.T) {
	some := account.Members{Accounts: patterns("4444*", neighbour)}
	for _, test := range []struct {
		members account.Members
		account string
		want    bool
	}{
		{some, member, true}, {some, neighbour, true}, {some, own, false},
		{account.Members{}, member, true},
	} {
		if got := test.members.ActFor(test.account); got != test.want {
			t.Errorf("%v, account %s: got %t, want %t", test.members.Accounts, test.account, got, test.want)
		}
	}
}
