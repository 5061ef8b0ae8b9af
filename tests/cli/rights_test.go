package cli_test

import (
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"log-group-kms/internal/awsfake"
	"log-group-kms/tests/golden"
)

// docs/iam.md lists the rights that each command needs: those of the calls that it makes,
// and no others.
func TestRightsAreTold(t *testing.T) {
	const role = "arn:aws:iam::444455556666:role/reader"
	asked := map[string]map[string]bool{
		"audit":   {"logs:ListLogGroups": true}, // on a terminal alone
		"explain": {},
		"doctor":  {},
	}
	for _, args := range []string{
		"audit --stack " + golden.StackName, "audit --all-regions", "audit --members --member-role reader",
		"explain --stack " + golden.StackName + " /app/orders /app/build#42", "explain --role-arn " + role + " /theirs",
		"doctor --stack " + golden.StackName,
	} {
		world := golden.NewWorld()
		deploy(t, world, golden.Settings())
		world.PutExecution("", golden.Region, golden.SweepMachine, awsfake.Execution{Status: awsfake.Succeeded, Stop: time.Now(), Output: `{"examined":1}`})
		for _, name := range []string{"/app/orders", "/app/build#42"} { // which have no key, so that their tags matter
			world.PutHistory("", golden.Region, time.Now().Add(-time.Hour), "CreateLogGroup", map[string]any{"logGroupName": name}, "")
		}
		world.PutRole(awsfake.Role{ARN: role})
		world.PutLogGroup("444455556666", golden.Region, awsfake.LogGroup{Name: "/theirs"})
		command, _, _ := strings.Cut(args, " ")
		members := organisation(world, golden.Account, "444455556666")
		s := startBehind(t, world, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.Header.Get("X-Amz-Target"), ".ListAccounts") {
				asked[command]["organizations:ListAccounts"] = true
			}
			members.ServeHTTP(w, r)
		}), goldenSettings()...)
		if r := s.run(strings.Fields(args)...); r.out == "" {
			t.Errorf("%s: got nothing, %s", args, r.err)
		}
		for _, call := range world.Calls() {
			asked[command][permission(call)] = true
		}
	}
	page, err := os.ReadFile("../../docs/iam.md")
	if err != nil {
		t.Fatal(err)
	}
	told := toldRights(string(page))
	for command, want := range asked {
		delete(want, "sts:GetCallerIdentity") // needs none
		if diff := cmp.Diff(slices.Sorted(maps.Keys(want)), told[command]); diff != "" {
			t.Errorf("docs/iam.md on %s (-asked +told):\n%s", command, diff)
		}
	}
}

// permission is the right that a call needs.
func permission(c awsfake.Call) string {
	service := strings.Replace(c.Service, "monitoring", "cloudwatch", 1)
	if c.Operation == "Invoke" {
		return service + ":InvokeFunction"
	}
	return service + ":" + c.Operation
}

// toldRights reads the page's table: the rights of each command, sorted.
func toldRights(page string) map[string][]string {
	told := make(map[string][]string)
	_, table, _ := strings.Cut(page, "| permission | on | asked by | why | without it |\n")
	for row := range strings.Lines(table) {
		cells := strings.Split(row, "|")
		if len(cells) < 7 { // the table's end
			break
		}
		for _, command := range []string{"audit", "explain", "doctor"} {
			if strings.Contains(cells[3], "`"+command) {
				for i, part := range strings.Split(cells[1], "`") {
					if i%2 == 1 {
						told[command] = append(told[command], part)
					}
				}
			}
		}
	}
	for _, list := range told {
		slices.Sort(list)
	}
	return told
}
