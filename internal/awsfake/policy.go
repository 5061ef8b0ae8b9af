package awsfake

import (
	"encoding/json"
	"errors"
	"strings"
)

// policyDocument is a policy in IAM's language.
type policyDocument struct {
	Statement oneOrMore[statement]
}

type statement struct {
	Effect       string
	Principal    *principals
	NotPrincipal *principals
	Action       oneOrMore[string]
	NotAction    oneOrMore[string]
	Resource     oneOrMore[string]
	NotResource  oneOrMore[string]
	Condition    map[string]map[string]oneOrMore[string]
}

// oneOrMore is a list that may be written without brackets when it has one item.
type oneOrMore[T any] []T

// UnmarshalJSON reads either form.
func (l *oneOrMore[T]) UnmarshalJSON(data []byte) error {
	if len(data) > 0 && data[0] == '[' {
		return json.Unmarshal(data, (*[]T)(l))
	}
	*l = make([]T, 1)
	return json.Unmarshal(data, &(*l)[0])
}

// principals is "*" or lists by kind.
type principals map[string]oneOrMore[string]

// UnmarshalJSON reads either form.
func (p *principals) UnmarshalJSON(data []byte) error {
	if string(data) == `"*"` {
		*p = principals{"*": {"*"}}
		return nil
	}
	return json.Unmarshal(data, (*map[string]oneOrMore[string])(p))
}

// parsePolicy reads a policy of a resource: a key's, or who may assume a role.
func parsePolicy(text string) (*policyDocument, error) {
	doc, err := parseDocument(text)
	if err != nil {
		return nil, err
	}
	for _, s := range doc.Statement {
		if (s.Principal == nil) == (s.NotPrincipal == nil) {
			return nil, errors.New("a statement needs one of Principal and NotPrincipal")
		}
	}
	return doc, nil
}

// parseDocument reads a policy of a resource or of a role.
func parseDocument(text string) (*policyDocument, error) {
	var doc policyDocument
	if err := json.Unmarshal([]byte(text), &doc); err != nil {
		return nil, err
	}
	for _, s := range doc.Statement {
		switch {
		case s.Effect != "Allow" && s.Effect != "Deny":
			return nil, errors.New("a statement's effect must be Allow or Deny")
		case (s.Action == nil) == (s.NotAction == nil):
			return nil, errors.New("a statement needs one of Action and NotAction")
		}
	}
	if len(doc.Statement) == 0 {
		return nil, errors.New("a policy needs a statement")
	}
	return &doc, nil
}

// access is what a policy is asked about.
type access struct {
	service string // names of the service principal, separated by spaces; or
	account string // the account of the caller, and
	arn     string // the caller's own ARN, and
	role    string // the ARN of its role, if it has one
	action  string
	key     string            // ARN of what it is about
	context map[string]string // condition keys in lower case
}

// verdict is a policy's word on an access.
type verdict int

const (
	silent verdict = iota
	allowed
	forbidden
)

// judge weighs an access: one Deny outweighs every Allow.
func (d *policyDocument) judge(a access) verdict {
	v := silent
	for _, s := range d.Statement {
		if !s.covers(a) {
			continue
		}
		if s.Effect == "Deny" {
			return forbidden
		}
		v = allowed
	}
	return v
}

func (s statement) covers(a access) bool {
	if s.Principal != nil && !s.Principal.include(a) || s.NotPrincipal != nil && s.NotPrincipal.include(a) {
		return false
	}
	if s.Action != nil && !anyMatches(s.Action, a.action) || s.NotAction != nil && anyMatches(s.NotAction, a.action) {
		return false
	}
	if s.Resource != nil && !anyMatches(s.Resource, a.key) || s.NotResource != nil && anyMatches(s.NotResource, a.key) {
		return false
	}
	for operator, tests := range s.Condition {
		for key, want := range tests {
			got, present := a.context[strings.ToLower(key)]
			if !holds(operator, want, got, present) {
				return false
			}
		}
	}
	return true
}

// include says whether the access is made by one of the principals.
func (p principals) include(a access) bool {
	if len(p["*"]) > 0 {
		return true
	}
	if a.service != "" {
		for _, name := range p["Service"] {
			if strings.Contains(" "+a.service+" ", " "+name+" ") {
				return true
			}
		}
		return false
	}
	for _, name := range p["AWS"] {
		root, isARN := parseARN(name)
		if name == "*" || name == a.account || name == a.arn || name == a.role && a.role != "" ||
			isARN && root.resource == "root" && root.account == a.account {
			return true
		}
	}
	return false
}

// anyMatches says whether one of the patterns matches, without regard to case.
func anyMatches(patterns []string, s string) bool {
	for _, p := range patterns {
		if wildcard(strings.ToLower(p), strings.ToLower(s)) {
			return true
		}
	}
	return false
}
