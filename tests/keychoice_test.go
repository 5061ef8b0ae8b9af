package tests

import (
	"testing"

	"log-group-kms/internal/awsfake"
	"log-group-kms/tests/golden"
)

// keyRules are rules on names, account and Region, and on tags.
const keyRules = `rules:
  - {name: never, logGroups: ["/choice/skip*"], skip: true}
  - {name: first, logGroups: ["/choice/rule*"], key: alias/gateway}
  - {name: second, logGroups: ["/choice/*"], key: alias/ledger}
  - {name: by-tag, tags: {data-class: "pci*"}, key: alias/payments}
  - {name: by-empty-tag, tags: {marked: ""}, key: alias/gateway}
  - {name: elsewhere, accounts: ["` + otherAccount + `"], logGroups: ["/*"], key: alias/archive}
  - {name: other-region, regions: ["us-*"], logGroups: ["/*"], key: alias/archive}
  - {name: here, accounts: ["` + account + `"], regions: ["eu-*"], logGroups: ["/here/*"], key: alias/ledger}
`

// TestPrecedence walks the order in which a key is chosen.
func TestPrecedence(t *testing.T) {
	tag := map[string]string{"kms-key": "alias/payments"}
	cases := []struct {
		name     string
		settings []string
		group    string
		tags     map[string]string
		want     string
		rule     string
	}{
		{"a rule that skips beats a tag", nil, "/choice/skip-me", tag, "skipped/excluded", ""},
		{"a tag beats a rule", nil, "/choice/rule", tag, "associated/tag " + id(golden.PaymentsKey), ""},
		{"a tag beats the default", nil, "/o", tag, "associated/tag " + id(golden.PaymentsKey), ""},
		{"the first rule that matches", nil, "/choice/rule", nil, "associated/rule " + id(golden.GatewayKey), "first"},
		{"the next rule", nil, "/choice/other", nil, "associated/rule " + id(golden.LedgerKey), "second"},
		{"a rule on tags", nil, "/o", map[string]string{"data-class": "pci-dss"}, "associated/rule " + id(golden.PaymentsKey), "by-tag"},
		{"a rule on a tag of another value", nil, "/o", map[string]string{"data-class": "public"}, "associated/default " + id(golden.DefaultKey), ""},
		{"a rule on a tag of another case", nil, "/o", map[string]string{"Data-Class": "pci"}, "associated/default " + id(golden.DefaultKey), ""},
		{"a rule on an empty tag", nil, "/o", map[string]string{"marked": ""}, "associated/rule " + id(golden.GatewayKey), "by-empty-tag"},
		{"a rule on an empty tag that is not empty", nil, "/o", map[string]string{"marked": "x"}, "associated/default " + id(golden.DefaultKey), ""},
		{"all that a rule names has to match", nil, "/here/o", nil, "associated/rule " + id(golden.LedgerKey), "here"},
		{"the default", nil, "/o", nil, "associated/default " + id(golden.DefaultKey), ""},
		{"nothing", []string{"DEFAULT_KMS_KEY="}, "/o", nil, "skipped/no-key", ""},
		{"tags that choose no keys", []string{"KMS_KEY_TAG="}, "/o", tag, "associated/default " + id(golden.DefaultKey), ""},
		{"a tag of another name", []string{"KMS_KEY_TAG=logs:key"}, "/o", map[string]string{"logs:key": "alias/payments", "kms-key": "alias/ledger"}, "associated/tag " + id(golden.PaymentsKey), ""},
		{"a tag's key without a default", []string{"DEFAULT_KMS_KEY="}, "/o", tag, "associated/tag " + id(golden.PaymentsKey), ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := golden.NewWorld()
			newGroup(w, c.group, "", c.tags)
			s := start(t, w, append(c.settings, "RULES="+keyRules)...)
			got := s.does(created(c.group))
			s.equal("answer", got.short(), c.want)
			if c.want != "skipped/excluded" { // there the rule may be named as well
				s.equal("rule", got.Rule, c.rule)
			}
		})
	}
}

// TestKeyForms writes the same key in each of its forms, wherever a key can be
// written, and expects its ARN to be sent.
func TestKeyForms(t *testing.T) {
	forms := map[string]string{
		"key ARN":   golden.PaymentsKey,
		"key ID":    id(golden.PaymentsKey),
		"alias":     "alias/payments",
		"alias ARN": awsfake.AliasARN(account, region, "alias/payments"),
	}
	for name, form := range forms {
		for _, place := range []string{"tag", "rule", "default", "query-result"} {
			t.Run(name+" in "+place, func(t *testing.T) {
				t.Parallel()
				w, event := world(), created("/app/form")
				settings := []string{"RULES="}
				var tags map[string]string
				switch place {
				case "tag":
					tags = map[string]string{"kms-key": form}
				case "rule":
					settings = []string{`RULES={"rules":[{"name":"r","logGroups":["/app/*"],"key":"` + form + `"}]}`}
				case "default":
					settings = append(settings, "DEFAULT_KMS_KEY="+form)
				case "query-result":
					settings = append(settings, "QUERY_RESULT_KMS_KEY="+form)
					event = queryResult()
				}
				newGroup(w, "/app/form", "", tags)
				s := start(t, w, settings...)
				s.equal("answer", s.does(event).short(), "associated/"+place+" "+id(golden.PaymentsKey))
				for _, call := range w.Calls() {
					if call.Operation == "AssociateKmsKey" {
						s.equal("key sent", call.Request["kmsKeyId"], any(golden.PaymentsKey))
					}
				}
			})
		}
	}
}

// TestPlaceholders stand for the log group's own account, Region and partition.
func TestPlaceholders(t *testing.T) {
	t.Parallel()
	const key = "arn:{partition}:kms:{region}:{account}:alias/log-group-kms"
	w := world()
	w.PutLogGroup(account, "us-gov-west-1", awsfake.LogGroup{Name: "/app/rule"})
	newGroup(w, "/app/rule", "", nil)
	s := start(t, w, "DEFAULT_KMS_KEY="+key, "QUERY_RESULT_KMS_KEY="+key, "ASSOCIATE_RATE=0",
		`RULES={"rules":[{"name":"r","logGroups":["/app/rule"],"key":"`+key+`"}]}`)
	s.equal("default", s.does(created("/app/new")).short(), "associated/default "+id(golden.DefaultKey))
	s.equal("query results", s.does(queryResult()).short(), "associated/query-result "+id(golden.DefaultKey))
	s.equal("rule", s.does(command("/app/rule")).short(), "associated/rule "+id(golden.DefaultKey))
	got := s.does(command("/app/rule", `"region":"us-gov-west-1"`))
	s.equal("rule in another partition", got.KMSKeyARN, golden.GovKey)
}

// TestPlaceholdersInTags are none: who may tag does not write configuration.
func TestPlaceholdersInTags(t *testing.T) {
	t.Parallel()
	w := world()
	newGroup(w, "/app/tag", "", map[string]string{"kms-key": "arn:aws:kms:" + region + ":" + account + ":alias/payments"})
	s := start(t, w, "KMS_KEY_TAG=kms-key")
	event := created("/app/tag", tagged(map[string]string{"kms-key": "arn:aws:kms:{region}:{account}:alias/payments"}))
	got := s.does(event)
	if got.TagRejected == "" {
		t.Errorf("got %s, want the tag rejected", got.short())
	}
}
