package sweep

import (
	"bytes"
	"encoding/base64"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"log-group-kms/internal/failure"
	"log-group-kms/internal/target"
)

var whole = cursor{
	Version: cursorVersion, Account: account, Region: region, Prefix: "/app", Token: "AbC+/=", After: "/app/7#",
	Redo: map[string]int{"/app/3": 1, "/app/5": 2}, Queried: true, OwnCreated: 1795000000000,
	Total: Total{LogGroups: 1_000_000, Encrypted: 999_999, Open: 1, Unusable: 2, MissedByEvents: 3},
}

func TestCursorThereAndBack(t *testing.T) {
	for _, c := range []cursor{whole, begin(home, "")} {
		text, err := c.encode()
		if err != nil {
			t.Fatal(err)
		}
		got, err := decodeCursor(text, home, c.Prefix)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c, got); diff != "" {
			t.Errorf("cursor (-want +got):\n%s", diff)
		}
	}
}

// A cursor that is not ours, or of another sweep, is refused: going on with it
// would leave log groups out.
func TestCursorRefused(t *testing.T) {
	text, err := whole.encode()
	if err != nil {
		t.Fatal(err)
	}
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	edited := base64.RawURLEncoding.EncodeToString(bytes.Replace(raw, []byte(`"x":1000000`), []byte(`"x":2000000`), 1))
	for name, test := range map[string]struct {
		text   string
		scope  target.Scope
		prefix string
	}{
		"of another account": {text, target.Scope{Partition: "aws", Account: "444455556666", Region: region}, "/app"},
		"of another Region":  {text, target.Scope{Partition: "aws", Account: account, Region: "us-east-1"}, "/app"},
		"of another prefix":  {text, home, "/ap"},
		"of no prefix":       {text, home, ""},
		"edited":             {edited, home, "/app"},
		"cut":                {text[:len(text)-4], home, "/app"},
		"too short":          {"AAAA", home, "/app"},
		"padded":             {text + "==", home, "/app"},
		"not base64":         {"{}", home, "/app"},
		"AWS's token":        {"Wk0wMUVYQU1QTEVUT0tFTg", home, "/app"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := decodeCursor(test.text, test.scope, test.prefix); failure.TypeOf(err) != failure.InvalidEvent {
				t.Errorf("got %v, want InvalidEvent", err)
			}
		})
	}
}

// A cursor from before an update of the function, or from before its rollback, starts
// the sweep over, also where its members had other types.
func TestCursorOfAnotherVersion(t *testing.T) {
	for _, text := range []string{
		`{"v":1,"a":"111122223333","r":"eu-west-1","p":"/app","t":"AbC","n":"/app/7","d":{"/app/3":1},"s":{}}`,
		`{"a":"111122223333","r":"eu-west-1","p":"/app","t":"AbC","n":"/app/7","d":["/app/3"],"x":7,"e":5}`,
		`{"v":99,"a":"111122223333","r":"eu-west-1","p":"/app","t":{"of":1},"s":[]}`,
	} {
		got, err := decodeCursor(seal([]byte(text)), home, "/app")
		if diff := cmp.Diff(begin(home, "/app"), got); err != nil || diff != "" {
			t.Errorf("%s: got %v, want a start (-want +got):\n%s", text, err, diff)
		}
	}
}

// The cursor comes from outside: whatever it is, it is a good one or an
// InvalidEvent.
func FuzzDecodeCursor(f *testing.F) {
	text, err := whole.encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	for _, seed := range []string{"", "AAAA", text[:20], text + "A", "bnVsbA", "e30", "=", "\x00"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, err := decodeCursor(text, home, "/app")
		if err == nil {
			if c.Account != account || c.Region != region || c.Prefix != "/app" {
				t.Errorf("got a cursor of %s, %s, %s, want it refused", c.Account, c.Region, c.Prefix)
			}
			return
		}
		f, ok := errors.AsType[*failure.Error](err)
		if !ok || f.Type != failure.InvalidEvent {
			t.Errorf("got %v, want InvalidEvent", err)
		}
	})
}
