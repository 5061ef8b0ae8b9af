package tests

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestReproducibleBuild builds the artefact with the Makefile's flags from two
// copies of the source: in different places, one of them a commit of Git and the
// other not. Both must be the same bytes, or nobody could check what a published
// artefact was made of.
func TestReproducibleBuild(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the artefact")
	}
	first := buildCopy(t, filepath.Join(t.TempDir(), "a"), false)
	second := buildCopy(t, filepath.Join(t.TempDir(), "another", "longer", "path"), true)
	if !bytes.Equal(first, second) {
		t.Errorf("two builds of the same source differ (%d and %d bytes)", len(first), len(second))
	}
}

// buildCopy builds the artefact from a copy of the source in folder.
func buildCopy(t *testing.T, folder string, commit bool) []byte {
	t.Helper()
	for _, part := range []string{"cmd", "internal"} {
		if err := os.CopyFS(filepath.Join(folder, part), os.DirFS(filepath.Join("..", part))); err != nil {
			t.Fatal(err)
		}
	}
	for _, file := range []string{"Makefile", "VERSION", "go.mod", "go.sum", "version.go"} {
		text, err := os.ReadFile(filepath.Join("..", file))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, file), text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if commit {
		inCopy(t, folder, "git", "init", "--quiet")
		inCopy(t, folder, "git", "add", ".")
		inCopy(t, folder, "git", "-c", "user.name=T", "-c", "user.email=t@example.com", "commit", "--quiet", "--message", "all")
	}
	const artefact = ".build/arm64/bootstrap"
	inCopy(t, folder, "make", artefact)
	text, err := os.ReadFile(filepath.Join(folder, artefact))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func inCopy(t *testing.T, folder, name string, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir = folder
	cmd.Env = append(os.Environ(), "GOFLAGS=-buildvcs=auto") // Go's default, whatever this machine's settings say
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s %q: %v\n%s", name, args, err, out)
	}
}
