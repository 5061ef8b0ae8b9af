package main

import (
	"bytes"
	"strings"
	"testing"
)

const deployedStack = `{"Stacks":[{"StackStatus":"CREATE_COMPLETE","Outputs":[{"OutputKey":"EventFunctionName","OutputValue":"event-function"},{"OutputKey":"SweepFunctionName","OutputValue":"sweep-function"},{"OutputKey":"SweepLogGroupName","OutputValue":"/log-group-kms/sweep"}]}]}`

// verified runs make verify on a stage where the stack answers as set says.
func verified(t *testing.T, set map[string]string) (stage, string, error) {
	t.Helper()
	s := newStage(t)
	for name, text := range set {
		s.put(t, name, text)
	}
	var out bytes.Buffer
	err := run(t.Context(), []string{"-region", "eu-west-1", "verify"}, &out, &out)
	return s, out.String(), err
}

func TestVerify(t *testing.T) {
	const checked = `{"action":"check","account":"111122223333","region":"eu-west-1","version":"0.0.1","result":"warning","ok":2,"warnings":1,"failed":0,"unknown":1,"checks":[
		{"check":"config.valid","result":"ok","message":"2 rules, default alias/x"},
		{"check":"config.mode","result":"warning","message":"DRY_RUN is on","remedy":"Set DryRun=false.","runbook":"docs/operations.md#dry-run"},
		{"check":"key.usable","result":"ok","subject":"alias/x","kmsKeyArn":"arn:…","message":"enabled"},
		{"check":"key.policy","result":"unknown","subject":"alias/x","message":"kms:GetKeyPolicy is not granted","remedy":"Grant it."}],"configuration":{}}`
	s, out, err := verified(t, map[string]string{
		"stack": deployedStack, "check": checked,
		"sweep":    `{"action":"sweep","examined":50,"encrypted":40,"planned":10,"skipped":1,"gone":0,"failed":0,"unusable":2,"open":10,"queryResult":{"outcome":"planned"},"cursor":"c2"}`,
		"sweep.c2": `{"action":"sweep","examined":7,"encrypted":5,"planned":2,"skipped":0,"gone":1,"failed":0,"unusable":1,"open":2}`,
	})
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, want := range []string{
		"  version 0.0.1, account 111122223333, Region eu-west-1\n",
		"  ok       config.valid  2 rules, default alias/x\n",
		"  WARNING  config.mode   DRY_RUN is on\n",
		"                         Set DryRun=false.\n", "docs/operations.md#dry-run\n",
		"  ok       key.usable    alias/x: enabled\n", "  unknown  key.policy    alias/x: kms:GetKeyPolicy",
		"       57  log groups there are\n", "       45  are under a customer key\n", "       12  would get one", "        3  are under a key that cannot be used", "query results: planned",
		`aws logs filter-log-events --region eu-west-1 --log-group-name /log-group-kms/sweep --filter-pattern '{ $.outcome = "planned" }'`,
	} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is missing", want)
		}
	}
	if t.Failed() {
		t.Log("\n" + out)
	}
	for function, want := range map[string]int{"event-function": 1, "sweep-function": 3} { // checks, and the sweep's two calls
		if calls := s.calls(t, "aws lambda invoke --function-name "+function); len(calls) != want {
			t.Errorf("got the calls %v, want %d of %s", calls, want, function)
		}
	}
}

// A dry sweep of a stack that acts would have alarms ring for what its next sweep sets.
func TestVerifyOfAStackThatActs(t *testing.T) {
	acts := strings.Replace(deployedStack, `"Outputs"`, `"Parameters":[{"ParameterKey":"DryRun","ParameterValue":"false"}],"Outputs"`, 1)
	s, out, err := verified(t, map[string]string{"stack": acts, "check": wellChecked, "sweep": wellSwept})
	if err != nil || !strings.Contains(out, "make sweep STACK=log-group-kms REGION=eu-west-1\n") {
		t.Errorf("got %v and %s, want the command for a sweep", err, out)
	}
	if calls := s.calls(t, "aws lambda invoke"); len(calls) != 2 {
		t.Errorf("got the calls %v, want the two checks", calls)
	}
}

func TestVerifyFails(t *testing.T) {
	for _, c := range []struct {
		name string
		set  map[string]string
		want []string
	}{
		{"no stack", nil, []string{"there is no stack log-group-kms in eu-west-1"}},
		{"another stack", map[string]string{"stack": `{"Stacks":[{"StackStatus":"CREATE_COMPLETE"}]}`}, []string{"has no output SweepFunctionName"}},
		{"no answer of CloudFormation", map[string]string{"stack": `{}`}, []string{`answers "{}", want one stack`}},
		{
			"a function that does not start", map[string]string{"stack": deployedStack, "check": `{"errorType":"Runtime.ExitError","errorMessage":"exit status 1"}`, "sweep": `{"errorType":"AccessDenied","errorMessage":"DescribeLogGroups"}`},
			[]string{"the check of event-function failed: Runtime.ExitError: exit status 1", "the check of sweep-function failed", "the dry sweep failed: AccessDenied: DescribeLogGroups"},
		},
		{"an older function", map[string]string{"stack": deployedStack, "check": `{"errorType":"InvalidEvent","errorMessage":"unknown action"}`, "sweep": wellSwept}, []string{"the check of sweep-function failed: InvalidEvent: unknown action"}},
		{"no checks", map[string]string{"stack": deployedStack, "check": `{"action":"check"}`, "sweep": wellSwept}, []string{"the check of event-function holds no checks"}},
		{"no JSON", map[string]string{"stack": deployedStack, "check": `hello`, "sweep": wellSwept}, []string{`answers "hello"`}},
		{"no sweep", map[string]string{"stack": deployedStack, "check": wellChecked, "sweep": `{}`}, []string{"does not answer the sweep as one"}},
		{"a sweep that stands still", map[string]string{"stack": deployedStack, "check": wellChecked, "sweep": `{"action":"sweep","cursor":"c"}`, "sweep.c": `{"action":"sweep","cursor":"c"}`}, []string{"does not get on"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, out, err := verified(t, c.set)
			for _, want := range c.want {
				if err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("got %v, want it to say %q\n%s", err, want, out)
				}
			}
		})
	}
}
