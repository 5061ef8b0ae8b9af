package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const root = "../.."

// TestPicturesAreOfToday draws everything again. A picture that shows what the program no
// longer does is worse than none.
func TestPicturesAreOfToday(t *testing.T) {
	d := drawer{root: root, scratch: t.TempDir()}
	d.function = filepath.Join(d.scratch, "bootstrap")
	build := exec.CommandContext(t.Context(), "go", "build", "-tags", "lambda.norpc", "-o", d.function, "../../cmd/handler")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building the function: %v\n%s", err, out)
	}
	today, err := d.make(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	committed := func(name string) []byte {
		picture, err := os.ReadFile(filepath.Join(root, "docs", name))
		if err != nil {
			t.Fatal(err)
		}
		return picture
	}
	for name, picture := range today.pictures {
		if diff := cmp.Diff(strings.Split(string(committed(name)), "\n"), strings.Split(string(picture), "\n")); diff != "" {
			t.Errorf("docs/%s is not what make pictures draws today; run it and look at what it drew (-committed +today):\n%s", name, diff)
		}
	}
	taken, err := pageOf(committed("audit.png"))
	if err != nil {
		t.Fatal(err)
	}
	if taken != fingerprint(today.page) {
		t.Error("docs/audit.png is of another page than audit -o html writes today; run make pictures, with Chromium installed, and look at what it drew")
	}
}

// TestPicturesAreShown wants each picture on a page, with words for whoever cannot see it.
func TestPicturesAreShown(t *testing.T) {
	for picture, page := range map[string]string{"dashboard.svg": "docs/operations.md", "demo.svg": "README.md", "audit.png": "README.md"} {
		text, err := os.ReadFile(filepath.Join(root, page))
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(text), "]("+strings.TrimPrefix("docs/"+picture, filepath.Dir(page)+"/")+")") || strings.Contains(string(text), "![](") {
			t.Errorf("%s does not show %s with words", page, picture)
		}
	}
}

func TestReadTable(t *testing.T) {
	page := `created
log group  created
---------  -------
/a         by hand

log group  outcome     why          key   calls     ms  more
---------  ----------  -----------  ----  -----  -----  ----
/a         associated  default      logs      4     21
/b         skipped     a (tag, bad) -         0      1  x

more`
	table, err := readTable(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, line := range table {
		text := ""
		for _, c := range line {
			text += fmt.Sprintf("%d %s|", c.at, c.text)
		}
		got = append(got, text)
	}
	want := []string{
		"0 log group|11 outcome|23 why|36 key|42 calls|", "0 ---------|11 ----------|23 -----------|36 ----|42 -----|",
		"0 /a|11 associated|23 default|36 logs|46 4|", "0 /b|11 skipped|23 a (tag, bad)|36 -|46 0|",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if _, err := readTable(strings.NewReader("log group  why\n---------  ---\n/a         default\n")); err == nil {
		t.Error("a page without the table: got no error")
	}
}

func TestShrinkKeepsTheNote(t *testing.T) {
	taken, err := os.ReadFile(filepath.Join(root, "docs/audit.png"))
	if err != nil {
		t.Fatal(err)
	}
	small, err := shrink(taken, "of another page")
	if err != nil {
		t.Fatal(err)
	}
	if note, err := pageOf(small); note != "of another page" || err != nil {
		t.Errorf("got the note %q, %v", note, err)
	}
	if again, err := shrink(small, "of another page"); err != nil || !bytes.Equal(small, again) {
		t.Errorf("the picture changed when it was read and written again: %v", err)
	}
	for _, cut := range []int{0, 4, 8, 40} {
		if note, err := pageOf(small[:cut]); err == nil {
			t.Errorf("the first %d bytes: got the note %q, want an error", cut, note)
		}
	}
}
