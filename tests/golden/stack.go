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
	CreateRule      = "log-group-kms-created-5f2c8a10"
	EventQueue      = "log-group-kms-events-5f2c8a10"
	DeadLetterQueue = StackName + "-DeadLetterQueue-Q7tVn0KfUe5d"
	SweepMachine    = "SweepStateMachine-b8Zr5DhTk1Po"
	AlarmTopic      = "arn:aws:sns:" + Region + ":" + Account + ":on-call"

	deploymentRule = StackName + "-DeploymentRule-m2Xs4PzGh7Cr"
	eventFunction  = StackName + "-EventFunction-u3Jm6RvXg8Ns"
	sweepFunction  = StackName + "-SweepFunction-c5Lw9BtYi2Ef"
)

// OwnLogs is the functions' own log group.
const OwnLogs = "/aws/lambda/" + StackName

// Live is what does the work of a deployed stack.
type Live struct {
	Invoke func(ctx context.Context, payload []byte) (awsfake.Invoked, error) // the functions'
	Sweep  func(ctx context.Context, input []byte) (output []byte, err error) // the state machine's
	Ago    time.Duration                                                      // how long it has been deployed
}

// alarm is an alarm of the stack, as template.yaml names and describes it.
func alarm(name, trouble, meaning, anchor string) awsfake.Resource {
	return awsfake.Resource{LogicalID: name, Is: awsfake.Alarm{
		Name: AlarmName(name), State: awsfake.AlarmOK, Actions: []string{AlarmTopic}, OKActions: []string{AlarmTopic},
		Description: trouble + "\n" + meaning + "\nRunbook: docs/operations.md#" + anchor,
	}}
}

// AlarmName is the full name of one of the stack's alarms.
func AlarmName(name string) string { return StackName + "-" + name }

// Deploy puts the stack into the account: its resources, a trail, and the function's own
// log group under the default key.
func Deploy(w *awsfake.World, live Live) {
	w.PutLogGroup(Account, Region, awsfake.LogGroup{Name: OwnLogs, KMSKeyARN: DefaultKey, Created: time.Now().Add(-live.Ago)})
	w.PutTrail(awsfake.Trail{Name: "management-events", HomeRegion: Region, MultiRegion: true})
	w.KeepHistory(true)
	w.DeployStack(stack(w, live))
}

// stack is the stack that template.yaml makes, but for what only AWS itself looks at.
func stack(w *awsfake.World, live Live) awsfake.Stack {
	function := func(name string) awsfake.Function {
		return awsfake.Function{Name: name, LogGroup: OwnLogs, Environment: Settings(), Answer: live.Invoke}
	}
	return awsfake.Stack{
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
			{LogicalID: "DeploymentRule", Is: awsfake.Rule{Name: deploymentRule, Targets: []awsfake.RuleTarget{{ID: "SweepStateMachine", ARN: awsfake.StateMachineARN(Account, Region, SweepMachine)}}}},
			{LogicalID: "EventQueue", Is: awsfake.Queue{Name: EventQueue, RedriveTo: awsfake.QueueARN(Account, Region, DeadLetterQueue), MaxReceives: 5}},
			{LogicalID: "DeadLetterQueue", Is: awsfake.Queue{Name: DeadLetterQueue}},
			{LogicalID: "SweepStateMachine", Is: awsfake.StateMachine{Name: SweepMachine, Run: live.Sweep}},
			alarm("OpenLogGroups", "Page: the last whole sweep left log groups without the key that they should have.", "What is written to them now is not under your key, and never will be after the fact.", "open-log-groups"),
			alarm("KeysInDanger", "Page: log groups are under a key that is disabled, will be deleted or does not exist.", "What is in them cannot be read, or soon cannot; new lines may be dropped.", "keys-in-danger"),
			alarm("SweepAbsent", "Page: no whole sweep has ended for 3 hours. On a new stack: until the first one ends.", "Nobody has looked; no other number of this stack can be trusted.", "sweep-absent"),
			alarm("MissedByEvents", "Ticket: log groups were made in the last day, and no event brought them under their key; the sweep did.", "They were without your key until then. No trail, a rule that is off, or late events.", "missed-by-events"),
			alarm("EventsLost", "Page: EventBridge could neither deliver an event nor park it.", "The event is gone for good; its log group is not: the next sweep finds it.", "events-lost"),
			alarm("EventsParked", "Ticket: events lie in the dead-letter queue: they failed to the end, or EventBridge could not hand them over.", "Their log groups wait for the next sweep.", "events-parked"),
			alarm("SweepFailed", "Ticket: a sweep failed: log groups could not be brought under their key, or not even be listed.", "Those that its cause names have no key of yours yet; the others were done.", "sweep-failed"),
			alarm("ExposureTooLong", "Ticket: a log group was without its key for more than 15 minutes; it has it now.", "What was written before stays under a key of AWS's own.", "exposure-too-long"),
			alarm("EventsWaiting", "Ticket: events have waited in the queue for more than a quarter of an hour.", "New log groups get their key that much later: a burst, no concurrency left, or nobody who reads.", "events-waiting"),
			alarm("TagsRejected", "Ticket: a log group's tag names a key that tags may not choose, or that cannot be used.", "The log group got the key that it would have had without the tag. Perhaps somebody tries what they may not.", "tags-rejected"),
		},
	}
}
