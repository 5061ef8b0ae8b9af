package policy_test

import (
	"testing"

	"log-group-kms/internal/answer"
	"log-group-kms/internal/policy"
	"log-group-kms/internal/target"
)

func TestRuleConditions(t *testing.T) {
	app := target.LogGroup(ireland, "/app/orders")
	tests := []struct {
		name string
		rule policy.Rule
		tags policy.Tags
		want bool
	}{
		{"name", policy.Rule{LogGroups: []policy.Pattern{"/app/*"}}, complete(), true},
		{"another name", policy.Rule{LogGroups: []policy.Pattern{"/app"}}, complete(), false},
		{"one pattern of several", policy.Rule{LogGroups: []policy.Pattern{"/x", "/app/*"}}, complete(), true},
		{"account", policy.Rule{Accounts: []policy.Pattern{"111122223333"}}, complete(), true},
		{"another account", policy.Rule{Accounts: []policy.Pattern{"999988887777"}}, complete(), false},
		{"Region", policy.Rule{Regions: []policy.Pattern{"eu-*"}}, complete(), true},
		{"another Region", policy.Rule{Regions: []policy.Pattern{"us-*", "ap-*"}}, complete(), false},
		{"tag", policy.Rule{Tags: map[string]policy.Pattern{"class": "pci*"}}, complete("class", "pci-dss"), true},
		{"another value", policy.Rule{Tags: map[string]policy.Pattern{"class": "pci*"}}, complete("class", "xpci"), false},
		{"no such tag", policy.Rule{Tags: map[string]policy.Pattern{"class": "*"}}, complete("Class", "pci"), false},
		{"all tags must match", policy.Rule{Tags: map[string]policy.Pattern{"a": "1", "b": "2"}}, complete("a", "1", "b", "2"), true},
		{"one tag does not match", policy.Rule{Tags: map[string]policy.Pattern{"a": "1", "b": "2"}}, complete("a", "1", "b", "3"), false},
		// In AWS a tag may have the empty string for its value: that is not "no tag".
		{"empty value", policy.Rule{Tags: map[string]policy.Pattern{"a": ""}}, complete("a", ""), true},
		{"empty value, no tag", policy.Rule{Tags: map[string]policy.Pattern{"a": ""}}, complete(), false},
		{"empty value, another value", policy.Rule{Tags: map[string]policy.Pattern{"a": ""}}, complete("a", "x"), false},
		{"any value takes the empty one", policy.Rule{Tags: map[string]policy.Pattern{"a": "*"}}, complete("a", ""), true},
		{
			"all conditions must match", policy.Rule{
				LogGroups: []policy.Pattern{"/app/*"}, Accounts: []policy.Pattern{"1111*"}, Regions: []policy.Pattern{"eu-west-?"},
				Tags: map[string]policy.Pattern{"a": "1"},
			}, complete("a", "1"), true,
		},
		{
			"all but the Region", policy.Rule{
				LogGroups: []policy.Pattern{"/app/*"}, Accounts: []policy.Pattern{"1111*"}, Regions: []policy.Pattern{"eu-north-?"},
				Tags: map[string]policy.Pattern{"a": "1"},
			}, complete("a", "1"), false,
		},
		// One known tag settles it, whatever the unknown ones are.
		{"partial tags, one known not to match", policy.Rule{Tags: map[string]policy.Pattern{"a": "1", "b": "2"}}, partial("b", "3"), false},
		{"partial tags, all known", policy.Rule{Tags: map[string]policy.Pattern{"a": "1", "b": "2"}}, partial("a", "1", "b", "2"), true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.rule.Name, tt.rule.Key = "r", "alias/r"
			p := &policy.Policy{Rules: []policy.Rule{tt.rule}}
			got := p.Choose(app, tt.tags, false)
			if got.NeedTags {
				t.Fatal("got NeedTags, want a decision; AWS would be asked for nothing")
			}
			if matched := got.Reason == answer.Rule; matched != tt.want {
				t.Errorf("got match %t, want %t; the group would get another key", matched, tt.want)
			}
		})
	}
}

func TestOffLimits(t *testing.T) {
	p := &policy.Policy{Exclude: []policy.Pattern{"/tmp/*", "*-scratch", "aws/spans"}}
	for group, want := range map[string]answer.Reason{
		"aws/spans":           answer.ReservedName, // excluded as well, but AWS's own first of all
		"AWS/x":               answer.ReservedName,
		"Aws/Spans":           answer.ReservedName,
		"aws/":                answer.ReservedName,
		"aws":                 "",
		"awsx":                "",
		"awsx/y":              "",
		"aws-controltower/x":  "",
		"/aws/lambda":         "",
		"/aws/lambda/app":     "",
		"x/aws/y":             "",
		"/tmp/a/b":            answer.Excluded,
		"/tmp":                "",
		"/TMP/a":              "",
		"/app-scratch":        answer.Excluded,
		"/app-scratch2":       "",
		"/aws/lambda/scratch": "",
	} {
		got, off := p.OffLimits(group)
		if got != want || off != (want != "") {
			t.Errorf("OffLimits(%q): got %q, %t, want %q; it would be touched, or left open", group, got, off, want)
		}
	}
	if reason, off := (&policy.Policy{}).OffLimits("/app"); off {
		t.Errorf("nothing excluded: got %q, want the group touched", reason)
	}
}
