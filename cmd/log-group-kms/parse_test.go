package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseAudit(t *testing.T) {
	for _, test := range []struct{ args, fault string }{
		{"", ""},
		{"--stack s --region eu-west-1 --region eu-north-1 --all", ""},
		{"-o html --all-regions --members --member-role r --external-id x", ""},
		{"/app", `it takes no names, such as "/app"`},
		{"--member-role r", "--member-role goes with --members"},
		{"--all -o csv", "--all is for -o text"},
		{"-o xml", "there are text, json, csv, html"},
	} {
		_, err := parseAudit(strings.Fields(test.args))
		if (err != nil) != (test.fault != "") || err != nil && !strings.Contains(err.Error(), test.fault) {
			t.Errorf("%s: got %v, want %q", test.args, err, test.fault)
		}
	}
}

func TestParseExplain(t *testing.T) {
	const offline = "--offline --account 111122223333 --region eu-west-1 "
	for _, test := range []struct{ args, stdin, fault string }{
		{"/app --stack s", "", ""},
		{offline + "--tag a=b --tag c=d=e --rules r.yaml /app", "", ""},
		{"/app -", " /a\r\n\n/b\n", ""},

		{"", "", "give the name of a log group"},
		{"-", "\n", "give the name of a log group"},
		{offline + "--stack s /app", "", "--offline asks no AWS, so it cannot ask --stack"},
		{offline + "--profile p /app", "", "neither --role-arn nor --profile"},
		{"--offline --region eu-west-1 /app", "", "--offline needs --account"},
		{"--offline --account 1111 --region eu-west-1 /app", "", `not "1111"`},
		{"--offline --account 111122223333 /app", "", "--offline needs --region"},
		{"--account 111122223333 /app", "", "--account goes with --offline"},
		{"--tag a=b /app", "", "--tag goes with --offline"},
		{offline + "--tag a /app", "", "KEY=VALUE"},
		{offline + "--tag =a /app", "", "KEY=VALUE"},
		{"--region eu-west-1 --region eu-north-1 /app", "", "give --region once"},
		{"/app /a*", "", `no log group can have the name "/a*"`},
		{"/app -", "/a b\n", `no log group can have the name "/a b"`},
		{strings.Repeat("x", 513), "", "at most 512 characters"},
		{"arn:aws:logs:eu-west-1:111122223333:log-group:/app:*", "", "give the log group's name, /app"},
		{"-o csv /app", "", "there are text, json"},
	} {
		_, err := parseExplain(strings.Fields(test.args), strings.NewReader(test.stdin))
		if (err != nil) != (test.fault != "") || err != nil && !strings.Contains(err.Error(), test.fault) {
			t.Errorf("%s: got %v, want %q", test.args, err, test.fault)
		}
	}
}

// Names of standard input stand where the "-" stood.
func TestNamesOfStandardInput(t *testing.T) {
	o, err := parseExplain([]string{"/first", "-", "/last", "--", "-odd"}, strings.NewReader("/a\n/b\r\n\n  /c  "))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"/first", "/a", "/b", "/c", "/last", "-odd"}, o.names); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
