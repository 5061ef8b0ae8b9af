package main

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"os"
	"time"
)

const initErrorType = "InvalidConfiguration"

// reportInitError tells Lambda why the function does not start, so that whoever
// invokes it reads the reason rather than "exit status 1"
// (https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html). Where Lambda
// cannot be told, the log has it.
func reportInitError(ctx context.Context, cause error) {
	api := os.Getenv("AWS_LAMBDA_RUNTIME_API")
	if api == "" {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	body, err := json.Marshal(map[string]string{"errorType": initErrorType, "errorMessage": cause.Error()})
	if err != nil {
		return
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+api+"/2018-06-01/runtime/init/error", bytes.NewReader(body))
	if err != nil {
		return
	}
	request.Header.Set("Lambda-Runtime-Function-Error-Type", initErrorType)
	if response, err := http.DefaultClient.Do(request); err == nil {
		_ = response.Body.Close()
	}
}
