package golden

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"log-group-kms/internal/awsfake"
)

// What the golden stack is made of must be what template.yaml makes: the same logical
// IDs, types, parameters, outputs and alarms, in the same words.
func TestStackIsTheTemplates(t *testing.T) {
	text, err := os.ReadFile("../../template.yaml")
	if err != nil {
		t.Fatal(err)
	}
	template := string(text)
	has := func(pattern, what string) {
		t.Helper()
		if !regexp.MustCompile(pattern).MatchString(template) {
			t.Errorf("%s is not in template.yaml", what)
		}
	}
	s := stack(awsfake.New(Account), Live{})
	counts := map[string]int{}
	for _, r := range s.Resources {
		kind := ""
		switch is := r.Is.(type) {
		case awsfake.Function:
			kind = "AWS::Serverless::Function"
		case awsfake.StateMachine:
			kind = "AWS::Serverless::StateMachine"
		case awsfake.Rule:
			kind = "AWS::Events::Rule"
		case awsfake.Queue:
			kind = "AWS::SQS::Queue"
		case awsfake.Alarm:
			kind = "AWS::CloudWatch::Alarm"
			has(`AlarmName: !Sub \['\$\{AWS::StackName\}-`+strings.TrimPrefix(is.Name, StackName+"-")+`\$\{InDryRun\}'`, "the alarm "+is.Name)
			lines := strings.Split(is.Description, "\n")
			has(regexp.QuoteMeta(lines[1])+"\n", "the meaning of "+is.Name)
			_, anchor, _ := strings.Cut(lines[2], "#")
			has(`Runbook: \$\{RunbookUrl\}#`+anchor+"\n", "the heading of "+is.Name)
		}
		counts[kind]++
		has(`\n  `+r.LogicalID+`:\n    Type: `+kind+"\n", r.LogicalID+" of type "+kind)
	}
	for name := range s.Parameters {
		has(`\n  `+name+`:\n    Type: (String|Number)\n`, "the parameter "+name)
	}
	for name := range s.Outputs {
		has(`\n  `+name+`:\n    Description: `, "the output "+name)
	}
	for _, kind := range []string{"AWS::Serverless::Function", "AWS::Serverless::StateMachine", "AWS::SQS::Queue", "AWS::CloudWatch::Alarm"} {
		all := strings.Count(template, "Type: "+kind+"\n")
		// The account's stack is no hub.
		hub := len(regexp.MustCompile("Type: "+kind+`\n    Condition: (IsHub|SweepsMembers)\n`).FindAllString(template, -1))
		if want := all - hub; counts[kind] != want {
			t.Errorf("got %d of type %s, want %d as in template.yaml", counts[kind], kind, want)
		}
	}
}
