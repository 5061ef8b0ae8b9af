package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"sync/atomic"
	"time"

	"log-group-kms/internal/awsfake"
	"log-group-kms/tests/golden"
)

// changing is a local AWS whose account can be put in the place of another
// while functions run.
type changing struct{ world atomic.Pointer[awsfake.World] }

func (c *changing) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.world.Load().ServeHTTP(w, r)
}

// startLambda invokes the functions as programs do: through the Lambda API, with
// an AWS SDK. They stay warm from event to event.
func (s *stage) startLambda(ctx context.Context) error {
	aws := &changing{}
	aws.world.Store(golden.NewWorld())
	url, stop, err := s.serve(aws)
	if err != nil {
		return err
	}
	defer stop()
	// A warm function keeps its pace from event to event, for which nobody needs to wait here.
	variables, err := s.variables("start-lambda", url, map[string]string{"ASSOCIATE_RATE": "0", "DESCRIBE_RATE": "0"})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	endpoint, log, end, err := s.lambdaAPI(ctx, variables)
	if err != nil {
		return err
	}
	defer end()
	client, err := s.client(ctx, endpoint)
	if err != nil {
		return err
	}
	defer client.close()

	var faults []error
	for _, c := range s.cases {
		world := golden.NewWorld()
		aws.world.Store(world)
		if err := s.invokeWarm(c, client, world); err != nil {
			faults = append(faults, fmt.Errorf("%s: %w", c.File, err))
			fmt.Printf("NO  %s\n", c.File)
		}
	}
	if len(faults) > 0 {
		return fmt.Errorf("%w\n%s", errors.Join(faults...), log())
	}
	failing := slices.DeleteFunc(slices.Clone(s.cases), func(c golden.Case) bool { return c.ErrorType == "" })
	fmt.Printf("ok  %d events, %d of them answered with a function error\n", len(s.cases), len(failing))
	return nil
}

func (s *stage) invokeWarm(c golden.Case, client *client, world *awsfake.World) error {
	got, err := client.invoke(function(c.File), c.Event)
	if err != nil {
		return err
	}
	// Lambda says beside the payload whether it is a failure's.
	if failed := got.FunctionError != ""; failed != (c.ErrorType != "") {
		return fmt.Errorf("function error: got %q, want one: %t; payload %s", got.FunctionError, c.ErrorType != "", got.Payload)
	}
	calls, err := operations(world)
	if err != nil {
		return err
	}
	// A warm function may know the key already, and asks about it again or not.
	isKey := func(operation string) bool { return operation == "DescribeKey" }
	c.Calls = slices.DeleteFunc(slices.Clone(c.Calls), isKey)
	return check(c, []byte(got.Payload), slices.DeleteFunc(calls, isKey))
}

// lambdaAPI starts SAM's stand-in for Lambda's API with warm containers.
func (s *stage) lambdaAPI(ctx context.Context, variables string) (endpoint string, log func() string, end func(), err error) {
	port, err := freePort()
	if err != nil {
		return "", nil, nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	cmd := s.sam(ctx, "local", "start-lambda", "--template", filepath.Join(built("x86_64"), "template.yaml"), "--port", strconv.Itoa(port),
		"--warm-containers", "EAGER", "--env-vars", variables, "--invoke-image", s.image, "--parameter-overrides", x86)
	var said bytes.Buffer // read only when the command has ended
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		cancel()
		return "", nil, nil, fmt.Errorf("starting sam local start-lambda: %w", err)
	}
	ended := make(chan struct{})
	go func() { _ = cmd.Wait(); close(ended) }() // it ends by a signal
	end = func() { cancel(); <-ended }
	log = func() string { end(); return said.String() }
	address := net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	if err := reachable(ctx, address, ended); err != nil {
		return "", nil, nil, fmt.Errorf("sam local start-lambda does not listen on %s: %w\n%s", address, err, log())
	}
	return "http://" + address, log, end, nil
}

func freePort() (int, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, fmt.Errorf("looking for a free port: %w", err)
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port, nil
}

// reachable waits until somebody listens on address.
func reachable(ctx context.Context, address string, ended <-chan struct{}) error {
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); {
		if conn, err := net.DialTimeout("tcp", address, time.Second); err == nil {
			return conn.Close()
		}
		select {
		case <-ended:
			return errors.New("it ended")
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
	return errors.New("it has not started within a minute")
}

// client is boto3 in a process of its own; see invoke.py.
type client struct {
	in      io.WriteCloser
	answers *bufio.Reader
	cmd     *exec.Cmd
	said    bytes.Buffer
}

func (s *stage) client(ctx context.Context, endpoint string) (*client, error) {
	c := &client{cmd: s.command(ctx, filepath.Join(s.bin, "python"), "tests/e2e/invoke.py", endpoint, golden.Region)}
	c.cmd.Stderr = &c.said
	in, err := c.cmd.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("preparing the AWS SDK: %w", err)
	}
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("preparing the AWS SDK: %w", err)
	}
	if err := c.cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting the AWS SDK: %w", err)
	}
	c.in, c.answers = in, bufio.NewReader(out)
	return c, nil
}

type payload struct{ FunctionError, Payload string }

func (c *client) invoke(function string, event []byte) (payload, error) {
	request, err := json.Marshal(map[string]string{"function": function, "event": string(event)})
	if err != nil {
		return payload{}, fmt.Errorf("encoding an invocation: %w", err)
	}
	if _, err := c.in.Write(append(request, '\n')); err != nil {
		return payload{}, c.ended(err)
	}
	line, err := c.answers.ReadBytes('\n')
	if err != nil {
		return payload{}, c.ended(err)
	}
	var p payload
	if err := json.Unmarshal(line, &p); err != nil {
		return payload{}, fmt.Errorf("the AWS SDK's answer %q: %w", line, err)
	}
	return p, nil
}

func (c *client) ended(err error) error {
	c.close()
	return fmt.Errorf("the AWS SDK gave up: %w\n%s", err, c.said.Bytes())
}

func (c *client) close() {
	_ = c.in.Close()
	_ = c.cmd.Wait() // its end is of no interest
}
