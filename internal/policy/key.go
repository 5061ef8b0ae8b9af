package policy

import (
	"errors"
	"strings"
	"unicode"

	"log-group-kms/internal/target"
)

// What references to keys are made of.
const (
	AliasPrefix    = "alias/"
	AWSAliasPrefix = "alias/aws/" // aliases that only AWS's own keys have
	MaxAlias       = 256          // characters of an alias name, the prefix included

	// UUIDCharacters are those of a key ID, beside the prefix of multi-Region keys.
	UUIDCharacters = "0123456789abcdefABCDEF-"
	MRKPrefix      = "mrk-"
)

// Key is a reference to a KMS key in one of the four forms that kms:DescribeKey
// takes: key ARN, key ID, alias name, alias ARN
// (https://docs.aws.amazon.com/kms/latest/APIReference/API_DescribeKey.html).
//
// The zero Key is no key. One that was read from a text of none of these forms has
// an Err, and names nothing.
type Key struct {
	text  string
	err   error
	scope target.Scope // of an ARN; zero for the other forms
	alias string       // "alias/NAME"; empty for key IDs and key ARNs
	id    string       // key ID; empty for aliases
}

// isKeyID tells whether text has the form of a key ID: a UUID, or "mrk-" and 32
// hexadecimal digits.
func isKeyID(text string) bool {
	text = strings.TrimPrefix(text, MRKPrefix)
	return 32 <= len(text) && len(text) <= 36 && !strings.ContainsFunc(text, func(r rune) bool {
		return !strings.ContainsRune(UUIDCharacters, r)
	})
}

// inKeyID tells whether a key ID can hold the character.
func inKeyID(r rune) bool { return strings.ContainsRune(UUIDCharacters+MRKPrefix, r) }

// isAlias tells whether text has the form of an alias name.
func isAlias(text string) bool {
	name, ok := strings.CutPrefix(text, AliasPrefix)
	return ok && name != "" && len(text) <= MaxAlias && !strings.ContainsFunc(name, func(r rune) bool {
		return r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("/_-", r)
	})
}

var errKey = errors.New("it is none of key ARN (arn:PARTITION:kms:REGION:ACCOUNT:key/ID), key ID, alias name (alias/NAME) and alias ARN")

// ReadKey reads a key reference, well formed or not: Err tells which.
func ReadKey(text string) Key {
	k := Key{text: text, err: errKey}
	rest := text
	var scope target.Scope
	if strings.HasPrefix(text, "arn:") {
		parts := strings.SplitN(text, ":", 6)
		if len(parts) < 6 || parts[2] != "kms" {
			return k
		}
		scope = target.Scope{Partition: parts[1], Region: parts[3], Account: parts[4]}
		if !target.ValidPartition(parts[1]) || !target.ValidRegion(parts[3]) || !target.ValidAccount(parts[4]) {
			return k
		}
		id, isKey := strings.CutPrefix(parts[5], "key/")
		if isKey == strings.HasPrefix(id, AliasPrefix) {
			return k
		}
		rest = id
	}
	switch {
	case isAlias(rest):
		k.alias = rest
	case isKeyID(rest):
		k.id = rest
	default:
		return k
	}
	k.scope, k.err = scope, nil
	return k
}

// Err says why the text is no key reference; nil where it is one.
func (k Key) Err() error { return k.err }

// Equal tells whether both were written the same.
func (k Key) Equal(other Key) bool { return k.text == other.text }

// String gives the reference as it was written.
func (k Key) String() string { return k.text }

// IsAWSManaged tells by the name alone that the key is AWS's own. Asking KMS
// about such an alias would create the key where it does not exist yet.
func (k Key) IsAWSManaged() bool { return strings.HasPrefix(k.alias, AWSAliasPrefix) }

// Account is the account that an ARN names; empty for the other forms.
func (k Key) Account() string { return k.scope.Account }

// Region is the Region that an ARN names; empty for the other forms.
func (k Key) Region() string { return k.scope.Region }

// ARN is the key ARN that the reference stands for in scope, where the text
// alone tells; empty for aliases.
func (k Key) ARN(scope target.Scope) string {
	if k.id == "" {
		return ""
	}
	return k.ARNPrefix(scope) + k.id
}

// ARNPrefix is how the ARN of the key that the reference resolves to begins, up to
// the key ID: an alias points at a key of its own account and Region.
func (k Key) ARNPrefix(scope target.Scope) string {
	s := k.scope
	if s == (target.Scope{}) {
		s = scope
	}
	return "arn:" + s.Partition + ":kms:" + s.Region + ":" + s.Account + ":key/"
}

// aliasIn is the alias name, if it is one of scope's own account and Region.
func (k Key) aliasIn(scope target.Scope) string {
	if k.scope != (target.Scope{}) && k.scope != scope {
		return ""
	}
	return k.alias
}

// KeyTemplate is a key reference as configuration writes it: {account}, {region}
// and {partition} stand for the log group's own. Empty: no key.
type KeyTemplate string

// In gives the reference for scope.
func (t KeyTemplate) In(scope target.Scope) Key { return ReadKey(scope.Expand(string(t))) }
