package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"log-group-kms/internal/awsfake"
	"log-group-kms/internal/config"
	"log-group-kms/internal/event"
	"log-group-kms/internal/runtimeapi"
	"log-group-kms/internal/target"
	"log-group-kms/tests/golden"
)

// stage is a local AWS and the function, running and talking to it.
type stage struct {
	scope    target.Scope
	made     string // log group that was made for the event
	world    *awsfake.World
	function *runtimeapi.Function
	server   *http.Server
}

// setUp starts both for an event.
func setUp(ctx context.Context, binary string, payload []byte, environment []string) (*stage, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listening for the local AWS: %w", err)
	}
	s := &stage{}
	settings := s.furnish(payload)
	s.server = &http.Server{Handler: s.world, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = s.server.Serve(listener) }() // ends with ErrServerClosed
	env := override(golden.Env("http://"+listener.Addr().String()), settings)
	s.function, err = runtimeapi.Start(ctx, runtimeapi.Options{
		Binary:      binary,
		Env:         override(env, chosen(environment)),
		FunctionARN: fmt.Sprintf("arn:%s:lambda:%s:%s:function:log-group-kms", s.scope.Partition, s.scope.Region, s.scope.Account),
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

// furnish makes the account that the event speaks of, and gives the settings that
// the function needs there. An event of another account than the golden one gets
// an account with nothing in it but a key and the log group.
func (s *stage) furnish(payload []byte) (settings []string) {
	s.scope = target.Scope{Partition: "aws", Account: golden.Account, Region: golden.Region}
	s.world = golden.NewWorld()
	input, err := event.Parse(payload)
	change, isChange := input.(*event.Change)
	if err != nil || !isChange || change.Target.Kind != target.KindLogGroup {
		return nil // there is nothing to make: the function says what it makes of it
	}
	if at := change.Target.Scope; at.Account != golden.Account {
		s.scope = at
		s.world = awsfake.New(at.Account)
		s.world.AddAlias(at.Account, at.Region, "alias/log-group-kms", s.world.AddKey(awsfake.Key{Region: at.Region}))
		settings = []string{"AWS_REGION=" + at.Region, "AWS_ACCOUNT_ID=" + at.Account, config.Rules + "=", config.Exclude + "="}
	}
	at, name := change.Target.Scope, change.Target.LogGroup
	_, known := s.world.LogGroup(at.Account, at.Region, name)
	if !known && at.Account == s.scope.Account && !isGolden(payload) {
		s.made = name
		s.world.PutLogGroup(at.Account, at.Region, awsfake.LogGroup{Name: name, Tags: change.Tags})
	}
	return settings
}

// isGolden tells whether an event is one of events/, some of which are about a
// log group that was deleted meanwhile.
func isGolden(payload []byte) bool {
	cases, err := golden.Load("events")
	return err == nil && slices.ContainsFunc(cases, func(c golden.Case) bool { return string(c.Event) == string(payload) })
}

// chosen picks the function's own variables out of an environment, so that
// somebody can try rules of her own: RULES_FILE=rules.yaml make invoke EVENT=….
func chosen(environment []string) (settings []string) {
	for _, name := range config.Variables() {
		for _, variable := range environment {
			value, is := strings.CutPrefix(variable, name+"=")
			if !is {
				continue
			}
			if name == config.RulesFile && value != "" {
				if path, err := filepath.Abs(value); err == nil {
					value = path // the function would look beside its binary
				}
				settings = append(settings, config.Rules+"=")
			}
			settings = append(settings, name+"="+value)
		}
	}
	return settings
}

// override replaces variables of an environment.
func override(env, settings []string) []string {
	for _, setting := range settings {
		name, _, _ := strings.Cut(setting, "=")
		env = slices.DeleteFunc(env, func(variable string) bool { return strings.HasPrefix(variable, name+"=") })
		env = append(env, setting)
	}
	return env
}
