package template

import (
	"context"
	"fmt"
	"maps"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"log-group-kms/internal/awsfake"
	"log-group-kms/internal/runtimeapi"
	"log-group-kms/tests/golden"
)

// throughLogs are the actions that the program never calls itself: CloudWatch
// Logs may try the key on behalf of who associates it.
var throughLogs = []string{"kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*"}

// beside are the actions that Lambda takes under the functions' roles, by policy.
var beside = map[string][]string{
	"own logs and failures": {"logs:CreateLogStream", "logs:PutLogEvents", "sqs:SendMessage"},
	"RedrivePolicy":         {"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"},
	"MemberRolePolicy":      {"sts:AssumeRole"},
}

// statement is one of a policy's, its resources as they are in the golden
// account and Region.
type statement struct {
	sid       string
	actions   []string
	resources []string
	via       bool // only through another service
}

var inGoldenAccount = strings.NewReplacer("${AWS::Partition}", "aws", "${AWS::Region}", golden.Region, "${AWS::AccountId}", golden.Account)

// statements gives those of a policy document.
func statements(document any) (all []statement) {
	for _, v := range listAt(document, "Statement") {
		s := statement{sid: textAt(v, "Sid"), via: at(v, "Condition", "StringEquals", "kms:ViaService") != nil}
		for _, action := range listed(at(v, "Action")) {
			s.actions = append(s.actions, fmt.Sprint(action))
		}
		for _, resource := range listed(at(v, "Resource")) {
			if sub := textAt(resource, "Fn::Sub"); sub != "" {
				resource = inGoldenAccount.Replace(sub)
			}
			s.resources = append(s.resources, fmt.Sprint(resource))
		}
		all = append(all, s)
	}
	return all
}

func listed(v any) []any {
	if list, ok := v.([]any); ok {
		return list
	}
	return []any{v}
}

func (d document) logGroupPolicy() []statement {
	return statements(at(d.root, "Resources", "LogGroupPolicy", "Properties", "PolicyDocument"))
}

// allows says whether a statement covers an action on a resource.
func (s statement) allows(action, resource string) bool {
	return slices.Contains(s.actions, action) && slices.ContainsFunc(s.resources, func(pattern string) bool {
		expression := "^" + strings.ReplaceAll(regexp.QuoteMeta(pattern), `\*`, ".*") + "$"
		return regexp.MustCompile(expression).MatchString(resource)
	})
}

// asked gives the action of a call and the ARN that IAM looks at.
func asked(c awsfake.Call) (action, resource string) {
	action = c.Service + ":" + c.Operation
	arn := "arn:aws:logs:" + c.Region + ":" + c.Account + ":log-group:"
	text := func(member string) string { s, _ := c.Request[member].(string); return s }
	switch c.Operation {
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
	case "DescribeKey":
		if key := text("KeyId"); strings.Contains(key, ":key/") {
			return action, key
		}
		return action, golden.DefaultKey // IAM sees the key behind an alias or ID
	}
	return action, ""
}

// neededRights holds the functions' policies against the calls that were made:
// they allow each, and nothing that was never called.
func neededRights(d document, calls []awsfake.Call) (problems []string) {
	called := make(map[string]bool)
	direct := slices.DeleteFunc(d.logGroupPolicy(), func(s statement) bool { return s.via })
	refused := make(map[string]bool)
	for _, c := range calls {
		action, resource := asked(c)
		called[action] = true
		// A stack serves its own Region; one event of the golden ones is another's.
		if c.Region == golden.Region && !slices.ContainsFunc(direct, func(s statement) bool { return s.allows(action, resource) }) {
			refused[action+" on "+resource] = true
		}
	}
	for _, call := range slices.Sorted(maps.Keys(refused)) {
		problems = append(problems, "the program calls "+call+", which its role does not allow")
	}
	var allowed, via []string
	for _, s := range d.logGroupPolicy() {
		if s.via {
			via = append(via, s.actions...)
		} else {
			allowed = append(allowed, s.actions...)
		}
		if slices.Contains(s.resources, "*") {
			problems = append(problems, s.sid+" is for every resource")
		}
	}
	problems = append(problems, difference("actions allowed, beside those called", allowed, slices.Sorted(maps.Keys(called)))...)
	problems = append(problems, difference("actions allowed through CloudWatch Logs", via, throughLogs)...)
	return append(problems, otherRights(d)...)
}

// otherRights looks at what the roles may do beside.
func otherRights(d document) (problems []string) {
	for _, role := range []string{"EventFunctionRole", "SweepFunctionRole"} {
		for _, policy := range listAt(d.root, "Resources", role, "Properties", "Policies") {
			for _, s := range statements(at(policy, "PolicyDocument")) {
				for _, action := range s.actions {
					if !slices.Contains(beside["own logs and failures"], action) {
						problems = append(problems, role+" may "+action)
					}
				}
			}
		}
		if managed := at(d.root, "Resources", role, "Properties", "ManagedPolicyArns"); managed != nil {
			problems = append(problems, role+" has managed policies, whose rights nobody looks at here")
		}
	}
	for _, name := range d.resources("AWS::IAM::Policy") {
		if name == "LogGroupPolicy" {
			continue
		}
		var actions []string
		for _, s := range statements(at(d.root, "Resources", name, "Properties", "PolicyDocument")) {
			actions = append(actions, s.actions...)
		}
		problems = append(problems, difference("actions of "+name, actions, beside[name])...)
	}
	return problems
}

// readmeTellsPermissions holds the README's table against what both roles hold.
func readmeTellsPermissions(x texts) []string {
	d, err := parse(x.template)
	if err != nil {
		return []string{err.Error()}
	}
	held := slices.Clone(beside["own logs and failures"])
	for _, s := range d.logGroupPolicy() {
		held = append(held, s.actions...)
	}
	return difference("README's permissions", column(rows(section(x.readme, "### Permissions"), "permission", "on"), "permission"), held)
}

// TestRights runs the function through all golden events, sweeps, query results
// and names with '#' among them, and holds its role against its calls.
func TestRights(t *testing.T) {
	calls := callsOfTheFunction(t)
	x := read(t)
	find := func(template string) []string {
		return onTemplate(func(d document) []string { return neededRights(d, calls) })(texts{template: template})
	}
	for _, problem := range find(x.template) {
		t.Error(problem)
	}
	for name, m := range map[string]struct{ old, new string }{
		"a right too few":              {"              - logs:ListTagsLogGroup\n", ""},
		"a right too many":             {"              - logs:ListTagsLogGroup\n", "              - logs:ListTagsLogGroup\n              - logs:DeleteLogGroup\n"},
		"all rights":                   {"Action: logs:DescribeLogGroups", "Action: logs:*"},
		"no query results":             {"              - !Sub arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:query-result:*\n", ""},
		"some log groups only":         {"- logs:ListTagsLogGroup\n            Resource: !Sub arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:*", "- logs:ListTagsLogGroup\n            Resource: !Sub arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:/aws/*"},
		"keys without CloudWatch Logs": {"kms:ViaService:", "kms:CallerAccount:"},
		"one more through Logs":        {"              - kms:GenerateDataKey*\n            Resource: !Sub", "              - kms:GenerateDataKey*\n              - kms:CreateGrant\n            Resource: !Sub"},
		"any key of any service":       {"Action: kms:DescribeKey\n            Resource: !Sub arn:${AWS::Partition}:kms:${AWS::Region}:*:key/*", "Action: kms:DescribeKey\n            Resource: '*'"},
		"log groups of its own making": {"                  - logs:CreateLogStream\n", "                  - logs:CreateLogStream\n                  - logs:CreateLogGroup\n"},
		"more of the queue":            {"              - sqs:ReceiveMessage\n", "              - sqs:ReceiveMessage\n              - sqs:PurgeQueue\n"},
	} {
		t.Run(name, func(t *testing.T) {
			if !strings.Contains(x.template, m.old) {
				t.Fatalf("the template no longer holds %q, so the mistake cannot be made; make another", m.old)
			}
			if len(find(strings.Replace(x.template, m.old, m.new, 1))) == 0 {
				t.Error("nobody noticed")
			}
		})
	}
}

// callsOfTheFunction builds the function and gives the AWS calls that the golden
// events cost.
func callsOfTheFunction(t *testing.T) []awsfake.Call {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "bootstrap")
	build := exec.Command("go", "build", "-tags", "lambda.norpc", "-o", binary, "../../cmd/handler")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building the function: %v\n%s", err, out)
	}
	cases, err := golden.Load(filepath.Join(root, "events"))
	if err != nil {
		t.Fatal(err)
	}
	world := golden.NewWorld()
	server := httptest.NewServer(world)
	defer server.Close()
	function, err := runtimeapi.Start(context.WithoutCancel(t.Context()), runtimeapi.Options{
		Binary: binary, FunctionARN: golden.FunctionARN,
		Env: append(golden.Env(server.URL), "ASSOCIATE_RATE=0", "DESCRIBE_RATE=0"), // no waiting
	})
	if err != nil {
		t.Fatalf("starting the function: %v", err)
	}
	defer function.Close()
	for _, c := range cases {
		if got, err := function.Invoke(t.Context(), c.Event); err != nil || got.ErrorType != c.ErrorType {
			t.Fatalf("%s: got failure %q (%s), error %v; want failure %q", c.File, got.ErrorType, got.ErrorMessage, err, c.ErrorType)
		}
	}
	if strange := world.Unexpected(); len(strange) > 0 {
		t.Errorf("the function sent what AWS does not know: %q", strange)
	}
	return world.Calls()
}
