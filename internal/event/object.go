package event

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"log-group-kms/internal/failure"
)

// object is a JSON object whose members are decoded when they are asked for, so
// that AWS's unknown fields pass, keys match to the letter (encoding/json alone
// would take "ACTION" for "action"), and each complaint names its field.
type object struct {
	path    string // "" at the top, else "detail.", "Records[2]."
	json    []byte // as it was sent
	members map[string]json.RawMessage
}

// parseObject decodes a JSON object. what names it in the complaint.
func parseObject(what, path string, data []byte) (object, error) {
	o := object{path: path, json: data}
	if err := json.Unmarshal(data, &o.members); err != nil {
		return o, failure.Invalid(what, "%w", plain(err))
	}
	if o.members == nil {
		return o, failure.Invalid(what, "null is not a JSON object")
	}
	return o, nil
}

// plain says what is wrong with the JSON without quoting any of it.
func plain(err error) error {
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		return fmt.Errorf("not JSON (at byte %d)", syntax.Offset)
	}
	if kind, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return fmt.Errorf("its JSON type is %s, which does not belong there", kind.Value)
	}
	return errors.New("not JSON of the expected shape")
}

// name names the object in a complaint; top is what it is called at the top.
func (o object) name(top string) string {
	if o.path == "" {
		return top
	}
	return strings.TrimSuffix(o.path, ".")
}

// has tells whether the member is there and not null.
func (o object) has(key string) bool {
	raw, ok := o.members[key]
	return ok && string(raw) != "null"
}

// text gives a string member, "" where it is absent or null.
func (o object) text(key string) (string, error) {
	var s string
	return s, o.into(key, &s, "a string")
}

// needText gives a string member that must be there and not be empty.
func (o object) needText(key string) (string, error) {
	text, err := o.text(key)
	if err == nil && text == "" {
		err = failure.Invalid(o.path+key, "a CloudTrail record has it, and it is not empty")
	}
	return text, err
}

// textIfAny gives a string member, "" where it is absent or something else.
func (o object) textIfAny(key string) string {
	text, err := o.text(key)
	if err != nil {
		return ""
	}
	return text
}

// flag gives a boolean member, false where it is absent or null.
func (o object) flag(key string) (bool, error) {
	var b bool
	return b, o.into(key, &b, "true or false")
}

// list gives an array member, nil where it is absent or null.
func (o object) list(key string) ([]json.RawMessage, error) {
	var l []json.RawMessage
	return l, o.into(key, &l, "an array")
}

// object gives an object member. Absent and null are an object without members.
func (o object) object(key string) (object, error) {
	inner := object{path: o.path + key + ".", json: o.members[key]}
	return inner, o.into(key, &inner.members, "an object")
}

func (o object) into(key string, value any, want string) error {
	if !o.has(key) {
		return nil
	}
	if json.Unmarshal(o.members[key], value) != nil {
		return failure.Invalid(o.path+key, "it must be %s", want)
	}
	return nil
}

// only complains of members that are not among the known ones, and of a key that
// stands twice anywhere inside: of the two values readers of JSON take now the
// first, now the last.
func (o object) only(known ...string) error {
	decoder := json.NewDecoder(bytes.NewReader(o.json))
	decoder.UseNumber() // any other number than a small one would be an error
	if key, found := doubledKey(decoder); found {
		return failure.Invalid("the command", "the field %s stands there twice", clip(key))
	}
	for _, key := range slices.Sorted(maps.Keys(o.members)) {
		if !slices.Contains(known, key) {
			return failure.Invalid("the command", "the field %s is unknown; known are %q", clip(key), known)
		}
	}
	return nil
}

// doubledKey reads one value, which is known to be valid, and gives the first key
// that stands twice in one object.
func doubledKey(decoder *json.Decoder) (string, bool) {
	token, _ := decoder.Token()
	opening, nested := token.(json.Delim)
	if !nested {
		return "", false
	}
	seen := make(map[string]bool)
	for decoder.More() {
		if opening == '{' {
			token, _ := decoder.Token()
			key, _ := token.(string)
			if seen[key] {
				return key, true
			}
			seen[key] = true
		}
		if key, found := doubledKey(decoder); found {
			return key, true
		}
	}
	_, _ = decoder.Token() // the closing bracket
	return "", false
}

// clip quotes a short beginning of text that came with the event: enough to
// recognise it, too little to fill a log.
func clip(text string) string {
	const most = 40
	if runes := []rune(text); len(runes) > most {
		return fmt.Sprintf("%q…", string(runes[:most]))
	}
	return fmt.Sprintf("%q", text)
}
