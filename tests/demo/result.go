package main

import (
	"encoding/json"
	"fmt"
	"strings"

	"log-group-kms/internal/runtimeapi"
	"log-group-kms/tests/golden"
)

// result is what became of one event, in the words of the tables.
type result struct {
	outcome string // "failed" for an error
	why     string // reason, or errorType
	key     string // name of the log group's key
	arn     string // of that key
	calls   int    // requests to AWS
	message string // of an error
}

// read makes a result of the function's answer to an event.
func read(a runtimeapi.Answer, calls int) (result, error) {
	r := result{calls: calls}
	if a.ErrorType != "" {
		r.outcome, r.why, r.message = "failed", a.ErrorType, a.ErrorMessage
		return r, nil
	}
	var answer struct {
		Outcome, Reason, Rule, TagRejected string
		KMSKeyARN                          string `json:"kmsKeyArn"`
	}
	if err := json.Unmarshal(a.Payload, &answer); err != nil {
		return r, fmt.Errorf("reading the answer %s: %w", a.Payload, err)
	}
	r.outcome, r.why, r.key, r.arn = answer.Outcome, answer.Reason, keyName(answer.KMSKeyARN), answer.KMSKeyARN
	if answer.Rule != "" {
		r.why += " " + answer.Rule
	}
	if answer.TagRejected != "" {
		r.why += ", tag " + answer.TagRejected
	}
	return r, nil
}

// expected is the part of a result that is the same in each run.
func (r result) expected() string {
	return fmt.Sprintf("%s, %s, key %s, AWS calls %d", r.outcome, r.why, orNone(r.key), r.calls)
}

// keyName is a key's alias without "alias/", or the beginning of its ID.
func keyName(arn string) string {
	names := map[string]string{
		"":                 "",
		golden.DefaultKey:  "log-group-kms",
		golden.PaymentsKey: "payments",
		golden.GatewayKey:  "gateway",
		golden.ArchiveKey:  "archive",
		golden.LedgerKey:   "ledger",
	}
	if name, ok := names[arn]; ok {
		return name
	}
	id := arn[strings.LastIndex(arn, "/")+1:]
	return id[:min(8, len(id))]
}

func orDash(text string) string {
	if text == "" {
		return "-"
	}
	return text
}

func orNone(text string) string {
	if text == "" {
		return "none"
	}
	return text
}
