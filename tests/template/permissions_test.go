package template

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"log-group-kms/internal/awsfake"
	"log-group-kms/tests/golden"
)

// throughLogs are the actions that the program never calls itself: CloudWatch
// Logs may try the key on behalf of who associates it.
var throughLogs = []string{"kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*"}

// beside are the actions that Lambda takes under the functions' roles, by Sid.
var beside = map[string][]string{
	"WriteOwnLogs":         {"logs:CreateLogStream", "logs:PutLogEvents"},
	"FetchEvents":          {"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"},
	"ReadOwnVariables":     {"kms:Decrypt"},
	"UseNetworkInterfaces": {"ec2:CreateNetworkInterface", "ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets", "ec2:DeleteNetworkInterface", "ec2:AssignPrivateIpAddresses", "ec2:UnassignPrivateIpAddresses"},
}

var functionRoles = []string{"EventFunctionRole", "SweepFunctionRole"}

// allows says whether a statement covers an action on a resource.
func (s statement) allows(action, resource string) bool {
	return slices.Contains(s.actions, action) && slices.ContainsFunc(s.resources, func(pattern string) bool {
		expression := "^" + strings.ReplaceAll(regexp.QuoteMeta(pattern), `\*`, ".*") + "$"
		return regexp.MustCompile(expression).MatchString(resource)
	})
}

// asked gives the action of a call and the ARN that IAM looks at; no action where
// AWS asks for no right.
func asked(c awsfake.Call) (action, resource string) {
	action = c.Service + ":" + c.Operation
	arn := "arn:aws:logs:" + c.Region + ":" + c.Account + ":log-group:"
	text := func(member string) string { s, _ := c.Request[member].(string); return s }
	switch c.Operation {
	case "GetCallerIdentity":
		return "", ""
	case "DescribeLogGroups":
		return action, arn + ":log-stream:" // IAM sees an empty name, whatever is asked for
	case "ListTagsForResource":
		return action, text("resourceArn")
	case "ListTagsLogGroup":
		return action, arn + text("logGroupName")
	case "AssociateKmsKey":
		if identifier := text("resourceIdentifier"); identifier != "" {
			return action, identifier
		}
		return action, arn + text("logGroupName")
	case "DescribeKey", "GetKeyPolicy":
		if key := text("KeyId"); strings.Contains(key, ":key/") {
			return action, key
		}
		return action, golden.DefaultKey // IAM sees the key behind an alias or ID
	case "AssumeRole":
		return action, text("RoleArn")
	}
	return action, ""
}

// neededRights holds the functions' roles against the calls that were made in a
// mode: they allow each, and nothing that was never called.
func neededRights(d document, m mode, calls []awsfake.Call) (problems []string) {
	for _, role := range functionRoles {
		var direct []statement
		for _, s := range d.rights(role, m) {
			want, known := beside[s.sid]
			switch {
			case s.via:
				problems = append(problems, difference(role+": "+s.sid, s.actions, throughLogs)...)
			case known:
				problems = append(problems, difference(role+": "+s.sid, s.actions, want)...)
			default:
				direct = append(direct, s)
				if slices.Contains(s.resources, "*") {
					problems = append(problems, role+": "+s.sid+" is for every resource")
				}
			}
		}
		if managed := at(d.root, "Resources", role, "Properties", "ManagedPolicyArns"); managed != nil {
			problems = append(problems, role+" has managed policies, whose rights nobody looks at here")
		}
		called, refused := make(map[string]bool), make(map[string]bool)
		for _, c := range calls {
			action, resource := asked(c)
			// A stack serves its own account and Region; one golden event is another Region's.
			if action == "" || c.Region != golden.Region || c.Account != golden.Account {
				continue
			}
			called[action] = true
			if !slices.ContainsFunc(direct, func(s statement) bool { return s.allows(action, resource) }) {
				refused[action+" on "+resource] = true
			}
		}
		for _, call := range slices.Sorted(maps.Keys(refused)) {
			problems = append(problems, "the program calls "+call+", which "+role+" does not allow")
		}
		problems = append(problems, difference("actions that "+role+" allows, beside those called", actions(direct), slices.Sorted(maps.Keys(called)))...)
	}
	return problems
}

// TestRights runs the function in each mode and holds its roles against its calls.
func TestRights(t *testing.T) {
	calls := map[string][]awsfake.Call{}
	modes := map[string]mode{"writing": {"Writes"}, "dry run": {"HearsDrift"}, "with members": {"Writes", "HasMemberRole"}}
	for name := range modes {
		calls[name] = runs(t)[name].calls
	}
	x := read(t)
	find := func(text, name string) []string {
		return onTemplate(func(d document) []string { return neededRights(d, modes[name], calls[name]) })(texts{template: text})
	}
	for name := range modes {
		for _, problem := range find(x.template, name) {
			t.Errorf("%s: %s", name, problem)
		}
	}
	for _, m := range []struct{ name, mode, old, new string }{
		{"a right too few", "writing", "              - logs:ListTagsLogGroup\n", ""},
		{"a right too many", "writing", "              - logs:ListTagsLogGroup\n", "              - logs:ListTagsLogGroup\n              - logs:DeleteLogGroup\n"},
		{"all rights", "writing", "Action: logs:DescribeLogGroups", "Action: logs:*"},
		{"no query results", "writing", "                - !Sub arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:query-result:*\n", ""},
		{"some log groups only", "writing", "- logs:ListTagsLogGroup\n            Resource: !Sub arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:*", "- logs:ListTagsLogGroup\n            Resource: !Sub arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:/aws/*"},
		{"keys without CloudWatch Logs", "writing", "kms:ViaService:", "kms:CallerAccount:"},
		{"one more through Logs", "writing", "                - kms:GenerateDataKey*\n              Resource: !If", "                - kms:GenerateDataKey*\n                - kms:CreateGrant\n              Resource: !If"},
		{"key policies that may not be read", "writing", "              - kms:GetKeyPolicy\n", ""},
		{"any key of any service", "writing", "              - !Sub arn:${AWS::Partition}:kms:${AWS::Region}:${AWS::AccountId}:key/*\n            Condition", "              - '*'\n            Condition"},
		{"log groups of its own making", "writing", "                  - logs:CreateLogStream\n", "                  - logs:CreateLogStream\n                  - logs:CreateLogGroup\n"},
		{"more of the queue", "writing", "                  - sqs:ReceiveMessage\n", "                  - sqs:ReceiveMessage\n                  - sqs:PurgeQueue\n"},
		{"writes in a dry run", "dry run", "            - Writes\n            - Sid: SetKeys", "            - HearsDrift\n            - Sid: SetKeys"},
		{"no role of members", "with members", "role/${MemberRole}", "role/member"},
	} {
		t.Run(m.name, func(t *testing.T) {
			if !strings.Contains(x.template, m.old) {
				t.Fatalf("the template no longer holds %q, so the mistake cannot be made; make another", m.old)
			}
			if len(find(strings.Replace(x.template, m.old, m.new, 1), m.mode)) == 0 {
				t.Error("nobody noticed")
			}
		})
	}
}

// The reasons page lists what each role may do, and nothing else.
func reasonsAreGiven(x texts) (problems []string) {
	told := make(map[string][]string)
	for heading, text := range sections(x.reasons) {
		for _, row := range rows(text, "permission", "on", "condition", "why", "without it") {
			if blank := slices.IndexFunc([]string{row["on"], row["condition"], row["why"], row["without it"]}, func(cell string) bool { return cell == "" }); blank >= 0 {
				problems = append(problems, fmt.Sprintf("docs/iam.md: the row of %s has an empty cell", row["permission"]))
			}
			for _, role := range ticked(heading) {
				told[role] = append(told[role], ticked(row["permission"])...)
			}
		}
	}
	var all []string
	for _, template := range []string{x.template, x.member} {
		d, err := parse(template)
		if err != nil {
			return []string{err.Error()}
		}
		roles := d.resources("AWS::IAM::Role")
		for _, role := range roles {
			problems = append(problems, difference("docs/iam.md on "+role, told[role], actions(d.rights(role, everything)))...)
		}
		all = append(all, roles...)
	}
	return append(problems, difference("roles of docs/iam.md", slices.Sorted(maps.Keys(told)), all)...)
}

// sections gives the text below each heading of the second level.
func sections(page string) map[string]string {
	found := make(map[string]string)
	for _, part := range strings.Split("\n"+page, "\n## ")[1:] {
		heading, text, _ := strings.Cut(part, "\n")
		found[heading] = text
	}
	return found
}
