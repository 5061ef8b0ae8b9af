package runtimeapi

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"
)

// defaultTimeout is how long an invocation may take where nothing else is said.
const defaultTimeout = time.Minute

// ErrClosed is the error of a call on a function that was closed.
var ErrClosed = errors.New("the function is closed")

// Options say which binary to run, and how.
type Options struct {
	Binary      string        // path of the executable
	Env         []string      // its whole environment, "NAME=value"; Lambda's own variables are added
	FunctionARN string        // made up if empty
	Dir         string        // working directory; this process's own if empty
	Timeout     time.Duration // of an invocation; a minute if zero
	Stderr      io.Writer     // gets a copy of what the process writes to standard error; may be nil
}

// Answer is the outcome of an invocation that Lambda would report to its caller.
type Answer struct {
	Payload      []byte // the response, or the error document
	ErrorType    string // empty: the function succeeded
	ErrorMessage string
	RequestID    string
	TimedOut     bool          // no answer came before the deadline
	Took         time.Duration // from handing the event out to the answer
}

// Function is a running binary. Its methods may be called from several
// goroutines at once.
type Function struct {
	options        Options
	stdout, stderr output

	mu      sync.Mutex
	current *process
	queue   []*invocation
	// idleEnds counts processes that ended without having taken an event.
	idleEnds int
	changed  chan struct{} // closed when the queue or the process changes
	closed   bool
	closing  sync.Once
	release  func() bool // stops waiting for the context of Start
}

// invocation is an event on its way through the function.
type invocation struct {
	id      string
	payload []byte
	timeout time.Duration
	handed  time.Time
	timer   *time.Timer
	done    chan result // has room for one
}

type result struct {
	answer Answer
	err    error
}

// Start starts the binary and the Runtime API for it. It does not wait until the
// function is ready; see [Function.Ready]. When ctx ends, the function is closed.
func Start(ctx context.Context, o Options) (*Function, error) {
	if o.Timeout <= 0 {
		o.Timeout = defaultTimeout
	}
	o.FunctionARN = cmp.Or(o.FunctionARN, defaultARN(o.Env))
	f := &Function{options: o, changed: make(chan struct{})}
	var err error
	if f.stdout, err = newOutput(); err != nil {
		return nil, err
	}
	if f.stderr, err = newOutput(); err != nil {
		return nil, err
	}
	f.mu.Lock()
	err = f.launch()
	f.mu.Unlock()
	if err != nil {
		return nil, err
	}
	f.release = context.AfterFunc(ctx, func() { _ = f.Close() }) // nobody is left to be told
	return f, nil
}

// Invoke hands an event to the function and waits for its answer. Events that
// come while the function is busy wait their turn.
func (f *Function) Invoke(ctx context.Context, payload []byte) (Answer, error) {
	return f.InvokeWithin(ctx, payload, f.options.Timeout)
}

// InvokeWithin is Invoke with a deadline of its own, counted from the moment at
// which the function gets the event. If it passes without an answer, the process
// is killed, and the next event starts another one, as in Lambda.
func (f *Function) InvokeWithin(ctx context.Context, payload []byte, deadline time.Duration) (Answer, error) {
	call := &invocation{id: newID(), payload: payload, timeout: deadline, done: make(chan result, 1)}
	f.mu.Lock()
	if err := f.current.unusable(f.closed); err != nil {
		f.mu.Unlock()
		return Answer{}, err
	}
	f.queue = append(f.queue, call)
	if f.current.over {
		f.relaunch()
	}
	f.announce()
	f.mu.Unlock()

	select {
	case r := <-call.done:
		return r.answer, r.err
	case <-ctx.Done():
		f.mu.Lock()
		defer f.mu.Unlock()
		f.queue = slices.DeleteFunc(f.queue, func(c *invocation) bool { return c == call })
		return Answer{RequestID: call.id}, ctx.Err()
	}
}

// Ready returns when the process has asked for its first event, or with an error
// when it ended before that; the error says how, and what it wrote.
func (f *Function) Ready(ctx context.Context) error {
	f.mu.Lock()
	p := f.current
	f.mu.Unlock()
	select {
	case <-p.ready:
		return nil
	case <-p.exited:
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case <-p.ready: // it was ready, and ended since
		return nil
	default:
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return p.unusable(f.closed)
}

// Close ends the process and the server. Invocations that wait for their turn
// return ErrClosed; one in flight is answered with Runtime.ExitError.
func (f *Function) Close() error {
	f.closing.Do(func() {
		if f.release != nil {
			f.release()
		}
		f.mu.Lock()
		f.closed = true
		p := f.current
		f.mu.Unlock()
		p.end()
	})
	<-f.process().exited
	return nil
}

// Stdout returns what the process, and those before it, wrote to standard output.
// It holds all that was written before the last answer.
func (f *Function) Stdout() string { return f.stdout.text() }

// Lines returns the complete lines of [Function.Stdout].
func (f *Function) Lines() []string { return f.stdout.lines() }

// Stderr returns what the process, and those before it, wrote to standard error.
func (f *Function) Stderr() string { return f.stderr.text() }

// Exited says whether the process has ended, and with which exit code (-1 when a
// signal ended it).
func (f *Function) Exited() (bool, int) {
	p := f.process()
	select {
	case <-p.exited:
		return true, p.command.ProcessState.ExitCode()
	default:
		return false, 0
	}
}

// InitError returns the error document that the process posted to
// /runtime/init/error, or nothing.
func (f *Function) InitError() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.current.initError
}

// PID returns the process ID.
func (f *Function) PID() int { return f.process().command.Process.Pid }

// PeakRSS returns the most memory that the process has held so far, in KiB, or 0
// where the system does not say.
func (f *Function) PeakRSS() int64 { return PeakRSS(f.PID()) }

// StartedIn returns the time from starting the process to its first poll, or 0
// as long as there was none.
func (f *Function) StartedIn() time.Duration {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.current.startedIn
}

func (f *Function) process() *process {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.current
}

// announce wakes those who wait for the queue; f.mu is held.
func (f *Function) announce() {
	close(f.changed)
	f.changed = make(chan struct{})
}

// unusable returns why there is no use in waiting for the process, if so.
func (p *process) unusable(closed bool) error {
	switch {
	case closed:
		return ErrClosed
	case p.failure != nil:
		return fmt.Errorf("the function did not start: %w", p.failure)
	}
	return nil
}
