package cli_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"log-group-kms/internal/awsfake"
	"log-group-kms/tests/golden"
)

func TestExplain(t *testing.T) {
	s := start(t, golden.NewWorld(), goldenSettings()...)
	for _, test := range []struct {
		group    string
		status   int
		out, err string
	}{
		{"/app/orders", 0, "Would get key/5f0d3a7e-91c2-4b68-8d4f-2a6c7b9e1035, by default.\n", ""},
		{"API-Gateway-Execution-Logs_a1b2c3d4e5/prod", 0, "by rule api-gateway (RULES:2).\n", ""},
		{"/app/ledger", 0, "Keeps key/8a6f2b1c-5d4e-4f3a-9b2c-7e1d0c9b8a76.\n", ""},
		{"/app/build#42", 0, "by default.\n", ""},
		{"/app/archive", 1, "Would stay without a key of yours: the key by rule archive (RULES:5) cannot be used.\n", ""},
		{"/tmp/scratch", 1, "Would stay without a key of yours.\n", ""},
		{"/app/none", 2, "Cannot be said: AWS does not know this log group.\n", "log-group-kms explain: DescribeLogGroups to find log group /app/none"},
	} {
		r := s.run("explain", test.group)
		s.want(r, test.status, test.out, test.err)
		for _, form := range [][]string{{"-o", "json"}, {"-q"}} {
			if got := s.run(append([]string{"explain", test.group}, form...)...); got.status != test.status {
				t.Errorf("%s %q: got status %d, want %d as for every form", test.group, form, got.status, test.status)
			}
		}
	}
}

// Several names are explained one after the other, in their order; the worst gives the
// status.
func TestExplainSeveral(t *testing.T) {
	s := start(t, golden.NewWorld(), goldenSettings()...)
	r := s.runWith(strings.NewReader("/app/archive\r\n\n/tmp/scratch\n"), nil, "explain", "/app/orders", "-", "/app/ledger", "-q")
	want := "/app/orders\tdefault\talias/log-group-kms\n/app/archive\trule archive\talias/archive (cannot be used)\n/tmp/scratch\texclude\t-\n" +
		"/app/ledger\texisting-key\tkey/8a6f2b1c-5d4e-4f3a-9b2c-7e1d0c9b8a76\n"
	s.want(r, 1, want, "")
	if diff := cmp.Diff(want, r.out); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// In JSON it is the answer of a dry run, with the steps.
func TestExplainJSON(t *testing.T) {
	s := start(t, golden.NewWorld(), goldenSettings()...)
	r := s.run("explain", "/ecs/checkout", "-o", "json")
	s.want(r, 0, "{", "")
	got := lines(t, r.out)[0]
	var steps []string
	for _, step := range got["steps"].([]any) {
		steps = append(steps, step.(map[string]any)["step"].(string)+" "+step.(map[string]any)["result"].(string))
	}
	delete(got, "steps")
	if diff := cmp.Diff(map[string]any{
		"outcome": "planned", "reason": "tag", "logGroup": "/ecs/checkout", "account": golden.Account, "region": golden.Region,
		"kmsKeyArn": golden.PaymentsKey, "attempts": 0.0, "dryRun": true, "key": "alias/payments",
	}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{
		"reserved-name no", "exclude no", "existing-key none", "skip-rule none", "tag decides", "rule not-reached", "default not-reached", "key usable",
	}, steps); diff != "" {
		t.Errorf("steps (-want +got):\n%s", diff)
	}
}

// A stack's own rules count, whatever the environment says.
func TestExplainByAStack(t *testing.T) {
	world := golden.NewWorld()
	deploy(t, world, golden.Settings())
	s := start(t, world, "RULES=nonsense", "EXISTING_KEY=never")
	s.want(s.run("explain", "/app/archive", "--stack", golden.StackName), 1, "archive (RULES:5)", "")
}

// Offline nobody is asked: no credentials, no Region of the environment, no request.
func TestExplainOffline(t *testing.T) {
	world := awsfake.New(golden.Account)
	s := start(t, world)
	file := write(t, "rules.yaml", "rules:\n- name: pci\n  tags: {data-class: \"pci*\"}\n  regions: [eu-*]\n  key: alias/logs-payments\n")
	s.env = []string{"AWS_ENDPOINT_URL=" + s.url, "HOME=/nonexistent"}
	offline := []string{"explain", "--offline", "--rules", file, "--account", "111122223333", "--region", "eu-west-1", "-q"}
	for _, test := range []struct {
		args   []string
		status int
		out    string
	}{
		{[]string{"--tag", "data-class=pci-1", "/ecs/refunds"}, 0, "/ecs/refunds\trule pci\talias/logs-payments\n"},
		{[]string{"/ecs/refunds"}, 1, "/ecs/refunds\tno-key\t-\n"},
	} {
		s.want(s.run(append(offline, test.args...)...), test.status, test.out, "")
	}
	r := s.runWith(strings.NewReader("/a\n/b\n"), nil, append(offline, "--tag", "data-class=pci", "-")...)
	s.want(r, 0, "/a\trule pci\talias/logs-payments\n/b\trule pci\talias/logs-payments\n", "")
	if calls := world.Calls(); len(calls) > 0 {
		t.Errorf("got %d requests, want none", len(calls))
	}
}
