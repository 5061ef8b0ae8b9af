package policy_test

import (
	"strings"
	"testing"

	"log-group-kms/internal/policy"
	"log-group-kms/internal/target"
)

var (
	ireland = target.Scope{Partition: "aws", Account: "111122223333", Region: "eu-west-1"}
	beijing = target.Scope{Partition: "aws-cn", Account: "444455556666", Region: "cn-north-1"}
)

const (
	id      = "1234abcd-12ab-34cd-56ef-1234567890ab"
	mrkID   = "mrk-1234abcd12ab34cd56ef1234567890ab"
	ownKeys = "arn:aws:kms:eu-west-1:111122223333:"
)

// parseKey reads a key reference that should be well formed.
func parseKey(text string) (policy.Key, error) {
	key := policy.ReadKey(text)
	return key, key.Err()
}

func TestReadKey(t *testing.T) {
	tests := []struct {
		name string
		text string
		arn  string // in ireland; "": KMS has to be asked
	}{
		{"key ARN", ownKeys + "key/" + id, ownKeys + "key/" + id},
		{"key ARN of another account", "arn:aws:kms:eu-west-1:999988887777:key/" + id, "arn:aws:kms:eu-west-1:999988887777:key/" + id},
		{"key ARN of another Region", "arn:aws:kms:us-east-1:111122223333:key/" + id, "arn:aws:kms:us-east-1:111122223333:key/" + id},
		{"key ARN of another partition", "arn:aws-us-gov:kms:us-gov-west-1:111122223333:key/" + id, "arn:aws-us-gov:kms:us-gov-west-1:111122223333:key/" + id},
		{"multi-Region key ARN", ownKeys + "key/" + mrkID, ownKeys + "key/" + mrkID},
		{"key ID", id, ownKeys + "key/" + id},
		{"multi-Region key ID", mrkID, ownKeys + "key/" + mrkID},
		{"alias name", "alias/logs", ""},
		{"alias name with slashes", "alias/team/logs_2-a", ""},
		{"alias of greatest length", "alias/" + strings.Repeat("a", 250), ""},
		{"alias ARN", ownKeys + "alias/logs", ""},
		{"alias ARN of another account", "arn:aws:kms:eu-west-1:999988887777:alias/logs", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			key, err := parseKey(tt.text)
			if err != nil {
				t.Fatalf("ReadKey(%q): got error %v, want a key", tt.text, err)
			}
			if got := key.String(); got != tt.text {
				t.Errorf("String(): got %q, want it as it was written, %q", got, tt.text)
			}
			if got := key.ARN(ireland); got != tt.arn {
				t.Errorf("ARN(): got %q, want %q", got, tt.arn)
			}
			if key.IsAWSManaged() {
				t.Error("IsAWSManaged(): got true, want false; a customer's key would be refused")
			}
		})
	}
}

// A key ID stands for the key of the log group's own account and Region.
func TestKeyIDElsewhere(t *testing.T) {
	key, err := parseKey(id)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := key.ARN(beijing), "arn:aws-cn:kms:cn-north-1:444455556666:key/"+id; got != want {
		t.Errorf("ARN() in China: got %q, want %q", got, want)
	}
}

func TestKeyRegion(t *testing.T) {
	for text, want := range map[string]string{
		ownKeys + "key/" + id: "eu-west-1", "arn:aws:kms:us-east-1:111122223333:alias/logs": "us-east-1", "alias/logs": "", id: "",
	} {
		key, err := parseKey(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := key.Region(); got != want {
			t.Errorf("Region() of %q: got %q, want %q; a key of another Region would only be found out by AWS", text, got, want)
		}
	}
}

// Asking KMS about such an alias would create the key behind it.
func TestAWSManagedAliases(t *testing.T) {
	for text, want := range map[string]bool{
		"alias/aws/logs": true, ownKeys + "alias/aws/ebs": true, "alias/awslogs": false, "alias/aws": false, "alias/team/aws/logs": false,
	} {
		key, err := parseKey(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := key.IsAWSManaged(); got != want {
			t.Errorf("IsAWSManaged() of %q: got %t, want %t", text, got, want)
		}
	}
}

func TestReadKeyRefuses(t *testing.T) {
	tests := []struct{ name, text string }{
		{"empty", ""},
		{"a name without alias/", "logs"},
		{"alias without a name", "alias/"},
		{"alias with a space", "alias/my logs"},
		{"alias with a star", "alias/logs-*"},
		{"alias too long", "alias/" + strings.Repeat("a", 251)},
		{"alias in another case", "Alias/logs"},
		{"a placeholder left over", "alias/{acount}"},
		{"line feed at the end", "alias/logs\n"},
		{"short key ID", "1234abcd"},
		{"long key ID", id + "0"},
		{"key ID with a letter too many", "g" + id[1:]},
		{"key/ and ID", "key/" + id},
		{"ARN of another service", "arn:aws:s3:eu-west-1:111122223333:key/" + id},
		{"ARN cut off", "arn:aws:kms:eu-west-1:111122223333"},
		{"ARN without key/", ownKeys + id},
		{"ARN without an ID", ownKeys + "key/"},
		{"ARN of an alias without a name", ownKeys + "alias/"},
		{"ARN of an alias behind key/", ownKeys + "key/alias/logs"},
		{"ARN of key/ twice", ownKeys + "key/key/" + id},
		{"ARN of a grant", ownKeys + "grant/" + id},
		{"ARN without account", "arn:aws:kms:eu-west-1::key/" + id},
		{"ARN without Region", "arn:aws:kms::111122223333:key/" + id},
		{"ARN without partition", "arn::kms:eu-west-1:111122223333:key/" + id},
		{"ARN with a pattern", "arn:aws:kms:*:111122223333:key/" + id},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if key, err := parseKey(tt.text); err == nil {
				t.Errorf("ReadKey(%q): got %+v, want an error; a malformed key would only be found out at the first log group", tt.text, key)
			}
		})
	}
}

func TestKeyTemplate(t *testing.T) {
	tests := []struct {
		template policy.KeyTemplate
		scope    target.Scope
		want     string
	}{
		{"alias/logs-{region}", ireland, "alias/logs-eu-west-1"},
		{"arn:{partition}:kms:{region}:{account}:alias/logs", beijing, "arn:aws-cn:kms:cn-north-1:444455556666:alias/logs"},
		{"arn:{partition}:kms:{region}:999988887777:key/" + id, ireland, "arn:aws:kms:eu-west-1:999988887777:key/" + id},
	}
	for _, tt := range tests {
		key := tt.template.In(tt.scope)
		if key.Err() != nil || key.String() != tt.want {
			t.Errorf("KeyTemplate(%q).In(%v): got %q, %v, want %q", tt.template, tt.scope, key, key.Err(), tt.want)
		}
	}
	if policy.KeyTemplate("alias/{Region}").In(ireland).Err() == nil {
		t.Error("a placeholder that stands for nothing: got no error, want one")
	}
}

// FuzzReadKey guards that a key ARN made of what was written is read back as
// the same key.
func FuzzReadKey(f *testing.F) {
	for _, seed := range []string{id, mrkID, "alias/logs", ownKeys + "key/" + id, ownKeys + "alias/aws/logs"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		key, err := parseKey(text)
		if err != nil {
			return
		}
		arn := key.ARN(ireland)
		if arn == "" {
			if !strings.Contains(text, "alias/") {
				t.Errorf("ReadKey(%q): got neither an alias nor a key ARN, want one of the two", text)
			}
			return
		}
		again, err := parseKey(arn)
		if err != nil || again.ARN(beijing) != arn {
			t.Errorf("ReadKey(%q) and back: got %q, %v, want %q", text, again.ARN(beijing), err, arn)
		}
	})
}
