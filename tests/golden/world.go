// Package golden is the account that events/*.json speak of, the configuration
// of the function in it, and what the function is to answer to each event. The
// demo, the black-box tests, the containers' tests and the local AWS share it.
package golden

import (
	"log-group-kms/internal/awsfake"
)

// The account and Region of the golden events. AWS's documentation uses this
// account; it is nobody's.
const (
	Account = "123456789012"
	Region  = "eu-west-1"

	govRegion = "us-gov-west-1"
)

// FunctionARN is the ARN under which the function is invoked.
const FunctionARN = "arn:aws:lambda:" + Region + ":" + Account + ":function:log-group-kms"

// AccessKey is the access key of the function.
const AccessKey = "AKIAIOSFODNN7EXAMPLE"

// Keys of the account, by ARN.
const (
	keyARN = "arn:aws:kms:" + Region + ":" + Account + ":key/"

	DefaultKey  = keyARN + "5f0d3a7e-91c2-4b68-8d4f-2a6c7b9e1035" // alias/log-group-kms
	PaymentsKey = keyARN + "b41c8e92-7d06-4f53-a1e8-6c2f90d37b14" // alias/payments
	GatewayKey  = keyARN + "e7a90b35-2c4d-4816-9f0b-d85a1e6c4372" // alias/gateway
	ArchiveKey  = keyARN + "0c93f6d8-45be-4a17-b2c0-8f1d7e5a9264" // alias/archive, disabled
	LedgerKey   = keyARN + "8a6f2b1c-5d4e-4f3a-9b2c-7e1d0c9b8a76"
	RekeyedKey  = keyARN + "d2b7e6a1-0c35-4f98-a4d6-91e8f0b57c23"
	GovKey      = "arn:aws-us-gov:kms:" + govRegion + ":" + Account + ":key/71d2c5b8-0e4f-4c96-8a3b-f6297d1e8c50"
)

// Rules are the function's rules.
const Rules = `rules:
  - name: api-gateway
    logGroups: ["API-Gateway-Execution-Logs_*"]
    key: alias/gateway
  - name: archive
    logGroups: ["/app/archive*"]
    key: alias/archive
`

// Settings is the function's configuration.
func Settings() map[string]string {
	return map[string]string{
		"DEFAULT_KMS_KEY":      "alias/log-group-kms",
		"QUERY_RESULT_KMS_KEY": "alias/log-group-kms",
		"RULES":                Rules,
		"EXCLUDE":              "/tmp/*",
	}
}

// Env is the function's environment with AWS at endpoint.
func Env(endpoint string) []string {
	env := []string{
		"AWS_REGION=" + Region,
		"AWS_ACCESS_KEY_ID=" + AccessKey,
		"AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
		"AWS_ENDPOINT_URL=" + endpoint,
		"AWS_EC2_METADATA_DISABLED=true",
		"AWS_LAMBDA_LOG_FORMAT=JSON",
	}
	for name, value := range Settings() {
		env = append(env, name+"="+value)
	}
	return env
}

// NewWorld makes the account, with the log groups as the events left them.
func NewWorld() *awsfake.World {
	w := awsfake.New(Account)
	for _, key := range []struct{ arn, alias, state, region string }{
		{DefaultKey, "alias/log-group-kms", awsfake.Enabled, Region},
		{PaymentsKey, "alias/payments", awsfake.Enabled, Region},
		{GatewayKey, "alias/gateway", awsfake.Enabled, Region},
		{ArchiveKey, "alias/archive", awsfake.Disabled, Region},
		{LedgerKey, "alias/ledger", awsfake.Enabled, Region},
		{RekeyedKey, "alias/rekeyed", awsfake.Enabled, Region},
		{GovKey, "alias/log-group-kms", awsfake.Enabled, govRegion},
	} {
		id := key.arn[len(key.arn)-36:]
		w.AddKey(awsfake.Key{ID: id, Region: key.region, State: key.state})
		w.AddAlias(Account, key.region, key.alias, key.arn)
	}
	for _, name := range []string{
		"/app/orders", "/app/legacy", "/app/build#42", "/app/archive", "/app/stripped", "/app/replayed",
		"/app/untagged", "/app/untagged-old-way", "/app/by-hand", "/app/by-arn", "/app/dry-run",
		"/app/queued", "/app/failed-before", "/aws/lambda/echo-api", "/aws/lambda/thumbnailer",
		"API-Gateway-Execution-Logs_a1b2c3d4e5/prod", "/tmp/scratch", "aws/spans",
		"/app/orders-archive", // begins like another; never to be taken for it
	} {
		w.PutLogGroup(Account, Region, awsfake.LogGroup{Name: name})
	}
	w.PutLogGroup(Account, govRegion, awsfake.LogGroup{Name: "/app/gov"})
	w.PutLogGroup(Account, Region, awsfake.LogGroup{Name: "/app/ledger", KMSKeyARN: LedgerKey})
	w.PutLogGroup(Account, Region, awsfake.LogGroup{Name: "/app/rekeyed", KMSKeyARN: RekeyedKey})
	for name, tags := range map[string]map[string]string{
		"/app/billing":        {"kms-key": "arn:aws:kms:eu-west-1:210987654321:key/3c1e9d07-64fa-4b8e-8f12-5a90d7b3c2e4"},
		"/ecs/checkout":       {"kms-key": "alias/payments", "team": "checkout", "environment": "production"},
		"/app/tagged":         {"kms-key": "alias/payments"},
		"/app/tagged-old-way": {"kms-key": "alias/payments", "owner": "orders"},
	} {
		w.PutLogGroup(Account, Region, awsfake.LogGroup{Name: name, Tags: tags})
	}
	return w
}
