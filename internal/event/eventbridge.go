package event

import (
	"log-group-kms/internal/answer"
	"log-group-kms/internal/failure"
)

// kind is what EventBridge says an event is.
type kind struct{ source, detailType string }

const (
	logsSource = "aws.logs"

	callViaCloudTrail = "AWS API Call via CloudTrail"
	scheduledEvent    = "Scheduled Event"
)

// invocationFailed is the event that an EventBridge destination makes of a Lambda
// failure record.
var invocationFailed = kind{"lambda", "Lambda Function Invocation Result - Failure"}

// kinds are the events that are ours to judge; all others ask for nothing. The
// source counts as much as the detail-type: anybody may send an event that holds a
// perfect record, but only AWS can send one of the source aws.logs.
var kinds = map[kind]func(object) (Input, error){
	{logsSource, callViaCloudTrail}:   parseCall,
	{"aws.events", scheduledEvent}:    parseSchedule,
	{"aws.scheduler", scheduledEvent}: parseSchedule,
}

// parseEvent reads an EventBridge event. What it is comes first: one that is not
// ours is ignored whatever its other fields hold.
func parseEvent(o object) (Input, error) {
	k, err := kindOf(o)
	if err != nil {
		return nil, err
	}
	parse, ours := kinds[k]
	if !ours {
		return ignoreEvent(o), nil
	}
	return parse(o)
}

// kindOf reads what an EventBridge event is. EventBridge always names a source;
// only an event written by hand can lack one, and then its detail-type tells.
func kindOf(o object) (kind, error) {
	source, err := o.text("source")
	if err != nil {
		return kind{}, err
	}
	detailType, err := o.text("detail-type")
	if err != nil {
		return kind{}, err
	}
	if source == "" {
		source = logsSource
	}
	return kind{source, detailType}, nil
}

// parseCall reads the event of an API call that CloudTrail recorded.
func parseCall(o object) (Input, error) {
	if !o.has("detail") {
		return nil, failure.Invalid("detail", "an EventBridge event has a detail object")
	}
	detail, err := o.object("detail")
	if err != nil {
		return nil, err
	}
	return parseRecord(detail, o)
}

// parseSchedule ignores the event that a schedule sends by itself, and says so:
// whoever made the schedule expects it to do something.
func parseSchedule(o object) (Input, error) {
	ignored := ignoreEvent(o)
	ignored.Warning = `a schedule sent its own event, which asks for nothing; give the schedule the input {"action":"sweep"}`
	return ignored, nil
}

// ignoreEvent makes an Ignored of an event that is not ours.
func ignoreEvent(o object) *Ignored {
	detail, _ := o.object("detail")
	return ignore(answer.UnhandledEvent, detail, o)
}
