package account_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"

	"log-group-kms/internal/account"
	"log-group-kms/internal/awsfake"
	"log-group-kms/internal/encrypt"
	"log-group-kms/internal/failure"
	"log-group-kms/internal/target"
)

const (
	memberRole = "security/log-group-kms-member"
	externalID = "s3cret/1"
	member     = "444455556666"
	neighbour  = "555566667777"
)

var members = account.Members{Role: memberRole, ExternalID: externalID}

// organisation is a World in which the given accounts have the member role, and a log
// group.
func organisation(accounts ...string) *awsfake.World {
	world := awsfake.New(own)
	for _, id := range accounts {
		world.PutRole(awsfake.Role{ARN: awsfake.RoleARN(id, region, memberRole), Trust: awsfake.Trust(externalID, own)})
		for _, r := range []string{region, "eu-central-1"} {
			world.PutLogGroup(id, r, awsfake.LogGroup{Name: "/app"})
		}
	}
	return world
}

func of(id string) target.Scope { return target.Scope{Partition: "aws", Account: id, Region: region} }

// list lists the log groups of a scope by the Pool's client.
func list(ctx context.Context, pool *account.Pool, scope target.Scope) error {
	a, err := pool.For(ctx, scope)
	if err != nil {
		return err
	}
	_, err = encrypt.ReadState(ctx, a.Logs, target.LogGroup(scope, "/app"))
	return err
}

func assumed(world *awsfake.World) int { return world.CountCalls("AssumeRole") }

// One AssumeRole serves all Regions of an account, however much work needs it at once.
func TestRoleIsShared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		world := organisation(member, neighbour)
		world.Inject(awsfake.Fault{Operation: "AssumeRole", Kind: awsfake.Slow, Delay: time.Second})
		pool := newPool(world, members)
		var all sync.WaitGroup
		for i := range 40 {
			scope := of([]string{member, neighbour}[i%2])
			scope.Region = []string{region, "eu-central-1"}[i/2%2]
			all.Go(func() {
				if err := list(t.Context(), pool, scope); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if got := assumed(world); got != 2 {
			t.Errorf("got %d requests for a role, want one for each account", got)
		}
		for _, call := range world.Calls() {
			if call.Operation != "AssumeRole" {
				continue
			}
			for parameter, want := range map[string]string{"RoleSessionName": "log-group-kms", "ExternalId": externalID, "DurationSeconds": "3600"} {
				if call.Request[parameter] != want {
					t.Errorf("got %s %v, want %s", parameter, call.Request[parameter], want)
				}
			}
			if !strings.HasSuffix(call.Resource, ":role/"+memberRole) {
				t.Errorf("got role %s, want %s", call.Resource, memberRole)
			}
		}
	})
}

// Credentials are renewed before they run out, once an hour.
func TestRoleIsRenewed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		world := organisation(member)
		pool := newPool(world, members)
		for range 10 * 60 {
			if err := list(t.Context(), pool, of(member)); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Minute)
		}
		if got := assumed(world); got != 11 { // after 58 minutes each
			t.Errorf("got %d requests for the role in ten hours, want 11", got)
		}
	})
}

// A role that was made anew under the same name leaves credentials behind that nobody
// accepts; without new ones the account would be lost for the rest of the hour.
func TestRoleMadeAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		world := organisation(member)
		pool := newPool(world, members)
		if err := list(t.Context(), pool, of(member)); err != nil {
			t.Fatal(err)
		}
		time.Sleep(5 * time.Minute)
		trust(world, awsfake.Trust(externalID, own))
		var all sync.WaitGroup
		for range 10 {
			all.Go(func() {
				if err := list(t.Context(), pool, of(member)); err != nil {
					t.Errorf("got %v, want success", err)
				}
			})
		}
		all.Wait()
		if got := assumed(world); got != 2 {
			t.Errorf("got %d requests for the role, want 2", got)
		}
	})
}

// Accounts that the program does not act for cost no call, whatever the way there.
func TestForeignAccount(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name     string
		members  account.Members
		scope    target.Scope
		foreign  bool
		mentions []string
	}{
		{"not in the list", account.Members{Role: memberRole, Accounts: patterns(neighbour)}, of(member), true, []string{member, "MEMBER_ACCOUNTS"}},
		{"not in the list, and no role", account.Members{Accounts: patterns(neighbour)}, of(member), true, []string{member, "MEMBER_ACCOUNTS"}},
		{"no role", account.Members{}, of(member), false, []string{member, own, "MEMBER_ROLE"}},
		{"in the list, and no role", account.Members{Accounts: patterns("4444*")}, of(member), false, []string{member, own, "MEMBER_ROLE"}},
		{"another partition", members, target.Scope{Partition: "aws-cn", Account: member, Region: "cn-north-1"}, false, []string{member, "aws-cn"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			world := organisation(member)
			_, err := newPool(world, test.members).For(t.Context(), test.scope)
			if failure.TypeOf(err) != failure.AccessDenied || isForeign(err) != test.foreign || len(world.Calls()) != 0 {
				t.Errorf("got %v (foreign %t) after %d requests, want AccessDenied (foreign %t) after none",
					err, isForeign(err), len(world.Calls()), test.foreign)
			}
			for _, part := range test.mentions {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("got %q, want %s in it", err, part)
				}
			}
		})
	}
	world := organisation(member)
	if err := list(t.Context(), newPool(world, account.Members{Role: memberRole, ExternalID: externalID, Accounts: patterns(neighbour, "4444????6666")}), of(member)); err != nil {
		t.Errorf("in the list: got %v, want success", err)
	}
}

// However many accounts there are, clients are bounded, and a role is asked for once an
// hour all the same.
func TestManyAccounts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const accounts = 600
		var ids []string
		for i := range accounts {
			ids = append(ids, fmt.Sprintf("%012d", 100000000000+i))
		}
		world := organisation(ids...)
		world.RecordCalls(false)
		pool := newPool(world, members)
		first := make(map[string]encrypt.Account)
		for range 3 {
			for _, id := range ids {
				if err := list(t.Context(), pool, of(id)); err != nil {
					t.Fatal(err)
				}
				a, err := pool.For(t.Context(), of(id))
				if err != nil {
					t.Fatal(err)
				}
				if first[id] == a {
					t.Fatalf("account %s: got the clients of before after %d others, want them given up", id, accounts-1)
				}
				first[id] = a
			}
		}
		if got := assumed(world); got != accounts {
			t.Errorf("got %d requests for roles of %d accounts, want one each", got, accounts)
		}
	})
}

// Clients that are used stay as they are, whatever the AWS SDK makes of a member's
// configuration: each request is signed with the member's credentials.
func TestClientsUseTheRole(t *testing.T) {
	world := organisation(member)
	pool := newPool(world, members)
	clients, err := pool.Clients(t.Context(), of(member))
	if err != nil {
		t.Fatal(err)
	}
	out, err := clients.Logs.DescribeLogGroups(t.Context(), &cloudwatchlogs.DescribeLogGroupsInput{})
	if err != nil || len(out.LogGroups) != 1 || !strings.Contains(aws.ToString(out.LogGroups[0].Arn), ":"+member+":") {
		t.Errorf("got %v, %v, want the member's log group", out, err)
	}
}
