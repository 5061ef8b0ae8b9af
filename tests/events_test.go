package tests

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"log-group-kms/tests/golden"
)

const (
	account = golden.Account
	region  = golden.Region

	// otherAccount is one that AWS's documentation uses as well.
	otherAccount = "111122223333"
)

// object is a JSON object.
type object = map[string]any

// change edits an event: its envelope and the CloudTrail record in it.
type change func(envelope, detail object)

// created is the event of a CreateLogGroup that has just happened.
func created(name string, changes ...change) string {
	return happened("CreateLogGroup", object{"logGroupName": name}, changes...)
}

// happened is the event of a call that has just happened. The ID of its record
// tells the events of a test apart.
func happened(eventName string, parameters any, changes ...change) string {
	at := time.Now().UTC().Truncate(time.Second).Format(time.RFC3339)
	detail := object{
		"eventVersion": "1.11",
		"userIdentity": object{
			"type": "AssumedRole", "principalId": "AROAEXAMPLE:ci", "accountId": "444455556666",
			"arn": "arn:aws:sts::444455556666:assumed-role/ci/ci", "accessKeyId": "ASIAEXAMPLE",
		},
		"eventTime": at, "eventSource": "logs.amazonaws.com", "eventName": eventName, "awsRegion": region,
		"sourceIPAddress": "192.0.2.7", "userAgent": "aws-cli/2.31", "requestParameters": parameters,
		"responseElements": nil, "requestID": "b0b70559-e7c8-11e8-bb2f-bd281a5f414c", "eventID": eventID,
		"readOnly": false, "eventType": "AwsApiCall", "managementEvent": true, "recipientAccountId": account,
	}
	envelope := object{
		"version": "0", "id": "64fbda4e-5992-2224-6f33-3c8efe447fbb", "detail-type": "AWS API Call via CloudTrail",
		"source": "aws.logs", "account": account, "time": at, "region": region, "resources": []any{}, "detail": detail,
	}
	for _, c := range changes {
		c(envelope, detail)
	}
	return toJSON(envelope)
}

const eventID = "efb309eb-d05e-40ee-bac8-0ff6adfb8ee3"

// with sets a member of the record; nil makes it null.
func with(name string, value any) change { return func(_, detail object) { detail[name] = value } }

// lacking takes a member out of the record.
func lacking(name string) change { return func(_, detail object) { delete(detail, name) } }

// around sets a member of the envelope; nil takes it out.
func around(name string, value any) change {
	return func(envelope, _ object) {
		envelope[name] = value
		if value == nil {
			delete(envelope, name)
		}
	}
}

// tagged gives the log group of a CreateLogGroup tags.
func tagged(tags map[string]string) change {
	return func(_, detail object) { detail["requestParameters"].(object)["tags"] = tags }
}

// before moves an event into the past.
func before(d time.Duration) change {
	return func(envelope, detail object) {
		at := time.Now().Add(-d).UTC().Truncate(time.Second).Format(time.RFC3339)
		envelope["time"], detail["eventTime"] = at, at
	}
}

// command is the command to encrypt a log group; more is further members, as
// JSON.
func command(name string, more ...string) string {
	return fmt.Sprintf(`{"action":"encrypt","logGroupName":%q%s}`, name, members(more))
}

// queryResult is the command to set the key of the query results.
func queryResult(more ...string) string {
	return fmt.Sprintf(`{"action":"encrypt","resourceIdentifier":"arn:aws:logs:%s:%s:query-result:*"%s}`, region, account, members(more))
}

// sweepCommand is the command to sweep; more is its further members, as JSON.
func sweepCommand(more ...string) string { return `{"action":"sweep"` + members(more) + `}` }

func members(more []string) string {
	if len(more) == 0 {
		return ""
	}
	return "," + strings.Join(more, ",")
}

func toJSON(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err) // tests only hand over what has a JSON form
	}
	return string(text)
}
