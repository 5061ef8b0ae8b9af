package main

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	loggroupkms "log-group-kms"
)

// built makes a build folder with small programs in place of the function.
func built(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	source := filepath.Join(folder, "main.go")
	put(t, source, "package main\n\nfunc main() {}\n")
	put(t, filepath.Join(folder, "template.packaged.yaml"), "Resources: {}\n")
	for processor, goarch := range map[string]string{"arm64": "arm64", "x86_64": "amd64"} {
		if err := os.Mkdir(filepath.Join(folder, processor), 0o755); err != nil {
			t.Fatal(err)
		}
		put(t, filepath.Join(folder, processor, "sbom.cdx.json"), "{}\n")
		build := exec.CommandContext(t.Context(), "go", "build", "-trimpath", "-o", filepath.Join(folder, processor, "bootstrap"), source)
		build.Env = append(os.Environ(), "GOOS=linux", "GOARCH="+goarch, "CGO_ENABLED=0")
		if out, err := build.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	return folder
}

func put(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestRelease(t *testing.T) {
	t.Parallel()
	from := built(t)
	first, second := filepath.Join(from, "first"), filepath.Join(from, "second")
	for i, to := range []string{first, second} {
		if err := run([]string{"-from", from, "-to", to}, io.Discard); err != nil {
			t.Fatal(err)
		}
		// The second time another day, by somebody else.
		other := time.Now().AddDate(0, 0, i+1)
		if err := os.Chtimes(filepath.Join(from, "arm64/bootstrap"), other, other); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(filepath.Join(from, "arm64/bootstrap"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	sums, err := os.ReadFile(filepath.Join(first, "checksums.txt"))
	if err != nil {
		t.Fatal(err)
	}
	again, err := os.ReadFile(filepath.Join(second, "checksums.txt"))
	if err != nil || !bytes.Equal(sums, again) {
		t.Errorf("two releases of the same source differ: %v\n%s%s", err, sums, again)
	}
	name := "log-group-kms-" + loggroupkms.Version()
	for _, file := range []string{name + "-arm64.zip", name + "-x86_64.zip", name + "-arm64.cdx.json", name + "-x86_64.cdx.json", "template.packaged.yaml"} {
		text, err := os.ReadFile(filepath.Join(first, file))
		if err != nil {
			t.Error(err)
			continue
		}
		if line := fmt.Sprintf("%x  %s\n", sha256.Sum256(text), file); !strings.Contains(string(sums), line) {
			t.Errorf("%q is missing in\n%s", line, sums)
		}
	}
	archive, err := zip.OpenReader(filepath.Join(first, name+"-arm64.zip"))
	if err != nil {
		t.Fatal(err)
	}
	defer archive.Close()
	if len(archive.File) != 1 || archive.File[0].Name != "bootstrap" || archive.File[0].Mode() != 0o755 {
		t.Errorf("got the files %v, want an executable bootstrap", archive.File)
	}
	content, err := archive.File[0].Open()
	if err != nil {
		t.Fatal(err)
	}
	got, _ := io.ReadAll(content)
	want, err := os.ReadFile(filepath.Join(from, "arm64/bootstrap"))
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("the packed program is another (%d bytes, want %d), %v", len(got), len(want), err)
	}
}

func TestReleaseOfTheWrongThing(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		spoil func(folder string) error
		want  string
	}{
		"the other processor": {func(folder string) error {
			program, err := os.ReadFile(filepath.Join(folder, "x86_64/bootstrap"))
			if err != nil {
				return err
			}
			return os.WriteFile(filepath.Join(folder, "arm64/bootstrap"), program, 0o755)
		}, "is for EM_X86_64, not EM_AARCH64"},
		"no program": {func(folder string) error {
			return os.WriteFile(filepath.Join(folder, "arm64/bootstrap"), []byte("x"), 0o600)
		}, "is no Linux program"},
		"no SBOM":     {func(folder string) error { return os.Remove(filepath.Join(folder, "arm64/sbom.cdx.json")) }, "sbom.cdx.json"},
		"no template": {func(folder string) error { return os.Remove(filepath.Join(folder, "template.packaged.yaml")) }, "template.packaged.yaml"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			from := built(t)
			if err := c.spoil(from); err != nil {
				t.Fatal(err)
			}
			if err := run([]string{"-from", from, "-to", filepath.Join(from, "release")}, io.Discard); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want it to say %q", err, c.want)
			}
		})
	}
}
