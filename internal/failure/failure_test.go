package failure_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"log-group-kms/internal/failure"
)

var types = []failure.Type{
	failure.InvalidEvent, failure.KeyUnusable, failure.AccessDenied, failure.Conflict,
	failure.Throttled, failure.Unavailable, failure.Unexpected,
}

// Alarms and retries of others hang on these names.
func TestTypes(t *testing.T) {
	want := []failure.Type{"InvalidEvent", "KeyUnusable", "AccessDenied", "Conflict", "Throttled", "Unavailable", "Unexpected"}
	if diff := cmp.Diff(want, types); diff != "" {
		t.Errorf("errorTypes (-want +got):\n%s", diff)
	}
}

// Each type says what to do by itself, since most makers of an error know no
// better advice.
func TestEveryTypeAdvises(t *testing.T) {
	seen := make(map[string]failure.Type)
	for _, typ := range types {
		err := &failure.Error{Type: typ, Doing: "doing", Err: io.EOF}
		rest, ok := strings.CutPrefix(err.Error(), "doing: EOF. ")
		if !ok || rest == "" {
			t.Errorf("%s: got %q, want what was done, the cause and advice", typ, err.Error())
		}
		if other, double := seen[rest]; double {
			t.Errorf("%s: got the advice of %s, want its own", typ, other)
		}
		seen[rest] = typ
	}
}

func TestErrorText(t *testing.T) {
	cause := errors.New("OperationAbortedException: A conflicting operation is in progress.")
	tests := []struct {
		name string
		err  failure.Error
		want string
	}{
		{
			"one attempt", failure.Error{Doing: "associating", Attempts: 1, Advice: "Wait.", Err: cause},
			"associating: OperationAbortedException: A conflicting operation is in progress (1 attempt). Wait.",
		},
		{
			"several attempts", failure.Error{Doing: "associating", Attempts: 8, Advice: "Wait.", Err: cause},
			"associating: OperationAbortedException: A conflicting operation is in progress (8 attempts). Wait.",
		},
		{
			"the number says nothing", failure.Error{Doing: "associating", Advice: "Wait.", Err: cause},
			"associating: OperationAbortedException: A conflicting operation is in progress. Wait.",
		},
		{"nothing done yet", failure.Error{Advice: "Wait.", Err: io.EOF}, "EOF. Wait."},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.err.Error(); got != tt.want {
				t.Errorf("got  %q\nwant %q", got, tt.want)
			}
		})
	}
}

func TestTypeOf(t *testing.T) {
	denied := &failure.Error{Type: failure.AccessDenied, Err: io.EOF}
	tests := []struct {
		name string
		err  error
		want failure.Type
	}{
		{"itself", denied, failure.AccessDenied},
		{"wrapped", fmt.Errorf("sweeping: %w", denied), failure.AccessDenied},
		{"joined", errors.Join(io.EOF, denied), failure.AccessDenied},
		{"any other error", io.EOF, failure.Unexpected},
		{"none", nil, failure.Unexpected},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := failure.TypeOf(tt.err); got != tt.want {
				t.Errorf("got %s, want %s; Lambda would report the wrong errorType", got, tt.want)
			}
		})
	}
	if !errors.Is(denied, io.EOF) {
		t.Error("errors.Is(failure, its cause): got false, want true; the chain is broken")
	}
}

func TestInvalid(t *testing.T) {
	err := failure.Invalid("detail.awsRegion", "it must be %s: %w", "a string", io.EOF)
	if got := failure.TypeOf(err); got != failure.InvalidEvent {
		t.Errorf("type: got %s, want InvalidEvent", got)
	}
	for _, part := range []string{"detail.awsRegion", "it must be a string", "EOF"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("got %q, want it to hold %q", err, part)
		}
	}
	if !errors.Is(err, io.EOF) {
		t.Error("errors.Is(Invalid(…%w…), cause): got false, want true")
	}
}

// The text of an error goes into a header of Lambda's Runtime API, into logs and
// into queues. A control character breaks the first and steers the terminal of who
// reads the second; a text without end fits into none of them.
func TestClean(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"plain", "AccessDeniedException: König, 鍵, 🔑", "AccessDeniedException: König, 鍵, 🔑"},
		{"empty", "", ""},
		{"DEL", "a\u007fb", "a�b"},
		{"C0", "\x00a\x1b[31m\x1f", "�a�[31m�"},
		{"C1", "\u0080a\u009b31m\u009f", "�a�31m�"},
		{"white space", "a\tb\r\nc\vd\fe\u0085f", "a b  c d e f"},
		{"not UTF-8", "a\xff\x9bb", "a��b"},
		{"at the limit", strings.Repeat("x", 16<<10), strings.Repeat("x", 16<<10)},
		{"beyond it", strings.Repeat("x", 16<<10+1), strings.Repeat("x", 16<<10) + "… (1 byte more)"},
		{"beyond it, within a character", strings.Repeat("x", 16<<10-1) + "äö", strings.Repeat("x", 16<<10-1) + "… (4 bytes more)"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := failure.Clean(tt.text)
			if got != tt.want {
				t.Errorf("got  %.100q (%d bytes)\nwant %.100q (%d bytes)", got, len(got), tt.want, len(tt.want))
			}
			err := &failure.Error{Type: failure.Unexpected, Doing: "describing log groups", Err: errors.New(tt.text)}
			if strings.ContainsFunc(err.Error(), unicode.IsControl) {
				t.Errorf("got the error %q, want no control characters", err)
			}
		})
	}
}
