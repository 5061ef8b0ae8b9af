package doctor

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"

	"log-group-kms/internal/awserr"
	"log-group-kms/internal/check"
	"log-group-kms/internal/stack"
)

// RulesAPI is what is asked of EventBridge.
type RulesAPI interface {
	DescribeRule(context.Context, *eventbridge.DescribeRuleInput, ...func(*eventbridge.Options)) (*eventbridge.DescribeRuleOutput, error)
	ListTargetsByRule(context.Context, *eventbridge.ListTargetsByRuleInput, ...func(*eventbridge.Options)) (*eventbridge.ListTargetsByRuleOutput, error)
}

const rulesWork = "the stack's rules are enabled and have their targets"

// rules finds out whether EventBridge hands the events on.
func (r *round) rules(ctx context.Context) []check.Entry {
	r.progress("rules")
	e := check.Entry{Check: EventsRules}
	if why := r.unlisted(); why != nil {
		return []check.Entry{r.unknown(e, rulesWork, why)}
	}
	rules := r.resources.Rules()
	entries := sideBySide(rules, func(rule stack.Rule) check.Entry { return r.rule(ctx, rule) })
	var trouble []check.Entry
	var well []string
	for i, entry := range entries {
		if entry.Result != check.OK {
			trouble = append(trouble, entry)
		} else {
			well = append(well, rules[i].LogicalID)
		}
	}
	switch {
	case len(trouble) > 0:
		return trouble
	case len(well) == 0:
		e.Result, e.Message = check.Failed, "the stack has no rule, so no event comes"
		e.Remedy, e.Runbook = redeploy, missedEvents.link()
	default:
		e.Result, e.Message = check.OK, "the rules are enabled and have their targets: "+strings.Join(well, ", ")
	}
	return []check.Entry{e}
}

const (
	redeploy = "deploy the stack again (make deploy)"

	// restore is for what somebody changed by hand: a plain deployment compares templates
	// alone, and leaves it as it is
	// (https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/drift-aware-change-sets.html).
	restore = "make and execute a change set of the stack with the deployment mode REVERT_DRIFT: a plain deployment does not bring back what was changed by hand"
)

// rule finds out what is wrong with a rule, if something is: then its entry is not ok.
func (r *round) rule(ctx context.Context, rule stack.Rule) check.Entry {
	e := check.Entry{Check: EventsRules, Subject: rule.Name, Result: check.Failed, Remedy: restore, Runbook: missedEvents.link()}
	var bus *string
	if rule.Bus != "" {
		bus = &rule.Bus
	}
	out, err := r.Rules.DescribeRule(ctx, &eventbridge.DescribeRuleInput{Name: &rule.Name, EventBusName: bus})
	if isRuleGone(err) {
		e.Message = "rule " + rule.LogicalID + " does not exist any more, so its events do not come"
		return e
	}
	if why := refused(ctx, "events:DescribeRule", err); why != nil {
		return r.unknown(e, "rule "+rule.LogicalID+" is enabled", why)
	}
	if out.State == types.RuleStateDisabled {
		e.Message = "rule " + rule.LogicalID + " is disabled, so its events do not come"
		e.Remedy = "aws events enable-rule --name " + rule.Name
		if bus != nil {
			e.Remedy += " --event-bus-name " + rule.Bus
		}
		return e
	}
	targets, err := r.Rules.ListTargetsByRule(ctx, &eventbridge.ListTargetsByRuleInput{Rule: &rule.Name, EventBusName: bus})
	if why := refused(ctx, "events:ListTargetsByRule", err); why != nil {
		return r.unknown(e, "rule "+rule.LogicalID+" has its target", why)
	}
	for _, t := range targets.Targets {
		if r.resources.Has(aws.ToString(t.Arn)) {
			return check.Entry{Check: EventsRules, Subject: rule.Name, Result: check.OK}
		}
	}
	e.Message = "rule " + rule.LogicalID + " has no target of this stack, so its events go nowhere"
	return e
}

func isRuleGone(err error) bool {
	return err != nil && awserr.Code(err) == (&types.ResourceNotFoundException{}).ErrorCode()
}
