package cli_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"log-group-kms/internal/awsfake"
	"log-group-kms/tests/golden"
)

// write writes a file of the test's own.
func write(t *testing.T, name, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// Whatever is wrong is said in a sentence with what to do, and nothing is half said.
func TestBadInput(t *testing.T) {
	world := golden.NewWorld()
	answer := awsfake.Invoked{Failed: true, Payload: []byte(`{"errorType":"Runtime.ExitError","errorMessage":"RequestId: x Error: Runtime exited"}`)}
	deployAnswering(world, answer)
	s := start(t, world)
	rules := write(t, "rules.yaml", "rules:\n- {name: a, logGroup: [/x], key: alias/a}\n")
	// Each line: settings beside a person's own ("NAME" alone takes one away), arguments, and what is said.
	for _, test := range []struct {
		name     string
		settings []string
		args     []string
		want     []string
	}{
		{"no command", nil, nil, []string{"Usage: log-group-kms COMMAND"}},
		{"unknown command", nil, []string{"audti"}, []string{`no command "audti"`, "audit, explain"}},
		{"unknown flag", nil, []string{"audit", "--al"}, []string{"-al", "log-group-kms audit --help"}},
		{"no credentials", []string{"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"}, []string{"audit"}, []string{"no AWS credentials", "--profile"}},
		{"no Region", []string{"AWS_REGION"}, []string{"audit"}, []string{"no Region", "Give --region"}},
		{"a Region that is none", nil, []string{"audit", "--region", "ireland"}, []string{"--region ireland", "such as eu-west-1"}},
		{"no such profile", nil, []string{"audit", "--profile", "none"}, []string{"none", "Look at --profile"}},
		{"no such stack", nil, []string{"audit", "--stack", "none"}, []string{"DescribeStacks to find stack none in Region eu-west-1", "Stack with id none does not exist", "give the Region"}},
		{"a function that fails", nil, []string{"audit", "--stack", golden.StackName}, []string{"Invoke of function ", "Runtime exited", "Look at the function's log"}},
		{"a stack and rules", nil, []string{"audit", "--stack", "s", "--rules", rules}, []string{"--stack has rules of its own"}},
		{"bad rules", nil, []string{"audit", "--rules", rules}, []string{"rules.yaml line 2", `"logGroup" is unknown`, "Mend it"}},
		{"no such rules", nil, []string{"audit", "--rules", "/nonexistent/rules.yaml"}, []string{"/nonexistent/rules.yaml", "no such file"}},
		{"a bad setting", []string{"EXISTING_KEY=leave"}, []string{"explain", "/app"}, []string{"EXISTING_KEY", `"leave"`}},
		{"no name", nil, []string{"explain"}, []string{"give the name of a log group"}},
		{"a name that no log group can have", nil, []string{"explain", "/app/orders", "/app orders"}, []string{`no log group can have the name "/app orders"`, "only the characters"}},
		{"offline with a stack", nil, []string{"explain", "--offline", "--stack", "s", "/app"}, []string{"--offline asks no AWS"}},
		{"a role's ARN that is none", nil, []string{"audit", "--role-arn", "arn:aws:s3:::bucket"}, []string{"--role-arn arn:aws:s3:::bucket is no role's ARN"}},
		{"a stack without a name", nil, []string{"audit", "--stack", ""}, []string{"-stack", "it is empty", "leave the flag out"}},
		{"rules without a name", nil, []string{"explain", "--rules=", "/app"}, []string{"-rules", "it is empty"}},
		{"a role without a name", nil, []string{"audit", "--role-arn", ""}, []string{"-role-arn", "it is empty"}},
		{"a user's ARN for a role's", nil, []string{"audit", "--role-arn", "arn:aws:iam::111122223333:user/auditor"}, []string{"--role-arn arn:aws:iam::111122223333:user/auditor is no role's ARN"}},
		{"a role's ARN for its name", nil, []string{"audit", "--members", "--member-role", "arn:aws:iam::111122223333:role/auditor"}, []string{"-member-role", "the name of an IAM role (not its ARN)"}},
		{"a name for audit", nil, []string{"audit", "/app"}, []string{"it takes no names"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			one := *s
			one.T, one.env = t, slices.Clone(s.env)
			for _, setting := range test.settings {
				name, _, given := strings.Cut(setting, "=")
				one.env = slices.DeleteFunc(one.env, func(e string) bool { return strings.HasPrefix(e, name+"=") })
				if given {
					one.env = append(one.env, setting)
				}
			}
			r := one.run(test.args...)
			one.want(r, 2, "", test.want[0])
			for _, part := range test.want {
				if !strings.Contains(r.err, part) {
					t.Errorf("got %q, want %q in it", r.err, part)
				}
			}
		})
	}
}

// Trouble of AWS that lasts ends with status 2, not with a clean bill.
func TestAWSInTrouble(t *testing.T) {
	for _, test := range []struct {
		kind awsfake.FaultKind
		want string
	}{
		{awsfake.Throttling400, "AWS takes no more requests of this account at the moment"},
		{awsfake.ServiceUnavailable503, "Look at the network"},
		{awsfake.ExpiredToken, "Sign in again; where"},
	} {
		for _, operation := range []string{"DescribeLogGroups", "GetCallerIdentity"} {
			world := newWorld(3)
			world.Inject(awsfake.Fault{Operation: operation, Kind: test.kind})
			s := start(t, world, defaultKey, "AWS_MAX_ATTEMPTS=2")
			for _, command := range [][]string{{"audit"}, {"audit", "-o", "json"}, {"explain", "/app/000001"}} {
				want := test.want
				if operation == "GetCallerIdentity" && test.kind == awsfake.ExpiredToken {
					want = "Sign in again, or choose other credentials with --profile."
				}
				s.want(s.run(command...), 2, "", want)
			}
		}
	}
}

// Help that was asked for is no trouble.
func TestHelp(t *testing.T) {
	s := start(t, awsfake.New(golden.Account))
	s.want(s.run("--help"), 0, "audit", "")
	s.want(s.run("help", "audit"), 0, "Usage: log-group-kms audit", "")
	s.want(s.run("help", "audti"), 2, "", `no command "audti"`)
	s.want(s.run("audit", "--help"), 0, "Usage: log-group-kms audit", "")
	s.want(s.run("explain", "/app", "-h"), 0, "Usage: log-group-kms explain", "")
}
