// Package encrypt brings one log group, or the stored query results, under its
// key: it reads the state, lets the policy choose, resolves and checks the key,
// and associates it where the state differs from the wish.
package encrypt

import (
	"context"
	"errors"
	"sync"
	"time"

	"log-group-kms/internal/answer"
	"log-group-kms/internal/awserr"
	"log-group-kms/internal/failure"
	"log-group-kms/internal/policy"
	"log-group-kms/internal/target"
)

// visibilityDelay is how long a log group that was created a moment ago gets to
// show up. AWS promises no visibility right after CreateLogGroup.
const visibilityDelay = time.Second

// Request says what to bring under its key, and what the caller already knows.
type Request struct {
	Target target.Target
	// Group is the state, where the caller has just read it; nil: read it.
	Group *Group
	// Tags are the tags that the log group was created with a moment ago. There
	// may be more of them by now.
	Tags map[string]string
	// HasKey says that the log group very likely has a key, so that the state is
	// worth waiting for before tags are read.
	HasKey bool
	// IsNew says that the log group was made a moment ago: if it is not to be
	// found, a second look may find it.
	IsNew bool
	// DryRun says to write nothing.
	DryRun bool
}

// Encrypter brings log groups under their keys. It is safe for concurrent use.
type Encrypter struct {
	policy  *policy.Policy
	clients func(context.Context, target.Scope) (Clients, error)
	turns   turns

	mu       sync.Mutex
	keyrings map[target.Scope]*keyring
}

// New makes an Encrypter that follows the policy. clients gives the APIs of an
// account and Region; its error ends the request.
func New(p *policy.Policy, clients func(context.Context, target.Scope) (Clients, error)) *Encrypter {
	return &Encrypter{policy: p, clients: clients, keyrings: make(map[target.Scope]*keyring)}
}

// Encrypt brings the target under its key and says what became of it. The error
// is a *failure.Error; the Answer then holds what was known until there.
func (e *Encrypter) Encrypt(ctx context.Context, request Request) (answer.Answer, error) {
	t := request.Target
	a := answer.Answer{LogGroup: t.LogGroup, Account: t.Account, Region: t.Region, DryRun: request.DryRun}
	if t.IsQueryResult() {
		a.ResourceIdentifier = t.ARN()
		if e.policy.QueryResult == "" {
			return conclude(a, answer.Skipped, answer.NoKey), nil
		}
	} else if reason, off := e.policy.OffLimits(t.LogGroup); off {
		return conclude(a, answer.Skipped, reason), nil
	}
	clients, err := e.clients(ctx, t.Scope)
	if err != nil {
		return a, failure.While("reaching "+t.String(), err)
	}
	end, err := e.turns.take(ctx, t)
	if err != nil {
		return a, &failure.Error{
			Type: failure.Unavailable, Doing: "waiting for another request to end its work on " + t.String(),
			Err: err, OutOfTime: true, Advice: "It is tried again by Lambda's retry or the next sweep.",
		}
	}
	defer end()
	r := &run{
		request: request,
		policy:  e.policy,
		logs:    clients.Logs,
		keys:    e.keyring(t.Scope, clients.Keys),
		writer:  wet{clients.Logs},
		answer:  a,
	}
	if request.DryRun {
		r.writer = dry{}
	}
	if t.IsQueryResult() {
		err = r.queryResult(ctx)
	} else {
		err = r.logGroup(ctx)
		if errors.Is(err, errNotThere) && request.IsNew {
			if wait(ctx, visibilityDelay) == nil {
				err = r.logGroup(ctx)
			} else {
				err = &failure.Error{
					Type: failure.Unavailable, Doing: "looking for " + t.String(), OutOfTime: true,
					Err: errors.New("AWS does not know it yet, and time ran out before a second look"),
				}
			}
		}
	}
	switch {
	case errors.Is(err, errNotThere):
		r.answer.Encrypted = false
		return conclude(r.answer, answer.Gone, answer.LogGroupNotFound), nil
	case awserr.IsReservedName(err):
		return conclude(r.answer, answer.Skipped, answer.ReservedName), nil
	}
	return r.answer, err
}

func (e *Encrypter) keyring(scope target.Scope, api KeysAPI) *keyring {
	e.mu.Lock()
	defer e.mu.Unlock()
	ring, ok := e.keyrings[scope]
	if !ok {
		ring = newKeyring(api, scope)
		e.keyrings[scope] = ring
	}
	return ring
}

func conclude(a answer.Answer, outcome answer.Outcome, reason answer.Reason) answer.Answer {
	a.Outcome, a.Reason = outcome, reason
	return a
}

// wait lets some time pass. Its error is the context's, where that ended first.
func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
