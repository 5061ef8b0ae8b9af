package cli_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"log-group-kms/internal/awsfake"
	"log-group-kms/tests/golden"
)

var forms = []string{"text", "json", "csv", "html"}

// newWorld makes a World with the default key, under which n log groups are.
func newWorld(n int) *awsfake.World {
	world := awsfake.New(golden.Account)
	world.AddKey(awsfake.Key{ID: id(golden.DefaultKey), Region: golden.Region})
	world.AddAlias("", golden.Region, "alias/log-group-kms", golden.DefaultKey)
	world.SeedLogGroups("", golden.Region, n, func(i int) awsfake.LogGroup {
		return awsfake.LogGroup{Name: fmt.Sprintf("/app/%06d", i), KMSKeyARN: golden.DefaultKey}
	})
	return world
}

func id(arn string) string { return arn[strings.LastIndex(arn, "/")+1:] }

const defaultKey = "DEFAULT_KMS_KEY=alias/log-group-kms"

// What the audit says of the golden account, form by form. The configuration is
// the function's own.
func TestAuditOfTheGoldenAccount(t *testing.T) {
	s := start(t, golden.NewWorld(), goldenSettings()...)

	r := s.run("audit", "-o", "json")
	s.want(r, 1, `"logGroup":"/app/archive"`, "")
	list := lines(t, r.out)
	states := make(map[string]int)
	for _, row := range list[:len(list)-1] {
		states[row["state"].(string)]++
	}
	if diff := cmp.Diff(map[string]int{"open": 21, "other": 2, "exempt": 2}, states); diff != "" {
		t.Errorf("states (-want +got):\n%s", diff)
	}
	totals := list[len(list)-1]
	delete(totals, "at")
	if diff := cmp.Diff(map[string]any{
		"action": "audit", "account": golden.Account, "region": golden.Region, "examined": 25.0, "chosen": 0.0, "other": 2.0, "unusable": 0.0,
		"open": 21.0, "exempt": 2.0, "chosenPercent": 0.0, "complete": true,
	}, totals); diff != "" {
		t.Errorf("totals (-want +got):\n%s", diff)
	}
	archive := list[slices.IndexFunc(list, func(row map[string]any) bool { return row["logGroup"] == "/app/archive" })]
	delete(archive, "createdAt")
	if diff := cmp.Diff(map[string]any{
		"logGroup": "/app/archive", "account": golden.Account, "region": golden.Region, "state": "open",
		"because":   "rule archive (RULES:5): its key alias/archive cannot be used: its state is Disabled, not Enabled",
		"kmsKeyArn": "", "kmsKeyState": "", "wantedKmsKeyArn": "", "reason": "rule", "rule": "archive", "tagRejected": "", "errorType": "KeyUnusable",
		"class": "STANDARD", "storedBytes": 0.0, "retentionDays": nil,
	}, archive); diff != "" {
		t.Errorf("/app/archive (-want +got):\n%s", diff)
	}

	r = s.run("audit", "-o", "csv")
	s.want(r, 1, "logGroup,account,", "")
	if records, err := csv.NewReader(strings.NewReader(r.out)).ReadAll(); err != nil || len(records) != 26 || !strings.Contains(r.out, "\r\n") {
		t.Errorf("got %d records, %v, want the header and 25", len(records), err)
	}
	s.want(s.run("audit"), 1, "21 log groups have no key of yours and should\n", "")
	s.want(s.run("audit", "-o", "html"), 1, "<td class=\"name\">/app/archive</td>", "")
	s.want(s.run("audit", "-q"), 1, "21 open, of 25 log groups. Next: log-group-kms explain /app/archive\n", "")
}

// The status is the same for every form.
func TestAuditStatus(t *testing.T) {
	for _, test := range []struct {
		name  string
		spoil func(*awsfake.World)
		want  int
		err   string
	}{
		{"all is well", func(*awsfake.World) {}, 0, ""},
		{"one is open", func(w *awsfake.World) { w.PutLogGroup("", golden.Region, awsfake.LogGroup{Name: "/open"}) }, 1, ""},
		{"a key is disabled", func(w *awsfake.World) { w.SetKeyState(golden.DefaultKey, awsfake.Disabled) }, 1, ""},
		{"a tag may not be read, and one is open", func(w *awsfake.World) {
			w.PutLogGroup("", golden.Region, awsfake.LogGroup{Name: "/open"})
			w.Inject(awsfake.Fault{Operation: "ListTagsForResource", Resource: "/app/000001", Kind: awsfake.AccessDeniedIAM})
		}, 2, "1 log group could not be looked at"},
	} {
		t.Run(test.name, func(t *testing.T) {
			world := newWorld(3)
			test.spoil(world)
			s := start(t, world, defaultKey)
			for _, form := range forms {
				r := s.run("audit", "-o", form)
				if r.status != test.want || !strings.Contains(r.err, test.err) || r.out == "" {
					t.Errorf("-o %s: got status %d, %q on standard error and %d bytes of report; want %d, %q", form, r.status, r.err, len(r.out), test.want, test.err)
				}
			}
		})
	}
}

// Whoever may not list learns what is missing, and nothing else.
func TestAuditDenied(t *testing.T) {
	world := newWorld(3)
	world.DenyAction("", "logs:DescribeLogGroups", true)
	s := start(t, world, defaultKey)
	for _, form := range forms {
		s.want(s.run("audit", "-o", form), 2, "", "log-group-kms audit: DescribeLogGroups to list the log groups of account 123456789012, Region eu-west-1: AccessDeniedException")
	}
}

// A listing that breaks off says what it has, and that this is not all.
func TestAuditDeniedHalfWay(t *testing.T) {
	for form, want := range map[string]string{
		"text": "Not complete: the listing did not come to its end.", "json": `"examined":100,`, "csv": ",unknown,\"not complete: DescribeLogGroups", "html": "<h2>Not complete</h2>",
	} {
		world := newWorld(170)
		var pages atomic.Int64
		world.OnCall(func(c awsfake.Call) {
			if c.Operation == "DescribeLogGroups" && pages.Add(1) == 2 {
				world.Inject(awsfake.Fault{Operation: "DescribeLogGroups", Kind: awsfake.AccessDeniedSCP})
			}
		})
		s := start(t, world, defaultKey)
		r := s.run("audit", "-o", form)
		s.want(r, 2, want, "DescribeLogGroups to list the log groups")
		if form == "json" && !strings.HasSuffix(r.out, `"complete":false}`+"\n") {
			t.Errorf("got %q at the end, want totals that are not complete", end(r.out))
		}
	}
}

// Ctrl-C ends the audit with what is known.
func TestAuditInterrupted(t *testing.T) {
	world := newWorld(500)
	s := start(t, world, defaultKey)
	var out, complaints bytes.Buffer
	command := s.command(t.Context(), "audit", "-o", "json")
	command.Stdout, command.Stderr = &out, &complaints
	var reads atomic.Int64
	interrupted := make(chan struct{})
	world.OnCall(func(c awsfake.Call) {
		if c.Operation == "ListTagsForResource" && reads.Add(1) == 120 {
			world.Inject(awsfake.Fault{Operation: "ListTagsForResource", Kind: awsfake.Hang}) // so that the end cannot come first
			close(interrupted)
		}
	})
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	<-interrupted
	if err := command.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	_ = command.Wait() // the status is looked at
	list := lines(t, out.String())
	totals := list[len(list)-1]
	examined := totals["examined"].(float64)
	if command.ProcessState.ExitCode() != 2 || examined < 100 || examined >= 150 || totals["complete"] != false || len(list) != int(examined)+1 {
		t.Errorf("got status %d, %d lines, totals %v; want 2, the rows of two pages and some, and what they come to", command.ProcessState.ExitCode(), len(list), totals)
	}
	if want := "interrupted after"; !strings.Contains(complaints.String(), want) {
		t.Errorf("got %q, want %q", complaints.String(), want)
	}
}

func TestAuditOfSeveralRegions(t *testing.T) {
	world := newWorld(2)
	north := world.AddKey(awsfake.Key{Region: "eu-north-1"})
	world.AddAlias("", "eu-north-1", "alias/log-group-kms", north)
	world.PutLogGroup("", "eu-north-1", awsfake.LogGroup{Name: "/north"})
	world.SetRegion("", "eu-north-1", "ENABLED")
	world.SetRegion("", "eu-south-1", "ENABLED_BY_DEFAULT")
	world.SetRegion("", golden.Region, "ENABLED_BY_DEFAULT")
	world.SetRegion("", "ap-east-1", "DISABLED")
	s := start(t, world, defaultKey)
	for _, test := range []struct {
		args []string
		want []string // Region and number of log groups
	}{
		{[]string{"--region", "eu-north-1", "--region", golden.Region, "--region", "eu-north-1"}, []string{"eu-north-1 1", "eu-west-1 2"}},
		{[]string{"--all-regions"}, []string{"eu-north-1 1", "eu-south-1 0", "eu-west-1 2"}},
	} {
		r := s.run(append([]string{"audit", "-o", "json"}, test.args...)...)
		s.want(r, 1, `"logGroup":"/north"`, "")
		var got []string
		for _, line := range lines(t, r.out) {
			if line["action"] == "audit" {
				got = append(got, fmt.Sprintf("%v %v", line["region"], line["examined"]))
			}
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%q: totals (-want +got):\n%s", test.args, diff)
		}
	}
	world.DenyAction("", "account:ListRegions", true)
	s.want(s.run("audit", "--all-regions"), 2, "", "ListRegions to find the Regions of this account: AccessDeniedException")
}

// Another account is looked at by a role there; who one is there is asked anew.
func TestAuditByRole(t *testing.T) {
	const role, external = "arn:aws:iam::444455556666:role/auditor", "secret-of-the-auditors"
	world := awsfake.New(golden.Account)
	world.PutRole(awsfake.Role{ARN: role, Trust: `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole",
		"Condition":{"StringEquals":{"sts:ExternalId":"` + external + `"}}}]}`})
	world.PutLogGroup("444455556666", golden.Region, awsfake.LogGroup{Name: "/theirs"})
	world.PutLogGroup("", golden.Region, awsfake.LogGroup{Name: "/ours"})
	s := start(t, world, "DEFAULT_KMS_KEY=alias/none")
	r := s.run("audit", "-o", "json", "--role-arn", role, "--external-id", external)
	s.want(r, 1, `"logGroup":"/theirs","account":"444455556666"`, "")
	if strings.Contains(r.out, "/ours") {
		t.Error("got log groups of the caller's own account")
	}
	s.want(s.run("audit", "--role-arn", role), 2, "", "Look whether the role "+role+" exists")
	s.want(s.run("audit", "--role-arn", "auditor"), 2, "", "--role-arn auditor is no role's ARN")
}

// A stack's own configuration is asked for, and nothing is taken from the environment.
func TestAuditOfAStack(t *testing.T) {
	world := golden.NewWorld()
	deploy(t, world, golden.Settings())
	s := start(t, world, "DEFAULT_KMS_KEY=no key", "EXCLUDE=*", "RULES=nonsense", "KMS_KEY_TAG=", "EXISTING_KEY=never")
	r := s.run("audit", "--stack", golden.StackName, "-o", "json")
	s.want(r, 1, `"because":"rule archive (RULES:5): its key alias/archive cannot be used`, "")
	if want := `"open":21,"exempt":2`; !strings.Contains(r.out, want) {
		t.Errorf("got %q, want %q", end(r.out), want)
	}
	s.want(s.run("audit", "--stack", golden.StackName), 1, "Configuration: stack "+golden.StackName+"\n", "")
	s.want(s.run("audit", "--stack", golden.StackName), 1, "Next: log-group-kms explain --stack "+golden.StackName+" /app/archive\n", "")
}

// Whoever configures nothing is told that this is why nothing is open.
func TestAuditWithoutConfiguration(t *testing.T) {
	s := start(t, newWorld(3))
	s.want(s.run("audit"), 0, "3 log groups are under another key than the chosen one", "set DEFAULT_KMS_KEY, or give --rules or --stack")
	s.want(s.run("audit", "-q"), 0, "Nothing is open", "")
}

// A report that cannot be written is no success.
func TestAuditOutputFull(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip("this system has no /dev/full")
	}
	defer full.Close()
	s := start(t, newWorld(200), defaultKey)
	for _, form := range forms {
		r := s.runWith(strings.NewReader(""), full, "audit", "-o", form)
		if r.status != 2 || !strings.Contains(r.err, "no space left on device") {
			t.Errorf("-o %s: got status %d, %q, want 2 and why", form, r.status, r.err)
		}
	}
}
