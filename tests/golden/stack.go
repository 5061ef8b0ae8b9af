package golden

import (
	"context"
	"time"

	"log-group-kms/internal/awsfake"
)

// StackName is the name of the stack in the account.
const StackName = "log-group-kms"

// The stack's resources, by their names in the account.
const (
	CreateRule      = StackName + "-CreateLogGroupRule-4WPT1QZ0SJ7K"
	EventQueue      = StackName + "-EventQueue-9xYc2LqWb3Ha"
	DeadLetterQueue = StackName + "-DeadLetterQueue-Q7tVn0KfUe5d"
	SweepMachine    = "SweepStateMachine-b8Zr5DhTk1Po"
	AlarmTopic      = "arn:aws:sns:" + Region + ":" + Account + ":on-call"

	eventFunction = StackName + "-EventFunction-u3Jm6RvXg8Ns"
	sweepFunction = StackName + "-SweepFunction-c5Lw9BtYi2Ef"
	ownLogs       = "/aws/lambda/" + StackName
)

// Live is what does the work of a deployed stack.
type Live struct {
	Invoke func(ctx context.Context, payload []byte) (awsfake.Invoked, error) // the functions'
	Sweep  func(ctx context.Context, input []byte) (output []byte, err error) // the state machine's
	Ago    time.Duration                                                      // how long it has been deployed
}

// alarm is an alarm of the stack, as template.yaml names and describes it.
func alarm(name, trouble, meaning, anchor string) awsfake.Resource {
	return awsfake.Resource{LogicalID: name + "Alarm", Is: awsfake.Alarm{
		Name: AlarmName(name), State: awsfake.AlarmOK, Actions: []string{AlarmTopic}, OKActions: []string{AlarmTopic},
		Description: trouble + "\n" + meaning + "\nRunbook: docs/operations.md#" + anchor,
	}}
}

// AlarmName is the full name of one of the stack's alarms.
func AlarmName(name string) string { return StackName + "-" + name }

// Deploy puts the stack into the account: its resources, a trail, and the function's own
// log group under the default key.
func Deploy(w *awsfake.World, live Live) {
	w.PutLogGroup(Account, Region, awsfake.LogGroup{Name: ownLogs, KMSKeyARN: DefaultKey, Created: time.Now().Add(-live.Ago)})
	w.PutTrail(awsfake.Trail{Name: "management-events", HomeRegion: Region, MultiRegion: true})
	w.KeepHistory(true)
	function := func(name string) awsfake.Function {
		return awsfake.Function{Name: name, LogGroup: ownLogs, Environment: Settings(), Answer: live.Invoke}
	}
	w.DeployStack(awsfake.Stack{
		Name: StackName, Account: Account, Region: Region, Created: time.Now().Add(-live.Ago),
		Parameters: map[string]string{
			"DryRun": "false", "CreateAlarms": "true", "AlarmTopicArn": AlarmTopic, "SweepMaxAgeHours": "3", "DriftEvents": "false", "KeyEvents": "false",
		},
		Outputs: map[string]string{
			"EventFunctionName": eventFunction, "EventFunctionArn": awsfake.FunctionARN(Account, Region, eventFunction),
			"SweepFunctionName": sweepFunction, "SweepFunctionArn": awsfake.FunctionARN(Account, Region, sweepFunction),
			"SweepStateMachineArn": awsfake.StateMachineARN(Account, Region, SweepMachine),
			"EventQueueUrl":        w.QueueURL(Account, Region, EventQueue), "DeadLetterQueueUrl": w.QueueURL(Account, Region, DeadLetterQueue),
			"DeadLetterQueueArn": awsfake.QueueARN(Account, Region, DeadLetterQueue),
		},
		Resources: []awsfake.Resource{
			{LogicalID: "EventFunction", Is: function(eventFunction)},
			{LogicalID: "SweepFunction", Is: function(sweepFunction)},
			{LogicalID: "CreateLogGroupRule", Is: awsfake.Rule{Name: CreateRule, Pattern: `{"source":["aws.logs"],"detail-type":["AWS API Call via CloudTrail"],"detail":{"eventSource":["logs.amazonaws.com"],"eventName":["CreateLogGroup"],"errorCode":[{"exists":false}]}}`,
				Targets: []awsfake.RuleTarget{{ID: "EventQueue", ARN: awsfake.QueueARN(Account, Region, EventQueue), DeadLetter: awsfake.QueueARN(Account, Region, DeadLetterQueue)}}}},
			{LogicalID: "EventQueue", Is: awsfake.Queue{Name: EventQueue, RedriveTo: awsfake.QueueARN(Account, Region, DeadLetterQueue), MaxReceives: 5}},
			{LogicalID: "DeadLetterQueue", Is: awsfake.Queue{Name: DeadLetterQueue}},
			{LogicalID: "SweepStateMachine", Is: awsfake.StateMachine{Name: SweepMachine, Run: live.Sweep}},
			alarm("OpenLogGroups", "The last whole sweep left log groups without the key that they should have.", "What is written to them is not under your key.", "open-log-groups"),
			alarm("KeysInDanger", "Log groups are under a key that is disabled or will be deleted.", "What is in them cannot be read, or soon cannot.", "keys-in-danger"),
			alarm("SweepAbsent", "No whole sweep has ended for 3 hours.", "Nothing else here can be trusted.", "sweep-absent"),
			alarm("SweepFailed", "A sweep failed.", "Some log groups have no key of yours yet.", "sweep-failed"),
			alarm("EventsParked", "Events lie in the dead-letter queue.", "Their log groups wait for the next sweep.", "events-parked"),
			alarm("MissedByEvents", "Log groups were made and no event came for them.", "The sweep has set their key.", "missed-by-events"),
		},
	})
}
