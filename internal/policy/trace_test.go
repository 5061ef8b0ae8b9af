package policy

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"log-group-kms/internal/target"
)

func TestTrace(t *testing.T) {
	p := &Policy{Rules: []Rule{
		{Name: "names", LogGroups: []Pattern{"/a/*"}, Key: "alias/a"},
		{Name: "accounts", Accounts: []Pattern{"4444*"}, Key: "alias/a"},
		{Name: "regions", Regions: []Pattern{"us-*"}, Key: "alias/a"},
		{Name: "tag", Tags: map[string]Pattern{"data-class": "pci*"}, Key: "alias/a"},
		{Name: "tags", Tags: map[string]Pattern{"owner": "b", "data-class": "?"}, Skip: true},
		{Name: "match", LogGroups: []Pattern{"*"}, Key: "alias/a"},
		{Name: "later", LogGroups: []Pattern{"*"}, Key: "alias/a"},
	}}
	type verdict struct{ Rule, Because string }
	var got []verdict
	for _, v := range p.Trace(group("/b"), map[string]string{"data-class": "x"}) {
		if v.Matches != (v.Because == "") {
			t.Errorf("rule %s: got a match %t because %q", v.Rule.Name, v.Matches, v.Because)
		}
		got = append(got, verdict{v.Rule.Name, v.Because})
	}
	want := []verdict{
		{"names", "its logGroups do not match the name"},
		{"accounts", "its accounts do not match 111122223333"},
		{"regions", "its regions do not match eu-west-1"},
		{"tag", `the log group's tag data-class is "x", which does not match "pci*"`},
		{"tags", "the log group has no tag owner"},
		{"match", ""},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("verdicts (-want +got):\n%s", diff)
	}
}

// What Trace says for people is what Choose acts upon.
func FuzzTraceAgreesWithChoose(f *testing.F) {
	f.Add("/a*", "/ab", "1*", "eu-*", "k", "v?", "k", "vx", "second")
	f.Fuzz(func(t *testing.T, names, logGroup, accounts, regions, tag, pattern, has, value, second string) {
		p := &Policy{Rules: []Rule{
			{Name: "first", LogGroups: []Pattern{Pattern(names)}, Tags: map[string]Pattern{tag: Pattern(pattern)}, Key: "alias/a"},
			{Name: "second", Accounts: []Pattern{Pattern(accounts)}, Regions: []Pattern{Pattern(regions)}, Key: "alias/a"},
			{Name: "third", Tags: map[string]Pattern{has: Pattern(second)}, Key: "alias/a"},
		}}
		tags := map[string]string{has: value}
		chosen := p.Choose(group(logGroup), Tags{Values: tags, Complete: true}, false).Rule
		traced := ""
		if verdicts := p.Trace(group(logGroup), tags); verdicts[len(verdicts)-1].Matches {
			traced = verdicts[len(verdicts)-1].Rule.Name
		}
		if chosen != traced {
			t.Errorf("Choose took rule %q, Trace says %q", chosen, traced)
		}
	})
}

func group(name string) target.Target {
	return target.LogGroup(target.Scope{Partition: "aws", Account: "111122223333", Region: "eu-west-1"}, name)
}

func TestExcludedBy(t *testing.T) {
	p := &Policy{Exclude: []Pattern{"/tmp/*", "*-scratch"}}
	for name, want := range map[string]Pattern{"/tmp/a": "/tmp/*", "/a-scratch": "*-scratch", "/app": ""} {
		if by, excluded := p.ExcludedBy(name); by != want || excluded != (want != "") {
			t.Errorf("%s: got %q, %t, want %q", name, by, excluded, want)
		}
	}
}
