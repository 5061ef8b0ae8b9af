package main

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"os"
	"strings"
	"time"

	"log-group-kms/internal/failure"
)

const initErrorType = "InvalidConfiguration"

// mostInitText is how many bytes of a start's failure are told: what CloudWatch
// Logs takes as one event. A file of rules can hold more faults than that.
const mostInitText = 256<<10 - 1<<10

// initText says why the function does not start, in lines that are fit to leave
// the program.
func initText(cause error) string {
	var text strings.Builder
	for line := range strings.Lines(cause.Error()) {
		line = failure.Clean(strings.TrimSuffix(line, "\n"))
		if text.Len()+len(line) > mostInitText {
			return text.String() + "\n- more, which would not fit into one log event"
		}
		if text.Len() > 0 {
			text.WriteByte('\n')
		}
		text.WriteString(line)
	}
	return text.String()
}

// reportInitError tells Lambda why the function does not start, so that whoever
// invokes it reads the reason rather than "exit status 1"
// (https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html). Where Lambda
// cannot be told, the log has it.
func reportInitError(ctx context.Context, text string) {
	api := os.Getenv("AWS_LAMBDA_RUNTIME_API")
	if api == "" {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	body, err := json.Marshal(map[string]string{"errorType": initErrorType, "errorMessage": text})
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
