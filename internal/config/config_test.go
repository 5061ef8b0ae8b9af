package config_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"log-group-kms/internal/config"
)

// The variables are what whoever asks the function for its configuration
// gets: as they were set, nothing of others, and complete in itself.
func TestVariablesAsSet(t *testing.T) {
	const rules = "rules: # of the team\n- {name: a, logGroups: [/x], key: alias/a}\n"
	w := env(
		"DEFAULT_KMS_KEY", "alias/logs-{region}", "KMS_KEY_TAG", "", "TAG_ALLOWED_KEYS", " alias/a , alias/b", "EXCLUDE", "", "EXISTING_KEY", "keep",
		"RULES_FILE", "rules.yaml", "RULES", "", "MEMBER_ROLE", "a/b", "MEMBER_EXTERNAL_ID", "id", "MEMBER_ACCOUNTS", "1*", "ASSOCIATE_RATE", "4.0",
		"AWS_REGION", "eu-west-1", "AWS_ACCOUNT_ID", "111122223333", "AWS_SECRET_ACCESS_KEY", "secret", "PATH", "/bin",
	)
	w.files = map[string]string{"rules.yaml": rules}
	want := map[string]string{
		"DEFAULT_KMS_KEY": "alias/logs-{region}", "KMS_KEY_TAG": "", "TAG_ALLOWED_KEYS": " alias/a , alias/b", "EXISTING_KEY": "keep",
		"RULES": rules, "MEMBER_ROLE": "a/b", "MEMBER_EXTERNAL_ID": "id", "MEMBER_ACCOUNTS": "1*", "ASSOCIATE_RATE": "4.0",
	}
	got := mustLoad(t, w)
	if diff := cmp.Diff(want, got.Variables); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	again := mustLoad(t, world{env: got.Variables})
	again.RulesSource, again.Account = got.RulesSource, got.Account
	if diff := cmp.Diff(got, again); diff != "" {
		t.Errorf("got another configuration out of the variables (-set +again):\n%s", diff)
	}
	if got := mustLoad(t, env(config.Rules, rules)).Variables; got["RULES"] != rules || len(got) != 1 {
		t.Errorf("got %q, want the inline rules alone", got)
	}
	if got := mustLoad(t, env()).Variables; len(got) != 0 {
		t.Errorf("got %q of nothing, want nothing", got)
	}
}
