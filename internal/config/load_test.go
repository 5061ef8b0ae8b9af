package config_test

import (
	"errors"
	"io/fs"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"log-group-kms/internal/config"
)

// world is an environment and the files of a package.
type world struct {
	env   map[string]string
	files map[string]string
}

func (w world) load() (config.Config, error) {
	lookup := func(name string) (string, bool) {
		value, set := w.env[name]
		return value, set
	}
	readFile := func(name string) ([]byte, error) {
		text, ok := w.files[name]
		if !ok {
			return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
		}
		return []byte(text), nil
	}
	return config.Load(lookup, readFile)
}

// env is a world of variables alone, name and value in turn.
func env(pairs ...string) world {
	w := world{env: make(map[string]string)}
	for i := 0; i+1 < len(pairs); i += 2 {
		w.env[pairs[i]] = pairs[i+1]
	}
	return w
}

func mustLoad(t *testing.T, w world) config.Config {
	t.Helper()
	got, err := w.load()
	if err != nil {
		t.Fatalf("got error %v, want a configuration; the function would not start", err)
	}
	return got
}

// wantConfig compares a configuration, but for its variables, which repeat what the
// test has set.
func wantConfig(t *testing.T, got, want config.Config) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(config.Config{}, "Variables")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// checkFaults checks that there are exactly as many faults as rows, in any
// order, and that each row's words stand together in a fault of its own.
func checkFaults(t *testing.T, err error, rows ...string) {
	t.Helper()
	var faults config.Faults
	if !errors.As(err, &faults) {
		t.Fatalf("got %T %v, want config.Faults; the function would start with half a configuration", err, err)
	}
	if len(faults) != len(rows) {
		t.Errorf("got %d faults, want %d (%q):\n%v", len(faults), len(rows), rows, err)
	}
	taken := make(map[int]bool)
rows:
	for _, row := range rows {
		for i, fault := range faults {
			if !taken[i] && containsAll(fault, strings.Fields(row)) {
				taken[i] = true
				continue rows
			}
		}
		t.Errorf("got no fault that says %q, want one:\n%v", row, err)
	}
	for _, fault := range faults {
		if !strings.Contains(err.Error(), fault) {
			t.Errorf("got the message %q, want it to list %q", err, fault)
		}
	}
}

func containsAll(text string, words []string) bool {
	for _, word := range words {
		if !strings.Contains(text, word) {
			return false
		}
	}
	return true
}

// checkAllAbout checks that there are faults, and that each begins with the
// variable that is wrong.
func checkAllAbout(t *testing.T, err error, name string) {
	t.Helper()
	var faults config.Faults
	if !errors.As(err, &faults) || len(faults) == 0 {
		t.Fatalf("got %T %v, want config.Faults; the function would start and do something else than was meant", err, err)
	}
	for _, fault := range faults {
		if rest, ok := strings.CutPrefix(fault, name); !ok || !strings.HasPrefix(rest, ":") && !strings.HasPrefix(rest, " ") {
			t.Errorf("got the fault %q, want it to begin with %s, where it stands", fault, name)
		}
	}
}
