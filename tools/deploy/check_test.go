package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestCheck wants exactly the faults that are given, each by a part of it.
func TestCheck(t *testing.T) {
	t.Parallel()
	long := fmt.Sprintf(`{"rules":[{"name":"a","key":"alias/x","logGroups":["%s"]}]}`, strings.Join(slices.Repeat([]string{"/app/x"}, 500), `","`))
	for _, c := range []struct {
		name, file, inline string
		want               []string
	}{
		{"well", "DryRun=true\nDefaultKmsKey=alias/mine\nAssociateRate=0.5\nLogRetentionDays=30\n", "", nil},
		{"empty values", "DefaultKmsKey=\nExclude=\n", "", nil},
		{"inline wins", "DryRun=perhaps\n", "DryRun=true", nil},
		{"unknown", "Dryrun=true\nDefaultKey=alias/x\nWhatever=1\n", "", []string{
			"parameters/prod line 1: there is no parameter Dryrun; is it DryRun?", "DefaultKey; is it DefaultKmsKey?", "Whatever; README.md lists them",
		}},
		{"unknown inline", "", "Exclude=/a Dryrun=true", []string{"PARAMETERS: there is no parameter Dryrun"}},
		{"allowed values", "DryRun=yes\nLogRetentionDays=31\n", "", []string{"parameters/prod line 1: DryRun=yes: it must be one of true, false", "line 2: LogRetentionDays=31"}},
		{"pattern", "DefaultKmsKey=mine\n", "", []string{"line 1: DefaultKmsKey=mine: it must be an alias"}},
		{"pattern without a wish", "MetricsNamespace=a*\n", "", []string{"it does not match ^(?!AWS/|:)"}},
		{"words that must not come first", "MetricsNamespace=AWS/Logs\n", "", []string{"MetricsNamespace=AWS/Logs: it does not match"}},
		{"too long", "KmsKeyTag=123456789\n", "", []string{"it has 9 characters, and at most 8 are allowed"}},
		{"too short", "MetricsNamespace=a\n", "", []string{"it needs at least 2 characters"}},
		{"no number", "AssociateRate=four\n", "", []string{"AssociateRate=four: it must be a number"}},
		{"number too large", "AssociateRate=101\n", "", []string{"AssociateRate=101"}},
		{"together", "CreateKey=false\n", "", []string{"- OwnLogsKmsKeyArn must be given"}},
		{"rules twice", "Rules=rules: []\nRulesFile=rules.yaml\n", "", []string{"- Give Rules or RulesFile", "- Rules (RULES): "}},
		{"bad rules", `Rules={"rules":[{"name":"a","logGroups":["/x"],"kay":"alias/x"}]}` + "\n", "", []string{`Rules (RULES) line 1, rules[0] (a): the field "kay" is unknown`, "neither key nor skip"}},
		{"missing rules", "RulesFile=none.yaml\n", "", []string{"RulesFile (RULES_FILE)"}},
		{"rules outside", "RulesFile=../rules.yaml\n", "", []string{"it must be a path within the repository"}},
		{"the program's own word", "Exclude=/a b\n", "", []string{`Exclude (EXCLUDE): "/a b" can match nothing`}},
		{"too much", "Rules=" + long + "\n", "", []string{"the variables of Event are 5", "the variables of Sweep are 5"}},
		{"only for the packaged template", "CodeBucketPerRegion=maybe\nCodeBucket=my-code\n", "", []string{"CodeBucketPerRegion=maybe"}},
		{"bucket per Region of none", "CodeBucketPerRegion=true\n", "", []string{"CodeBucket: it has no default"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := check(options{root: repository(t, c.file), deployment: "prod", parameters: c.inline})
			if len(c.want) == 0 {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			if err == nil {
				t.Fatalf("got no fault, want %q", c.want)
			}
			lines := strings.Split(err.Error(), "\n")
			if len(lines) != len(c.want)+1 {
				t.Errorf("got %d faults, want %d", len(lines)-1, len(c.want))
			}
			for _, want := range c.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q is missing", want)
				}
			}
			if t.Failed() {
				t.Log(err)
			}
		})
	}
}

func TestCheckWithoutFile(t *testing.T) {
	t.Parallel()
	for deployment, want := range map[string]string{
		"test":     "DEPLOYMENT=test: its file cannot be read",
		"../prod":  "it is the name of a file",
		"":         "it is the name of a file",
		"prod.yml": "begin with: cp parameters/default parameters/prod.yml",
	} {
		_, err := check(options{root: repository(t, ""), deployment: deployment})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want it to say %q", deployment, err, want)
		}
	}
}

// TestOwnTemplate guards what comes with the repository: the deployment to begin
// with is a dry run without faults, and every pattern can be read here, so that no
// value is let through unread.
func TestOwnTemplate(t *testing.T) {
	t.Parallel()
	p, err := check(options{root: root, deployment: "default"})
	if err != nil {
		t.Fatal(err)
	}
	if p.values["DryRun"] != "true" {
		t.Errorf("DryRun: got %q; whoever deploys for the first time sees the plan first", p.values["DryRun"])
	}
	own, err := readTemplate(root)
	if err != nil {
		t.Fatal(err)
	}
	for name, parameter := range own.parameters {
		if _, err := compile(parameter.AllowedPattern); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name := range own.rules {
		for _, a := range at(own.rules, name)["Assertions"].([]any) {
			if _, known := holds(at(a)["Assert"], p.values); !known {
				t.Errorf("rule %s cannot be evaluated here, so its fault would show only in AWS", name)
			}
		}
	}
}

func TestBrokenTemplate(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"no YAML":      "a: [",
		"no mapping":   "- a",
		"no functions": "Parameters: {A: {Type: String}}",
		"nothing":      "",
	} {
		folder := repository(t, "")
		if err := os.WriteFile(filepath.Join(folder, "template.yaml"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := check(options{root: folder, deployment: "prod"}); err == nil || !strings.Contains(err.Error(), "template.yaml") {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
