package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"log-group-kms/internal/awsfake"
	"log-group-kms/internal/runtimeapi"
	"log-group-kms/tests/golden"
)

// stage is a local AWS and the function, running and talking to it.
type stage struct {
	world    *awsfake.World
	endpoint string
	function *runtimeapi.Function
	server   *http.Server

	mu     sync.Mutex
	events [][]byte // CloudTrail events that the function has not seen
}

// setUp starts both. settings are variables of the function's environment beside
// the golden ones.
func (d *demo) setUp(ctx context.Context, world *awsfake.World, settings ...string) (*stage, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listening for the local AWS: %w", err)
	}
	s := &stage{
		world: world, endpoint: "http://" + listener.Addr().String(),
		server: &http.Server{Handler: world, ReadHeaderTimeout: 10 * time.Second},
	}
	go func() { _ = s.server.Serve(listener) }() // ends with ErrServerClosed
	s.function, err = runtimeapi.Start(ctx, runtimeapi.Options{
		Binary: d.function, Env: append(golden.Env(s.endpoint), settings...), FunctionARN: golden.FunctionARN,
	})
	if err == nil {
		err = s.function.Ready(ctx)
	}
	if err != nil {
		s.close()
		return nil, fmt.Errorf("starting the function: %w", err)
	}
	return s, nil
}

func (s *stage) close() {
	if s.function != nil {
		_ = s.function.Close() // it was made to be thrown away
	}
	_ = s.server.Close()
}

// listen keeps the events of all calls from now on. They wait: the function
// would be busy with the very call that causes them.
func (s *stage) listen() {
	s.world.OnEvent(func(event []byte) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.events = append(s.events, event)
	})
}

// take returns the events that came since the last time.
func (s *stage) take() [][]byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	taken := s.events
	s.events = nil
	return taken
}

// invoked has the deployed function serve what Lambda's API is called with.
func (s *stage) invoked(ctx context.Context, payload []byte) (awsfake.Invoked, error) {
	a, err := s.function.Invoke(ctx, payload)
	return awsfake.Invoked{Payload: a.Payload, Failed: a.ErrorType != ""}, err
}

// give hands an event to the function.
func (s *stage) give(ctx context.Context, event []byte) (result, error) {
	before := len(s.world.Calls())
	a, err := s.function.Invoke(ctx, event)
	if err != nil {
		return result{}, fmt.Errorf("invoking the function: %w", err)
	}
	return read(a, len(s.world.Calls())-before)
}
