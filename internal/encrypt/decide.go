package encrypt

import (
	"context"
	"time"

	"log-group-kms/internal/answer"
	"log-group-kms/internal/failure"
	"log-group-kms/internal/keyring"
	"log-group-kms/internal/policy"
	"log-group-kms/internal/target"
)

// Plan is what was decided about a target, and what it rests upon.
type Plan struct {
	Target target.Target
	// Answer is the answer of a dry run.
	Answer answer.Answer
	// State is the log group's state; nil where it was not read.
	State *State
	// Tags are the log group's; nil where the decision did not need them.
	Tags map[string]string
	// Choice is what the policy chose; zero where the decision fell before.
	Choice policy.Choice
	// Rejected is the key that the log group's tag names, where it was rejected.
	Rejected policy.Key
	// RejectedFor is the failure that rejected it: AccessDenied where whoever decides may
	// not look at it.
	RejectedFor failure.Type
	// KeyARN is the key that is to be set; empty: there is nothing to write.
	KeyARN string

	keysAsked []time.Time // of the keys that it rests upon
}

// work is the work on one request.
type work struct {
	request  Request
	policy   *policy.Policy
	account  Account
	base     answer.Answer // what is known without looking
	setAgain bool          // whether the key that the log group has is to be set again

	state *State // nil: to be read
	tags  *tags  // nil: to be read, if they are needed

	sent    int              // AssociateKmsKey requests
	lost    bool             // whether one of them got no answer
	refused map[string]error // by ARN: keys that CloudWatch Logs has refused, and why
}

// decide reads what is not known yet and makes the Plan. Its error is errNotThere
// where AWS does not know the log group; the Plan then holds what was known until
// there.
func (w *work) decide(ctx context.Context) (Plan, error) {
	plan := Plan{Target: w.request.Target, Answer: w.base}
	if w.request.Target.IsQueryResult() {
		plan.Choice = w.policy.ForQueryResults(w.request.Target.Scope)
		key, err := w.resolve(ctx, plan.Choice)
		if err == nil {
			plan.set(key)
		}
		return plan, err
	}
	reading, cancel := context.WithCancel(ctx)
	reads := w.beginReading(reading)
	defer func() { // drops the reads that turned out not to matter
		cancel()
		reads.beside.Wait()
	}()
	if err := reads.readState(reading); err != nil {
		return plan, err
	}
	plan.State = w.state
	plan.Answer.Encrypted = w.state.KeyARN != ""
	if w.setAgain {
		plan.KeyARN = w.state.KeyARN
		return plan, nil
	}
	if w.state.KeyARN != "" && w.policy.Existing == policy.Keep {
		plan.leave(answer.ExistingKeyKept)
		return plan, nil
	}
	for {
		choice, err := reads.choose(reading, plan.Answer.TagRejected != "")
		if err != nil {
			return plan, err
		}
		plan.Choice, plan.Answer.Rule = choice, choice.Rule
		if w.tags != nil {
			plan.Tags = w.tags.values
		}
		if !choice.HasKey() {
			plan.Answer.KMSKeyARN = w.state.KeyARN
			plan.Answer = conclude(plan.Answer, answer.Skipped, choice.Reason)
			return plan, nil
		}
		key, err := reads.resolve(reading, choice)
		if rejected, ok := asRejection(err); ok {
			plan.Rejected, plan.RejectedFor = choice.Key, failure.TypeOf(rejected.err)
			plan.Answer.TagRejected, plan.Answer.TagRejectedWhy = rejected.kind, rejected.Error()
			continue
		}
		if err != nil {
			return plan, err
		}
		return plan, w.compare(ctx, &plan, key)
	}
}

// compare holds the chosen key against the one that the log group has.
func (w *work) compare(ctx context.Context, plan *Plan, key keyring.Key) error {
	plan.keysAsked = append(plan.keysAsked, key.Asked)
	if key.ARN == w.state.KeyARN {
		plan.leave(answer.AlreadyAssociated)
		return nil
	}
	if w.state.KeyARN != "" && w.policy.Existing == policy.Repair {
		sound, err := w.isSound(ctx, plan)
		if err != nil {
			return err
		}
		if sound {
			plan.leave(answer.ExistingKeyKept)
			return nil
		}
	}
	plan.set(key)
	plan.Answer.PreviousKMSKeyARN = w.state.KeyARN
	return nil
}

// set plans to set a key.
func (p *Plan) set(key keyring.Key) {
	p.KeyARN, p.keysAsked = key.ARN, append(p.keysAsked, key.Asked)
	p.Answer.KMSKeyARN = key.ARN
	p.Answer = conclude(p.Answer, answer.Planned, p.Choice.Reason)
}

// leave plans to leave the log group under the key that it has.
func (p *Plan) leave(reason answer.Reason) {
	p.Answer.KMSKeyARN, p.Answer.Rule = p.State.KeyARN, ""
	p.Answer = conclude(p.Answer, answer.Unchanged, reason)
}
