// Command echo is a small Lambda function for the tests of package runtimeapi. It
// speaks the Runtime API by hand and does what the event tells it to.
package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
)

func main() {
	base := "http://" + os.Getenv("AWS_LAMBDA_RUNTIME_API") + "/2018-06-01/runtime/"
	if os.Getenv("FAIL") != "" {
		fmt.Println("cannot start")
		post(base+"init/error", `{"errorType":"BadConfig","errorMessage":"no good"}`)
		os.Exit(3)
	}
	for {
		next, err := http.Get(base + "invocation/next")
		if err != nil {
			os.Exit(1)
		}
		event, _ := io.ReadAll(next.Body)
		next.Body.Close()
		id := next.Header.Get("Lambda-Runtime-Aws-Request-Id")
		fmt.Println("event", id)
		fmt.Fprintln(os.Stderr, "noise")
		answer(base+"invocation/"+id, strings.Trim(string(event), `"`), next.Header)
	}
}

func answer(url, event string, h http.Header) {
	switch {
	case event == "exit":
		os.Exit(7)
	case event == "hang":
		select {}
	case event == "fail":
		post(url+"/error", `{"errorType":"Throttled","errorMessage":"too many"}`)
	case event == "headers":
		post(url+"/response", fmt.Sprintf(`{"arn":%q,"deadline":%q,"trace":%q}`,
			h.Get("Lambda-Runtime-Invoked-Function-Arn"), h.Get("Lambda-Runtime-Deadline-Ms"), h.Get("Lambda-Runtime-Trace-Id")))
	case strings.HasPrefix(event, "env:"):
		post(url+"/response", fmt.Sprintf("%q", os.Getenv(strings.TrimPrefix(event, "env:"))))
	case event == "twice":
		post(url+"/response", `"first"`)
		fmt.Println("second answer:", post(url+"/response", `"second"`))
	default:
		post(url+"/response", fmt.Sprintf("%q", event))
	}
}

func post(url, body string) int {
	r, err := http.Post(url, "application/json", bytes.NewReader([]byte(body)))
	if err != nil {
		os.Exit(1)
	}
	io.Copy(io.Discard, r.Body)
	r.Body.Close()
	return r.StatusCode
}
