package event

import (
	"encoding/json"
	"errors"
	"time"

	"log-group-kms/internal/answer"
	"log-group-kms/internal/failure"
	"log-group-kms/internal/target"
)

var errNoShape = errors.New(`it has none of "detail-type", "eventSource" with "eventName", "action" and "Records"`)

const (
	cloudTrailDetailType = "AWS API Call via CloudTrail"
	logsEventSource      = "logs.amazonaws.com"
)

// envelope is what of an EventBridge envelope stands in for a record's own
// fields where those are missing.
type envelope struct{ account, region string }

func parseEnvelope(o object) (Input, error) {
	kind, err := o.text("detail-type")
	if err != nil {
		return nil, err
	}
	var env envelope
	if env.account, err = o.text("account"); err != nil {
		return nil, err
	}
	if env.region, err = o.text("region"); err != nil {
		return nil, err
	}
	if !o.has("detail") {
		return nil, failure.Invalid("detail", "an EventBridge event has a detail object")
	}
	detail, err := o.object("detail")
	if err != nil {
		return nil, err
	}
	if kind != cloudTrailDetailType {
		return ignore(answer.UnhandledEvent, header{account: env.account, region: env.region}), nil
	}
	return parseRecord(detail, env)
}

// header is what the calls that we know have in common.
type header struct {
	source, name, errorCode string
	account, region, id     string
	time                    time.Time
}

func parseHeader(o object, env envelope) (header, error) {
	var h header
	for _, f := range []struct {
		key  string
		into *string
	}{
		{"eventSource", &h.source}, {"eventName", &h.name}, {"errorCode", &h.errorCode},
		{"recipientAccountId", &h.account}, {"awsRegion", &h.region}, {"eventID", &h.id},
	} {
		var err error
		if *f.into, err = o.text(f.key); err != nil {
			return h, err
		}
	}
	for _, key := range []string{"eventSource", "eventName"} {
		if text, _ := o.text(key); text == "" {
			return h, failure.Invalid(o.path+key, "a CloudTrail record has it, and it is not empty")
		}
	}
	if h.account == "" {
		h.account = env.account
	}
	if h.region == "" {
		h.region = env.region
	}
	// A time that cannot be read costs the exposure metric and the use of the
	// event's own tags, no more; the log group still needs its key.
	when, _ := o.text("eventTime")
	h.time, _ = time.Parse(time.RFC3339, when)
	if len(h.id) > maxIDLength {
		h.id = ""
	}
	return h, nil
}

// maxIDLength is more than any eventID has: a UUID's 36 characters.
const maxIDLength = 128

// ignore makes an Ignored of what in the header has the form that it should:
// nothing has checked it, and all of it goes into the answer and the log.
func ignore(reason answer.Reason, h header) *Ignored {
	i := &Ignored{Reason: reason, ID: h.id}
	if target.ValidAccount(h.account) {
		i.Account = h.account
	}
	if target.ValidRegion(h.region) {
		i.Region = h.region
	}
	return i
}

// parseRecord reads a CloudTrail record
// (https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html).
func parseRecord(o object, env envelope) (Input, error) {
	h, err := parseHeader(o, env)
	if err != nil {
		return nil, err
	}
	ignored := ignore(answer.UnhandledEvent, h)
	if h.source != logsEventSource {
		return ignored, nil
	}
	if h.errorCode != "" { // requestParameters are null where the call was denied
		ignored.Reason = answer.FailedCall
		ignored.LogGroup = nameIfAny(o)
		return ignored, nil
	}
	call, known := calls[h.name]
	if !known {
		ignored.LogGroup = nameIfAny(o)
		return ignored, nil
	}
	parameters, err := o.object("requestParameters")
	if err != nil {
		return nil, err
	}
	named, err := call.target(parameters)
	if errors.Is(err, target.ErrOtherResource) || err == nil && named.IsQueryResult() {
		return ignored, nil
	}
	if err != nil {
		return nil, err
	}
	change := &Change{ID: h.id, Time: h.time}
	if change.Target, err = place(o, h, named); err != nil {
		return nil, err
	}
	if h.name == "CreateLogGroup" {
		change.Tags = createdWith(parameters)
	}
	change.HasKey = call.suggestsKey || parameters.has("kmsKeyId")
	return change, nil
}

// place completes what the request named by the account and the Region in which
// CloudTrail saw it. The caller's account (userIdentity) may be another one.
func place(o object, h header, named target.Target) (target.Target, error) {
	if !target.ValidAccount(h.account) {
		return named, failure.Invalid(o.path+"recipientAccountId", "neither it nor the envelope's account is a 12-digit account ID")
	}
	if !target.ValidRegion(h.region) {
		return named, failure.Invalid(o.path+"awsRegion", "neither it nor the envelope's region is a Region's name")
	}
	named.Account, named.Region = h.account, h.region
	if named.Partition == "" {
		named.Partition = target.PartitionOf(h.region)
	}
	return named, nil
}

// createdWith gives the tags of a CreateLogGroup request. Tags of an unexpected
// shape count as none: they are then read from AWS.
func createdWith(parameters object) map[string]string {
	var tags map[string]string
	if json.Unmarshal(parameters.members["tags"], &tags) != nil {
		return nil
	}
	return tags
}

// nameIfAny gives the log group's name for an answer that acts on nothing, where
// the record has it.
func nameIfAny(o object) string {
	parameters, err := o.object("requestParameters")
	if err != nil {
		return ""
	}
	name, err := parameters.text("logGroupName")
	if err != nil || target.CheckName(name) != nil {
		return ""
	}
	return name
}
