package cli_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"log-group-kms/internal/awsfake"
	"log-group-kms/tests/golden"
)

// organisation answers ListAccounts, and leaves all else to the World.
func organisation(world *awsfake.World, accounts ...string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Amz-Target") != "AWSOrganizationsV20161128.ListAccounts" {
			world.ServeHTTP(w, r)
			return
		}
		_, _ = io.Copy(io.Discard, r.Body)
		var list []map[string]string
		for _, account := range accounts {
			list = append(list, map[string]string{"Id": account, "State": "ACTIVE"})
		}
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		_ = json.NewEncoder(w).Encode(map[string]any{"Accounts": list}) // the client that has gone needs no answer
	})
}

// A member whose Regions cannot be listed does not keep the others from being looked at.
func TestAuditOfMembersInAllRegions(t *testing.T) {
	world := newWorld(2)
	s := startBehind(t, world, organisation(world, golden.Account, "444455556666"), defaultKey, "MEMBER_ROLE=reader")
	r := s.run("audit", "--members", "--all-regions", "-o", "json")
	s.want(r, 2, `{"action":"audit","account":"`+golden.Account+`","region":"eu-west-1"`,
		"log-group-kms audit: ListRegions to find the Regions of account 444455556666: AccessDeniedException")
	if want := "Ask for account:ListRegions"; !strings.Contains(r.err, want) {
		t.Errorf("got %q, want %q in it", r.err, want)
	}
	list := lines(t, r.out)
	if last := list[len(list)-1]; last["account"] != "444455556666" || last["complete"] != false {
		t.Errorf("got %v at the end, want that account 444455556666 is not complete", last)
	}
}

// Every account of the organisation is looked at by the same role; one that cannot be
// does not keep the others from it.
func TestAuditOfMembers(t *testing.T) {
	world := newWorld(1)
	for _, member := range []string{"444455556666", "777788889999"} {
		world.PutLogGroup(member, golden.Region, awsfake.LogGroup{Name: "/member"})
	}
	world.PutRole(awsfake.Role{ARN: "arn:aws:iam::444455556666:role/audit/reader"})
	s := startBehind(t, world, organisation(world, golden.Account, "444455556666", "777788889999", "888899990000"),
		defaultKey, "MEMBER_ROLE=audit/reader", "MEMBER_ACCOUNTS=4444*,7777*")
	r := s.run("audit", "--members", "-o", "json")
	s.want(r, 2, `"logGroup":"/member","account":"444455556666"`,
		"log-group-kms audit: reaching account 777788889999, Region eu-west-1: AssumeRole of arn:aws:iam::777788889999:role/audit/reader in account 777788889999")
	if want := "Look whether the role exists in account 777788889999 and trusts these credentials"; !strings.Contains(r.err, want) || strings.Contains(r.err, "this function") {
		t.Errorf("got %q, want %q", r.err, want)
	}
	for account, want := range map[string]string{golden.Account: `"examined":1,`, "444455556666": `"examined":1,`, "777788889999": `"examined":0,`} {
		if !strings.Contains(r.out, `{"action":"audit","account":"`+account+`","region":"eu-west-1"`) || !strings.Contains(r.out, want) {
			t.Errorf("got no totals of account %s in %s", account, r.out)
		}
	}
	if strings.Contains(r.out, "888899990000") {
		t.Error("got an account that MEMBER_ACCOUNTS leaves out")
	}
	page := s.run("audit", "--members", "-o", "html")
	if n := bytes.Count([]byte(page.out), []byte("<svg ")); n != 2 {
		t.Errorf("got %d bars, want one for each account with log groups", n)
	}
	table := s.run("audit", "--members")
	if want := "0     0         0      0           0       0      –  not complete\n"; !strings.Contains(table.out, want) {
		t.Errorf("got %q, want %q in it: an account that could not be looked at is not well", table.out, want)
	}
	if want := `"account":"777788889999","region":"eu-west-1","at":"`; !strings.Contains(r.out, want) || strings.Contains(r.out, `"examined":0,"chosen":0,"other":0,"unusable":0,"open":0,"exempt":0,"chosenPercent":100`) {
		t.Errorf("got %s, want no share of an account that could not be looked at", r.out)
	}
	s.env = append(s.env, "MEMBER_ROLE=")
	s.want(s.run("audit", "--members"), 2, "", "--members needs a role to assume in each account")
	s.want(s.run("audit", "--members", "--member-role", "audit/reader", "-q"), 2, "Not complete", "777788889999")
}
