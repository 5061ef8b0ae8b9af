// Package explain says step by step which key a log group has or would get, and why.
// It decides as an event would, by encrypt.Decide, and writes nothing to AWS.
package explain

import (
	"context"
	"errors"
	"fmt"

	"log-group-kms/internal/answer"
	"log-group-kms/internal/encrypt"
	"log-group-kms/internal/failure"
	"log-group-kms/internal/policy"
	"log-group-kms/internal/target"
)

// Explanation is why a log group has, or would get, which key. In JSON it is the answer
// of a dry run, with the steps to it.
type Explanation struct {
	answer.Answer
	// Key is the chosen key as it is written in tag, rule or default.
	Key          string       `json:"key,omitempty"`
	ErrorType    failure.Type `json:"errorType,omitempty"`
	ErrorMessage string       `json:"errorMessage,omitempty"`
	Steps        []Step       `json:"steps"`

	// Has is the ARN of the key that the log group has now; empty: none, or not known.
	Has string `json:"-"`
	// Offline says that nobody was asked.
	Offline bool `json:"-"`
	// Verdict is the outcome in one sentence.
	Verdict string `json:"-"`
}

// GetsKey tells whether the log group has a key, or would get one.
func (e *Explanation) GetsKey() bool {
	return e.Has != "" || e.Outcome == answer.Planned || e.Outcome == answer.Unchanged
}

// Explainer explains. It is safe for concurrent use.
type Explainer struct {
	policy    *policy.Policy
	rulesFrom string // the file that the rules' lines count in
	accounts  encrypt.Accounts
	deciding  *encrypt.Encrypter // decides as the function does
	wanting   *encrypt.Encrypter // decides which key a log group should have
	offline   bool
}

// New makes an Explainer that asks AWS. The rules come from a file.
func New(p *policy.Policy, rulesFrom string, accounts encrypt.Accounts) *Explainer {
	return &Explainer{
		policy: p, rulesFrom: rulesFrom, accounts: accounts,
		deciding: encrypt.New(p, accounts), wanting: encrypt.NewReplacing(p, accounts),
	}
}

// Explain explains one log group. Where it cannot be said which key that gets, there is
// an error, with what to do; the Explanation is nil unless at least the choice is known.
func (e *Explainer) Explain(ctx context.Context, t target.Target) (*Explanation, error) {
	state, err := e.state(ctx, t)
	_, offLimits := e.policy.OffLimits(t.LogGroup)
	if encrypt.IsGone(err) {
		if !offLimits {
			return e.gone(t), &failure.Error{
				Type: failure.Unexpected, Doing: "DescribeLogGroups to find " + t.String(), Err: err,
				Advice: "Look at name, account and Region; --offline says what a new log group of that name would get.",
			}
		}
		state = encrypt.State{}
	} else if err != nil {
		return nil, err
	}
	request := encrypt.Request{Target: t, State: &state, Looks: new(encrypt.Looks)}
	plan, err := e.deciding.Decide(ctx, request)
	f, _ := errors.AsType[*failure.Error](err)
	if err != nil && (f == nil || !plan.Choice.HasKey()) {
		return nil, err
	}
	w := &work{Explainer: e, target: t, state: state, plan: plan, failed: f}
	w.rejection = w.rejected(ctx)
	if err == nil && plan.Answer.Reason == answer.ExistingKeyKept {
		w.otherwise(ctx, request)
	}
	return w.explain()
}

// state reads the log group's state. Offline it is a new one.
func (e *Explainer) state(ctx context.Context, t target.Target) (encrypt.State, error) {
	if e.offline {
		return encrypt.State{}, nil
	}
	account, err := e.accounts.For(ctx, t.Scope)
	if err != nil {
		return encrypt.State{}, failure.While("reaching "+t.String(), err)
	}
	return encrypt.ReadState(ctx, account.Logs, t)
}

// gone explains a log group that AWS does not know.
func (e *Explainer) gone(t target.Target) *Explanation {
	w := &work{Explainer: e, target: t}
	x := &Explanation{Verdict: "Cannot be said: AWS does not know this log group."}
	x.Answer = answer.Answer{
		Outcome: answer.Gone, Reason: answer.LogGroupNotFound, LogGroup: t.LogGroup, Account: t.Account, Region: t.Region, DryRun: true,
	}
	w.say(ReservedName, No, "")
	w.say(Exclude, No, w.noExclude())
	w.say(ExistingKey, Unknown, "AWS does not know this log group")
	w.rest()
	x.Steps = w.steps
	return x
}

// work is the work on one explanation.
type work struct {
	*Explainer
	target target.Target
	state  encrypt.State
	plan   encrypt.Plan
	failed *failure.Error // why the chosen key is not to be had

	rejection string         // why the tag's key was not taken; empty: it was, or there is none
	unseen    *failure.Error // why these credentials may not look at it
	without   string         // what would be chosen without the key that is kept
	same      string         // what chooses the key that is kept; empty: nothing does
	chosenBy  string         // the rule that chooses without the key that is kept
	steps     []Step
}

// otherwise finds out what would be chosen if the key that the log group has did not
// decide: people ask why it has that key, long after a rule has chosen it.
func (w *work) otherwise(ctx context.Context, request encrypt.Request) {
	plan, err := w.wanting.Decide(ctx, request)
	choice := plan.Choice
	w.chosenBy = choice.Rule
	switch {
	case err != nil && !choice.HasKey():
		w.without = "which key the configuration chooses is not known: " + because(err)
	case err != nil:
		w.without = fmt.Sprintf("the configuration chooses %s, by %s: %s", choice.Key, w.by(choice), because(err))
	case plan.Answer.Reason == answer.AlreadyAssociated:
		w.same = w.by(choice)
		w.without = fmt.Sprintf("the configuration chooses the same key, %s, by %s", choice.Key, w.same)
	case choice.HasKey():
		w.without = fmt.Sprintf("the configuration chooses %s, by %s", choice.Key, w.by(choice))
	case choice.Rule != "":
		w.without = "without it, " + w.by(choice) + " would skip the log group"
	default:
		w.without = "without it, no tag, rule or default would choose a key"
	}
}

// explain makes the steps and the verdict.
func (w *work) explain() (*Explanation, error) {
	x := &Explanation{Answer: w.plan.Answer, Has: w.state.KeyARN, Offline: w.offline}
	if w.plan.Choice.HasKey() {
		x.Key = w.plan.Choice.Key.String()
	}
	w.walk()
	x.Steps = w.steps
	var cannot error
	switch {
	case w.failed != nil:
		x.ErrorType, x.ErrorMessage = w.failed.Type, w.failed.Err.Error()
		if w.failed.Type != failure.KeyUnusable {
			cannot = w.failed
		}
	case w.unseen != nil && x.Outcome == answer.Skipped:
		cannot = w.unseen
	case w.isGuess():
		x.Answer = answer.Answer{LogGroup: x.LogGroup, Account: x.Account, Region: x.Region, DryRun: true}
		x.Key = ""
		cannot = &failure.Error{
			Type: failure.Unexpected, Doing: "explaining " + w.target.String(), Err: errGuess,
			Advice: "Name the key in the tag by its ARN, or ask without --offline.",
		}
	case w.offline && w.plan.Choice.Key.ARN(w.target.Scope) == "":
		x.KMSKeyARN = "" // nobody said what the alias points to
	}
	x.Verdict = w.verdict(x, cannot)
	return x, cannot
}

var errGuess = errors.New("the tag names an alias, and whether TAG_ALLOWED_KEYS allows it depends on the key that it points to")

// isGuess tells whether, offline, it is not known whether the tag's key is allowed.
func (w *work) isGuess() bool {
	if !w.offline {
		return false
	}
	key := w.plan.Choice.Key
	if w.plan.Answer.TagRejected == answer.NotAllowed {
		key = w.plan.Rejected
	} else if w.plan.Choice.Reason != answer.Tag {
		return false
	}
	_, settled := w.policy.Allowed.ByText(key, w.target.Scope)
	return !settled && !w.policy.Allowed.Surely(key, w.target.Scope)
}

// verdict is the outcome in one sentence.
func (w *work) verdict(x *Explanation, cannot error) string {
	by := w.by(w.plan.Choice)
	switch {
	case cannot != nil:
		return "Cannot be said: " + because(cannot) + "."
	case w.failed != nil && x.Has != "":
		return fmt.Sprintf("Keeps %s: the key by %s cannot be used.", w.target.ShortARN(x.Has), by)
	case w.failed != nil:
		return fmt.Sprintf("Would stay without a key of yours: the key by %s cannot be used.", by)
	case x.Outcome == answer.Planned && x.KMSKeyARN == "":
		return fmt.Sprintf("Would get %s, by %s.", x.Key, by)
	case x.Outcome == answer.Planned && x.Has != "":
		return fmt.Sprintf("Would get %s in place of its own, by %s.", w.target.ShortARN(x.KMSKeyARN), by)
	case x.Outcome == answer.Planned:
		return fmt.Sprintf("Would get %s, by %s.", w.target.ShortARN(x.KMSKeyARN), by)
	case x.Reason == answer.AlreadyAssociated:
		return fmt.Sprintf("Has %s, by %s.", w.target.ShortARN(x.Has), by)
	case x.keepsUnusable():
		return fmt.Sprintf("Keeps %s, which cannot be used: its state is %s.", w.target.ShortARN(x.Has), x.KeyState)
	case x.Has != "" && w.same != "":
		return fmt.Sprintf("Keeps %s, which is chosen by %s as well.", w.target.ShortARN(x.Has), w.same)
	case x.Has != "":
		return fmt.Sprintf("Keeps %s.", w.target.ShortARN(x.Has))
	}
	return "Would stay without a key of yours."
}
