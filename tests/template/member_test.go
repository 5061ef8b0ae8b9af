package template

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"log-group-kms/internal/awsfake"
	"log-group-kms/tests/golden"
)

// A hub acts in the golden account, which is the member. Its own account has nothing.
const (
	hubAccount    = "210987654321"
	hubEventRole  = "arn:aws:iam::" + hubAccount + ":role/hub/event"
	hubSweepRole  = "arn:aws:iam::" + hubAccount + ":role/hub/sweep"
	hubExternalID = "of-the-hub/1"
)

var asHub = map[string]mode{
	"hub":            {"MakesRole", "HasExternalId", "Writes"},
	"hub in dry run": {"MakesRole", "HasExternalId"},
}

// memberDocument reads the member's template as it is deployed in the golden account.
func memberDocument(text string) (document, error) {
	return parse(strings.NewReplacer(
		"!Ref HubEventFunctionRoleArn", hubEventRole, "!Ref HubSweepFunctionRoleArn", hubSweepRole,
		"!Ref ExternalId", hubExternalID, "${Hub}", hubAccount,
	).Replace(text))
}

// runHub gives a hub's function the golden events, which are a member's, and commands
// about it. In the member it acts by the role of the member's template.
func runHub(t *testing.T, binary string, m mode, events [][]byte) ran {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, "deploy", "member.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	d, err := memberDocument(string(text))
	if err != nil {
		t.Fatal(err)
	}
	role := at(d.root, "Resources", "MemberRole", "Properties")
	world := golden.NewWorld()
	world.AddRoleKey(golden.AccessKey, hubEventRole, "event")
	world.PutRole(awsfake.Role{
		ARN:   awsfake.RoleARN(golden.Account, golden.Region, memberRole),
		Trust: policyText(t, m, at(role, "AssumeRolePolicyDocument")), Policy: policyText(t, m, at(listAt(role, "Policies")[0], "PolicyDocument")),
	})
	all := slices.Clone(events)
	for _, command := range []string{
		`{"action":"check","account":%q}`, `{"action":"sweep","account":%q}`, `{"action":"encrypt","logGroupName":"/app/orders","account":%q}`,
		`{"action":"encrypt","resourceIdentifier":"arn:aws:logs:` + golden.Region + `:` + golden.Account + `:query-result:*","account":%q}`,
	} {
		all = append(all, fmt.Appendf(nil, command, golden.Account))
	}
	return runIn(t, world, strings.Replace(golden.FunctionARN, golden.Account, hubAccount, 1), binary, all,
		"MEMBER_ROLE="+memberRole, "MEMBER_EXTERNAL_ID="+hubExternalID, fmt.Sprintf("DRY_RUN=%t", !slices.Contains(m, "Writes")))
}

func policyText(t *testing.T, m mode, document any) string {
	t.Helper()
	text, err := json.Marshal(m.resolved(document))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// memberRights holds the member's role against what was called in the member: it
// allows each call, and nothing that was never called.
func memberRights(text string, m mode, calls []awsfake.Call) (problems []string) {
	d, err := memberDocument(text)
	if err != nil {
		return []string{err.Error()}
	}
	var direct []statement
	for _, s := range d.rights("MemberRole", m) {
		if slices.Contains(s.resources, "*") {
			problems = append(problems, s.sid+" is for every resource")
		}
		if s.via {
			problems = append(problems, difference(s.sid, s.actions, throughLogs)...)
		} else {
			direct = append(direct, s)
		}
	}
	called := make(map[string]bool)
	for _, c := range calls {
		if c.Account != golden.Account || c.Operation == "AssumeRole" {
			continue
		}
		action, resource := asked(c)
		called[action] = true
		if !slices.ContainsFunc(direct, func(s statement) bool { return s.allows(action, resource) }) {
			problems = append(problems, "the hub calls "+action+" on "+resource+", which the member does not allow")
		}
	}
	return append(problems, difference("actions that the member allows, beside those called", actions(direct), slices.Sorted(maps.Keys(called)))...)
}

// TestMemberRights has a hub act in a member by the role of deploy/member.yaml, and
// holds that role against its calls.
func TestMemberRights(t *testing.T) {
	text := read(t).member
	for name, m := range asHub {
		calls := runs(t)[name].calls
		for _, problem := range memberRights(text, m, calls) {
			t.Errorf("%s: %s", name, problem)
		}
		set := 0
		for _, c := range calls {
			if c.Operation == "AssociateKmsKey" && c.Account == golden.Account && c.ErrorCode == "" {
				set++
			}
			if c.Operation == "AssumeRole" && c.Region == golden.Region && c.ErrorCode != "" {
				t.Errorf("%s: the member's role does not trust the hub: %s", name, c.ErrorCode)
			}
		}
		if writes := slices.Contains(m, "Writes"); (set > 5) != writes {
			t.Errorf("%s: got %d keys set in the member, want several: %t", name, set, writes)
		}
	}
	for _, m := range []struct{ name, mode, old, new string }{
		{"a right too few", "hub", "                  - logs:ListTagsLogGroup\n", ""},
		{"a right too many", "hub", "                  - logs:ListTagsLogGroup\n", "                  - logs:ListTagsLogGroup\n                  - logs:DeleteLogGroup\n"},
		{"no query results", "hub", "                    - !Sub arn:${AWS::Partition}:logs:*:${AWS::AccountId}:query-result:*\n", ""},
		{"keys of every kind", "hub", "                  - !Sub arn:${AWS::Partition}:kms:*:${AWS::AccountId}:key/*\n                Condition", "                  - '*'\n                Condition"},
		{"keys without CloudWatch Logs", "hub", "kms:ViaService:", "kms:CallerAccount:"},
		{"one more through Logs", "hub", "                    - kms:GenerateDataKey*\n                  Resource", "                    - kms:GenerateDataKey*\n                    - kms:CreateGrant\n                  Resource"},
		{"writes in a dry run", "hub in dry run", "                - Writes\n                - Sid: SetKeys", "                - MakesRole\n                - Sid: SetKeys"},
		{"another Region's", "hub", "Resource: !Sub arn:${AWS::Partition}:logs:*:", "Resource: !Sub arn:${AWS::Partition}:logs:us-east-1:"},
	} {
		t.Run(m.name, func(t *testing.T) {
			if !strings.Contains(text, m.old) {
				t.Fatalf("the member's template no longer holds %q, so the mistake cannot be made; make another", m.old)
			}
			if len(memberRights(strings.Replace(text, m.old, m.new, 1), asHub[m.mode], runs(t)[m.mode].calls)) == 0 {
				t.Error("nobody noticed")
			}
		})
	}
}
