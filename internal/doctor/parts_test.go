package doctor_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"log-group-kms/internal/awsfake"
	"log-group-kms/internal/check"
	"log-group-kms/internal/doctor"
)

// row is a change to a deployment in which all is well, and what one check says of it.
type row struct {
	name   string
	change func(*setup)
	want   expect
}

func table(t *testing.T, name check.Name, rows []row) {
	t.Helper()
	for _, test := range rows {
		t.Run(test.name, func(t *testing.T) {
			run(t, func(s *setup) {
				test.change(s)
				test.want.holds(s.T, s.mustLook(), name)
			})
		})
	}
}

func resource(logicalID string, is awsfake.Deployable) awsfake.Resource {
	return awsfake.Resource{LogicalID: logicalID, Is: is}
}

func TestRules(t *testing.T) {
	queue := []awsfake.RuleTarget{{ID: "q", ARN: awsfake.QueueARN(own, region, "keys-events")}}
	table(t, doctor.EventsRules, []row{
		{"disabled", func(s *setup) {
			s.replace(resource("CreateLogGroupRule", awsfake.Rule{Name: "keys-Created", Disabled: true, Targets: queue}))
		},
			expect{check.Failed, []string{"rule CreateLogGroupRule is disabled"}, "aws events enable-rule --name keys-Created", "missed-by-events"}},
		{"of a bus, disabled", func(s *setup) {
			s.replace(resource("CreateLogGroupRule", awsfake.Rule{Name: "r", Bus: "hub", Disabled: true, Targets: queue}))
		},
			expect{check.Failed, []string{"rule CreateLogGroupRule is disabled"}, "aws events enable-rule --name r --event-bus-name hub", "missed-by-events"}},
		{"of a bus", func(s *setup) {
			s.replace(resource("CreateLogGroupRule", awsfake.Rule{Name: "r", Bus: "hub", Targets: queue}))
		},
			expect{result: check.OK, says: []string{"enabled and have their targets: CreateLogGroupRule"}}},
		{"enabled in the newer way", func(s *setup) {
			s.replace(resource("CreateLogGroupRule", awsfake.Rule{Name: "r", State: "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS", Targets: queue}))
		}, expect{result: check.OK}},
		{"without a target", func(s *setup) { s.replace(resource("CreateLogGroupRule", awsfake.Rule{Name: "keys-Created"})) },
			expect{check.Failed, []string{"no target of this stack"}, "REVERT_DRIFT", "missed-by-events"}},
		{"with a target elsewhere", func(s *setup) {
			s.replace(resource("CreateLogGroupRule", awsfake.Rule{Name: "r", Targets: []awsfake.RuleTarget{{ID: "q", ARN: awsfake.QueueARN(own, region, "others")}}}))
		}, expect{check.Failed, []string{"no target of this stack"}, "REVERT_DRIFT", "missed-by-events"}},
		{"with the function as its target", func(s *setup) {
			s.replace(resource("CreateLogGroupRule", awsfake.Rule{Name: "r", Targets: []awsfake.RuleTarget{{ID: "f", ARN: awsfake.FunctionARN(own, region, "keys-EventFunction")}}}))
		}, expect{result: check.OK}},
		{"with the state machine as its target", func(s *setup) {
			s.replace(resource("CreateLogGroupRule", awsfake.Rule{Name: "r", Targets: []awsfake.RuleTarget{{ID: "m", ARN: awsfake.StateMachineARN(own, region, "keys-sweep")}}}))
		}, expect{result: check.OK}},
		{"no rule in the stack", func(s *setup) { s.remove("CreateLogGroupRule") }, expect{check.Failed, []string{"no rule"}, "make deploy", "missed-by-events"}},
	})
	t.Run("deleted by hand", func(t *testing.T) {
		run(t, func(s *setup) {
			s.stack.Resources = append(s.stack.Resources, resource("Lost", awsfake.OtherResource{Type: "AWS::Events::Rule", PhysicalID: "keys-Lost"}))
			expect{check.Failed, []string{"rule Lost does not exist any more"}, "REVERT_DRIFT", "missed-by-events"}.holds(s.T, s.mustLook(), doctor.EventsRules)
		})
	})
}

func TestSweepRecent(t *testing.T) {
	const whole = `{"action":"sweep"}`
	done := func(output string) awsfake.Execution {
		return awsfake.Execution{Status: awsfake.Succeeded, Input: whole, Output: output}
	}
	table(t, doctor.SweepRecent, []row{
		{"well", func(*setup) {}, expect{result: check.OK, says: []string{"ended 60 minutes ago", "41 log groups, none left open"}}},
		{"old", func(*setup) { time.Sleep(150 * time.Minute) }, expect{check.Failed, []string{"ended more than 3 hours ago", "3 hours at most"}, "make sweep STACK=keys", "sweep-absent"}},
		{"old, with more patience", func(s *setup) {
			s.stack.Parameters["SweepMaxAgeHours"] = "26"
			time.Sleep(24 * time.Hour)
		}, expect{result: check.OK, says: []string{"25 hours ago"}}},
		{"left some open", func(s *setup) { s.swept(time.Minute, done(`{"examined":1,"open":1}`)) },
			expect{check.Warning, []string{"of 1 log group, 1 without a key of yours"}, "make audit STACK=keys REGION=eu-west-1", "open-log-groups"}},
		{"failed", func(s *setup) {
			s.swept(time.Minute, awsfake.Execution{Status: awsfake.Failed, Input: whole, Error: "LogGroupsFailed", Cause: "3 failed of 41. " + strings.Repeat("x", 1000)})
		}, expect{check.Failed, []string{"60 seconds ago (FAILED): LogGroupsFailed: 3 failed of 41.", "…"}, "make audit STACK=keys", "sweep-failed"}},
		{"timed out", func(s *setup) { s.swept(time.Minute, awsfake.Execution{Status: awsfake.TimedOut, Input: whole}) },
			expect{check.Failed, []string{"TIMED_OUT", "no reason"}, "audit", "sweep-failed"}},
		{"another sweep served it", func(s *setup) { s.swept(time.Minute, done(`{"result":"another sweep runs","execution":"arn"}`)) },
			expect{result: check.OK, says: []string{"60 minutes ago"}}},
		{"of a prefix", func(s *setup) {
			s.swept(time.Minute, awsfake.Execution{Status: awsfake.Succeeded, Input: `{"action":"sweep","prefix":"/a"}`, Output: `{"examined":1,"open":1}`})
		}, expect{result: check.OK, says: []string{"60 minutes ago"}}},
		{"of another account", func(s *setup) {
			s.swept(time.Minute, awsfake.Execution{Status: awsfake.Failed, Input: `{"action":"sweep","account":"444455556666"}`})
		}, expect{result: check.OK, says: []string{"60 minutes ago"}}},
		{"of another Region", func(s *setup) {
			s.swept(time.Minute, awsfake.Execution{Status: awsfake.Failed, Input: `{"action":"sweep","region":"us-east-1"}`})
		}, expect{result: check.OK, says: []string{"60 minutes ago"}}},
		{"of this account, by name", func(s *setup) {
			s.swept(time.Minute, awsfake.Execution{Status: awsfake.Failed, Input: `{"action":"sweep","account":"111122223333","region":"eu-west-1"}`})
		}, expect{check.Failed, []string{"FAILED"}, "", "sweep-failed"}},
		{"one runs", func(s *setup) {
			s.world.PutExecution("", region, "keys-sweep", awsfake.Execution{Status: awsfake.Running, Start: time.Now(), Input: whole})
		}, expect{result: check.OK, says: []string{"60 minutes ago"}}},
		{"old, and one runs", func(s *setup) {
			time.Sleep(150 * time.Minute)
			s.world.PutExecution("", region, "keys-sweep", awsfake.Execution{Status: awsfake.Running, Start: time.Now().Add(-10 * time.Minute), Input: whole})
		}, expect{check.Failed, []string{"ended more than 3 hours ago", "one has been running for 10 minutes"}, "wait for its end", "sweep-absent"}},
		{"a dry run of a stack that acts", func(s *setup) {
			s.swept(time.Minute, awsfake.Execution{Status: awsfake.Succeeded, Input: `{"action":"sweep","dryRun":true}`, Output: `{"examined":1,"open":1}`})
		}, expect{result: check.OK, says: []string{"60 minutes ago"}}},
		{"of an input that is no sweep", func(s *setup) {
			s.swept(time.Minute, awsfake.Execution{Status: awsfake.Failed, Input: `{"action":"swep"}`, Error: "InvalidEvent", Cause: "The input must be {\"action\":\"sweep\"}"})
		}, expect{result: check.OK, says: []string{"60 minutes ago"}}},
		{"from a cursor on", func(s *setup) {
			s.swept(time.Minute, awsfake.Execution{Status: awsfake.Succeeded, Input: `{"action":"sweep","cursor":"c"}`, Output: `{"examined":1,"open":0}`})
		}, expect{result: check.OK, says: []string{"60 minutes ago"}}},
		{"of a hub, behind those of very many members", func(s *setup) {
			for i := range 1200 {
				s.swept(time.Minute, awsfake.Execution{Name: fmt.Sprint("444455556666_eu-west-1_", i), Status: awsfake.Failed})
				s.world.PutExecution("", region, "keys-sweep", awsfake.Execution{Name: fmt.Sprint("111122223333_us-east-1_", i), Status: awsfake.Running, Start: time.Now()})
			}
		}, expect{result: check.OK, says: []string{"60 minutes ago"}}},
		{"without an output", func(s *setup) { s.swept(time.Minute, done("")) }, expect{result: check.OK, says: []string{"the last whole sweep ended 60 seconds ago"}}},
		{"without open in its totals", func(s *setup) { s.swept(time.Minute, done(`{"examined":7}`)) }, expect{result: check.OK, says: []string{"60 seconds ago: 7 log groups"}}},
		{"deleted by hand", func(s *setup) {
			s.replace(resource("SweepStateMachine", awsfake.OtherResource{Type: "AWS::StepFunctions::StateMachine", PhysicalID: awsfake.StateMachineARN(own, region, "lost")}))
		}, expect{check.Failed, []string{"lost does not exist any more"}, "REVERT_DRIFT", "sweep-absent"}},
		{"no state machine", func(s *setup) { s.remove("SweepStateMachine") }, expect{check.Failed, []string{"no state machine"}, "make deploy", "sweep-absent"}},
	})
	table(t, doctor.SweepRecent, []row{
		{"none yet, and the stack is new", func(s *setup) { s.replace(resource("SweepStateMachine", awsfake.StateMachine{Name: "new"})) },
			expect{check.Warning, []string{"no whole sweep has ended yet", "made 2 hours ago"}, "make sweep STACK=keys", "sweep-absent"}},
		{"none yet, and one runs", func(s *setup) {
			s.replace(resource("SweepStateMachine", awsfake.StateMachine{Name: "new"}))
			s.world.PutExecution("", region, "new", awsfake.Execution{Status: awsfake.Running, Start: time.Now().Add(-10 * time.Minute)})
		}, expect{check.Warning, []string{"running for 10 minutes"}, "wait", "sweep-absent"}},
		{"never", func(s *setup) {
			s.replace(resource("SweepStateMachine", awsfake.StateMachine{Name: "new"}))
			time.Sleep(2 * time.Hour)
		}, expect{check.Failed, []string{"no whole sweep has ended"}, "make sweep STACK=keys", "sweep-absent"}},
	})
}

func TestQueues(t *testing.T) {
	table(t, doctor.QueuesEmpty, []row{
		{"empty, though work waits", func(*setup) {}, expect{result: check.OK, says: []string{"nothing is parked in 1 dead-letter queue"}}},
		{"parked", func(s *setup) {
			s.replace(resource("DeadLetterQueue", awsfake.Queue{Name: "keys-dead", Visible: 2, NotVisible: 1}))
		},
			expect{check.Failed, []string{"3 events parked in queue keys-dead"}, "aws sqs receive-message --queue-url https://sqs.eu-west-1.amazonaws.com/111122223333/keys-dead", "events-parked"}},
		{"deleted by hand", func(s *setup) {
			s.replace(resource("DeadLetterQueue", awsfake.OtherResource{Type: "AWS::SQS::Queue", PhysicalID: awsfake.QueueURL(own, region, "lost")}))
		}, expect{check.Failed, []string{"lost does not exist any more"}, "REVERT_DRIFT", "events-parked"}},
		{"none", func(s *setup) { s.remove("DeadLetterQueue") }, expect{check.Failed, []string{"no dead-letter queue"}, "make deploy", "events-parked"}},
	})
}

func TestAlarms(t *testing.T) {
	table(t, doctor.AlarmsExist, []row{
		{"well", func(*setup) {}, expect{result: check.OK, says: []string{"2 alarms of the stack exist"}}},
		{"deleted by hand", func(s *setup) {
			s.stack.Resources = append(s.stack.Resources, resource("Lost", awsfake.OtherResource{Type: "AWS::CloudWatch::Alarm", PhysicalID: "keys-Lost"}))
		}, expect{check.Failed, []string{"alarms of the stack that do not exist any more: keys-Lost"}, "REVERT_DRIFT", "nobody-is-told"}},
		{"not wanted", func(s *setup) {
			s.stack.Parameters["CreateAlarms"] = "false"
			s.remove("OpenAlarm", "AllAlarm")
		}, expect{check.Warning, []string{"no alarms"}, "CreateAlarms=true", "nobody-is-told"}},
		{"wanted", func(s *setup) { s.remove("OpenAlarm", "AllAlarm") }, expect{check.Failed, []string{"no alarms"}, "make deploy", "nobody-is-told"}},
	})
	table(t, doctor.AlarmsQuiet, []row{
		{"well", func(*setup) {}, expect{result: check.OK, says: []string{"none of them rings"}}},
		{"one rings", func(s *setup) {
			s.world.DeployStack(s.stack)
			s.stack.Resources[5] = resource("OpenAlarm", awsfake.Alarm{Name: "keys-OpenLogGroups", State: "ALARM", Since: time.Date(1999, 12, 31, 22, 10, 0, 0, time.UTC),
				Actions: []string{topic}, Description: "Log groups are open.\nMeaning.\nRunbook: https://example.com/docs/operations.md#open-log-groups"})
		}, expect{check.Warning, []string{"OpenLogGroups rings since 22:10 UTC: Log groups are open"}, "runbook", "open-log-groups"}},
		{"one rings, with the runbook of those who keep their own", func(s *setup) {
			s.replace(resource("OpenAlarm", awsfake.Alarm{Name: "keys-OpenLogGroups", State: "ALARM", Actions: []string{topic}, Description: "Open.\nRunbook: https://wiki.example.com/logs#open\n"}))
		}, expect{check.Warning, []string{"OpenLogGroups rings"}, "runbook", ""}},
		{"one rings for long, without a runbook of its own", func(s *setup) {
			s.replace(resource("AllAlarm", awsfake.Alarm{Name: "keys-NotAllIsWell", Composite: true, State: "ALARM", Since: time.Date(1999, 12, 1, 22, 10, 0, 0, time.UTC), Actions: []string{topic}}))
		}, expect{check.Warning, []string{"NotAllIsWell rings since 1999-12-01 22:10 UTC"}, "runbook", "alarms"}},
	})
}

// More alarms than AWS answers at a time are all found.
func TestManyAlarms(t *testing.T) {
	run(t, func(s *setup) {
		for i := range 120 {
			s.stack.Resources = append(s.stack.Resources, resource("Many", awsfake.Alarm{Name: "keys-" + strings.Repeat("x", i+1), State: "OK", Actions: []string{topic}}))
		}
		expect{result: check.OK, says: []string{"122 alarms"}}.holds(s.T, s.mustLook(), doctor.AlarmsExist)
	})
}

// An alarm that rings and tells nobody looks like a guard and is none.
func TestTold(t *testing.T) {
	ring := func(s *setup, trouble string) {
		s.world.DeployStack(s.stack)
		s.world.SetTopicTrouble(topic, trouble)
		s.world.SetAlarmState("", region, "keys-OpenLogGroups", awsfake.AlarmRings)
		time.Sleep(time.Minute)
	}
	look := func(s *setup) doctor.Report { // without deploying, which would forget the alarms' history
		report, err := doctor.Run(s.Context(), s.deps(), doctor.Options{Stack: "keys", Region: region})
		if err != nil {
			s.Fatal(err)
		}
		return report
	}
	for _, test := range []struct {
		name   string
		change func(*setup)
		want   []expect
	}{
		{"none has rung", func(s *setup) { s.world.DeployStack(s.stack) }, []expect{{result: check.OK, says: []string{"not proven"}}}},
		{"the last notice arrived", func(s *setup) { ring(s, "") }, []expect{{result: check.OK, says: []string{topic, "last at"}}}},
		{"the topic's key does not admit CloudWatch", func(s *setup) {
			ring(s, "CloudWatch Alarms does not have authorization to access the SNS topic encryption key.")
		}, []expect{{check.Failed, []string{"OpenLogGroups wanted to tell " + topic, "encryption key"}, "alias/aws/sns cannot", "nobody-is-told"}}},
		{"the topic's key, in older words", func(s *setup) {
			ring(s, "null (Service: AWSKMS; Status Code: 400; Error Code: AccessDeniedException)")
		}, []expect{{check.Failed, []string{"AWSKMS"}, "kms:GenerateDataKey*", "nobody-is-told"}}},
		{"the topic's policy does not admit CloudWatch", func(s *setup) { ring(s, "Resource: arn is not authorized to perform: SNS:Publish on resource: "+topic) },
			[]expect{{check.Failed, []string{"SNS:Publish"}, "sns:Publish", "nobody-is-told"}}},
		{"mended since", func(s *setup) {
			ring(s, "gone")
			s.world.SetTopicTrouble(topic, "")
			s.world.SetAlarmState("", region, "keys-OpenLogGroups", awsfake.AlarmOK)
			s.world.SetAlarmState("", region, "keys-OpenLogGroups", awsfake.AlarmRings)
		}, []expect{{result: check.OK, says: []string{topic}}}},
		{"long ago", func(s *setup) {
			ring(s, "gone")
			time.Sleep(31 * 24 * time.Hour)
		}, []expect{{result: check.OK, says: []string{"not proven"}}}},
		{"nobody to tell", func(s *setup) {
			s.replace(resource("OpenAlarm", awsfake.Alarm{Name: "keys-OpenLogGroups"}), resource("AllAlarm", awsfake.Alarm{Name: "keys-NotAllIsWell", Composite: true}))
			s.world.DeployStack(s.stack)
		}, []expect{{check.Warning, []string{"AlarmTopicArn is empty: all of them"}, "AlarmTopicArn=", "nobody-is-told"}}},
		{"nobody to tell, although there is a topic", func(s *setup) {
			s.stack.Parameters["AlarmTopicArn"] = topic
			s.replace(resource("OpenAlarm", awsfake.Alarm{Name: "keys-OpenLogGroups"}))
			s.world.DeployStack(s.stack)
		}, []expect{{check.Warning, []string{"nobody to tell, although AlarmTopicArn is " + topic + ": OpenLogGroups"}, "REVERT_DRIFT", "nobody-is-told"}}},
		{"switched off by hand", func(s *setup) {
			s.stack.Parameters["DryRun"] = "false"
			s.replace(resource("OpenAlarm", awsfake.Alarm{Name: "keys-OpenLogGroups", Silent: true, Actions: []string{topic}}))
			s.world.DeployStack(s.stack)
		}, []expect{{check.Warning, []string{"switched off", "OpenLogGroups"}, "aws cloudwatch enable-alarm-actions --alarm-names keys-OpenLogGroups", "nobody-is-told"}}},
		{"switched off by a dry run", func(s *setup) {
			s.stack.Parameters["DryRun"] = "true"
			s.replace(resource("OpenAlarm", awsfake.Alarm{Name: "keys-OpenLogGroups", Silent: true, Actions: []string{topic}}))
			s.world.DeployStack(s.stack)
		}, []expect{{check.Warning, []string{"switched off", "OpenLogGroups"}, "deploy with DryRun=false", "nobody-is-told"}}},
		{"one has nobody to tell, one is switched off", func(s *setup) {
			s.replace(resource("OpenAlarm", awsfake.Alarm{Name: "keys-OpenLogGroups"}), resource("AllAlarm", awsfake.Alarm{Name: "keys-NotAllIsWell", Composite: true, Silent: true, Actions: []string{topic}}))
			s.world.DeployStack(s.stack)
		}, []expect{
			{check.Warning, []string{"switched off", ": NotAllIsWell"}, "enable-alarm-actions --alarm-names keys-NotAllIsWell", "nobody-is-told"},
			{check.Warning, []string{"AlarmTopicArn is empty: OpenLogGroups"}, "AlarmTopicArn=", "nobody-is-told"},
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			run(t, func(s *setup) {
				test.change(s)
				got := entries(look(s), doctor.AlarmsToldBy)
				if len(got) != len(test.want) {
					s.Fatalf("got %+v, want %d entries", got, len(test.want))
				}
				for i, want := range test.want {
					want.holdsEntry(s.T, got[i])
				}
			})
		})
	}
}

// Every heading that an entry names stands on the page, once, and its anchor is what
// Markdown makes of it: it has no signs that anchors leave out.
func TestHeadings(t *testing.T) {
	page, err := os.ReadFile("../../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range doctor.Headings() {
		n := 0
		for line := range strings.Lines(string(page)) {
			if title := strings.TrimLeft(strings.TrimSpace(line), "#"); title == " "+h && strings.HasPrefix(line, "#") {
				n++
			}
		}
		if n != 1 || strings.Trim(h, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz ") != "" {
			t.Errorf("got the heading %q %d times in docs/operations.md, want it once, of letters alone", h, n)
		}
	}
}
