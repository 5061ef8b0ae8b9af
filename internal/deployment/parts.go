package deployment

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// part is a part of the stack: of which types its resources are, by which logical IDs
// they are known where the types do not suffice, and which outputs name them.
type part struct {
	types      []string
	logicalIDs []string
	outputs    []string
}

// The parts, by the names of template.yaml.
var (
	functions    = part{types: []string{"AWS::Lambda::Function"}, outputs: []string{"EventFunctionName", "SweepFunctionName"}}
	rules        = part{types: []string{"AWS::Events::Rule"}}
	stateMachine = part{
		types: []string{"AWS::StepFunctions::StateMachine"}, logicalIDs: []string{"SweepStateMachine"}, outputs: []string{"SweepStateMachineArn"},
	}
	queues = part{types: []string{"AWS::SQS::Queue"}, outputs: []string{"EventQueueUrl", "DeadLetterQueueUrl"}}
	alarms = part{types: []string{"AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm"}}
)

// The parameters that say how the stack was meant.
const (
	parameterSweepMaxAge  = "SweepMaxAgeHours"
	parameterCreateAlarms = "CreateAlarms"
	parameterAlarmTopic   = "AlarmTopicArn"

	// defaultSweepMaxAge is the template's.
	defaultSweepMaxAge = 3 * time.Hour
)

// AlarmTopicParameter is the parameter that says whom the alarms tell.
const AlarmTopicParameter = parameterAlarmTopic

// Functions gives the names of the stack's functions.
func (s Stack) Functions() []string { return s.physicalIDs(functions) }

// Queues gives the URLs of the stack's queues.
func (s Stack) Queues() []string { return s.physicalIDs(queues) }

// Alarms gives the names of the stack's alarms.
func (s Stack) Alarms() []string { return s.physicalIDs(alarms) }

// StateMachine gives the ARN of the state machine that sweeps; "" where there is none.
func (s Stack) StateMachine() string {
	if ids := s.physicalIDs(stateMachine); len(ids) > 0 {
		return ids[0]
	}
	return ""
}

// Rule is a rule of EventBridge, on a bus of its own where Bus is set.
type Rule struct{ LogicalID, Name, Bus string }

// Rules gives the stack's rules.
func (s Stack) Rules() []Rule {
	var list []Rule
	for _, r := range s.of(rules) {
		bus, name, found := strings.Cut(r.physicalID, "|") // as CloudFormation writes the rule of a bus
		if !found {
			bus, name = "", r.physicalID
		}
		list = append(list, Rule{r.logicalID, name, bus})
	}
	return list
}

// Has tells whether an ARN is that of one of the stack's resources. CloudFormation
// knows some by ARN, some by name, and queues by URL.
func (s Stack) Has(arn string) bool {
	for _, r := range s.resources {
		name := r.physicalID[strings.LastIndexAny(r.physicalID, "/:")+1:]
		if arn == r.physicalID || strings.HasSuffix(arn, ":"+name) {
			return true
		}
	}
	return false
}

// SweepMaxAge is how old the last sweep may be before an alarm rings.
func (s Stack) SweepMaxAge() time.Duration {
	hours, err := strconv.Atoi(s.Parameters[parameterSweepMaxAge])
	if err != nil || hours < 1 {
		return defaultSweepMaxAge
	}
	return time.Duration(hours) * time.Hour
}

// WantsAlarms tells whether the stack was deployed with alarms.
func (s Stack) WantsAlarms() bool { return s.Parameters[parameterCreateAlarms] != "false" }

// String is how the stack is told to people.
func (s Stack) String() string {
	return fmt.Sprintf("stack %s, account %s, Region %s", s.Name, s.Scope.Account, s.Scope.Region)
}
