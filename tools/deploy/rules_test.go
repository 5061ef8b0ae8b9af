package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const (
	goodRules = "rules:\n- {name: builds, logGroups: [/aws/codebuild/*], skip: true}\n"
	badRules  = "rules:\n- {name: builds, logGroups: [/aws/codebuild/*], skp: true}\n- {key: alias/x}\n"
)

func TestCheckRules(t *testing.T) {
	t.Parallel()
	folder := files(t, map[string]string{"good.yaml": goodRules, "bad.yaml": badRules, "empty.yaml": ""})
	for name, want := range map[string][]string{
		"good.yaml":  nil,
		"bad.yaml":   {"line 2", `"skp" is unknown`, "line 3", "has no condition"},
		"empty.yaml": {"it holds no rules"},
		"none.yaml":  {"there is no such file", "FILE="},
	} {
		var out bytes.Buffer
		err := run(t.Context(), []string{"-file", filepath.Join(folder, name), "check-rules"}, &out, &out)
		if want == nil && (err != nil || !strings.HasSuffix(out.String(), "good.yaml: 1 rule, no faults\n")) {
			t.Errorf("%s: got %v, %s", name, err, &out)
		}
		for _, part := range want {
			if err == nil || !strings.Contains(err.Error(), part) {
				t.Errorf("%s: got %v, want it to say %q", name, err, part)
			}
		}
	}
	if err := checkRules("", &bytes.Buffer{}); err == nil || !strings.Contains(err.Error(), "make check-rules FILE=") {
		t.Errorf("no file: got %v", err)
	}
}

func TestPackRules(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		files  map[string]string
		named  string
		packed string // "" is none
		want   string // of the error
	}{
		{"none", nil, "", "", ""},
		{"beside the template", map[string]string{"rules.yaml": goodRules}, "", "rules.yaml", ""},
		{"named", map[string]string{"conf/r.yaml": goodRules, "rules.yaml": badRules}, "conf/r.yaml", "conf/r.yaml", ""},
		{"named and missing", nil, "r.yaml", "", "no such file"},
		{"bad", map[string]string{"rules.yaml": badRules}, "", "", `"skp" is unknown`},
		{"outside", map[string]string{"rules.yaml": goodRules}, "../rules.yaml", "", "within the repository"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			root, to := files(t, c.files), t.TempDir()
			var out bytes.Buffer
			err := run(t.Context(), []string{"-root", root, "-file", c.named, "-to", to, "pack-rules"}, &out, &out)
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("got %v, want it to say %q", err, c.want)
			}
			var packed []string
			_ = filepath.WalkDir(to, func(path string, entry os.DirEntry, _ error) error {
				if !entry.IsDir() {
					name, _ := filepath.Rel(to, path)
					packed = append(packed, name)
				}
				return nil
			})
			if strings.Join(packed, " ") != c.packed {
				t.Errorf("got the files %q, want %q", packed, c.packed)
			}
		})
	}
}
