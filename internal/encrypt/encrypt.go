// Package encrypt brings one log group, or the stored query results, under its
// key. It decides first: it reads the state, lets the policy choose, resolves and
// checks the key, and makes a Plan of it. Then it applies the Plan, in the one
// place of the program that writes, and only as long as the facts that the Plan
// rests upon are fresh.
package encrypt

import (
	"context"
	"errors"
	"time"

	"log-group-kms/internal/answer"
	"log-group-kms/internal/awserr"
	"log-group-kms/internal/clock"
	"log-group-kms/internal/failure"
	"log-group-kms/internal/keyring"
	"log-group-kms/internal/policy"
	"log-group-kms/internal/target"
)

// visibilityDelay is how long a log group that was created a moment ago gets to
// show up. AWS promises no visibility right after CreateLogGroup.
const visibilityDelay = time.Second

// Request says what to bring under its key, and what the caller already knows.
type Request struct {
	Target target.Target
	// State is the state, where the caller has just read it; nil: read it.
	State *State
	// Tags are the tags that the log group was created with a moment ago. There
	// may be more of them by now.
	Tags map[string]string
	// LikelyHasKey says that the log group very likely has a key, so that the state
	// is worth waiting for before tags are read.
	LikelyHasKey bool
	// IsNew says that the log group was made a moment ago: if it is not to be
	// found, a second look may find it.
	IsNew bool
	// DryRun says to write nothing.
	DryRun bool
	// KeyFreshness says how old KMS's answers about keys may be; zero: EventFreshness.
	KeyFreshness keyring.Freshness
	// Looks finds out the state of the key that the log group has afterwards, also
	// where the decision does not depend on it; nil: nobody asks.
	Looks *Looks
}

// Encrypter brings log groups under their keys. It is safe for concurrent use.
type Encrypter struct {
	policy   *policy.Policy
	accounts Accounts
	turns    turns
}

// New makes an Encrypter that follows the policy.
func New(p *policy.Policy, accounts Accounts) *Encrypter {
	return &Encrypter{policy: p, accounts: accounts}
}

// NewReplacing makes an Encrypter that follows the policy as if EXISTING_KEY were
// replace. Its decisions tell which key a log group should have, whatever key it has.
func NewReplacing(p *policy.Policy, accounts Accounts) *Encrypter {
	replacing := *p
	replacing.Existing = policy.Replace
	return New(&replacing, accounts)
}

// Encrypt brings the target under its key and says what became of it. The error
// is a *failure.Error; the Answer then holds what was known until there.
func (e *Encrypter) Encrypt(ctx context.Context, request Request) (answer.Answer, error) {
	w, a, err := e.begin(ctx, request)
	if w == nil {
		return a, err
	}
	end, err := e.turns.take(ctx, request.Target)
	if err != nil {
		return a, err
	}
	defer end()
	a, err = w.bring(ctx)
	if errors.Is(err, errNotThere) && request.IsNew {
		if clock.Wait(ctx, visibilityDelay) == nil {
			a, err = w.bring(ctx)
		} else {
			err = failure.CutOff("DescribeLogGroups to find "+request.Target.String(),
				errors.New("AWS does not know it yet, and time ran out before a second look"))
		}
	}
	return w.finish(ctx, a, err)
}

// Decide says what Encrypt would do, and why. It writes nothing.
func (e *Encrypter) Decide(ctx context.Context, request Request) (Plan, error) {
	request.DryRun = true
	w, a, err := e.begin(ctx, request)
	if w == nil {
		return Plan{Target: request.Target, Answer: a}, err
	}
	plan, err := w.decide(ctx)
	plan.Answer, err = w.finish(ctx, plan.Answer, err)
	return plan, err
}

// begin makes ready for the work on a target. There is no work where the Answer
// or the error is the end of it.
func (e *Encrypter) begin(ctx context.Context, request Request) (*work, answer.Answer, error) {
	t := request.Target
	a := answer.Answer{LogGroup: t.LogGroup, Account: t.Account, Region: t.Region, DryRun: request.DryRun}
	switch t.Kind {
	case target.KindQueryResults:
		a.ResourceIdentifier = t.ARN()
		if e.policy.QueryResult == "" {
			return nil, conclude(a, answer.Skipped, answer.NoKey), nil
		}
	case target.KindLogGroup:
		if reason, off := e.policy.OffLimits(t.LogGroup); off {
			return nil, conclude(a, answer.Skipped, reason), nil
		}
	default:
		return nil, a, &failure.Error{Type: failure.Unexpected, Doing: "reading what to work on", Err: errors.New("it names neither a log group nor the query results")}
	}
	account, err := e.accounts.For(ctx, t.Scope)
	if err != nil {
		return nil, a, failure.While("reaching "+t.String(), err)
	}
	if request.KeyFreshness.MaxAge == 0 {
		request.KeyFreshness = EventFreshness()
	}
	return &work{request: request, policy: e.policy, account: account, base: a, state: request.State}, a, nil
}

// finish turns the two errors that are outcomes into Answers, and looks at the key
// that the log group has now, if that was asked for.
func (w *work) finish(ctx context.Context, a answer.Answer, err error) (answer.Answer, error) {
	switch {
	case errors.Is(err, errNotThere):
		a, err = conclude(unplanned(a), answer.Gone, answer.LogGroupNotFound), nil
		a.Encrypted, a.Rule = false, ""
	case awserr.IsReservedName(err):
		a, err = conclude(unplanned(a), answer.Skipped, answer.ReservedName), nil
		a.Rule = ""
	case err != nil:
		a = unplanned(a)
	}
	a.CreatedAt = w.state.CreatedAt()
	if w.request.Looks != nil && (err != nil || a.Outcome != answer.Skipped && a.Outcome != answer.Gone) {
		w.lookAtKey(ctx, &a)
	}
	return a, err
}

func conclude(a answer.Answer, outcome answer.Outcome, reason answer.Reason) answer.Answer {
	a.Outcome, a.Reason = outcome, reason
	return a
}

// unplanned takes back what a Plan would have done.
func unplanned(a answer.Answer) answer.Answer {
	a.KMSKeyARN, a.PreviousKMSKeyARN = "", ""
	return conclude(a, "", "")
}
