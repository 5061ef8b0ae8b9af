package awsfake

import (
	"cmp"
)

var eventsOperations = map[string]operation{
	"DescribeRule":      (*World).describeRule,
	"DisableRule":       (*World).disableRule,
	"EnableRule":        (*World).enableRule,
	"ListTargetsByRule": (*World).listTargetsByRule,
}

// defaultBus is the event bus of rules that name none.
const defaultBus = "default"

// Rule is an EventBridge rule.
type Rule struct {
	Name     string
	Bus      string // the default one if empty
	Disabled bool
	State    string // overrides Disabled where a rule has one of the rarer states
	Pattern  string
	Schedule string
	Targets  []RuleTarget
}

// RuleTarget is a target of a rule.
type RuleTarget struct {
	ID, ARN    string
	RoleARN    string
	DeadLetter string // ARN of the queue for what cannot be handed over
}

type ruleName struct{ bus, name string }

func (u Rule) deploy(w *World, s scope) (kind, physicalID string) {
	u.Bus = cmp.Or(u.Bus, defaultBus)
	put(w.deployed.rules, s, ruleName{u.Bus, u.Name}, u)
	physicalID = u.Name
	if u.Bus != defaultBus {
		physicalID = u.Bus + "|" + u.Name // as CloudFormation has it
	}
	return "AWS::Events::Rule", physicalID
}

// PutRule makes or replaces a rule from outside.
func (w *World) PutRule(account, region string, u Rule) {
	w.mu.Lock()
	defer w.mu.Unlock()
	u.deploy(w, scope{cmp.Or(account, w.account), region})
}

// DeleteRule removes a rule of the default bus from outside.
func (w *World) DeleteRule(account, region, name string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.deployed.rules[scope{cmp.Or(account, w.account), region}], ruleName{defaultBus, name})
}

// RuleEnabled says whether there is such a rule of the default bus, and it is on.
func (w *World) RuleEnabled(account, region, name string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	u, known := w.deployed.rules[scope{cmp.Or(account, w.account), region}][ruleName{defaultBus, name}]
	return known && u.state() != "DISABLED"
}

func (u Rule) state() string {
	if u.Disabled {
		return cmp.Or(u.State, "DISABLED")
	}
	return cmp.Or(u.State, "ENABLED")
}

// RuleARN returns the ARN of a rule of the default bus.
func RuleARN(account, region, name string) string {
	return "arn:" + Partition(region) + ":events:" + region + ":" + account + ":rule/" + name
}

// findRule finds the rule of a request. Some operations call its name Name, others
// Rule.
func (w *World) findRule(r *request) (Rule, error) {
	in, err := decode[struct{ Name, Rule, EventBusName string }](r)
	if err != nil {
		return Rule{}, err
	}
	name, bus := cmp.Or(in.Name, in.Rule), cmp.Or(in.EventBusName, defaultBus)
	u, known := w.deployed.rules[r.scope][ruleName{bus, name}]
	if !known {
		return Rule{}, fail("ResourceNotFoundException", "Rule %s does not exist on EventBus %s.", name, bus)
	}
	return u, nil
}

func (w *World) describeRule(r *request) (any, error) {
	u, err := w.findRule(r)
	if err != nil {
		return nil, err
	}
	out := map[string]any{
		"Name": u.Name, "Arn": RuleARN(r.account, r.region, u.Name), "State": u.state(), "EventBusName": u.Bus, "CreatedBy": r.account,
	}
	if u.Pattern != "" {
		out["EventPattern"] = u.Pattern
	}
	if u.Schedule != "" {
		out["ScheduleExpression"] = u.Schedule
	}
	return out, nil
}

func (w *World) listTargetsByRule(r *request) (any, error) {
	u, err := w.findRule(r)
	if err != nil {
		return nil, err
	}
	targets := []map[string]any{}
	for _, t := range u.Targets {
		target := map[string]any{"Id": t.ID, "Arn": t.ARN}
		if t.RoleARN != "" {
			target["RoleArn"] = t.RoleARN
		}
		if t.DeadLetter != "" {
			target["DeadLetterConfig"] = map[string]string{"Arn": t.DeadLetter}
		}
		targets = append(targets, target)
	}
	return map[string]any{"Targets": targets}, nil
}

func (w *World) enableRule(r *request) (any, error)  { return w.switchRule(r, false) }
func (w *World) disableRule(r *request) (any, error) { return w.switchRule(r, true) }

func (w *World) switchRule(r *request, disabled bool) (any, error) {
	u, err := w.findRule(r)
	if err != nil {
		return nil, err
	}
	u.Disabled, u.State = disabled, ""
	u.deploy(w, r.scope)
	return nil, nil
}
