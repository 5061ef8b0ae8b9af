package explain

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/smithy-go"

	"log-group-kms/internal/answer"
	"log-group-kms/internal/encrypt"
	"log-group-kms/internal/failure"
	"log-group-kms/internal/keyring"
	"log-group-kms/internal/policy"
)

// mostLines is how many rules a step lists.
const mostLines = 20

func head(lines []string) []string {
	if len(lines) <= mostLines {
		return lines
	}
	return append(lines[:mostLines:mostLines], fmt.Sprintf("and %d more", len(lines)-mostLines))
}

// place names a rule and where it stands.
func (w *work) place(rule *policy.Rule) string {
	if rule.Line == 0 {
		return rule.Name
	}
	return fmt.Sprintf("%s (%s:%d)", rule.Name, w.rulesFrom, rule.Line)
}

// by says what chose a key.
func (w *work) by(choice policy.Choice) string {
	if choice.Reason == answer.Tag {
		return "tag " + w.policy.KeyTag
	}
	if rule := w.ruleNamed(choice.Rule); rule != nil {
		return "rule " + w.place(rule)
	}
	return "default"
}

// ruleNamed gives the rule of that name, nil where there is none.
func (w *work) ruleNamed(name string) *policy.Rule {
	for i := range w.policy.Rules {
		if rule := &w.policy.Rules[i]; rule.Name == name {
			return rule
		}
	}
	return nil
}

// because says why something failed, without what only AWS Support asks for.
func because(err error) string {
	f, ok := errors.AsType[*failure.Error](err)
	if !ok {
		return err.Error()
	}
	if api, ok := errors.AsType[smithy.APIError](f.Err); ok {
		return strings.TrimSuffix(api.ErrorCode()+": "+api.ErrorMessage(), ".")
	}
	return strings.TrimSuffix(f.Err.Error(), ".")
}

// present is the key that the log group has, and how that is.
func (w *work) present() string {
	text := w.target.ShortARN(w.state.KeyARN)
	switch state := w.plan.Answer.KeyState; {
	case state == "":
		return text + ", of which KMS tells nothing here"
	case keyring.IsUnusable(state):
		return text + ", " + state
	}
	return text + ", enabled"
}

// rejected says why the key that a tag names was not taken.
func (w *work) rejected(ctx context.Context) string {
	switch w.plan.Answer.TagRejected {
	case "":
		return ""
	case answer.NotAllowed:
		return "TAG_ALLOWED_KEYS is " + join(w.policy.Allowed)
	}
	if err := w.plan.Rejected.Err(); err != nil {
		return err.Error()
	}
	account, err := w.accounts.For(ctx, w.target.Scope)
	if err != nil {
		return w.plan.Answer.TagRejectedWhy
	}
	if _, failed := account.Keys.Resolve(ctx, w.plan.Rejected, encrypt.EventFreshness()); failed != nil {
		if failed.Type == failure.AccessDenied {
			w.unseen = failure.While("DescribeKey to look at key "+w.plan.Rejected.String()+" for "+w.target.String(), failed)
			return because(failed) + "\nthese are your credentials: where the function may look at the key, the tag decides"
		}
		return because(failed)
	}
	return w.plan.Answer.TagRejectedWhy
}
