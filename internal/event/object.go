package event

import (
	"encoding/json"
	"errors"
	"fmt"

	"log-group-kms/internal/failure"
)

// object is a JSON object whose members are decoded when they are asked for, so
// that AWS's unknown fields pass, keys match to the letter (encoding/json alone
// would take "ACTION" for "action"), and each complaint names its field.
type object struct {
	path    string // "" at the top, else "detail.", "Records[2]."
	members map[string]json.RawMessage
}

// parseObject decodes a JSON object. what names it in the complaint.
func parseObject(what, path string, data []byte) (object, error) {
	o := object{path: path}
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
	inner := object{path: o.path + key + "."}
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

// only complains of members that are not among the known ones.
func (o object) only(known ...string) error {
	allowed := make(map[string]bool, len(known))
	for _, key := range known {
		allowed[key] = true
	}
	for key := range o.members {
		if !allowed[key] {
			return failure.Invalid("the command", "the field %s is unknown; known are %q", clip(key), known)
		}
	}
	return nil
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
