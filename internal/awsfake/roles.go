package awsfake

import (
	"encoding/json"
	"fmt"
	"strings"
)

// Role is an IAM role.
type Role struct {
	ARN string
	// Trust is the policy that says who may assume it, as JSON; see [Trust]. Empty:
	// anybody.
	Trust string
	// Policy is the policy that says what it may do, as JSON. Empty: everything.
	Policy string
}

// roleRecord is a role as the World keeps it. A role that is made anew under the same
// ARN is another one, for which the old one's credentials are not good.
type roleRecord struct {
	Role
	account string
	trust   *policyDocument // nil: as Role.Trust says, or one that does not parse and so trusts nobody
	policy  *policyDocument // the same
}

// PutRole makes an IAM role, or makes it anew. A policy that does not parse allows
// nothing.
func (w *World) PutRole(role Role) {
	w.mu.Lock()
	defer w.mu.Unlock()
	a, _ := parseARN(role.ARN)
	record := &roleRecord{Role: role, account: a.account}
	record.trust, _ = parsePolicy(role.Trust)
	record.policy, _ = parseDocument(role.Policy)
	w.roles[role.ARN] = record
}

// AddRole makes an IAM role. Trusted says whether its trust policy lets callers
// assume it; an untrusted role answers AssumeRole like one that does not exist.
func (w *World) AddRole(roleARN string, trusted bool) {
	role := Role{ARN: roleARN}
	if !trusted {
		role.Trust = Trust("")
	}
	w.PutRole(role)
}

// DeleteRole takes a role away. Credentials of it are not accepted any more.
func (w *World) DeleteRole(roleARN string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.roles, roleARN)
}

// AddRoleKey makes an access key of a session of a role that never ends, as a test
// gives its function.
func (w *World) AddRoleKey(accessKey, roleARN, session string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	a, _ := parseARN(roleARN)
	w.identities[accessKey] = identity{account: a.account, accessKey: accessKey, roleARN: roleARN, role: w.roles[roleARN], session: session}
}

// EnableRegion says whether an account has a Region enabled; they all have until this
// says otherwise. Where it has not, the Region does not know the account's credentials.
func (w *World) EnableRegion(account, region string, enabled bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.closed[scope{account, region}] = !enabled
}

// Trust makes a trust policy for the given principals: accounts, or the ARNs of roles
// and users. Whoever assumes the role must name the external ID, if there is one.
func Trust(externalID string, principals ...string) string {
	condition := map[string]map[string]string{}
	if externalID != "" {
		condition["StringEquals"] = map[string]string{"sts:ExternalId": externalID}
	}
	text, _ := json.Marshal(map[string]any{ // strings and maps of them always marshal
		"Version": "2012-10-17",
		"Statement": []any{map[string]any{
			"Effect": "Allow", "Action": "sts:AssumeRole", "Condition": condition,
			"Principal": map[string]any{"AWS": append([]string{"arn:aws:iam::000000000000:role/nobody"}, principals...)},
		}},
	})
	return string(text)
}

// trusts asks the role's trust policy about who makes the request. The caller's own
// policy is asked elsewhere, as for every action.
func (role *roleRecord) trusts(r *request) bool {
	if role.Trust == "" {
		return true
	}
	context := map[string]string{
		"aws:principalarn":     r.caller.principal(r.region),
		"aws:principalaccount": r.account,
	}
	if r.form.Has("ExternalId") {
		context["sts:externalid"] = r.form.Get("ExternalId")
	}
	return role.trust != nil && role.trust.judge(access{
		account: r.account, arn: r.caller.arn(r.region), role: r.caller.roleARN, action: "sts:AssumeRole", key: role.ARN, context: context,
	}) == allowed
}

// permits asks the role's own policy. A caller without a role may do everything.
func (role *roleRecord) permits(action, resource string) bool {
	if role == nil || role.Policy == "" {
		return true
	}
	return role.policy != nil && role.policy.judge(access{action: action, key: resource, context: map[string]string{
		"aws:principalarn": role.ARN,
	}}) == allowed
}

// roleName is the last part of a role's path.
func roleName(arn string) string { return arn[strings.LastIndex(arn, "/")+1:] }

// RoleARN returns the ARN of a role in the partition of a Region; name may begin with
// its path.
func RoleARN(account, region, name string) string {
	return fmt.Sprintf("arn:%s:iam::%s:role/%s", Partition(region), account, name)
}
