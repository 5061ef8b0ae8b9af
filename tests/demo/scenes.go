package main

import "log-group-kms/tests/golden"

// scene is a log group that somebody creates, and what is to become of it.
type scene struct {
	logGroup  string
	about     string // how it is created, for the reader
	tags      map[string]string
	key       string // that it is created with
	denied    bool   // IAM does not let its creator
	conflicts int    // how often AWS refuses to set its key

	refused string // AWS's error code, where it is not created
	want    result
	keyIs   string // name of its key in the end
}

// scenes are the log groups of an ordinary day. The calls: the state, the tags
// and the key are read, then the key is set; a key that was read is known for
// some minutes, and tags that were given at the creation are in the event.
func scenes() []scene {
	return []scene{
		{
			logGroup: "/aws/lambda/order-intake", about: "by Lambda, for a new function",
			want: result{outcome: "associated", why: "default", key: "log-group-kms", calls: 4}, keyIs: "log-group-kms",
		},
		{
			logGroup: "API-Gateway-Execution-Logs_f7k2m9q4x1/v1", about: "by API Gateway, for a new stage",
			want: result{outcome: "associated", why: "rule api-gateway", key: "gateway", calls: 4}, keyIs: "gateway",
		},
		{
			logGroup: "/ecs/refunds", about: "with the tag kms-key=alias/payments",
			tags: map[string]string{"kms-key": "alias/payments", "team": "refunds"},
			want: result{outcome: "associated", why: "tag", key: "payments", calls: 3}, keyIs: "payments",
		},
		{
			logGroup: "/app/newsletter", about: "tagged with another account's key",
			tags: map[string]string{"kms-key": "arn:aws:kms:" + golden.Region + ":210987654321:key/3c1e9d07-64fa-4b8e-8f12-5a90d7b3c2e4"},
			want: result{outcome: "associated", why: "default, tag not-allowed", key: "log-group-kms", calls: 2}, keyIs: "log-group-kms",
		},
		{
			logGroup: "/tmp/load-test", about: "with a name that EXCLUDE matches",
			want: result{outcome: "skipped", why: "excluded"},
		},
		{
			logGroup: "/app/invoices", about: "with the key alias/ledger already", key: golden.LedgerKey,
			want: result{outcome: "unchanged", why: "existing-key-kept", key: "ledger", calls: 1}, keyIs: "ledger",
		},
		{
			logGroup: "/app/orders", about: "although it has long existed: refused", refused: "ResourceAlreadyExistsException",
			want: result{outcome: "skipped", why: "failed-call"},
		},
		{
			logGroup: "/app/forbidden", about: "by somebody who may not: refused", refused: "AccessDeniedException",
			denied: true,
			want:   result{outcome: "skipped", why: "failed-call"},
		},
		{
			logGroup: "/app/busy", about: "with AWS busy on it: two conflicts",
			conflicts: 2,
			want:      result{outcome: "associated", why: "default", key: "log-group-kms", calls: 9}, keyIs: "log-group-kms",
		},
		{
			logGroup: "/app/archive-2019", about: "under a rule whose key is disabled",
			want: result{outcome: "failed", why: "KeyUnusable", calls: 3},
		},
	}
}
