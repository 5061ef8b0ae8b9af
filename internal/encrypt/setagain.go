package encrypt

import (
	"context"
	"errors"

	"log-group-kms/internal/failure"
	"log-group-kms/internal/policy"
	"log-group-kms/internal/target"
)

// SetAgain gives a log group once more the key that it has, which changes nothing
// and shows whether the program may do it. keyARN is that key; empty: it has none,
// and nothing was tried. The error is a *failure.Error.
func (e *Encrypter) SetAgain(ctx context.Context, t target.Target) (keyARN string, err error) {
	account, err := e.accounts.For(ctx, t.Scope)
	if err != nil {
		return "", failure.While("reaching "+t.String(), err)
	}
	end, err := e.turns.take(ctx, t)
	if err != nil {
		return "", err
	}
	defer end()
	w := &work{request: Request{Target: t, KeyFreshness: EventFreshness()}, policy: &policy.Policy{Existing: policy.Keep}, account: account, setAgain: true}
	plan, err := w.decide(ctx)
	if err == nil && plan.KeyARN != "" {
		err = w.apply(ctx, &plan)
	}
	if m, ok := errors.AsType[*moved](err); ok {
		err = m.err
		if err == nil { // it has another key by now
			err = &failure.Error{Type: failure.Conflict, Doing: "AssociateKmsKey for " + t.String(), Err: m}
		}
	}
	if errors.Is(err, errNotThere) {
		err = &failure.Error{Type: failure.Unexpected, Doing: "DescribeLogGroups to find " + t.String(), Err: errNotThere}
	}
	return plan.KeyARN, err
}
