package config_test

import (
	"strings"
	"testing"

	"log-group-kms/internal/config"
)

func TestRuleFaults(t *testing.T) {
	// rule is a good rule on one line, to which a test adds its mistake.
	rule := func(fields string) string { return "rules:\n- {" + fields + "}\n" }
	const good = "name: a, regions: [eu-*], key: alias/a"
	tests := []struct {
		name  string
		rules string
		want  []string // the words of each fault
	}{
		{"unknown field at the top", "rules: []\nrule: []\n", []string{"line 2 rule unknown"}},
		{"rules missing", "rule: []\n", []string{"line 1 rule unknown", "line 1 rules missing"}},
		{"rules twice", "rules: []\nrules: []\n", []string{"line 2 rules twice"}},
		{"rules null", "rules:\n", []string{"line 1 rules list"}},
		{"rules a mapping", "rules: {a: b}\n", []string{"line 1 rules list"}},
		{"rule a string", "rules:\n- skip\n", []string{"line 2 rules[0] mapping"}},
		{"rule null", "rules:\n-\n", []string{"rules[0] mapping"}},
		{"rule a list", "rules:\n- [a]\n", []string{"line 2 rules[0] mapping"}},
		{"unknown field", rule(good + ", loggroups: [a]"), []string{"line 2 rules[0] (a) loggroups unknown logGroups"}},
		{"unknown field of another case", rule("Name: a, " + good), []string{"line 2 rules[0] Name unknown"}},
		{"merge key", "rules:\n- &a {" + good + "}\n- {<<: *a, name: b}\n", []string{"line 3 rules[1] (b) << unknown", "rules[1] condition", "rules[1] key skip"}},
		{"doubled field", rule(good + ", key: alias/b"), []string{"line 2 rules[0] (a) key twice"}},
		{"doubled field in JSON", `{"rules":[{"name":"a","regions":["eu-*"],"key":"alias/a","regions":["us-*"]}]}`, []string{"line 1 rules[0] (a) regions twice"}},

		{"no name", rule("regions: [eu-*], key: alias/a"), []string{"line 2 rules[0] name missing"}},
		{"empty name", rule(`name: "", regions: [eu-*], key: alias/a`), []string{"line 2 rules[0] name empty"}},
		{"blank name", rule(`name: " ", regions: [eu-*], key: alias/a`), []string{"line 2 rules[0] name empty"}},
		{"tag with a space at its end", rule(`name: a, tags: {"team ": x}, key: alias/a`), []string{"line 2 rules[0] (a) tags team either end"}},
		{"name null", rule("name: , regions: [eu-*], key: alias/a"), []string{"line 2 rules[0] name"}},
		{"name a number", rule("name: 1, regions: [eu-*], key: alias/a"), []string{"line 2 rules[0] name quotes"}},
		{"name a list", rule("name: [a], regions: [eu-*], key: alias/a"), []string{"line 2 rules[0] name string"}},
		{"two of one name", "rules:\n- {" + good + "}\n- {name: b, regions: [eu-*], skip: true}\n- {" + good + "}\n", []string{`line 4 rules[2] "a" line 2`}},

		{"neither key nor skip", rule("name: a, regions: [eu-*]"), []string{"line 2 rules[0] (a) neither key skip"}},
		{"both key and skip", rule(good + ", skip: true"), []string{"line 2 rules[0] (a) both key skip"}},
		{"skip false and no key", rule("name: a, regions: [eu-*], skip: false"), []string{"line 2 rules[0] (a) skip"}},
		{"skip a string", rule(`name: a, regions: [eu-*], skip: "true"`), []string{"line 2 skip true false"}},
		{"skip as YAML once wrote it", rule(`name: a, regions: [eu-*], skip: yes`), []string{"line 2 skip true false"}},
		{"skip a number", rule(`name: a, regions: [eu-*], skip: 1`), []string{"line 2 skip true false"}},
		{"skip null", rule(`name: a, regions: [eu-*], skip: `), []string{"line 2 skip true false"}},
		{"empty key", rule(`name: a, regions: [eu-*], key: ""`), []string{"line 2 rules[0] (a).key empty"}},
		{"key null", rule(`name: a, regions: [eu-*], key: `), []string{"line 2 rules[0] (a).key string"}},
		{"malformed key", rule(`name: a, regions: [eu-*], key: logs`), []string{`line 2 rules[0] (a).key "logs"`}},
		{"key with a wrong placeholder", rule(`name: a, regions: [eu-*], key: "alias/{acount}"`), []string{"line 2 rules[0] (a).key {acount} {account}"}},
		{"key a number", rule(`name: a, regions: [eu-*], key: 12345678901234567890123456789012`), []string{"line 2 rules[0] (a).key quotes"}},

		{"no condition", rule("name: a, key: alias/a"), []string{"line 2 rules[0] (a) condition"}},
		{"empty list", rule("name: a, logGroups: [], key: alias/a"), []string{"line 2 rules[0] (a).logGroups empty"}},
		{"empty list beside a condition", rule(good + ", accounts: []"), []string{"line 2 rules[0] (a).accounts empty"}},
		{"list null", rule("name: a, logGroups: , key: alias/a"), []string{"line 2 rules[0] (a).logGroups list"}},
		{"list a string", rule("name: a, logGroups: /app, key: alias/a"), []string{"line 2 rules[0] (a).logGroups list"}},
		{"empty mapping", rule("name: a, tags: {}, key: alias/a"), []string{"line 2 rules[0] (a).tags empty"}},
		{"mapping a list", rule("name: a, tags: [b], key: alias/a"), []string{"line 2 rules[0] (a).tags mapping"}},
		{"mapping null", rule("name: a, tags: , key: alias/a"), []string{"line 2 rules[0] (a).tags mapping"}},
		{"empty pattern", rule(`name: a, logGroups: [/a, ""], key: alias/a`), []string{"line 2 rules[0] (a).logGroups[1] empty"}},
		{"pattern null", rule(`name: a, logGroups: [~], key: alias/a`), []string{"line 2 rules[0] (a).logGroups[0] string"}},
		{"space in a name", rule(`name: a, logGroups: ["/my app"], key: alias/a`), []string{`line 2 rules[0] (a).logGroups[0] "/my app"`}},
		{"an ARN for a name", rule(`name: a, logGroups: ["/app:*"], key: alias/a`), []string{"line 2 rules[0] (a).logGroups[0]"}},
		{"placeholder in a name", rule(`name: a, logGroups: ["/{account}/*"], key: alias/a`), []string{"line 2 rules[0] (a).logGroups[0]"}},
		// YAML reads this one as an octal number, and drops its zeros.
		{"account not quoted", rule(`name: a, accounts: [000000001111], key: alias/a`), []string{"line 2 rules[0] (a).accounts[0] quotes"}},
		{"account not quoted, no zeros", rule(`name: a, accounts: [111122223333], key: alias/a`), []string{"line 2 rules[0] (a).accounts[0] quotes"}},
		{"account too short", rule(`name: a, accounts: ["1111"], key: alias/a`), []string{"line 2 rules[0] (a).accounts[0] 12"}},
		{"account with dashes", rule(`name: a, accounts: ["1111-2222-3333"], key: alias/a`), []string{"line 2 rules[0] (a).accounts[0] 12"}},
		{"Region in another case", rule(`name: a, regions: ["EU-*"], key: alias/a`), []string{"line 2 rules[0] (a).regions[0]"}},
		{"name pattern of AWS's own", rule(`name: a, logGroups: ["/a", "AWS/*"], key: alias/a`), []string{"line 2 rules[0] (a).logGroups[1] AWS/* aws/"}},
		{"name pattern that is too long", rule(`name: a, logGroups: ["` + strings.Repeat("n", 513) + `"], key: alias/a`), []string{"line 2 rules[0] (a).logGroups[0] 512"}},
		{"account pattern that is too long", rule(`name: a, accounts: ["1111*2222333344445"], key: alias/a`), []string{"line 2 rules[0] (a).accounts[0] 12"}},
		{"account pattern that is too short", rule(`name: a, accounts: ["1111????"], key: alias/a`), []string{"line 2 rules[0] (a).accounts[0] 12"}},
		{"no Region", rule(`name: a, regions: [europe], key: alias/a`), []string{"line 2 rules[0] (a).regions[0] europe"}},
		{"half a Region", rule(`name: a, regions: [eu-west], key: alias/a`), []string{"line 2 rules[0] (a).regions[0] eu-west"}},
		{"zone of a Region", rule(`name: a, regions: ["eu-west-1a", "eu-*-?b", "*--*", "1*"], key: alias/a`), []string{"regions[0] eu-west-1a", "regions[1] eu-*-?b", "regions[2] *--*", "regions[3] 1*"}},
		{"key of AWS's own", rule(`name: a, regions: [eu-*], key: alias/aws/logs`), []string{"line 2 rules[0] (a).key alias/aws/logs customer"}},
		{"tag's value that no tag has", rule(`name: a, tags: {b: "pci!"}, key: alias/a`), []string{"line 2 rules[0] (a).tags.b pci!"}},
		{"tag's value that is too long", rule(`name: a, tags: {b: "*` + strings.Repeat("v", 257) + `"}, key: alias/a`), []string{"line 2 rules[0] (a).tags.b 256"}},
		{"control character in a name", rule(`name: "a\x7f", regions: [eu-*], key: alias/a`), []string{`line 2 rules[0] name "a\x7f" control`}},
		{"end of a line in a name", rule(`name: "a\nb", regions: [eu-*], key: alias/a`), []string{`line 2 rules[0] name "a\nb" control`}},
		{"control character in JSON", `{"rules":[{"name":"a\u009b","regions":["eu-*"],"key":"alias/a"}]}`, []string{`line 1 rules[0] name "a\u009b" control`}},
		{"tag twice in JSON", `{"rules":[{"name":"a","tags":{"b":"x","b":"y"},"key":"alias/a"}]}`, []string{`line 1 rules[0] (a).tags "b" twice`}},
		{"rules twice in JSON", `{"rules":[],"rules":[]}`, []string{"line 1 rules twice"}},
		{"tag twice", rule(`name: a, tags: {b: x, b: y}, key: alias/a`), []string{`line 2 rules[0] (a).tags "b" twice`}},
		{"tag's value a number", rule(`name: a, tags: {b: 007}, key: alias/a`), []string{"line 2 rules[0] (a).tags.b quotes"}},
		{"tag's value a boolean", rule(`name: a, tags: {b: true}, key: alias/a`), []string{"line 2 rules[0] (a).tags.b quotes"}},
		{"tag's value null", rule(`name: a, tags: {b: }, key: alias/a`), []string{"line 2 rules[0] (a).tags.b"}},
		{"empty tag name", rule(`name: a, tags: {"": x}, key: alias/a`), []string{"line 2 rules[0] (a).tags tag's name"}},
		{"tag name that AWS has not", rule(`name: a, tags: {"b*": x}, key: alias/a`), []string{`line 2 rules[0] (a).tags "b*"`}},

		{"not YAML", "rules:\n- {name: a\n", []string{"line"}},
		{"tabs in YAML", "rules:\n\t- name: a\n", []string{"line 2"}},
		{"JSON cut off", `{"rules":[`, []string{"RULES"}},
		{
			"JSON over several lines", "{\n\"rules\": [\n\t{\"name\": \"a\", \"regions\": [],\n\t\"kye\": \"alias/a\", \"skip\": true},\n\t7]}",
			[]string{"line 3 rules[0] (a).regions empty", "line 4 rules[0] (a) kye", "line 5 rules[1] mapping"},
		},
		{"number and null in JSON", `{"rules":[{"name":null,"accounts":[111122223333],"skip":true}]}`, []string{"rules[0].name", "rules[0].accounts[0] quotes"}},
		{"several documents", "rules: []\n---\nrules: []\n", []string{"document"}},
		{"an alias of nothing", "rules: *a\n", []string{"a"}},
		{"an alias of itself", "rules: &a\n- *a\n", []string{"rules[0] mapping"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := env(config.Rules, tt.rules).load()
			checkFaults(t, err, tt.want...)
			checkAllAbout(t, err, config.Rules)
		})
	}
}

// Whoever has to redeploy for each fault gives up at the third.
func TestAllFaultsAtOnce(t *testing.T) {
	w := env(
		"DEFAULT_KMS_KEY", "alias/{acount}", "KMS_KEY_TAG", "kms*", "TAG_ALLOWED_KEYS", "key/*,alias/a,", "EXCLUDE", "/a b,/c d", "EXISTING_KEY", "kept",
		"QUERY_RESULT_KMS_KEY", "logs", "MEMBER_ROLE", "/b", "MEMBER_EXTERNAL_ID", "x", "MEMBER_ACCOUNTS", "1,2", "AWS_ACCOUNT_ID", "me", "AWS_REGION", "here", "DRY_RUN", "yes", "ASSOCIATE_RATE", "fast", "DESCRIBE_RATE", "-1",
		"METRICS_NAMESPACE", "AWS/x", "AWS_MAX_ATTEMPTS", "many",
		"RULES", strings.Join([]string{
			"rules:",
			"- name: a",
			"  loggroups: [/a]",
			"  key: logs",
			"- name: a",
			"  accounts: [111122223333, '1', \"2\"]",
			"  regions: []",
			"  skip: true",
			"  key: alias/a",
			"extra: 1",
		}, "\n"),
	)
	_, err := w.load()
	checkFaults(t, err,
		"DEFAULT_KMS_KEY {acount}", "KMS_KEY_TAG kms*", "TAG_ALLOWED_KEYS key/*", "TAG_ALLOWED_KEYS empty", `EXCLUDE "/a b"`, `EXCLUDE "/c d"`, "EXISTING_KEY kept",
		"QUERY_RESULT_KMS_KEY logs", "MEMBER_ROLE /b", "MEMBER_EXTERNAL_ID x", `MEMBER_ACCOUNTS "1"`, `MEMBER_ACCOUNTS "2"`, "AWS_ACCOUNT_ID me", "AWS_REGION here", "DRY_RUN yes", "ASSOCIATE_RATE fast", "DESCRIBE_RATE -1",
		"METRICS_NAMESPACE AWS/", "AWS_MAX_ATTEMPTS many",
		"RULES line 3 rules[0] (a) loggroups", `RULES line 4 rules[0] (a).key "logs"`, "RULES line 2 rules[0] (a) condition",
		"RULES line 5 rules[1] name taken", "RULES line 6 rules[1] (a).accounts[0]", `RULES line 6 rules[1] (a).accounts[1] "1"`, `RULES line 6 rules[1] (a).accounts[2] "2"`,
		"RULES line 7 rules[1] (a).regions", "RULES line 5 rules[1] (a) both", "RULES line 10 extra",
	)
	if !strings.Contains(err.Error(), "29 faults") {
		t.Errorf("got %q, want it to say how many faults there are", err)
	}
}
