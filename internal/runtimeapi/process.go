package runtimeapi

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// grace is what a process gets to end by itself when the function is closed.
const grace = 2 * time.Second

// mostIdleEnds is how many processes in a row may end without having taken an
// event before the binary is given up.
const mostIdleEnds = 3

// process is one run of the binary with a Runtime API of its own, so that what
// comes late from a killed process cannot be taken for its successor's.
type process struct {
	command *exec.Cmd
	server  *http.Server
	started time.Time
	ready   chan struct{} // closed at the first poll
	exited  chan struct{} // closed when all is over and accounted for

	// Function.mu guards the rest.
	startedIn time.Duration
	polled    bool
	dead      bool // killed or gone: it gets no more events
	over      bool // gone, and nobody waits for it any more
	inFlight  map[string]*invocation
	initError string
	failure   error // why it never became ready
}

// launch starts a process and makes it the current one; f.mu is held.
func (f *Function) launch() error {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("listening for the Runtime API: %w", err)
	}
	p := &process{
		ready: make(chan struct{}), exited: make(chan struct{}), inFlight: map[string]*invocation{},
		command: exec.Command(f.options.Binary),
	}
	p.server = &http.Server{Handler: f.api(p), ReadHeaderTimeout: 10 * time.Second}
	p.command.Dir = f.options.Dir
	p.command.Env = environment(f.options, listener.Addr().String())
	p.command.Stdout = f.stdout.file
	p.command.Stderr = f.stderr.and(f.options.Stderr)
	p.command.WaitDelay = grace // for the output of processes that it leaves behind
	p.started = time.Now()
	if err := p.command.Start(); err != nil {
		_ = listener.Close() // nobody has used it
		return fmt.Errorf("starting %s: %w", f.options.Binary, err)
	}
	f.current = p
	go func() { _ = p.server.Serve(listener) }() // ends with ErrServerClosed
	go f.attend(p)
	return nil
}

// attend waits for the end of a process, answers what it left unanswered, and
// starts the next one if there is work for it.
func (f *Function) attend(p *process) {
	exit := p.command.Wait()
	_ = p.server.Close() // its only client is gone

	f.mu.Lock()
	defer f.mu.Unlock()
	defer close(p.exited)
	p.dead, p.over = true, true
	for id, call := range p.inFlight {
		text := "Runtime exited without providing a reason"
		if exit != nil {
			text = "Runtime exited with error: " + exit.Error()
		}
		p.settle(call, Answer{ErrorType: "Runtime.ExitError", ErrorMessage: "RequestId: " + id + " Error: " + text})
	}
	if f.closed {
		f.dismiss(ErrClosed)
		return
	}
	if !p.polled || f.idleEnds >= mostIdleEnds {
		p.failure = f.startFailure(p, exit)
		f.dismiss(p.unusable(false))
		return
	}
	f.idleEnds++
	if len(f.queue) > 0 {
		f.relaunch()
	}
}

// relaunch starts a process after one that has ended; f.mu is held.
func (f *Function) relaunch() {
	if err := f.launch(); err != nil {
		f.current.failure = err
		f.dismiss(f.current.unusable(false))
	}
}

// startFailure tells how a process ended that did no work.
func (f *Function) startFailure(p *process, exit error) error {
	how := "exit status 0"
	if exit != nil {
		how = exit.Error()
	}
	if p.initError != "" {
		how += "; it reported " + p.initError
	}
	if tail := tail(f.stdout.text()+f.stderr.text(), 2000); tail != "" {
		how += "; it wrote:\n" + tail
	}
	return errors.New(how)
}

// dismiss gives up all waiting invocations; f.mu is held.
func (f *Function) dismiss(err error) {
	for _, call := range f.queue {
		call.done <- result{Answer{RequestID: call.id}, err}
	}
	f.queue = nil
}

// settle answers an invocation that the process was working on; f.mu is held.
func (p *process) settle(call *invocation, a Answer) {
	delete(p.inFlight, call.id)
	call.timer.Stop()
	a.RequestID = call.id
	a.Took = time.Since(call.handed)
	call.done <- result{answer: a} // has room
}

// next takes the next invocation for a process, waiting for one if need be.
func (f *Function) next(ctx context.Context, p *process) (*invocation, error) {
	for {
		f.mu.Lock()
		if p.dead || f.closed {
			f.mu.Unlock()
			return nil, ErrClosed
		}
		if len(f.queue) > 0 {
			call := f.queue[0]
			f.queue = f.queue[1:]
			f.hand(p, call)
			f.mu.Unlock()
			return call, nil
		}
		changed := f.changed
		f.mu.Unlock()
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// hand gives an invocation to a process and starts its clock; f.mu is held.
func (f *Function) hand(p *process, call *invocation) {
	f.idleEnds = 0
	p.inFlight[call.id] = call
	call.handed = time.Now()
	call.timer = time.AfterFunc(call.timeout, func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		if p.inFlight[call.id] != call {
			return // answered just in time
		}
		p.settle(call, Answer{
			TimedOut: true, ErrorType: "Sandbox.Timedout",
			ErrorMessage: fmt.Sprintf("RequestId: %s Error: Task timed out after %.2f seconds", call.id, call.timeout.Seconds()),
		})
		p.dead = true
		_ = p.command.Process.Kill() // fails only if it is gone already
	})
}

// end asks the process to stop, and kills it if it does not.
func (p *process) end() {
	if p.command.Process.Signal(syscall.SIGTERM) != nil {
		_ = p.command.Process.Signal(os.Kill) // fails only if it is gone already
	}
	timer := time.NewTimer(grace)
	defer timer.Stop()
	select {
	case <-p.exited:
	case <-timer.C:
		_ = p.command.Process.Kill() // fails only if it is gone already
	}
}

// tail returns the end of a text, at most n bytes.
func tail(s string, n int) string {
	s = strings.TrimSpace(s)
	if len(s) > n {
		s = "…" + strings.ToValidUTF8(s[len(s)-n:], "")
	}
	return s
}
