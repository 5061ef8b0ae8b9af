package explain

import (
	"fmt"
	"strings"

	"log-group-kms/internal/answer"
	"log-group-kms/internal/failure"
	"log-group-kms/internal/keyring"
	"log-group-kms/internal/policy"
)

// Name is a step's fixed identifier.
type Name string

// The steps, in their order.
const (
	ReservedName Name = "reserved-name"
	Exclude      Name = "exclude"
	ExistingKey  Name = "existing-key"
	SkipRule     Name = "skip-rule"
	Tag          Name = "tag"
	Rule         Name = "rule"
	Default      Name = "default"
	Key          Name = "key"
)

// names lists every step.
func names() []Name {
	return []Name{ReservedName, Exclude, ExistingKey, SkipRule, Tag, Rule, Default, Key}
}

// Result is what came of a step.
type Result string

// The results.
const (
	No         Result = "no"
	None       Result = "none"
	Decides    Result = "decides"
	Rejected   Result = "rejected"
	NotReached Result = "not-reached"
	Usable     Result = "usable"
	Unusable   Result = "unusable"
	Unknown    Result = "unknown"
)

// Step is one step to the key.
type Step struct {
	Step   Name   `json:"step"`
	Result Result `json:"result"`
	Rule   string `json:"rule,omitempty"` // the rule that decides, or would without the key that is kept
	Line   int    `json:"line,omitempty"` // where that begins in its file
	// Because says more, one thought a line.
	Because string `json:"because,omitempty"`
}

func (w *work) say(step Name, result Result, because string) {
	w.steps = append(w.steps, Step{Step: step, Result: result, Because: because})
}

// sayRule says what a rule has decided.
func (w *work) sayRule(step Name, rule *policy.Rule, because string) {
	w.steps = append(w.steps, Step{Step: step, Result: Decides, Rule: rule.Name, Line: rule.Line, Because: because})
}

// rest says of all further steps that they were not reached.
func (w *work) rest() {
	for _, step := range names()[len(w.steps):] {
		w.say(step, NotReached, "")
	}
}

// walk says every step, in the order in which they decide.
func (w *work) walk() {
	defer w.rest()
	a := w.plan.Answer
	if a.Reason == answer.ReservedName {
		w.say(ReservedName, Decides, "names that begin with aws/ are AWS's own")
		return
	}
	w.say(ReservedName, No, "")
	if by, excluded := w.policy.ExcludedBy(w.target.LogGroup); excluded {
		w.say(Exclude, Decides, "it matches "+string(by))
		return
	}
	w.say(Exclude, No, w.noExclude())
	if w.existingKey() {
		return
	}
	trace := w.policy.Trace(w.target, w.plan.Tags)
	if w.skipRule(trace) || w.tag() || w.rule(trace) || w.byDefault() {
		w.key()
	}
}

func (w *work) noExclude() string {
	if len(w.policy.Exclude) == 0 {
		return ""
	}
	return "no match: " + join(w.policy.Exclude)
}

func join(patterns []policy.Pattern) string {
	var texts []string
	for _, p := range patterns {
		texts = append(texts, string(p))
	}
	return strings.Join(texts, ", ")
}

// existingKey tells whether the key that the log group has decides.
func (w *work) existingKey() bool {
	setting := "EXISTING_KEY=" + string(w.policy.Existing)
	switch {
	case w.offline:
		w.say(ExistingKey, Unknown, "not looked at: --offline takes the log group for a new one")
	case w.state.KeyARN == "":
		w.say(ExistingKey, None, "it has none, so "+setting+" does not matter")
	case w.plan.Answer.Reason == answer.ExistingKeyKept:
		leaves := " leaves it"
		if w.policy.Existing == policy.Repair {
			leaves += ", since it is enabled and the configuration could choose it"
		}
		if state := w.plan.Answer.KeyState; keyring.IsUnusable(state) {
			leaves += "\n" + keyring.Remedy(w.state.KeyARN, state)
		}
		w.say(ExistingKey, Decides, w.present()+": "+setting+leaves+"\n"+w.without)
		if rule := w.ruleNamed(w.chosenBy); rule != nil {
			step := &w.steps[len(w.steps)-1]
			step.Rule, step.Line = rule.Name, rule.Line
		}
		return true
	case w.policy.Existing == policy.Repair && w.plan.KeyARN != "":
		w.say(ExistingKey, No, w.present()+": "+setting+" replaces it, since it is not enabled, or the configuration could not choose it")
	case w.plan.Answer.Reason == answer.AlreadyAssociated:
		w.say(ExistingKey, No, w.present()+": it is the chosen one, so "+setting+" does not matter")
	default:
		w.say(ExistingKey, No, w.present()+": "+setting+" sets the chosen key where that is another")
	}
	return false
}

// skipRule tells whether a rule skips the log group.
func (w *work) skipRule(trace []policy.Verdict) bool {
	if last := len(trace) - 1; last >= 0 && trace[last].Matches && trace[last].Rule.Skip {
		w.sayRule(SkipRule, trace[last].Rule, w.place(trace[last].Rule))
		return true
	}
	var skips []string
	for i := range w.policy.Rules {
		if rule := &w.policy.Rules[i]; rule.Skip {
			skips = append(skips, w.place(rule))
		}
	}
	if len(skips) == 0 {
		w.say(SkipRule, None, "no rule skips")
		return false
	}
	w.say(SkipRule, No, "not decisive: "+strings.Join(head(skips), ", "))
	return false
}

// tag tells whether the log group's tag decides.
func (w *work) tag() bool {
	name := w.policy.KeyTag
	value, has := w.plan.Tags[name]
	switch {
	case name == "":
		w.say(Tag, None, "KMS_KEY_TAG is empty")
	case !has:
		w.say(Tag, None, "the log group has no tag "+name)
	case w.isGuess():
		w.say(Tag, Unknown, fmt.Sprintf("%s = %s: %v", name, value, errGuess))
		return true
	case w.plan.Answer.TagRejected != "":
		w.say(Tag, Rejected, fmt.Sprintf("%s = %s: %s\n%s", name, value, w.plan.Answer.TagRejected, w.rejection))
	default:
		w.say(Tag, Decides, name+" = "+value)
		return true
	}
	return false
}

// rule tells whether a rule decides.
func (w *work) rule(trace []policy.Verdict) bool {
	var lines []string
	for _, v := range trace {
		if v.Matches {
			w.sayRule(Rule, v.Rule, strings.Join(append([]string{w.place(v.Rule) + " → " + w.plan.Choice.Key.String()}, head(lines)...), "\n"))
			return true
		}
		lines = append(lines, w.place(v.Rule)+": "+v.Because)
	}
	if len(lines) == 0 {
		w.say(Rule, None, "there are no rules")
		return false
	}
	w.say(Rule, No, strings.Join(head(lines), "\n"))
	return false
}

// byDefault tells whether there is a default key.
func (w *work) byDefault() bool {
	if w.policy.Default == "" {
		w.say(Default, None, "DEFAULT_KMS_KEY is empty")
		return false
	}
	w.say(Default, Decides, string(w.policy.Default))
	return true
}

// key says whether the chosen key can be used.
func (w *work) key() {
	w.skipTo(Key)
	switch {
	case !w.plan.Choice.HasKey():
		return
	case w.isGuess():
		w.say(Key, NotReached, "")
	case w.failed != nil && w.failed.Type == failure.KeyUnusable:
		w.say(Key, Unusable, w.plan.Choice.Key.String()+": "+because(w.failed))
	case w.failed != nil:
		w.say(Key, Unknown, w.plan.Choice.Key.String()+": "+because(w.failed))
	case w.offline:
		w.say(Key, Unknown, w.plan.Choice.Key.String()+": not looked at (--offline)")
	default:
		w.say(Key, Usable, w.target.ShortARN(w.plan.Answer.KMSKeyARN)+", enabled, symmetric, customer managed; its policy is only tried when it is set")
	}
}

// skipTo says of the steps before one that they were not reached.
func (w *work) skipTo(step Name) {
	for _, name := range names()[len(w.steps):] {
		if name == step {
			return
		}
		w.say(name, NotReached, "")
	}
}
