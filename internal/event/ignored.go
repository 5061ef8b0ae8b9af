package event

import (
	"log-group-kms/internal/answer"
	"log-group-kms/internal/target"
)

// ignore makes an Ignored of what in a record and its envelope has the form that
// it should: nothing has checked it, and all of it goes into the answer and the
// log.
func ignore(reason answer.Reason, o, envelope object) *Ignored {
	i := &Ignored{Reason: reason, ID: idOf(o)}
	for _, account := range []string{envelope.textIfAny("account"), o.textIfAny("recipientAccountId")} {
		if i.Account == "" && target.ValidAccount(account) {
			i.Account = account
		}
	}
	for _, region := range []string{o.textIfAny("awsRegion"), envelope.textIfAny("region")} {
		if i.Region == "" && target.ValidRegion(region) {
			i.Region = region
		}
	}
	return i
}

// ignoreCall is ignore for a record of CloudWatch Logs, which may name a log
// group.
func ignoreCall(reason answer.Reason, o, envelope object) *Ignored {
	i := ignore(reason, o, envelope)
	if parameters, err := o.object("requestParameters"); err == nil {
		if name := parameters.textIfAny("logGroupName"); target.CheckName(name) == nil {
			i.LogGroup = name
		}
	}
	return i
}

// maxIDLength is more than any eventID has: a UUID's 36 characters.
const maxIDLength = 128

// idOf gives a record's eventID, "" where there is none that deserves the name.
func idOf(o object) string {
	id := o.textIfAny("eventID")
	if len(id) > maxIDLength {
		return ""
	}
	return id
}
