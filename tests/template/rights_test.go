package template

import (
	"fmt"
	"slices"
	"strings"

	"log-group-kms/tests/golden"
)

// statement is one of a policy's, as it is in the golden account and Region.
type statement struct {
	sid       string
	actions   []string
	resources []string
	via       bool // only through another service
}

// mode names the conditions of the template that are true.
type mode []string

// everything is a stack with all that the template can give.
var everything = mode{"Writes", "HasMemberRole", "HasEnvironmentKey", "InVpc", "HasKeyAccounts", "HearsDrift", "HearsOfKeys", "IsHub", "SweepsMembers", "ListsOrganization", "HasOtherRegions", "MakesRole"}

var inGoldenAccount = strings.NewReplacer("${AWS::Partition}", "aws", "${AWS::Region}", golden.Region, "${AWS::AccountId}", golden.Account, "${MemberRole}", memberRole)

// resolved carries out what the policies use of CloudFormation's functions. A list
// loses its places for AWS::NoValue.
func (m mode) resolved(v any) any {
	switch v := v.(type) {
	case []any:
		list := make([]any, 0, len(v))
		for _, item := range v {
			if r := m.resolved(item); r != nil {
				list = append(list, r)
			}
		}
		return list
	case object:
		if branches := listAt(v, "Fn::If"); len(branches) == 3 {
			if slices.Contains(m, fmt.Sprint(branches[0])) {
				return m.resolved(branches[1])
			}
			return m.resolved(branches[2])
		}
		if textAt(v, "Ref") == "AWS::NoValue" {
			return nil
		}
		if parts := listAt(v, "Fn::Sub"); len(parts) > 0 {
			return inGoldenAccount.Replace(fmt.Sprint(parts[0]))
		}
		if sub := textAt(v, "Fn::Sub"); sub != "" {
			return inGoldenAccount.Replace(sub)
		}
		result := make(object)
		for key, inner := range v {
			if r := m.resolved(inner); r != nil {
				result[key] = r
			}
		}
		return result
	}
	return v
}

// statements gives those of a policy document in a mode.
func (m mode) statements(document any) (all []statement) {
	for _, v := range listAt(m.resolved(document), "Statement") {
		s := statement{sid: textAt(v, "Sid"), via: at(v, "Condition", "StringEquals", "kms:ViaService") != nil || at(v, "Condition", "StringLike", "kms:ViaService") != nil}
		for _, action := range listed(at(v, "Action")) {
			s.actions = append(s.actions, fmt.Sprint(action))
		}
		for _, resource := range listed(at(v, "Resource")) {
			s.resources = append(s.resources, fmt.Sprint(resource))
		}
		all = append(all, s)
	}
	return all
}

func listed(v any) []any {
	if list, ok := v.([]any); ok {
		return list
	}
	return []any{v}
}

// rights gives the statements of a role: its own policies', and those of the
// policies that are attached to it.
func (d document) rights(role string, m mode) (all []statement) {
	for _, policy := range listAt(d.root, "Resources", role, "Properties", "Policies") {
		all = append(all, m.statements(at(policy, "PolicyDocument"))...)
	}
	for _, name := range d.resources("AWS::IAM::Policy") {
		if condition := textAt(d.root, "Resources", name, "Condition"); condition != "" && !slices.Contains(m, condition) {
			continue
		}
		properties := at(d.root, "Resources", name, "Properties")
		for _, holder := range listAt(properties, "Roles") {
			if textAt(holder, "Ref") == role {
				all = append(all, m.statements(at(properties, "PolicyDocument"))...)
			}
		}
	}
	return all
}

// actions gives those of several statements.
func actions(all []statement) (names []string) {
	for _, s := range all {
		names = append(names, s.actions...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}
