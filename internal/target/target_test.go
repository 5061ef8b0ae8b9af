package target_test

import (
	"regexp"
	"strings"
	"testing"

	"log-group-kms/internal/target"
)

func TestCheckName(t *testing.T) {
	tests := []struct {
		name  string
		group string
		valid bool
	}{
		{"empty", "", false},
		{"one character", "a", true},
		{"every allowed kind", "/aws/Lambda-0_9.x#y", true},
		{"longest", strings.Repeat("a", 512), true},
		{"too long", strings.Repeat("a", 513), false},
		{"space", "my app", false},
		{"colon", "/app:*", false},
		{"star", "/app*", false},
		{"letter outside ASCII", "/café", false},
		{"line feed at the end", "/app\n", false},
		{"not UTF-8", "/app\xff", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if err := target.CheckName(tt.group); (err == nil) != tt.valid {
				t.Errorf("CheckName(%.20q): got %v, want valid %t; AWS would judge otherwise", tt.group, err, tt.valid)
			}
		})
	}
}

func TestPartitionOf(t *testing.T) {
	for region, want := range map[string]string{
		"eu-west-1": "aws", "us-east-1": "aws", "ap-southeast-7": "aws", "mx-central-1": "aws", "il-central-1": "aws",
		"cn-north-1": "aws-cn", "cn-northwest-1": "aws-cn",
		"us-gov-west-1": "aws-us-gov", "us-gov-east-1": "aws-us-gov",
		"us-iso-east-1": "aws-iso", "us-isob-east-1": "aws-iso-b", "eu-isoe-west-1": "aws-iso-e", "us-isof-south-1": "aws-iso-f",
		"eusc-de-east-1": "aws-eusc",
	} {
		if got := target.PartitionOf(region); got != want {
			t.Errorf("PartitionOf(%q): got %q, want %q; every ARN made there would be another partition's", region, got, want)
		}
		if !target.ValidRegion(region) {
			t.Errorf("ValidRegion(%q): got false, want true; its events would be refused", region)
		}
		if !target.ValidPartition(want) {
			t.Errorf("ValidPartition(%q): got false, want true; its ARNs would be refused", want)
		}
	}
}

// A Region becomes part of a host name, an account part of a role's ARN, so
// nothing that could steer a request elsewhere may pass.
func TestValidScopeParts(t *testing.T) {
	for _, text := range []string{
		"", "eu", "eu-west", "EU-WEST-1", "eu-west-1 ", "eu-west-1\n", "eu_west_1", "eu-west-1.evil.example", "evil.example/", "eu-west-1a", "eu-west-123", "--1",
	} {
		if target.ValidRegion(text) {
			t.Errorf("ValidRegion(%q): got true, want false; requests could go to another host", text)
		}
	}
	for _, text := range []string{"", "1234", "1111222233334", "11112222333a", "111122223333\n", " 111122223333", "１１１１２２２２３３３３"} {
		if target.ValidAccount(text) {
			t.Errorf("ValidAccount(%q): got true, want false; a role of a nonsense account would be assumed", text)
		}
	}
	if !target.ValidAccount("000000000001") {
		t.Error(`ValidAccount("000000000001"): got false, want true; leading zeros are part of an account ID`)
	}
	for _, text := range []string{"", "AWS", "amazon", "aws:logs", "aws\n"} {
		if target.ValidPartition(text) {
			t.Errorf("ValidPartition(%q): got true, want false", text)
		}
	}
}

func TestExpand(t *testing.T) {
	scope := target.Scope{Partition: "aws-cn", Account: "111122223333", Region: "cn-north-1"}
	for text, want := range map[string]string{
		"": "", "alias/logs": "alias/logs",
		"arn:{partition}:kms:{region}:{account}:alias/{region}": "arn:aws-cn:kms:cn-north-1:111122223333:alias/cn-north-1",
		"{Account}{acount}{": "{Account}{acount}{", // only the three placeholders stand for anything
	} {
		if got := scope.Expand(text); got != want {
			t.Errorf("Expand(%q): got %q, want %q; another key would be chosen", text, got, want)
		}
	}
}

// The texts stand in error messages, where the operator needs all three: what,
// account, Region.
func TestTargetForMessages(t *testing.T) {
	group := target.LogGroup(ireland, "/app")
	if group.IsQueryResult() {
		t.Error("IsQueryResult() of a log group: got true, want false; its key would be set blindly")
	}
	results := target.QueryResults(ireland)
	if !results.IsQueryResult() {
		t.Error("IsQueryResult() without a log group: got false, want true")
	}
	for _, tt := range []struct {
		text  string
		parts []string
	}{
		{ireland.String(), []string{"111122223333", "eu-west-1"}},
		{group.String(), []string{"/app", "111122223333", "eu-west-1"}},
		{results.String(), []string{"query results", "111122223333", "eu-west-1"}},
	} {
		for _, part := range tt.parts {
			if !strings.Contains(tt.text, part) {
				t.Errorf("got %q, want it to name %q; the operator could not find the place", tt.text, part)
			}
		}
	}
}

// FuzzForms holds the checks against the patterns of AWS's own models.
func FuzzForms(f *testing.F) {
	name := regexp.MustCompile(`\A[.\-_/#A-Za-z0-9]{1,512}\z`)
	account := regexp.MustCompile(`\A[0-9]{12}\z`)
	region := regexp.MustCompile(`\A[a-z]+(-[a-z]+)+-[0-9]{1,2}\z`) // the SDK's partition metadata has no other form
	for _, seed := range []string{"/aws/lambda/app#1", "111122223333", "eu-west-1", "us-iso-east-1", "1-1", "a--1", "a-b-\n1", "\xff"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if got, want := target.CheckName(text) == nil, name.MatchString(text); got != want {
			t.Errorf("CheckName(%q): got valid %t, want %t", text, got, want)
		}
		if got, want := target.ValidAccount(text), account.MatchString(text); got != want {
			t.Errorf("ValidAccount(%q): got %t, want %t", text, got, want)
		}
		if got, want := target.ValidRegion(text), region.MatchString(text); got != want && len(text) <= 32 {
			t.Errorf("ValidRegion(%q): got %t, want %t", text, got, want)
		}
	})
}
