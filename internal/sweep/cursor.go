package sweep

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"

	"log-group-kms/internal/failure"
	"log-group-kms/internal/target"
)

// cursor says where a sweep goes on. Callers treat its text as opaque.
type cursor struct {
	// Version is the form of the cursor. One of another form comes from before an
	// update of the function: the sweep starts over.
	Version int `json:"v"`

	// Of what the sweep is: a cursor of another one is refused.
	Account string `json:"a"`
	Region  string `json:"r"`
	Prefix  string `json:"p,omitempty"`

	// Token is DescribeLogGroups' for the page on which the sweep stopped, After
	// the last name on it that is done. A name still means the same when groups
	// were created or deleted meanwhile; a number would not.
	Token string `json:"t,omitempty"`
	After string `json:"n,omitempty"`
	// Redo names the log groups before After that time cut off, and says how
	// often.
	Redo map[string]int `json:"d,omitempty"`

	// Queried says that the query-result key has had its turn.
	Queried bool `json:"q,omitempty"`
	// OwnCreated is when the function's own log group was created, in milliseconds
	// since 1970; 0: not read yet, -1: it cannot be told.
	OwnCreated int64 `json:"w,omitempty"`
	// Total is over all calls of the sweep so far.
	Total Total `json:"s"`
}

const cursorVersion = 2

// checksumSize is enough to tell a cursor that was cut or edited from ours. It
// is no signature: whoever may invoke the function may sweep anything it sees.
const checksumSize = 6

func (c cursor) encode() (string, error) {
	text, err := json.Marshal(c)
	if err != nil {
		return "", fmt.Errorf("encoding the cursor: %w", err)
	}
	return seal(text), nil
}

// seal puts the checksum before a cursor's text.
func seal(text []byte) string {
	sum := sha256.Sum256(text)
	return base64.RawURLEncoding.EncodeToString(append(sum[:checksumSize], text...))
}

var errForeignCursor = errors.New("it is not a cursor of this program; leave it out to start over")

// begin is the cursor of a sweep that starts.
func begin(scope target.Scope, prefix string) cursor {
	return cursor{Version: cursorVersion, Account: scope.Account, Region: scope.Region, Prefix: prefix}
}

// decodeCursor reads a cursor and makes sure that it belongs to the sweep.
func decodeCursor(text string, scope target.Scope, prefix string) (cursor, error) {
	var c cursor
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(raw) < checksumSize {
		return c, failure.Invalid("cursor", "%w", errForeignCursor)
	}
	sum := sha256.Sum256(raw[checksumSize:])
	if string(sum[:checksumSize]) != string(raw[:checksumSize]) {
		return c, failure.Invalid("cursor", "%w", errForeignCursor)
	}
	err = json.Unmarshal(raw[checksumSize:], &c)
	if _, otherForm := errors.AsType[*json.UnmarshalTypeError](err); err != nil && (!otherForm || c.Version == cursorVersion) {
		return c, failure.Invalid("cursor", "%w", errForeignCursor)
	}
	if c.Account != scope.Account || c.Region != scope.Region || c.Prefix != prefix {
		return c, failure.Invalid("cursor", "it belongs to a sweep of another account, Region or prefix")
	}
	if c.Version != cursorVersion {
		return begin(scope, prefix), nil
	}
	for name := range c.Redo {
		if target.CheckName(name) != nil { // an empty one would mean the query results
			return c, failure.Invalid("cursor", "%w", errForeignCursor)
		}
	}
	return c, nil
}
