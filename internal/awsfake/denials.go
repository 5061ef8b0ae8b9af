package awsfake

import (
	"fmt"
	"strings"
)

// denial is an action that an account's callers may not take.
type denial struct{ account, action string }

// DenyAction makes IAM refuse an action, such as "logs:DescribeLogGroups" or
// "kms:DescribeKey", to all callers of an account, or allows it again. An empty
// account means every account. CreateLogGroup with tags needs logs:TagResource
// or logs:TagLogGroup as well; AssociateKmsKey needs kms:DescribeKey.
func (w *World) DenyAction(account, action string, denied bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if denied {
		w.denied[denial{account, action}] = true
	} else {
		delete(w.denied, denial{account, action})
	}
}

// isDenied says whether IAM refuses the action on a resource to the caller.
func (w *World) isDenied(r *request, action, resource string) bool {
	return w.denied[denial{r.account, action}] || w.denied[denial{"", action}] || !r.caller.role.permits(action, resource)
}

// refuse returns IAM's answer to the caller if it may not take the action.
func (w *World) refuse(r *request, action string) error {
	if action == "sts:GetCallerIdentity" { // needs no right
		return nil
	}
	if !w.isDenied(r, action, w.weighed(r)) {
		return nil
	}
	return r.accessDenied(action, r.iamResource(), "because no identity-based policy allows the {action} action")
}

// weighed is the resource that policies are asked about: of an alias, its key.
func (w *World) weighed(r *request) string {
	resource := r.iamResource()
	if a, ok := parseARN(resource); ok && a.service == "kms" && strings.HasPrefix(a.resource, "alias/") {
		if key := w.aliases[scope{a.account, a.region}][a.resource]; key != "" {
			return key
		}
	}
	return resource
}

// accessDenied makes the text for a caller who may not do something. In because,
// {action} stands for the action.
func (r *request) accessDenied(action, resource, because string) error {
	text := fmt.Sprintf("User: %s is not authorized to perform: %s on resource: %s %s",
		r.caller.arn(r.region), action, resource, strings.ReplaceAll(because, "{action}", action))
	text = strings.TrimSpace(text)
	return fail("AccessDeniedException", "%s", text)
}

// iamResource is the resource that IAM weighs the request's action on.
func (r *request) iamResource() string {
	if _, isARN := parseARN(r.name()); isARN {
		return r.name()
	}
	switch {
	case r.service == "lambda":
		return FunctionARN(r.account, r.region, r.name())
	case r.service == "events":
		return RuleARN(r.account, r.region, r.name())
	case r.service == "sqs":
		return QueueARN(r.account, r.region, r.name()[strings.LastIndexByte(r.name(), '/')+1:])
	case r.service == "logs":
		return LogGroupARN(r.account, r.region, r.name()) + ":log-stream:"
	case r.service == "kms" && strings.HasPrefix(r.name(), "alias/"):
		return AliasARN(r.account, r.region, r.name())
	case r.service == "kms":
		return KeyARN(r.account, r.region, r.name())
	default:
		return "*"
	}
}
