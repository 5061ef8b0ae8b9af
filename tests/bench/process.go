package main

import (
	"context"
	"fmt"
	"net/http/httptest"
	"time"

	"log-group-kms/internal/awsfake"
	"log-group-kms/internal/runtimeapi"
	"log-group-kms/tests/golden"
)

// process is a binary running in a World.
type process struct {
	*runtimeapi.Function
	server *httptest.Server
}

// launch starts a binary. settings are added to the golden environment.
func launch(ctx context.Context, binary string, world *awsfake.World, settings ...string) (*process, error) {
	server := httptest.NewServer(world)
	function, err := runtimeapi.Start(ctx, runtimeapi.Options{
		Binary: binary, Env: append(golden.Env(server.URL), settings...),
		FunctionARN: golden.FunctionARN, Timeout: 15 * time.Minute, // as the sweep's function has in the template
	})
	if err != nil {
		server.Close()
		return nil, fmt.Errorf("starting %s: %w", binary, err)
	}
	p := &process{function, server}
	if err := function.Ready(ctx); err != nil {
		p.close()
		return nil, fmt.Errorf("waiting for %s: %w", binary, err)
	}
	return p, nil
}

func (p *process) close() {
	_ = p.Close() // it is killed in any case
	p.server.CloseClientConnections()
	p.server.Close()
}

// invoke sends an event that must succeed.
func (p *process) invoke(ctx context.Context, event string) (runtimeapi.Answer, error) {
	answer, err := p.Invoke(ctx, []byte(event))
	if err != nil {
		return answer, fmt.Errorf("invoking the function: %w", err)
	}
	if answer.ErrorType != "" {
		return answer, fmt.Errorf("the function failed: %s: %s", answer.ErrorType, answer.ErrorMessage)
	}
	return answer, nil
}
