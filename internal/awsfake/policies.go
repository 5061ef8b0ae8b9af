package awsfake

import "strings"

// Key policies for [Key.Policy] and [World.SetKeyPolicy]. In these and in any
// other policy given there, {partition}, {region} and {account} stand for the
// key's own.
const (
	// PolicyGood lets CloudWatch Logs use the key for the log groups and the
	// query results of the key's account.
	PolicyGood = policyStart + ownerStatement + `,` + logGroupsStatement + `,` + queryResultStatement + policyEnd

	// PolicyLogGroupsOnly admits log groups but not query results.
	PolicyLogGroupsOnly = policyStart + ownerStatement + `,` + logGroupsStatement + policyEnd

	// PolicyQueryResultOnly admits query results but no log group.
	PolicyQueryResultOnly = policyStart + ownerStatement + `,` + queryResultStatement + policyEnd

	// PolicyWithoutLogs is what KMS gives a key by default: the account alone.
	PolicyWithoutLogs = policyStart + ownerStatement + policyEnd

	// PolicyDenyLogs admits CloudWatch Logs and forbids it again.
	PolicyDenyLogs = policyStart + ownerStatement + `,` + logGroupsStatement + `,` + queryResultStatement + `,
 {"Sid":"Forbid","Effect":"Deny","Principal":{"Service":"logs.{region}.amazonaws.com"},"Action":"kms:*","Resource":"*"}` + policyEnd

	// PolicyEveryAccount admits log groups and query results of every account,
	// whose callers may also describe the key: one key for an organisation.
	PolicyEveryAccount = policyStart + ownerStatement + `,
 {"Sid":"Describe","Effect":"Allow","Principal":{"AWS":"*"},"Action":"kms:DescribeKey","Resource":"*"},
 {"Sid":"LogGroups","Effect":"Allow","Principal":{"Service":"logs.{region}.amazonaws.com"},
  "Action":["kms:Encrypt","kms:Decrypt","kms:ReEncrypt*","kms:GenerateDataKey*","kms:Describe*"],"Resource":"*",
  "Condition":{"ArnLike":{"kms:EncryptionContext:aws:logs:arn":"arn:{partition}:logs:{region}:*:*"}}},
 {"Sid":"QueryResults","Effect":"Allow","Principal":{"Service":"logs.{region}.amazonaws.com"},
  "Action":["kms:Encrypt*","kms:Decrypt*","kms:ReEncrypt*","kms:GenerateDataKey*","kms:Describe*"],"Resource":"*",
  "Condition":{"ArnLike":{"aws:SourceArn":"arn:{partition}:logs:{region}:*:query-result:*"}}}` + policyEnd
)

const (
	policyStart = `{"Version":"2012-10-17","Statement":[`
	policyEnd   = `]}`

	ownerStatement = `
 {"Sid":"Owner","Effect":"Allow","Principal":{"AWS":"arn:{partition}:iam::{account}:root"},"Action":"kms:*","Resource":"*"}`

	logGroupsStatement = `
 {"Sid":"LogGroups","Effect":"Allow","Principal":{"Service":"logs.{region}.amazonaws.com"},
  "Action":["kms:Encrypt","kms:Decrypt","kms:ReEncrypt*","kms:GenerateDataKey*","kms:Describe*"],"Resource":"*",
  "Condition":{"ArnLike":{"kms:EncryptionContext:aws:logs:arn":"arn:{partition}:logs:{region}:{account}:*"}}}`

	queryResultStatement = `
 {"Sid":"QueryResults","Effect":"Allow","Principal":{"Service":"logs.{region}.amazonaws.com"},
  "Action":["kms:Encrypt*","kms:Decrypt*","kms:ReEncrypt*","kms:GenerateDataKey*","kms:Describe*"],"Resource":"*",
  "Condition":{"ArnEquals":{"aws:SourceArn":"arn:{partition}:logs:{region}:{account}:query-result:*"},
   "StringEquals":{"aws:SourceAccount":"{account}"}}}`

	// policyManaged is the policy of an AWS managed key; nobody can edit it.
	policyManaged = policyStart + `
 {"Sid":"Service","Effect":"Allow","Principal":{"AWS":"*"},"Action":["kms:Encrypt","kms:Decrypt","kms:DescribeKey"],"Resource":"*",
  "Condition":{"StringEquals":{"kms:CallerAccount":"{account}"}}}` + policyEnd
)

// PolicyOneLogGroup admits a single log group of the key's account.
func PolicyOneLogGroup(name string) string {
	one := strings.Replace(logGroupsStatement,
		`"ArnLike":{"kms:EncryptionContext:aws:logs:arn":"arn:{partition}:logs:{region}:{account}:*"}`,
		`"ArnEquals":{"kms:EncryptionContext:aws:logs:arn":"arn:{partition}:logs:{region}:{account}:log-group:`+name+`"}`, 1)
	return policyStart + ownerStatement + `,` + one + policyEnd
}
