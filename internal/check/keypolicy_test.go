package check

import (
	"fmt"
	"testing"

	"log-group-kms/internal/target"
)

func TestAdmits(t *testing.T) {
	const actions = `["kms:Encrypt","kms:Decrypt","kms:ReEncrypt*","kms:GenerateDataKey*","kms:Describe*"]`
	scope := target.Scope{Partition: "aws", Account: "111122223333", Region: "eu-west-1"}
	groups, results := target.LogGroup(scope, ""), target.QueryResults(scope)
	statement := func(effect, principal, actions, condition string) string {
		return fmt.Sprintf(`{"Effect":%q,"Principal":%s,"Action":%s,"Resource":"*","Condition":%s}`, effect, principal, actions, condition)
	}
	const logs = `{"Service":"logs.eu-west-1.amazonaws.com"}`
	forGroups := `{"ArnLike":{"kms:EncryptionContext:aws:logs:arn":"arn:aws:logs:eu-west-1:111122223333:*"}}`
	forResults := `{"ArnEquals":{"aws:SourceArn":"arn:aws:logs:eu-west-1:111122223333:query-result:*"},"StringEquals":{"aws:SourceAccount":"111122223333"}}`
	for _, test := range []struct {
		name   string
		policy string
		target target.Target
		want   bool
	}{
		{"AWS's own statement for log groups", statement("Allow", logs, actions, forGroups), groups, true},
		{"is not for query results", statement("Allow", logs, actions, forGroups), results, false},
		{"AWS's own statement for query results", statement("Allow", logs, actions, forResults), results, true},
		{"is not for log groups", statement("Allow", logs, actions, forResults), groups, false},
		{"no condition", statement("Allow", logs, actions, `{}`), groups, true},
		{"all actions", statement("Allow", logs, `"kms:*"`, forGroups), groups, true},
		{"several services", statement("Allow", `{"Service":["logs.us-east-1.amazonaws.com","logs.eu-west-1.amazonaws.com"]}`, actions, forGroups), groups, true},
		{"China's form", statement("Allow", `{"Service":"logs.eu-west-1.amazonaws.com.cn"}`, actions, `{}`), groups, true},
		{"the account itself is not CloudWatch Logs", statement("Allow", `{"AWS":"arn:aws:iam::111122223333:root"}`, `"kms:*"`, `{}`), groups, false},
		{"another Region's service", statement("Allow", `{"Service":"logs.us-east-1.amazonaws.com"}`, actions, `{}`), groups, false},
		{"an action is missing", statement("Allow", logs, `["kms:Encrypt","kms:Decrypt"]`, forGroups), groups, false},
		{"only some log groups", statement("Allow", logs, actions, `{"ArnLike":{"kms:EncryptionContext:aws:logs:arn":"arn:aws:logs:eu-west-1:111122223333:log-group:/app/*"}}`), groups, false},
		{"another account's", statement("Allow", logs, actions, `{"ArnLike":{"kms:EncryptionContext:aws:logs:arn":"arn:aws:logs:eu-west-1:444455556666:*"}}`), groups, false},
		{"a condition that cannot be judged", statement("Allow", logs, actions, `{"StringEquals":{"aws:PrincipalOrgID":"o-1"}}`), groups, false},
		{"denied to all", statement("Allow", logs, actions, forGroups) + "," + statement("Deny", `"*"`, `"kms:Decrypt"`, `{}`), groups, false},
		{"denied to somebody else", statement("Allow", logs, actions, forGroups) + "," + statement("Deny", `{"AWS":"arn:aws:iam::111122223333:role/r"}`, `"kms:*"`, `{}`), groups, true},
		{"everybody", statement("Allow", `{"AWS":"*"}`, `"kms:*"`, `{}`), groups, true},
		{"all actions but", `{"Effect":"Allow","Principal":` + logs + `,"NotAction":"kms:Schedule*","Resource":"*"}`, groups, true},
		{"all but one that it needs", `{"Effect":"Allow","Principal":` + logs + `,"NotAction":["kms:Decrypt"],"Resource":"*"}`, groups, false},
		{"the account by a pattern", statement("Allow", logs, actions, `{"StringLike":{"aws:SourceAccount":"1111*"}}`), groups, true},
		{"any account but another", statement("Allow", logs, actions, `{"StringNotEquals":{"aws:SourceAccount":"444455556666"}}`), groups, true},
		{"all log groups but some", statement("Allow", logs, actions, `{"ArnNotLike":{"kms:EncryptionContext:aws:logs:arn":"arn:aws:logs:eu-west-1:111122223333:log-group:/app/*"}}`), groups, false},
		{"a boolean beside it", statement("Allow", logs, actions, forGroups) + "," + statement("Allow", `{"AWS":"arn:aws:iam::111122223333:root"}`, `"kms:CreateGrant"`, `{"Bool":{"kms:GrantIsForAWSResource":true}}`), groups, true},
		{"a number beside it", statement("Allow", logs, actions, forGroups) + "," + statement("Deny", `"*"`, `"kms:ScheduleKeyDeletion"`, `{"NumericLessThan":{"kms:ScheduleKeyDeletionPendingWindowInDays":[7,30]}}`), groups, true},
		{"denied to all but the account", statement("Allow", logs, actions, forGroups) + `,{"Effect":"Deny","NotPrincipal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:*","Resource":"*"}`, groups, false},
		{"denied to all but CloudWatch Logs", statement("Allow", logs, actions, forGroups) + `,{"Effect":"Deny","NotPrincipal":` + logs + `,"Action":"kms:*","Resource":"*"}`, groups, true},
		{"all but some actions denied", statement("Allow", logs, actions, forGroups) + `,{"Effect":"Deny","Principal":"*","NotAction":"kms:Describe*","Resource":"*"}`, groups, false},
		{"denied to other accounts", statement("Allow", logs, actions, forGroups) + "," + statement("Deny", `"*"`, `"kms:*"`, `{"StringNotEquals":{"aws:SourceAccount":"111122223333"}}`), groups, true},
		{"denied for some log groups", statement("Allow", logs, actions, forGroups) + "," + statement("Deny", `"*"`, `"kms:*"`, `{"ArnLike":{"kms:EncryptionContext:aws:logs:arn":"arn:aws:logs:*:*:log-group:/app/*"}}`), groups, false},
		{"denied for another Region's log groups", statement("Allow", logs, actions, forGroups) + "," + statement("Deny", `"*"`, `"kms:*"`, `{"ArnLike":{"kms:EncryptionContext:aws:logs:arn":"arn:aws:logs:us-east-1:*"}}`), groups, true},
		{"denied without TLS", statement("Allow", logs, actions, forGroups) + "," + statement("Deny", `"*"`, `"kms:*"`, `{"Bool":{"aws:SecureTransport":"false"}}`), groups, true},
		{"denied outside of the organisation, but to services", statement("Allow", logs, actions, forGroups) + "," + statement("Deny", `"*"`, `"kms:*"`, `{"StringNotEquals":{"aws:PrincipalOrgID":"o-1"},"BoolIfExists":{"aws:PrincipalIsAWSService":false}}`), groups, true},
		{"empty", "", groups, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			document, err := parsePolicy(`{"Version":"2012-10-17","Statement":[` + test.policy + `]}`)
			if err != nil {
				t.Fatal(err)
			}
			if why, got := document.admits(test.target); got != test.want {
				t.Errorf("got %t%s, want %t", got, why, test.want)
			}
		})
	}
	for _, text := range []string{"", "null and void", `{"Statement":7}`, `[]`} {
		if _, err := parsePolicy(text); err == nil {
			t.Errorf("%q: got a policy, want an error", text)
		}
	}
}
