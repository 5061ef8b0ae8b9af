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
	s.env = append(s.env, "MEMBER_ROLE=")
	s.want(s.run("audit", "--members"), 2, "", "--members needs a role to assume in each account")
	s.want(s.run("audit", "--members", "--member-role", "audit/reader", "-q"), 2, "Not complete", "777788889999")
}
