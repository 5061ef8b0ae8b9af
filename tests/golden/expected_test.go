package golden

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestLoad guards that a file of somebody's own in events/ stops neither demo nor
// tests, and that a golden one cannot get lost.
func TestLoad(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	if err := os.CopyFS(folder, os.DirFS("../../events")); err != nil {
		t.Fatal(err)
	}
	want, err := Load(folder)
	if err != nil || len(want) != len(expectations) {
		t.Fatalf("got %d golden events, %v; want %d", len(want), err, len(expectations))
	}
	if err := os.WriteFile(filepath.Join(folder, "mine.json"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := Load(folder)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if err := os.Remove(filepath.Join(folder, "created-by-user.json")); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(folder); err == nil {
		t.Error("a golden event is missing, and nobody says so")
	}
}
