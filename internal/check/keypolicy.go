package check

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"log-group-kms/internal/policy"
	"log-group-kms/internal/target"
)

// statement is one statement of a key's policy, as far as it is read here
// (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html).
type statement struct {
	Effect       string
	Principal    principals
	NotPrincipal principals
	Action       texts
	NotAction    texts
	Condition    map[string]map[string]texts
}

// texts are one text or a list of them. A condition's may also be written as a boolean
// or a number.
type texts []string

// UnmarshalJSON reads all forms.
func (t *texts) UnmarshalJSON(raw []byte) error {
	var list []any
	if len(raw) == 0 || raw[0] != '[' {
		list = make([]any, 1)
		if err := json.Unmarshal(raw, &list[0]); err != nil {
			return err
		}
	} else if err := json.Unmarshal(raw, &list); err != nil {
		return err
	}
	*t = make(texts, 0, len(list))
	for _, one := range list {
		switch one.(type) {
		case string, bool, float64:
			*t = append(*t, fmt.Sprint(one))
		default:
			return errPolicy
		}
	}
	return nil
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

// statements are those of a policy, which may write a single one without a list.
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

func parsePolicy(text string) (statements, error) {
	var document struct{ Statement statements }
	if err := json.Unmarshal([]byte(text), &document); err != nil {
		return nil, errPolicy
	}
	return document.Statement, nil
}

// needed are the actions without which CloudWatch Logs cannot use a key.
var needed = []string{"kms:Encrypt", "kms:Decrypt", "kms:ReEncryptFrom", "kms:ReEncryptTo", "kms:GenerateDataKey", "kms:DescribeKey"}

// admits tells whether the statements let CloudWatch Logs use the key for a target:
// the query results, or every log group of the scope where the name is empty. why says
// what stands in the way, where something does.
func (list statements) admits(t target.Target) (why string, ok bool) {
	missing := slices.Clone(needed)
	for _, s := range list {
		if !s.isFor(t) {
			continue
		}
		switch s.Effect {
		case "Deny":
			if s.mayApply(t) && slices.ContainsFunc(needed, s.names) {
				return " (a statement denies it, or may)", false
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
	if s.NotPrincipal != nil {
		return !s.NotPrincipal.include(t)
	}
	return s.Principal.include(t)
}

// include tells whether CloudWatch Logs of the target's Region is among them. "*" and
// {"AWS":"*"} mean the same
// (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html).
func (p principals) include(t target.Target) bool {
	if slices.Contains(p["*"], "*") || slices.Contains(p["AWS"], "*") {
		return true
	}
	return slices.ContainsFunc(p["Service"], func(service string) bool {
		rest, ok := strings.CutPrefix(service, "logs."+t.Region+".")
		return ok && strings.HasPrefix(rest, "amazonaws.com") || service == "*"
	})
}

// names tells whether the statement is about an action.
func (s statement) names(action string) bool {
	if len(s.NotAction) > 0 {
		return !s.NotAction.match(action)
	}
	return s.Action.match(action)
}

// match tells whether one of the patterns matches the action.
func (t texts) match(action string) bool {
	return slices.ContainsFunc(t, func(pattern string) bool {
		return policy.Pattern(strings.ToLower(pattern)).Match(strings.ToLower(action))
	})
}

// requestContext is the values that CloudWatch Logs, a service that calls for itself,
// sends along
// (https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html).
func requestContext(t target.Target) map[string]string {
	values := map[string]string{
		"aws:sourceaccount": t.Account, "aws:sourcearn": t.ARN(),
		"aws:securetransport": "true", "aws:principalisawsservice": "true",
	}
	if !t.IsQueryResult() {
		values["kms:encryptioncontext:aws:logs:arn"] = t.ARN()
	}
	return values
}

// applies tells whether every condition is known to hold.
func (s statement) applies(t target.Target) bool { return s.judge(t, false) }

// mayApply tells whether no condition is known to fail.
func (s statement) mayApply(t target.Target) bool { return s.judge(t, true) }

// judge tells whether every condition holds; doubtful is what counts for one that may
// hold.
func (s statement) judge(t target.Target, doubtful bool) bool {
	values := requestContext(t)
	for operator, conditions := range s.Condition {
		for key, patterns := range conditions {
			always, sometimes := false, true
			if value, known := values[strings.ToLower(key)]; known {
				always, sometimes = holds(operator, patterns, value, value == t.ARN() && t.Kind == target.KindLogGroup && t.LogGroup == "")
			}
			if !always && !(doubtful && sometimes) {
				return false
			}
		}
	}
	return true
}

// holds tells whether a condition holds for a value: always, or for some log groups at
// least. An open value is the beginning of every log group's ARN and goes on with any
// name. Of an operator that is not known here, it is only said that it may hold.
func holds(operator string, patterns texts, value string, open bool) (always, sometimes bool) {
	operator = strings.TrimSuffix(strings.ToLower(operator), "ifexists")
	plain := strings.Replace(operator, "not", "", 1)
	switch plain {
	case "arnlike", "arnequals", "stringlike":
		for _, text := range patterns {
			p := policy.Pattern(text)
			if open {
				always = always || p.Covers(policy.Pattern(value+"*"))
				sometimes = sometimes || p.CanMatch(value, func(rune) bool { return true })
			} else {
				always = always || p.Match(value)
			}
		}
	case "stringequals", "bool":
		always = !open && slices.Contains(patterns, value)
		sometimes = open && slices.ContainsFunc(patterns, func(text string) bool { return strings.HasPrefix(text, value) })
	default:
		return false, true
	}
	sometimes = sometimes || always
	if plain != operator {
		return !sometimes, !always
	}
	return always, sometimes
}
