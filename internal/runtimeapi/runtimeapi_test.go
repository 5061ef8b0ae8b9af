package runtimeapi_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"log-group-kms/internal/runtimeapi"
)

// binary is the function in testdata, built once.
var binary = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "runtimeapi")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "bootstrap")
	if out, err := exec.Command("go", "build", "-o", path, "./testdata/echo").CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return path, nil
})

func TestMain(m *testing.M) {
	code := m.Run()
	if path, err := binary(); err == nil {
		_ = os.RemoveAll(filepath.Dir(path))
	}
	os.Exit(code)
}

func start(t *testing.T, o runtimeapi.Options) *runtimeapi.Function {
	t.Helper()
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	o.Binary = path
	f, err := runtimeapi.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Errorf("closing: %v", err)
		}
	})
	return f
}

func invoke(t *testing.T, f *runtimeapi.Function, event string) runtimeapi.Answer {
	t.Helper()
	a, err := f.Invoke(t.Context(), []byte(strconv.Quote(event)))
	if err != nil {
		t.Fatalf("invoking with %q: %v", event, err)
	}
	return a
}

var ignoreIdentity = cmpopts.IgnoreFields(runtimeapi.Answer{}, "RequestID", "Took")

func TestInvoke(t *testing.T) {
	t.Parallel()
	f := start(t, runtimeapi.Options{Env: []string{"COLOUR=blue", "AWS_REGION=cn-north-1"}})
	if err := f.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	if f.StartedIn() <= 0 || f.PID() <= 0 {
		t.Errorf("got started in %v, PID %d", f.StartedIn(), f.PID())
	}
	tests := []struct {
		name  string
		event string
		want  runtimeapi.Answer
	}{
		{"response", "hello", runtimeapi.Answer{Payload: []byte(`"hello"`)}},
		{"error", "fail", runtimeapi.Answer{
			Payload:   []byte(`{"errorType":"Throttled","errorMessage":"too many"}`),
			ErrorType: "Throttled", ErrorMessage: "too many",
		}},
		{"given variable", "env:COLOUR", runtimeapi.Answer{Payload: []byte(`"blue"`)}},
		{"no variable of this process", "env:HOME", runtimeapi.Answer{Payload: []byte(`""`)}},
		{"Lambda's variable", "env:AWS_LAMBDA_FUNCTION_NAME", runtimeapi.Answer{Payload: []byte(`"log-group-kms"`)}},
		{"first answer counts", "twice", runtimeapi.Answer{Payload: []byte(`"first"`)}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := invoke(t, f, tt.event)
			if diff := cmp.Diff(tt.want, got, ignoreIdentity); diff != "" {
				t.Error(diff)
			}
			if got.RequestID == "" {
				t.Error("got no request ID")
			}
		})
	}
	// The second answer is refused after the invocation has ended, hence the
	// next one.
	last := invoke(t, f, "end")
	lines := f.Lines()
	if lines[len(lines)-1] != "event "+last.RequestID || !strings.HasPrefix(lines[0], "event ") {
		t.Errorf("got lines %q", lines)
	}
	if out := f.Stdout(); !strings.Contains(out, "second answer: 400\n") {
		t.Errorf("a second answer was not refused: %s", out)
	}
}

func TestHeaders(t *testing.T) {
	t.Parallel()
	const arn = "arn:aws:lambda:eu-west-1:111122223333:function:f"
	f := start(t, runtimeapi.Options{FunctionARN: arn})
	a, err := f.InvokeWithin(t.Context(), []byte(`"headers"`), time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	var got struct{ ARN, Deadline, Trace string }
	if err := json.Unmarshal(a.Payload, &got); err != nil {
		t.Fatal(err)
	}
	ms, err := strconv.ParseInt(got.Deadline, 10, 64)
	if left := time.Until(time.UnixMilli(ms)); err != nil || left <= 0 || left > time.Hour {
		t.Errorf("got a deadline in %v, %v; want it within the hour", left, err)
	}
	if got.ARN != arn || !strings.HasPrefix(got.Trace, "Root=1-") {
		t.Errorf("got %+v", got)
	}
}

func TestInvocationsQueueUp(t *testing.T) {
	t.Parallel()
	f := start(t, runtimeapi.Options{})
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			want := fmt.Sprintf("%q", fmt.Sprint("event ", i))
			a, err := f.Invoke(t.Context(), []byte(want))
			if err != nil || string(a.Payload) != want {
				t.Errorf("got %s, %v; want %s", a.Payload, err, want)
			}
		})
	}
	wg.Wait()
}

func TestExitDuringInvocation(t *testing.T) {
	t.Parallel()
	f := start(t, runtimeapi.Options{})
	got := invoke(t, f, "exit")
	want := runtimeapi.Answer{
		ErrorType:    "Runtime.ExitError",
		ErrorMessage: "RequestId: " + got.RequestID + " Error: Runtime exited with error: exit status 7",
	}
	if diff := cmp.Diff(want, got, ignoreIdentity); diff != "" {
		t.Error(diff)
	}
	if a := invoke(t, f, "again"); string(a.Payload) != `"again"` {
		t.Errorf("got %s from the next process", a.Payload)
	}
}

func TestDeadline(t *testing.T) {
	t.Parallel()
	f := start(t, runtimeapi.Options{})
	if err := f.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	first := f.PID()
	got, err := f.InvokeWithin(t.Context(), []byte(`"hang"`), 50*time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	if !got.TimedOut || !strings.HasSuffix(got.ErrorMessage, "Task timed out after 0.05 seconds") {
		t.Errorf("got %+v, want a time-out", got)
	}
	if a := invoke(t, f, "again"); string(a.Payload) != `"again"` {
		t.Errorf("got %s from the next process", a.Payload)
	}
	if f.PID() == first {
		t.Error("the process that hung was not replaced")
	}
}

func TestGivingUp(t *testing.T) {
	t.Parallel()
	f := start(t, runtimeapi.Options{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	// Whether or not the event was taken by then, the caller is not kept.
	if _, err := f.Invoke(ctx, []byte(`"hang"`)); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want the context's error", err)
	}
}

func TestFailedStart(t *testing.T) {
	t.Parallel()
	f := start(t, runtimeapi.Options{Env: []string{"FAIL=1"}})
	err := f.Ready(t.Context())
	if err == nil {
		t.Fatal("got no error")
	}
	for _, want := range []string{"exit status 3", "BadConfig", "cannot start"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want it to tell %q", err, want)
		}
	}
	if exited, code := f.Exited(); !exited || code != 3 {
		t.Errorf("got exited %t with %d, want exit code 3", exited, code)
	}
	if want := `{"errorType":"BadConfig","errorMessage":"no good"}`; f.InitError() != want {
		t.Errorf("got init error %s, want %s", f.InitError(), want)
	}
	if _, err := f.Invoke(t.Context(), []byte(`"x"`)); err == nil {
		t.Error("a function that did not start took an event")
	}
}

func TestClose(t *testing.T) {
	t.Parallel()
	f := start(t, runtimeapi.Options{})
	if err := f.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	if exited, _ := f.Exited(); exited {
		t.Error("the process ended by itself")
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if exited, _ := f.Exited(); !exited {
		t.Error("the process outlived Close")
	}
	if _, err := f.Invoke(t.Context(), nil); !errors.Is(err, runtimeapi.ErrClosed) {
		t.Errorf("got %v, want ErrClosed", err)
	}
}

func TestContextCloses(t *testing.T) {
	t.Parallel()
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	f, err := runtimeapi.Start(ctx, runtimeapi.Options{Binary: path})
	if err != nil {
		t.Fatal(err)
	}
	pending := make(chan error, 1)
	if err := f.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	go func() {
		_, err := f.Invoke(t.Context(), []byte(`"hang"`))
		pending <- err
	}()
	cancel()
	<-pending // with either outcome: it may have been taken before the end
	if err := f.Close(); err != nil {
		t.Error(err)
	}
}

func TestNoBinary(t *testing.T) {
	t.Parallel()
	if _, err := runtimeapi.Start(t.Context(), runtimeapi.Options{Binary: filepath.Join(t.TempDir(), "none")}); err == nil {
		t.Error("got no error")
	}
}

func TestPeakRSS(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat("/proc/self/status"); err != nil {
		t.Skip("no /proc here")
	}
	f := start(t, runtimeapi.Options{})
	if err := f.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := f.PeakRSS(); got < 1000 {
		t.Errorf("got %d KiB, want what a Go process takes", got)
	}
}
