package policy_test

import (
	"testing"

	"log-group-kms/internal/policy"
	"log-group-kms/internal/target"
)

// byDefault is the default of TAG_ALLOWED_KEYS: keys of the log group's own
// account and Region.
var byDefault = policy.Allowed{"arn:*:kms:{region}:{account}:key/*"}

func TestAllowedByText(t *testing.T) {
	const (
		foreignAlias  = "arn:aws:kms:eu-west-1:999988887777:alias/payments"
		elsewhere     = "arn:aws:kms:us-east-1:111122223333:alias/payments"
		foreignKey    = "arn:aws:kms:eu-west-1:999988887777:key/" + id
		ownAlias      = ownKeys + "alias/payments"
		anyAlias      = policy.Pattern("alias/*")
		foreignsAlias = policy.Pattern("arn:aws:kms:*:999988887777:key/*")
	)
	type judgement struct{ allowed, settled bool }
	var (
		yes     = judgement{true, true}
		no      = judgement{false, true}
		askKMS  = judgement{false, false}
		nothing policy.Allowed
	)
	tests := []struct {
		name    string
		allowed policy.Allowed
		key     string
		want    judgement
	}{
		{"default, own key ID", byDefault, id, yes},
		{"default, own key ARN", byDefault, ownKeys + "key/" + id, yes},
		{"default, key ARN of another account", byDefault, foreignKey, no},
		{"default, key ARN of another Region", byDefault, "arn:aws:kms:us-east-1:111122223333:key/" + id, no},
		{"default, alias", byDefault, "alias/payments", askKMS},
		{"default, alias ARN of its own", byDefault, ownAlias, askKMS},
		// An alias points at a key of its own account and Region, so the text tells
		// that no key behind it can match. Whoever may tag must not make the
		// function ask KMS about other accounts' aliases.
		{"default, alias ARN of another account", byDefault, foreignAlias, no},
		{"default, alias ARN of another Region", byDefault, elsewhere, no},

		{"alias pattern, alias", policy.Allowed{"alias/pay*"}, "alias/payments", yes},
		{"alias pattern, another alias", policy.Allowed{"alias/pay*"}, "alias/audit", no},
		{"alias pattern, whole name must match", policy.Allowed{"alias/pay"}, "alias/payments", no},
		{"alias pattern, alias ARN of its own counts by name", policy.Allowed{"alias/pay*"}, ownAlias, yes},
		{"alias pattern, another alias's ARN", policy.Allowed{"alias/audit"}, ownAlias, no},
		{"alias pattern, alias ARN of another account", policy.Allowed{anyAlias}, foreignAlias, no},
		{"alias pattern, alias ARN of another Region", policy.Allowed{anyAlias}, elsewhere, no},
		{"alias pattern, key ID", policy.Allowed{anyAlias}, id, no},
		{"alias pattern, own key ARN", policy.Allowed{anyAlias}, ownKeys + "key/" + id, no},
		{"alias pattern with a placeholder", policy.Allowed{"alias/{region}/*"}, "alias/eu-west-1/a", yes},
		{"alias pattern with a placeholder, another Region", policy.Allowed{"alias/{region}/*"}, "alias/us-east-1/a", no},

		{"account's pattern, alias ARN of that account", policy.Allowed{foreignsAlias}, foreignAlias, askKMS},
		{"account's pattern, key ARN of that account", policy.Allowed{foreignsAlias}, foreignKey, yes},
		{"account's pattern, bare alias", policy.Allowed{foreignsAlias}, "alias/payments", no},
		{"one key's pattern, alias of its own", policy.Allowed{ownKeys + "key/" + id}, "alias/payments", askKMS},
		{"another Region's pattern, alias", policy.Allowed{"arn:aws:kms:us-east-1:*"}, "alias/payments", no},

		{"both kinds, alias by name", policy.Allowed{"arn:aws:kms:us-east-1:*", "alias/pay*"}, "alias/payments", yes},
		{"both kinds, alias not by name but perhaps by key", policy.Allowed{"alias/pay*", "arn:*:kms:{region}:{account}:key/*"}, "alias/audit", askKMS},
		{"nothing allowed, key", nothing, id, no},
		{"nothing allowed, alias", nothing, "alias/payments", no},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			key, err := parseKey(tt.key)
			if err != nil {
				t.Fatal(err)
			}
			var got judgement
			got.allowed, got.settled = tt.allowed.ByText(key, ireland)
			if got != tt.want {
				t.Errorf("%q by %q: got %+v, want %+v", tt.key, tt.allowed, got, tt.want)
			}
		})
	}
}

func TestAllowedByARN(t *testing.T) {
	tests := []struct {
		name    string
		allowed policy.Allowed
		arn     string
		scope   target.Scope
		want    bool
	}{
		{"default, own", byDefault, ownKeys + "key/" + id, ireland, true},
		{"default, own in China", byDefault, "arn:aws-cn:kms:cn-north-1:444455556666:key/" + id, beijing, true},
		{"default, another group's own", byDefault, ownKeys + "key/" + id, beijing, false},
		{"default, another account", byDefault, "arn:aws:kms:eu-west-1:999988887777:key/" + id, ireland, false},
		{"default, another Region", byDefault, "arn:aws:kms:us-east-1:111122223333:key/" + id, ireland, false},
		// An alias is judged by its name before it is resolved, never by a pattern
		// that an ARN could match by chance.
		{"alias pattern", policy.Allowed{"alias/*"}, ownKeys + "key/" + id, ireland, false},
		{"partition by placeholder", policy.Allowed{"arn:{partition}:kms:*"}, "arn:aws-cn:kms:cn-north-1:444455556666:key/" + id, beijing, true},
		{"second pattern", policy.Allowed{"arn:aws:kms:us-east-1:*", "arn:*" + id}, ownKeys + "key/" + id, ireland, true},
		{"nothing allowed", nil, ownKeys + "key/" + id, ireland, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.allowed.ByARN(tt.arn, tt.scope); got != tt.want {
				t.Errorf("%q by %q: got %t, want %t; a tag could choose a key that nobody allowed, or not one that was", tt.arn, tt.allowed, got, tt.want)
			}
		})
	}
}
