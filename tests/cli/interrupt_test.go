package cli_test

import (
	"bytes"
	"os"
	"strings"
	"sync"
	"testing"

	"log-group-kms/internal/awsfake"
	"log-group-kms/tests/golden"
)

// Ctrl-C before there is anything to report is said to be that, and neither blamed on AWS
// nor half a report.
func TestInterrupted(t *testing.T) {
	for _, test := range []struct{ operation, args string }{
		{"GetCallerIdentity", "audit"},
		{"DescribeStacks", "audit --stack " + golden.StackName},
		{"DescribeLogGroups", "audit"},
		{"DescribeKey", "explain /app/orders"},
		{"LookupEvents", "doctor --stack " + golden.StackName},
	} {
		t.Run(test.args+", "+test.operation, func(t *testing.T) {
			world := golden.NewWorld()
			deploy(t, world, golden.Settings())
			asked, once := make(chan struct{}), sync.Once{}
			world.InjectEach(func(c awsfake.Call) (awsfake.Fault, bool) {
				if c.Operation != test.operation {
					return awsfake.Fault{}, false
				}
				once.Do(func() { close(asked) })
				return awsfake.Fault{Kind: awsfake.Hang}, true
			})
			s := start(t, world, goldenSettings()...)
			var out, complaints bytes.Buffer
			args := strings.Fields(test.args)
			command := s.command(t.Context(), args...)
			command.Stdout, command.Stderr = &out, &complaints
			if err := command.Start(); err != nil {
				t.Fatal(err)
			}
			<-asked
			if err := command.Process.Signal(os.Interrupt); err != nil {
				t.Fatal(err)
			}
			_ = command.Wait() // the status is looked at
			want := "log-group-kms " + args[0] + ": interrupted before there was anything to report. Start it again.\n"
			if status := command.ProcessState.ExitCode(); status != 2 || out.String() != "" || complaints.String() != want {
				t.Errorf("got status %d, %q and on standard error %q, want 2, nothing and %q", status, out.String(), complaints.String(), want)
			}
		})
	}
}
