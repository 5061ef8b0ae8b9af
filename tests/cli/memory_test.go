package cli_test

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"log-group-kms/internal/runtimeapi"
)

// Memory does not grow with the number of log groups.
func TestAuditMemory(t *testing.T) {
	const few, many = 5_000, 100_000
	for _, form := range []string{"json", "csv"} {
		peaks := make(map[int]int64)
		for _, n := range []int{few, many} {
			world := newWorld(n)
			world.RecordCalls(false)
			s := start(t, world, defaultKey, "KMS_KEY_TAG=", "DESCRIBE_RATE=0")
			var groups int
			if groups, peaks[n] = s.watch("audit", "-o", form); groups != n {
				t.Fatalf("-o %s: got %d log groups, want %d", form, groups, n)
			}
		}
		if peaks[many] == 0 {
			t.Skip("this system does not tell a process's memory")
		}
		if peaks[many] > peaks[few]*3/2 {
			t.Errorf("-o %s: got %d KiB for %d log groups and %d KiB for %d, want no more for many than for few", form, peaks[few], few, peaks[many], many)
		}
	}
}

// watch runs a command, and counts the log groups in its output and the memory that it had
// at most, in KiB; 0 where the system does not tell.
func (s *setup) watch(args ...string) (groups int, peak int64) {
	s.Helper()
	command := s.command(s.Context(), args...)
	out, err := command.StdoutPipe()
	if err != nil {
		s.Fatal(err)
	}
	if err := command.Start(); err != nil {
		s.Fatal(err)
	}
	chunk := make([]byte, 64<<10)
	for {
		n, err := out.Read(chunk)
		groups += bytes.Count(chunk[:n], []byte("\n"))
		peak = max(peak, runtimeapi.PeakRSS(command.Process.Pid)) // as long as there is more to read, it is there
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			s.Fatal(err)
		}
	}
	if err := command.Wait(); err != nil {
		s.Fatal(err)
	}
	return groups - 1, peak // the line of the header or of the totals is none
}
