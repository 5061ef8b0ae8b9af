package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	wellChecked = `{"action":"check","account":"111122223333","region":"eu-west-1","result":"ok","ok":1,"checks":[{"check":"config.valid","result":"ok","message":"2 rules"}]}`
	wellSwept   = `{"action":"sweep","examined":5,"encrypted":3,"planned":2,"unchanged":3,"skipped":0,"gone":0,"failed":0,"open":2,"unusable":0}`
)

// deployed runs a deployment on a stage where all goes well unless set breaks it.
func deployed(t *testing.T, parameters string, set func(stage), args ...string) (stage, string, error) {
	t.Helper()
	s := newStage(t)
	s.put(t, "check", wellChecked)
	s.put(t, "sweep", wellSwept)
	if set != nil {
		set(s)
	}
	var out bytes.Buffer
	args = append([]string{"-root", repository(t, parameters), "-deployment", "prod", "-region", "eu-west-1"}, args...)
	err := run(t.Context(), append(args, "deploy"), &out, &out)
	return s, out.String(), err
}

func TestDeploy(t *testing.T) {
	rules := `{"rules":[{"name":"it's, a","logGroups":["/ecs/*"],"key":"alias/x"}]}`
	s, out, err := deployed(t, "DryRun=true\nArchitecture=x86_64\nSweepSchedule=rate(6 hours)\nDefaultKmsKey=\nRules="+rules+"\n", nil, "-stack", "mine", "-parameters", "Exclude=/a, /b")
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	want := map[string]string{
		"CreateKey": "true", "DefaultKmsKey": "", "OwnLogsKmsKeyArn": "", "KmsKeyTag": "kms-key", "Rules": rules, "RulesFile": "",
		"Exclude": "/a, /b", "DryRun": "true", "AssociateRate": "3", "SweepSchedule": "rate(6 hours)", "SweepWindowMinutes": "15", "SweepMaxAgeHours": "3", "LogRetentionDays": "90",
		"MetricsNamespace": "LogGroupKms", "Architecture": "x86_64",
	}
	for _, command := range []string{"build", "deploy"} {
		calls := s.calls(t, "sam "+command)
		if len(calls) != 1 {
			t.Fatalf("sam %s: got %d calls, want 1", command, len(calls))
		}
		got, err := overridesOf(calls[0].Args)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("sam %s (-want +got):\n%s", command, diff)
		}
	}
	if c := s.calls(t, "sam deploy")[0]; c.after("--stack-name") != "mine" {
		t.Errorf("got %v, want the stack mine", c)
	}
	for _, c := range s.calls(t, "") {
		if c.Args[0] == "--version" {
			continue
		}
		if c.after("--region") != "eu-west-1" || c.Env["AWS_REGION"] != "eu-west-1" || c.Env["AWS_DEFAULT_REGION"] != "eu-west-1" {
			t.Errorf("%v %v: it is not in the Region", c, c.Env)
		}
	}
	for _, want := range []string{"dry run (DryRun=true): stack mine in eu-west-1", "The stack is new.", "ok       config.valid  2 rules", "5  log groups there are", "Set DryRun=false and deploy again"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is missing in\n%s", want, out)
		}
	}
}

// TestDeployEndsBadly wants a sentence and an error wherever something goes wrong.
func TestDeployEndsBadly(t *testing.T) {
	for _, c := range []struct {
		name   string
		set    func(*testing.T, stage)
		args   []string
		want   string
		calls  string // the last that is to have been made, "" any
		atMost int    // calls of sam deploy
	}{
		{"old SAM", func(t *testing.T, s stage) { s.put(t, "sam-version", "SAM CLI, version 1.159.1\n") }, nil, "needs the AWS SAM CLI 1.160 or newer", "sam --version", 0},
		{"no version", func(t *testing.T, s stage) { s.put(t, "sam-version", "hello") }, nil, `sam --version says "hello"`, "sam --version", 0},
		{"no Region", nil, []string{"-region", ""}, "say in which Region: REGION=eu-west-1", "aws configure get region", 0},
		{"no credentials", func(t *testing.T, s stage) { s.put(t, "refusal", "Unable to locate credentials") }, nil, "Unable to locate credentials", "", 0},
		{"an earlier try failed", func(t *testing.T, s stage) { s.put(t, "stack", `{"Stacks":[{"StackStatus":"ROLLBACK_COMPLETE"}]}`) }, nil, "sam delete --stack-name log-group-kms --region eu-west-1", "", 0},
		{"being changed", func(t *testing.T, s stage) { s.put(t, "stack", `{"Stacks":[{"StackStatus":"UPDATE_IN_PROGRESS"}]}`) }, nil, "wait for the end of that", "", 0},
		{"a fault in the parameters", nil, []string{"-parameters", "Exclude=/a,/b c"}, "Exclude (EXCLUDE)", "sam --version", 0},
		{"the build fails", func(t *testing.T, s stage) { s.put(t, "sam-fails", "build") }, nil, "sam build: exit status", "sam build", 0},
		{"the deployment fails", func(t *testing.T, s stage) { s.put(t, "sam-fails", "deploy") }, nil, "sam deploy: exit status", "sam deploy", 1},
		{"the user says no", func(t *testing.T, s stage) { s.put(t, "sam-declined", "yes") }, nil, "stack log-group-kms was not deployed", "", 1},
		{"the user says no to an update", func(t *testing.T, s stage) {
			s.put(t, "sam-declined", "yes")
			s.put(t, "stack", `{"Stacks":[{"StackStatus":"CREATE_COMPLETE","Parameters":[{"ParameterKey":"DryRun","ParameterValue":"true"}]}]}`)
		}, nil, "this deployment was not made", "", 1},
		{"the check fails", func(t *testing.T, s stage) {
			s.put(t, "check", `{"action":"check","result":"failed","checks":[{"check":"key.usable","result":"failed","subject":"alias/x","message":"it is Disabled","remedy":"Enable it.","runbook":"docs/operations.md#key-unusable"}]}`)
		}, nil, "deployed, but not well", "aws lambda invoke", 1},
		{"another version", func(t *testing.T, s stage) {
			s.put(t, "check", strings.Replace(wellChecked, `"result"`, `"version":"0.0.1","result"`, 1))
		}, nil, "sweep-function is version 0.0.1, and this is", "aws lambda invoke", 1},
		{"the sweep fails", func(t *testing.T, s stage) {
			s.put(t, "sweep", `{"action":"sweep","examined":1,"failed":1,"failures":[{"logGroup":"/a","errorType":"KeyUnusable","errorMessage":"why"}]}`)
		}, []string{"-parameters", "DryRun=true"}, "the dry sweep failed on 1", "aws lambda invoke", 1},
		{"CONFIRM=maybe", nil, []string{"-confirm", "maybe"}, "CONFIRM=maybe: it is yes or no", "", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, out, err := deployed(t, "", func(s stage) {
				if c.set != nil {
					c.set(t, s)
				}
			}, c.args...)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want it to say %q\n%s", err, c.want, out)
			}
			calls := s.calls(t, "")
			if c.calls != "" && (len(calls) == 0 || !strings.HasPrefix(calls[len(calls)-1].String(), c.calls)) {
				t.Errorf("got the calls %v, want %s to be the last", calls, c.calls)
			}
			if n := len(s.calls(t, "sam deploy")); n != c.atMost {
				t.Errorf("got %d calls of sam deploy, want %d", n, c.atMost)
			}
		})
	}
}

func TestMissingPrograms(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	var out bytes.Buffer
	err := run(t.Context(), []string{"-root", repository(t, ""), "-deployment", "prod", "deploy"}, &out, &out)
	for _, want := range []string{"this needs sam, and there is none on PATH: install the AWS SAM CLI", "this needs aws"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want it to say %q", err, want)
		}
	}
	if err := run(t.Context(), []string{"verify"}, &out, &out); err == nil || !strings.Contains(err.Error(), "this needs aws") {
		t.Errorf("verify: got %v", err)
	}
}

// TestRegion guards which Region wins: SAM would look into samconfig.toml, where a
// guided deployment to another Region may have left its own.
func TestRegion(t *testing.T) {
	for _, c := range []struct{ given, newer, older, configured, want string }{
		{"eu-west-1", "eu-west-2", "eu-west-3", "eu-north-1", "eu-west-1"},
		{"", "eu-west-2", "eu-west-3", "eu-north-1", "eu-west-2"},
		{"", "", "eu-west-3", "eu-north-1", "eu-west-3"},
		{"", "", "", "eu-north-1", "eu-north-1"},
	} {
		s, _, err := deployed(t, "", func(s stage) {
			t.Setenv("AWS_REGION", c.newer)
			t.Setenv("AWS_DEFAULT_REGION", c.older)
			s.put(t, "region", c.configured+"\n")
		}, "-region", c.given)
		if err != nil {
			t.Fatal(err)
		}
		for _, call := range append(s.calls(t, "sam build"), s.calls(t, "sam deploy")...) {
			if call.after("--region") != c.want {
				t.Errorf("%+v: got %v", c, call)
			}
		}
	}
}

// TestChanges shows what an update does to parameters before it does it, and that
// a line taken out of the file takes effect.
func TestChanges(t *testing.T) {
	before := map[string]string{
		"CreateKey": "true", "DefaultKmsKey": "alias/log-group-kms", "OwnLogsKmsKeyArn": "", "KmsKeyTag": "kms-key", "Rules": "", "RulesFile": "",
		"Exclude": "/tmp/*", "DryRun": "true", "AssociateRate": "3", "SweepSchedule": "rate(1 hour)", "LogRetentionDays": "90",
		"MetricsNamespace": "LogGroupKms", "Architecture": "arm64",
	}
	old := stack{StackStatus: "UPDATE_COMPLETE"}
	for name, value := range before {
		old.Parameters = append(old.Parameters, struct{ ParameterKey, ParameterValue string }{name, value})
	}
	text, err := json.Marshal(map[string]any{"Stacks": []stack{old}})
	if err != nil {
		t.Fatal(err)
	}
	s, out, err := deployed(t, "Exclude=\n", func(s stage) { s.put(t, "stack", string(text)) }, "-confirm", "no", "-more", "--role-arn arn:aws:iam::111122223333:role/deployer --tags a=b")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"for real (DryRun=false)", "  DryRun: true → false\n", "  Exclude: /tmp/* → (empty)\n"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is missing in\n%s", want, out)
		}
	}
	if strings.Contains(out, "KmsKeyTag") {
		t.Errorf("what does not change is told of:\n%s", out)
	}
	c := s.calls(t, "sam deploy")[0]
	if want := "--no-confirm-changeset --role-arn arn:aws:iam::111122223333:role/deployer --tags a=b"; !strings.HasSuffix(c.String(), want) {
		t.Errorf("got %v, want it to end with %s", c, want)
	}
	if _, out, err = deployed(t, "DryRun=true\nExclude=/tmp/*", func(s stage) { s.put(t, "stack", string(text)) }); err != nil || !strings.Contains(out, "has these parameters already") {
		t.Errorf("an unchanged deployment: %v\n%s", err, out)
	}
}
