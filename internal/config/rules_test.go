package config_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"log-group-kms/internal/config"
	"log-group-kms/internal/policy"
)

// promised is the example of the documentation.
const promised = `
rules:                                   # the first that matches decides
  - name: payments                       # required, unique
    logGroups: ["/aws/lambda/payments-*", "/ecs/payments/*"]
    accounts: ["111122223333"]           # optional
    regions: ["eu-*"]
    tags: {data-class: "pci*"}
    key: alias/logs-payments
  - name: build-logs
    logGroups: ["/aws/codebuild/*"]
    skip: true
`

var promisedRules = []policy.Rule{
	{
		Name: "payments", LogGroups: []policy.Pattern{"/aws/lambda/payments-*", "/ecs/payments/*"}, Accounts: []policy.Pattern{"111122223333"},
		Regions: []policy.Pattern{"eu-*"}, Tags: map[string]policy.Pattern{"data-class": "pci*"}, Key: "alias/logs-payments",
	},
	{Name: "build-logs", LogGroups: []policy.Pattern{"/aws/codebuild/*"}, Skip: true},
}

const promisedJSON = `{
	"rules": [
		{
			"name": "payments",
			"logGroups":	["/aws/lambda/payments-*", "/ecs/payments/*"],
			"accounts": ["111122223333"],
			"regions": ["eu-*"],
			"tags": {"data-class": "pci*"},
			"key": "alias/logs-payments"
		},
		{"name": "build-logs", "logGroups": ["/aws/codebuild/*"], "skip": true}
	]
}
`

func TestRules(t *testing.T) {
	compact := strings.NewReplacer("\n", "", "\t", "", " ", "").Replace(promisedJSON)
	tests := []struct {
		name string
		text string
		want []policy.Rule
	}{
		{"YAML", promised, promisedRules},
		{"YAML with a document's marks", "---" + promised + "...\n", promisedRules},
		{"YAML of an editor that marks the byte order", "\ufeff" + strings.ReplaceAll(promised, "\n", "\r\n"), promisedRules},
		{"JSON of such an editor", "\ufeff" + promisedJSON, promisedRules},
		{"YAML of Windows", strings.ReplaceAll(promised, "\n", "\r\n"), promisedRules},
		{"JSON indented by tabs", promisedJSON, promisedRules},
		{"JSON indented by spaces", strings.ReplaceAll(promisedJSON, "\t", "  "), promisedRules},
		{"JSON on one line", compact, promisedRules},
		{"JSON with escapes", strings.ReplaceAll(compact, "/", `\/`), promisedRules},
		{
			"one condition alone: accounts", `{rules: [{name: a, accounts: ["1111*"], key: alias/a}]}`,
			[]policy.Rule{{Name: "a", Accounts: []policy.Pattern{"1111*"}, Key: "alias/a"}},
		},
		{
			"one condition alone: regions", `{rules: [{name: a, regions: [eu-west-1], skip: true}]}`,
			[]policy.Rule{{Name: "a", Regions: []policy.Pattern{"eu-west-1"}, Skip: true}},
		},
		{
			// As in AWS: a tag's value may be the empty string, and only that.
			"one condition alone: tags", `{rules: [{name: a, tags: {Owner: "", "Cost Center": "4?"}, key: alias/a}]}`,
			[]policy.Rule{{Name: "a", Tags: map[string]policy.Pattern{"Owner": "", "Cost Center": "4?"}, Key: "alias/a"}},
		},
		{
			// Some YAML parsers make a truth value of it.
			"a word that YAML once took for true", `{rules: [{name: a, tags: {pci: yes}, key: alias/a}]}`,
			[]policy.Rule{{Name: "a", Tags: map[string]policy.Pattern{"pci": "yes"}, Key: "alias/a"}},
		},
		{
			"names of Lambda@Edge and WAF", `{rules: [{name: a, logGroups: ["/aws/lambda/us-east-1.*", "aws-waf-logs-*"], accounts: ["012345670123"], skip: true}]}`,
			[]policy.Rule{{Name: "a", LogGroups: []policy.Pattern{"/aws/lambda/us-east-1.*", "aws-waf-logs-*"}, Accounts: []policy.Pattern{"012345670123"}, Skip: true}},
		},
		{
			"key with placeholders", `{rules: [{name: a, logGroups: ["*"], key: "arn:{partition}:kms:{region}:{account}:alias/a"}]}`,
			[]policy.Rule{{Name: "a", LogGroups: []policy.Pattern{"*"}, Key: "arn:{partition}:kms:{region}:{account}:alias/a"}},
		},
		{
			"anchors and aliases", "rules:\n- {name: a, regions: &eu [eu-*], tags: &t {a: &v x}, key: &k alias/a}\n- {name: *v, regions: *eu, tags: *t, key: *k}\n",
			[]policy.Rule{
				{Name: "a", Regions: []policy.Pattern{"eu-*"}, Tags: map[string]policy.Pattern{"a": "x"}, Key: "alias/a"},
				{Name: "x", Regions: []policy.Pattern{"eu-*"}, Tags: map[string]policy.Pattern{"a": "x"}, Key: "alias/a"},
			},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			inline := mustLoad(t, env(config.Rules, tt.text))
			if diff := cmp.Diff(tt.want, inline.Policy.Rules, cmpopts.IgnoreFields(policy.Rule{}, "Line")); diff != "" {
				t.Errorf("RULES: other keys would be chosen (-want +got):\n%s", diff)
			}
			w := env(config.RulesFile, "rules.yaml")
			w.files = map[string]string{"rules.yaml": tt.text}
			inFile := mustLoad(t, w)
			if inline.RulesSource != "RULES" || inFile.RulesSource != "rules.yaml" {
				t.Errorf("sources: got %q and %q, want RULES and rules.yaml", inline.RulesSource, inFile.RulesSource)
			}
			inFile.RulesSource = inline.RulesSource
			if diff := cmp.Diff(inline, inFile); diff != "" {
				t.Errorf("RULES_FILE: got another configuration than by RULES (-RULES +RULES_FILE):\n%s", diff)
			}
		})
	}
}

// Whoever is told that a rule decided wants to find it in the file.
func TestRuleLines(t *testing.T) {
	for text, want := range map[string][]int{
		promised:     {3, 9},
		promisedJSON: {3, 11},
		"rules: [{name: a, regions: [eu-*], skip: true}]":                                                        {1},
		"rules:\n- &a {name: a, regions: [eu-*], skip: true}\n\n-\n  name: b\n  regions: [eu-*]\n  skip: true\n": {2, 5},
	} {
		var got []int
		for _, rule := range mustLoad(t, env(config.Rules, text)).Policy.Rules {
			got = append(got, rule.Line)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s\nlines of the rules (-want +got):\n%s", text, diff)
		}
	}
}

// A YAML alias may also stand where a key does. Taken for its own name it would
// be a condition that nobody wrote.
func TestAliasAsTagName(t *testing.T) {
	const text = "rules:\n- {name: &label data-class, tags: {*label : pci}, key: alias/a}\n"
	got, err := env(config.Rules, text).load()
	if err != nil {
		checkAllAbout(t, err, config.Rules) // to refuse it is as good
		return
	}
	want := map[string]policy.Pattern{"data-class": "pci"}
	if diff := cmp.Diff(want, got.Policy.Rules[0].Tags); diff != "" {
		t.Errorf("the rule would match other log groups (-want +got):\n%s", diff)
	}
}

// Beyond the first plane JSON has to escape a character by two.
func TestJSONSurrogatePairs(t *testing.T) {
	const text = `{"rules":[{"name":"\ud83d\udd12","regions":["eu-*"],"key":"alias/a"}]}`
	if got := mustLoad(t, env(config.Rules, text)).Policy.Rules[0].Name; got != "🔒" {
		t.Errorf("got name %q, want 🔒", got)
	}
}

func TestRulesSources(t *testing.T) {
	both := env(config.Rules, promised, config.RulesFile, "rules.yaml")
	both.files = map[string]string{"rules.yaml": promised}
	_, err := both.load()
	checkFaults(t, err, "RULES RULES_FILE")

	// Whoever takes one of them away wants no second round for its own faults.
	both = env(config.Rules, "rules: [{name: a, skip: true}]", config.RulesFile, "rules.yaml")
	both.files = map[string]string{"rules.yaml": "rules:\n- {name: b, regions: [eu-*], key: logs}\n"}
	_, err = both.load()
	checkFaults(t, err, "RULES RULES_FILE", "RULES line 1 rules[0] (a) condition", `RULES_FILE rules.yaml line 2 rules[0] (b).key "logs"`)

	_, err = env(config.RulesFile, "rules.yaml").load()
	checkFaults(t, err, "RULES_FILE rules.yaml exist")

	// A mistake in the file is to be found without guessing which file it was.
	inFile := env(config.RulesFile, "teams/rules.yaml")
	inFile.files = map[string]string{"teams/rules.yaml": "rules:\n- name: a\n  regions: [eu-*]\n  kye: alias/a\n"}
	_, err = inFile.load()
	checkFaults(t, err, "RULES_FILE teams/rules.yaml line 4 rules[0] (a) kye", "RULES_FILE teams/rules.yaml line 2 rules[0] (a) key skip")

	empty := env(config.RulesFile, "rules.yaml")
	empty.files = map[string]string{"rules.yaml": ""}
	_, err = empty.load()
	checkFaults(t, err, "RULES_FILE rules.yaml rules")
}
