package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/google/go-cmp/cmp"

	"log-group-kms/tests/golden"
)

// transcript is what the command writes, to be read while it runs.
type transcript struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *transcript) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func (o *transcript) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// running is the command, serving.
type running struct {
	url            string
	stdout, stderr *transcript
}

var urlForm = regexp.MustCompile(`http://127\.0\.0\.1:\d+`)

// start runs the command on a free port and stops it at the end of the test.
func start(t *testing.T, args ...string) running {
	t.Helper()
	r := running{stdout: &transcript{}, stderr: &transcript{}}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- run(ctx, append([]string{"-addr", "127.0.0.1:0"}, args...), r.stdout, r.stderr) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("stopping: %v", err)
		}
	})
	for end := time.Now().Add(10 * time.Second); r.url == "" && time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		r.url = urlForm.FindString(r.stdout.String() + r.stderr.String())
	}
	if r.url == "" {
		t.Fatalf("it does not say where it listens:\n%s%s", r.stdout, r.stderr)
	}
	return r
}

func (r running) client() *cloudwatchlogs.Client {
	return cloudwatchlogs.New(cloudwatchlogs.Options{
		BaseEndpoint: &r.url, Region: golden.Region, RetryMaxAttempts: 1,
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "local", SecretAccessKey: "local"}, nil
		}),
	})
}

// fetch sends a script's request and returns status and body.
func (r running) fetch(t *testing.T, method, path string) (int, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, r.url+path, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(body)
}

func (r running) calls(t *testing.T) []map[string]any {
	t.Helper()
	status, body := r.fetch(t, http.MethodGet, "/_local/calls")
	var calls []map[string]any
	if err := json.Unmarshal([]byte(body), &calls); err != nil || status != http.StatusOK || calls == nil {
		t.Fatalf("calls: status %d, %q, %v; want a JSON array", status, body, err)
	}
	return calls
}

// TestScript goes the way of an end-to-end script: call, ask what was called,
// start over.
func TestScript(t *testing.T) {
	t.Parallel()
	r := start(t, "-undeployed")
	if calls := r.calls(t); len(calls) != 0 {
		t.Errorf("calls before the first one: got %v", calls)
	}
	client := r.client()
	if _, err := client.CreateLogGroup(t.Context(), &cloudwatchlogs.CreateLogGroupInput{LogGroupName: aws.String("/app/new")}); err != nil {
		t.Fatal(err)
	}
	if _, err := client.CreateLogGroup(t.Context(), &cloudwatchlogs.CreateLogGroupInput{LogGroupName: aws.String("/app/orders")}); err == nil {
		t.Error("the golden log group /app/orders was not there")
	}
	want := []map[string]any{
		{"service": "logs", "operation": "CreateLogGroup", "resource": "/app/new", "status": 200.0, "errorCode": ""},
		{"service": "logs", "operation": "CreateLogGroup", "resource": "/app/orders", "status": 400.0, "errorCode": "ResourceAlreadyExistsException"},
	}
	if diff := cmp.Diff(want, r.calls(t)); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}

	if status, body := r.fetch(t, http.MethodPost, "/_local/reset"); status != http.StatusNoContent {
		t.Fatalf("reset: got status %d, %q", status, body)
	}
	if calls := r.calls(t); len(calls) != 0 {
		t.Errorf("calls after the reset: got %v", calls)
	}
	if names := r.names(t); strings.Contains(names, "/app/new ") || !strings.Contains(names, "/app/orders ") {
		t.Errorf("log groups after the reset: got %s", names)
	}
	if got := r.stdout.String(); !strings.Contains(got, "/app/orders") || !strings.Contains(got, "400 ResourceAlreadyExistsException\n") || !strings.Contains(got, "DescribeLogGroups") {
		t.Errorf("the lines of the calls are missing, or end with the reset:\n%s", got)
	}
}

// names lists the log groups, each with a space after it.
func (r running) names(t *testing.T) string {
	t.Helper()
	out, err := r.client().DescribeLogGroups(t.Context(), &cloudwatchlogs.DescribeLogGroupsInput{})
	if err != nil {
		t.Fatal(err)
	}
	names := ""
	for _, group := range out.LogGroups {
		names += *group.LogGroupName + " "
	}
	return names
}

func TestOtherLocalPaths(t *testing.T) {
	t.Parallel()
	r := start(t)
	for _, c := range []struct{ method, path string }{
		{http.MethodGet, "/_local/reset"}, {http.MethodPost, "/_local/calls"}, {http.MethodGet, "/_local/other"},
	} {
		if status, body := r.fetch(t, c.method, c.path); status != http.StatusNotFound || !strings.Contains(body, "/_local/reset") {
			t.Errorf("%s %s: got %d %q, want 404 and what there is", c.method, c.path, status, body)
		}
	}
	if calls := r.calls(t); len(calls) != 0 {
		t.Errorf("these count as AWS calls: %v", calls)
	}
}

// TestFlags guards that a reset keeps to what the flags said.
func TestFlags(t *testing.T) {
	t.Parallel()
	r := start(t, "-empty", "-limits")
	for range 2 {
		if names := r.names(t); names != "" {
			t.Errorf("an empty account: got %s", names)
		}
		throttled := false
		for i := range 30 {
			_, err := r.client().CreateLogGroup(t.Context(), &cloudwatchlogs.CreateLogGroupInput{LogGroupName: aws.String(fmt.Sprint("/app/", i))})
			throttled = throttled || err != nil && strings.Contains(err.Error(), "ThrottlingException")
		}
		if !throttled {
			t.Error("30 CreateLogGroup at once: none was throttled")
		}
		r.fetch(t, http.MethodPost, "/_local/reset")
	}
}

func TestJSONLines(t *testing.T) {
	t.Parallel()
	r := start(t, "-json")
	r.names(t)
	lines := 0
	for scanner := bufio.NewScanner(strings.NewReader(r.stdout.String())); scanner.Scan(); lines++ {
		var call map[string]any
		if err := json.Unmarshal(scanner.Bytes(), &call); err != nil || call["operation"] != "DescribeLogGroups" || call["time"] == nil {
			t.Errorf("line %q: %v", scanner.Text(), err)
		}
	}
	if lines != 1 {
		t.Errorf("got %d lines, want 1", lines)
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	r := start(t)
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"port taken":       {[]string{"-addr", strings.TrimPrefix(r.url, "http://")}, "choose another port with -addr"},
		"no port":          {[]string{"-addr", "localhost"}, "-addr HOST:PORT"},
		"stray argument":   {[]string{"4566"}, `unknown argument "4566"`},
		"unknown flag":     {[]string{"-port", "4566"}, "not defined: -port"},
		"foreign address":  {[]string{"-addr", "203.0.113.9:4566"}, "this machine has no address"},
		"negative numbers": {[]string{"-addr", "127.0.0.1:-1"}, "-addr HOST:PORT"},
	} {
		err := run(t.Context(), c.args, io.Discard, io.Discard)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want it to say %q", name, err, c.want)
		}
	}
}

func TestIntroduction(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		addr string
		want []string
		not  string
	}{
		"loopback":      {"127.0.0.1:0", []string{"AWS_ENDPOINT_URL=http://127.0.0.1:", "make sweep STACK=log-group-kms", "-addr 0.0.0.0:", "AWS_ENDPOINT_URL=http://172.17.0.1:"}, ""},
		"all addresses": {"0.0.0.0:0", []string{"AWS_ENDPOINT_URL=http://127.0.0.1:", "AWS_ENDPOINT_URL=http://172.17.0.1:"}, "-addr 0.0.0.0"},
	} {
		ctx, stop := context.WithCancel(t.Context())
		stop() // it is up, and ends at once
		var out transcript
		if err := run(ctx, []string{"-addr", c.addr}, &out, io.Discard); err != nil {
			t.Fatal(err)
		}
		for _, want := range c.want {
			if !strings.Contains(out.String(), want) {
				t.Errorf("%s: %q is missing in\n%s", name, want, &out)
			}
		}
		if c.not != "" && strings.Contains(out.String(), c.not) {
			t.Errorf("%s: %q is of no use in\n%s", name, c.not, &out)
		}
	}
}
