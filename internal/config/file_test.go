package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"log-group-kms/internal/config"
)

const oneRule = "rules:\n- {name: a, logGroups: [/x], key: alias/a}\n"

// The rules may be named from anywhere; what has no end, or never begins, must not
// keep the function from saying so.
func TestReadFile(t *testing.T) {
	folder := t.TempDir()
	at := func(name string) string { return filepath.Join(folder, name) }
	write := func(name, text string) {
		if err := os.WriteFile(at(name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("rules.yaml", oneRule)
	write("longest.yaml", strings.Repeat("#", 1<<20))
	write("too-long.yaml", strings.Repeat("#", 1<<20+1))
	if err := os.Symlink(at("rules.yaml"), at("link.yaml")); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(at("pipe"), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct{ name, want string }{ // want: part of the error; "": it is read
		{at("rules.yaml"), ""},
		{at("link.yaml"), ""},
		{at("longest.yaml"), ""},
		{at("too-long.yaml"), "1048576 bytes"},
		{at("none.yaml"), "no such file"},
		{folder, "folder"},
		{at("pipe"), "regular"},
		{"/dev/zero", "regular"},
		{"/dev/null", "regular"},
	}
	for _, tt := range tests {
		t.Run(filepath.Base(tt.name), func(t *testing.T) {
			text, err := config.ReadFile(tt.name)
			if tt.want == "" {
				if err != nil || len(text) == 0 {
					t.Errorf("got %d bytes and %v, want what is in it", len(text), err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), tt.name) {
				t.Errorf("got %v, want an error that names the file and says %q", err, tt.want)
			}
		})
	}
}

// A file of rules stands in the deployment package, wherever Lambda has put that.
func TestPackaged(t *testing.T) {
	folder := t.TempDir()
	file := filepath.Join(folder, "rules.yaml")
	if err := os.WriteFile(file, []byte(oneRule), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ root, name string }{{folder, "rules.yaml"}, {"/nonexistent", file}} {
		if text, err := config.Packaged(test.root)(test.name); string(text) != oneRule {
			t.Errorf("%s in %s: got %q, %v, want the rules", test.name, test.root, text, err)
		}
	}
}

// What a file holds that is none of rules has a fault in each line; all of them are
// counted, and as many listed as anybody reads.
func TestVeryManyFaults(t *testing.T) {
	w := env(config.RulesFile, "rules.yaml")
	w.files = map[string]string{"rules.yaml": "rules:\n" + strings.Repeat("- {a: b}\n", 20_000)}
	_, err := w.load()
	if err == nil || !strings.HasSuffix(err.Error(), "\n- and 79000 more faults") {
		t.Errorf("got %.200v, want a long list that ends with how many more there are", err)
	}
}
