package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"

	"log-group-kms/internal/awsfake"
	"log-group-kms/internal/runtimeapi"
	"log-group-kms/tests/golden"
)

// function is the real function of the deployed stack. It is built and started when it
// is first needed, so that nobody waits for it in vain.
type function struct {
	binary string // empty: it is built
	url    string // of this local AWS
	stderr io.Writer

	mu      sync.Mutex
	running *runtimeapi.Function
	folder  string // of the binary that was built
}

// invoke hands the function an event and waits for its answer.
func (f *function) invoke(ctx context.Context, payload []byte) (awsfake.Invoked, error) {
	running, err := f.start(ctx)
	if err != nil { // as Lambda says it of an artefact that cannot be run
		return failed("Runtime.InvalidEntrypoint", err.Error())
	}
	answer, err := running.Invoke(ctx, payload)
	if err != nil {
		return awsfake.Invoked{}, fmt.Errorf("invoking the function: %w", err)
	}
	if answer.ErrorType != "" && len(answer.Payload) == 0 {
		return failed(answer.ErrorType, answer.ErrorMessage)
	}
	return awsfake.Invoked{Payload: answer.Payload, Failed: answer.ErrorType != ""}, nil
}

// failed is an invocation that ended with an error.
func failed(errorType, message string) (awsfake.Invoked, error) {
	document, err := json.Marshal(map[string]string{"errorType": errorType, "errorMessage": message})
	return awsfake.Invoked{Payload: document, Failed: true}, err
}

func (f *function) start(ctx context.Context) (*runtimeapi.Function, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.running != nil {
		return f.running, nil
	}
	binary := f.binary
	if binary == "" {
		var err error
		if binary, err = f.build(ctx); err != nil {
			return nil, err
		}
	}
	running, err := runtimeapi.Start(context.WithoutCancel(ctx), runtimeapi.Options{
		Binary: binary, Env: golden.Env(f.url), FunctionARN: golden.FunctionARN, Stderr: f.stderr,
	})
	if err != nil {
		return nil, fmt.Errorf("starting the function: %w", err)
	}
	f.running = running
	return running, nil
}

// build builds the function as it is deployed, but for this machine.
func (f *function) build(ctx context.Context) (binary string, err error) {
	if f.folder == "" {
		if f.folder, err = os.MkdirTemp("", "localaws"); err != nil {
			return "", fmt.Errorf("making a folder for the function: %w", err)
		}
	}
	binary = filepath.Join(f.folder, "bootstrap")
	command := exec.CommandContext(ctx, "go", "build", "-trimpath", "-tags", "lambda.norpc", "-o", binary, "log-group-kms/cmd/handler")
	command.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := command.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building the function (start this program in the project's folder, or name a binary with -function): %w: %s", err, strings.TrimSpace(string(out)))
	}
	return binary, nil
}

// close ends the function and removes what was built.
func (f *function) close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	var err error
	if f.running != nil {
		err = f.running.Close()
	}
	if f.folder != "" {
		err = errors.Join(err, os.RemoveAll(f.folder))
	}
	return err
}
