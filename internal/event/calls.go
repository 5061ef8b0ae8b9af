package event

import (
	"errors"
	"fmt"

	"log-group-kms/internal/failure"
	"log-group-kms/internal/target"
)

// call tells where the request of an API call names its log group.
type call struct {
	nameField string // holds a log group's name; "" where there is none
	arnField  string // holds a log group's ARN; "" where there is none

	creates bool // the log group is new
	// likelyHasKey tells that the log group very likely has a key: it is not new,
	// and the key is not what was taken away.
	likelyHasKey bool
}

// calls are the API calls after which a log group deserves another look. The
// tag calls may choose another key; a key taken away or changed may be the wrong
// one now.
var calls = map[string]call{
	"CreateLogGroup":     {nameField: "logGroupName", creates: true},
	"AssociateKmsKey":    {nameField: "logGroupName", arnField: "resourceIdentifier"},
	"DisassociateKmsKey": {nameField: "logGroupName", arnField: "resourceIdentifier"},
	"TagResource":        {arnField: "resourceArn", likelyHasKey: true},
	"UntagResource":      {arnField: "resourceArn", likelyHasKey: true},
	"TagLogGroup":        {nameField: "logGroupName", likelyHasKey: true},
	"UntagLogGroup":      {nameField: "logGroupName", likelyHasKey: true},
}

// target reads what the request names. Partition, Account and Region are set
// only where an ARN names it. The error is target.ErrOtherResource where the ARN
// is another resource's.
func (c call) target(parameters object) (target.Target, error) {
	var named target.Target
	if c.nameField != "" && parameters.has(c.nameField) {
		name, err := parameters.text(c.nameField)
		if err != nil {
			return named, err
		}
		if err := target.CheckName(name); err != nil {
			return named, failure.Invalid(parameters.path+c.nameField, "%w", err)
		}
		named.Kind, named.LogGroup = target.KindLogGroup, name
		return named, nil
	}
	if c.arnField != "" && parameters.has(c.arnField) {
		arn, err := parameters.text(c.arnField)
		if err != nil {
			return named, err
		}
		return parseARN(parameters.path+c.arnField, arn)
	}
	field := c.nameField
	if field == "" {
		field = c.arnField
	}
	return named, failure.Invalid(parameters.path+field, "the record does not say which log group it is about")
}

// parseARN reads an ARN; field names it in the complaint.
func parseARN(field, arn string) (target.Target, error) {
	named, err := target.ParseARN(arn)
	if errors.Is(err, target.ErrOtherResource) {
		return named, fmt.Errorf("reading %s: %w", field, err)
	}
	if err != nil {
		return named, failure.Invalid(field, "%w", err)
	}
	return named, nil
}
