package terminal

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func environment(settings ...string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		for _, setting := range settings {
			if n, value, _ := strings.Cut(setting, "="); n == name {
				return value, true
			}
		}
		return "", false
	}
}

// Whatever is no terminal gets neither colour nor a line that is rewritten, whatever
// the environment says.
func TestNoTerminal(t *testing.T) {
	file, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for _, output := range []any{file, &bytes.Buffer{}, nil} {
		got := Of(output, environment("TERM=xterm-256color"))
		if diff := cmp.Diff(Terminal{Width: plainWidth}, got); diff != "" {
			t.Errorf("%T (-want +got):\n%s", output, diff)
		}
	}
}

func TestAble(t *testing.T) {
	for _, test := range []struct {
		name     string
		system   string
		settings []string
		want     Terminal
	}{
		{"usual", "linux", []string{"TERM=xterm"}, Terminal{Colour: true, Rewrites: true, Width: 80}},
		{"NO_COLOR", "linux", []string{"TERM=xterm", "NO_COLOR=1"}, Terminal{Rewrites: true, Width: 80}},
		{"NO_COLOR empty is none", "linux", []string{"TERM=xterm", "NO_COLOR="}, Terminal{Colour: true, Rewrites: true, Width: 80}},
		{"dumb", "linux", []string{"TERM=dumb"}, Terminal{Width: 80}},
		{"older Windows console", "windows", nil, Terminal{Width: 80}},
		{"Windows Terminal", "windows", []string{"WT_SESSION=x"}, Terminal{Colour: true, Rewrites: true, Width: 80}},
		{"Git Bash", "windows", []string{"TERM=xterm"}, Terminal{Colour: true, Rewrites: true, Width: 80}},
	} {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, able(80, test.system, environment(test.settings...))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestColour(t *testing.T) {
	plain, coloured := Terminal{}, Terminal{Colour: true}
	if got := plain.Red("a") + plain.Green("b") + plain.Yellow("c") + plain.Dim("d"); got != "abcd" {
		t.Errorf("got %q, want no codes", got)
	}
	if got, want := coloured.Red("a"), "\x1b[31ma\x1b[0m"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestCut(t *testing.T) {
	for _, test := range []struct {
		name  string
		width int
		want  string
	}{
		{"/app/orders", 11, "/app/orders"},
		{"/app/orders", 9, "/app…ders"},
		{"/app/orders", 1, "…"},
		{"äöüäöü", 5, "äö…öü"},
		{"", 5, ""},
		{"/app", 0, "/app"},
	} {
		if got := Cut(test.name, test.width); got != test.want {
			t.Errorf("%q to %d: got %q, want %q", test.name, test.width, got, test.want)
		}
	}
}

// Other people's text cannot move the cursor, clear the screen or turn letters round.
func TestClean(t *testing.T) {
	got := Clean("a\x1b[2Jb\r\nc\u202ed\xffe é 漢")
	if want := "a�[2Jb��c�d�e é 漢"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if !utf8.ValidString(got) {
		t.Errorf("got %q, want valid text", got)
	}
}

func TestProgress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		p := NewProgress(&out, Terminal{Rewrites: true, Width: 10})
		p.Clear() // nothing stands there yet
		p.Show("first")
		p.Show("too soon")
		time.Sleep(between)
		p.Show("second, and too long")
		p.Clear()
		p.Clear()
		p.Show("third")
		if got, want := out.String(), "\r\x1b[Kfirst\r\x1b[Kseco…long\r\x1b[K\r\x1b[Kthird"; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}

func TestProgressOnNoTerminal(t *testing.T) {
	var out bytes.Buffer
	p := NewProgress(&out, Terminal{})
	p.Show("first")
	p.Clear()
	if !p.IsSilent() || out.Len() > 0 {
		t.Errorf("got %q, want silence", out.String())
	}
}
