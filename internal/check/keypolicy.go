package check

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"log-group-kms/internal/policy"
	"log-group-kms/internal/target"
)

// policyDocument is a key's policy, as far as it is read here
// (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html).
type policyDocument struct{ statements []statement }

type statement struct {
	Effect       string
	Principal    principals
	NotPrincipal json.RawMessage
	Action       texts
	NotAction    texts
	Condition    map[string]map[string]texts
}

// texts are one string or a list of them.
type texts []string

// UnmarshalJSON reads both forms.
func (t *texts) UnmarshalJSON(raw []byte) error {
	var one string
	if json.Unmarshal(raw, &one) == nil {
		*t = texts{one}
		return nil
	}
	return json.Unmarshal(raw, (*[]string)(t))
}

// principals are "*", or lists by kind.
type principals map[string]texts

// UnmarshalJSON reads both forms.
func (p *principals) UnmarshalJSON(raw []byte) error {
	var all string
	if json.Unmarshal(raw, &all) == nil {
		*p = principals{"*": {all}}
		return nil
	}
	return json.Unmarshal(raw, (*map[string]texts)(p))
}

// one or many statements.
type statements []statement

// UnmarshalJSON reads both forms.
func (s *statements) UnmarshalJSON(raw []byte) error {
	if len(raw) > 0 && raw[0] == '{' {
		*s = make(statements, 1)
		return json.Unmarshal(raw, &(*s)[0])
	}
	return json.Unmarshal(raw, (*[]statement)(s))
}

var errPolicy = errors.New("the policy is not what a key's policy looks like")

func parsePolicy(text string) (policyDocument, error) {
	var document struct{ Statement statements }
	if err := json.Unmarshal([]byte(text), &document); err != nil {
		return policyDocument{}, errPolicy
	}
	return policyDocument{document.Statement}, nil
}

// needed are the actions without which CloudWatch Logs cannot use a key.
var needed = []string{"kms:Encrypt", "kms:Decrypt", "kms:ReEncryptFrom", "kms:ReEncryptTo", "kms:GenerateDataKey", "kms:DescribeKey"}

// admits tells whether the statements let CloudWatch Logs use the key for a target:
// the query results, or every log group of the scope where the name is empty. why says
// what stands in the way, where something does.
func (d policyDocument) admits(t target.Target) (why string, ok bool) {
	missing := slices.Clone(needed)
	for _, s := range d.statements {
		if s.NotPrincipal != nil || len(s.NotAction) > 0 || !s.isFor(t) {
			continue
		}
		switch s.Effect {
		case "Deny":
			if s.mayApply(t) && slices.ContainsFunc(needed, s.names) {
				return " (a statement denies it)", false
			}
		case "Allow":
			if s.applies(t) {
				missing = slices.DeleteFunc(missing, s.names)
			}
		}
	}
	if len(missing) > 0 && len(missing) < len(needed) {
		return " (not for " + strings.Join(missing, ", ") + ")", false
	}
	return "", len(missing) == 0
}

// isFor tells whether the statement is about CloudWatch Logs of the target's Region.
func (s statement) isFor(t target.Target) bool {
	if slices.Contains(s.Principal["*"], "*") || slices.Contains(s.Principal["AWS"], "*") && s.Effect == "Deny" {
		return true
	}
	return slices.ContainsFunc(s.Principal["Service"], func(service string) bool {
		rest, ok := strings.CutPrefix(service, "logs."+t.Region+".")
		return ok && strings.HasPrefix(rest, "amazonaws.com") || service == "*"
	})
}

// names tells whether the statement is about an action.
func (s statement) names(action string) bool {
	return slices.ContainsFunc(s.Action, func(pattern string) bool {
		return policy.Pattern(strings.ToLower(pattern)).Match(strings.ToLower(action))
	})
}

// requestContext is the values that CloudWatch Logs sends along
// (https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html).
func requestContext(t target.Target) map[string]string {
	values := map[string]string{"aws:sourceaccount": t.Account, "aws:sourcearn": t.ARN()}
	if !t.IsQueryResult() {
		values["kms:encryptioncontext:aws:logs:arn"] = t.ARN()
	}
	return values
}

// applies tells whether every condition holds; one that cannot be judged does not.
func (s statement) applies(t target.Target) bool { return s.judge(t, false) }

// mayApply tells whether no condition fails; one that cannot be judged does not.
func (s statement) mayApply(t target.Target) bool { return s.judge(t, true) }

func (s statement) judge(t target.Target, unknown bool) bool {
	values := requestContext(t)
	for operator, conditions := range s.Condition {
		for key, patterns := range conditions {
			value, known := values[strings.ToLower(key)]
			holds := unknown
			if known {
				switch strings.TrimSuffix(strings.ToLower(operator), "ifexists") {
				case "arnlike", "arnequals", "stringlike":
					holds = matchesAny(patterns, value, t)
				case "stringequals":
					holds = slices.Contains(patterns, value)
				}
			}
			if !holds {
				return false
			}
		}
	}
	return true
}

// matchesAny holds the patterns against the ARN. That of "every log group", which
// ends with an empty name, must be matched whatever the name is.
func matchesAny(patterns texts, value string, t target.Target) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool {
		if t.Kind == target.KindLogGroup && t.LogGroup == "" {
			return policy.Pattern(pattern).Covers(policy.Pattern(value + "*"))
		}
		return policy.Pattern(pattern).Match(value)
	})
}
