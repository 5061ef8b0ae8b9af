package event

import (
	"encoding/json"
	"errors"
	"time"

	"log-group-kms/internal/answer"
	"log-group-kms/internal/failure"
	"log-group-kms/internal/target"
)

const logsEventSource = "logs.amazonaws.com"

// parseRecord reads a CloudTrail record
// (https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html).
// envelope is the EventBridge event around it, without members where there is
// none. Service and name of the call come first: a record that is not ours is
// ignored whatever its other fields hold.
func parseRecord(o, envelope object) (Input, error) {
	source, err := o.needText("eventSource")
	if err != nil {
		return nil, err
	}
	if source != logsEventSource {
		return ignore(answer.UnhandledEvent, o, envelope), nil
	}
	name, err := o.needText("eventName")
	if err != nil {
		return nil, err
	}
	call, known := calls[name]
	errorCode, err := o.text("errorCode")
	switch {
	case err != nil && known:
		return nil, err
	case errorCode != "": // requestParameters are null where the call was denied
		return ignoreCall(answer.FailedCall, o, envelope), nil
	case !known:
		return ignoreCall(answer.UnhandledEvent, o, envelope), nil
	}
	return parseChange(call, o, envelope)
}

// parseChange reads the record of a call after which a log group deserves another
// look.
func parseChange(call call, o, envelope object) (Input, error) {
	parameters, err := o.object("requestParameters")
	if err != nil {
		return nil, err
	}
	named, err := call.target(parameters)
	if errors.Is(err, target.ErrOtherResource) || err == nil && named.IsQueryResult() {
		return ignore(answer.UnhandledEvent, o, envelope), nil
	}
	if err != nil {
		return nil, err
	}
	change := &Change{ID: idOf(o), IsNew: call.creates, LikelyHasKey: call.likelyHasKey || parameters.has("kmsKeyId")}
	if change.Target, err = place(o, envelope, named); err != nil {
		return nil, err
	}
	// A time that cannot be read costs the exposure metric and the use of the
	// event's own tags, no more; the log group still needs its key.
	change.Time, _ = time.Parse(time.RFC3339, o.textIfAny("eventTime"))
	if call.creates {
		change.Tags = createdWith(parameters)
	}
	return change, nil
}

// place completes what the request named by the account and the Region in which
// CloudTrail saw it. The caller's account (userIdentity) may be another one.
func place(o, envelope object, named target.Target) (target.Target, error) {
	var err error
	if named.Account, err = accountOf(o, envelope); err != nil {
		return named, err
	}
	if named.Region, err = o.text("awsRegion"); err != nil {
		return named, err
	}
	if named.Region == "" {
		if named.Region, err = envelope.text("region"); err != nil {
			return named, err
		}
	}
	if !target.ValidRegion(named.Region) {
		return named, failure.Invalid(o.path+"awsRegion", "neither it nor the envelope's region is a Region's name")
	}
	if named.Partition == "" {
		named.Partition = target.PartitionOf(named.Region)
	}
	return named, nil
}

// accountOf gives the account of a record: the envelope's, which EventBridge sets,
// else the one that the record was delivered to. A record that disagrees with its
// envelope is refused, so that nobody can speak for another account.
func accountOf(o, envelope object) (string, error) {
	account, err := envelope.text("account")
	if err != nil {
		return "", err
	}
	recipient, err := o.text("recipientAccountId")
	switch {
	case err != nil:
		return "", err
	case account == "" && !target.ValidAccount(recipient):
		return "", failure.Invalid(o.path+"recipientAccountId", "neither it nor the envelope's account is a 12-digit account ID")
	case account == "":
		return recipient, nil
	case !target.ValidAccount(account):
		return "", failure.Invalid("account", "an account ID has 12 digits")
	case recipient != "" && recipient != account:
		return "", failure.Invalid(o.path+"recipientAccountId", "it is another account than the envelope's; an event speaks for its own account alone")
	}
	return account, nil
}

// createdWith gives the tags of a CreateLogGroup request, without those whose
// value is null. Tags of an unexpected shape count as none. What is left out is
// not known, and read from AWS.
func createdWith(parameters object) map[string]string {
	var sent map[string]*string
	if json.Unmarshal(parameters.members["tags"], &sent) != nil || sent == nil {
		return nil
	}
	tags := make(map[string]string, len(sent))
	for name, value := range sent {
		if value != nil {
			tags[name] = *value
		}
	}
	return tags
}
