package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
)

// functionError is a function's own answer that it failed.
type functionError struct {
	ErrorType    string `json:"errorType"`
	ErrorMessage string `json:"errorMessage"`
}

func (e *functionError) Error() string { return e.ErrorType + ": " + e.ErrorMessage }

// invoke calls a function of the stack and reads its answer.
func (t *tools) invoke(ctx context.Context, function string, command, answer any) error {
	folder, err := os.MkdirTemp("", "log-group-kms")
	if err != nil {
		return fmt.Errorf("calling the function: %w", err)
	}
	defer os.RemoveAll(folder)
	request, response := filepath.Join(folder, "request.json"), filepath.Join(folder, "response.json")
	payload, err := json.Marshal(command)
	if err != nil {
		return fmt.Errorf("encoding the command: %w", err)
	}
	if err := os.WriteFile(request, payload, 0o600); err != nil {
		return fmt.Errorf("calling the function: %w", err)
	}
	// From a file both generations of the AWS CLI send the payload as it is. They
	// give up after a minute unless told to wait. A function has a quarter of an hour; to
	// wait for ever would be to wait for a connection that was lost on the way.
	said, err := t.aws(ctx, "lambda", "invoke", "--function-name", function, "--payload", "fileb://"+request, "--cli-read-timeout", "960", response)
	if err != nil {
		return err
	}
	text, err := os.ReadFile(response)
	if err != nil {
		return fmt.Errorf("reading the answer of %s: %w", function, err)
	}
	var outcome struct{ FunctionError string }
	if err := json.Unmarshal(said, &outcome); err != nil {
		return fmt.Errorf("aws lambda invoke says %q: %w", shortened(string(said)), err)
	}
	if outcome.FunctionError != "" {
		failure := &functionError{ErrorType: outcome.FunctionError, ErrorMessage: string(text)}
		_ = json.Unmarshal(text, failure) // what is no error document stays a message
		return failure
	}
	if err := json.Unmarshal(text, answer); err != nil {
		return fmt.Errorf("%s answers %q: %w", function, shortened(string(text)), err)
	}
	return nil
}
