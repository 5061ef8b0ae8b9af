package config_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"log-group-kms/internal/config"
	"log-group-kms/internal/policy"
)

// sdkVariables are those of the SDK's own that are checked with ours.
var sdkVariables = []string{"AWS_ACCOUNT_ID", "AWS_REGION", "AWS_MAX_ATTEMPTS"}

// defaults are what the function does where nothing is configured.
func defaults() config.Config {
	return config.Config{
		Policy: policy.Policy{
			KeyTag: "kms-key", Allowed: policy.Allowed{"arn:*:kms:{region}:{account}:key/*"}, Existing: policy.Keep,
		},
		AssociateRate: 4, DescribeRate: 8, MetricsNamespace: "LogGroupKms",
	}
}

// The longest that AWS has.
var (
	longestName = strings.Repeat("n", 512)
	longestRole = strings.Repeat("p", 200) + "/" + strings.Repeat("p", 309) + "/" + strings.Repeat("r", 64)
)

func TestDefaults(t *testing.T) {
	wantConfig(t, mustLoad(t, env()), defaults())
}

// CloudFormation sets a variable whose parameter is empty to the empty string.
func TestEmptyIsUnset(t *testing.T) {
	for _, name := range append(config.Variables(), sdkVariables...) {
		want := defaults()
		if name == "KMS_KEY_TAG" {
			want.Policy.KeyTag = "" // the one exception: tags choose no keys
		}
		t.Run(name, func(t *testing.T) { wantConfig(t, mustLoad(t, env(name, "")), want) })
	}
}

func TestVariables(t *testing.T) {
	want := []string{
		"DEFAULT_KMS_KEY", "KMS_KEY_TAG", "TAG_ALLOWED_KEYS", "RULES", "RULES_FILE", "EXCLUDE", "EXISTING_KEY",
		"QUERY_RESULT_KMS_KEY", "MEMBER_ROLE", "MEMBER_EXTERNAL_ID", "MEMBER_ACCOUNTS", "DRY_RUN", "ASSOCIATE_RATE", "DESCRIBE_RATE", "METRICS_NAMESPACE",
	}
	if diff := cmp.Diff(want, config.Variables()); diff != "" {
		t.Errorf("a variable that is not listed is not promised (-want +got):\n%s", diff)
	}
}

func TestGoodValues(t *testing.T) {
	const keyARN = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
	type edit = func(*config.Config)
	key := func(text policy.KeyTemplate) edit { return func(c *config.Config) { c.Policy.Default = text } }
	allowed := func(patterns ...policy.Pattern) edit { return func(c *config.Config) { c.Policy.Allowed = patterns } }
	tests := []struct {
		name, value string
		want        edit
	}{
		{"DEFAULT_KMS_KEY", keyARN, key(keyARN)},
		{"DEFAULT_KMS_KEY", "1234abcd-12ab-34cd-56ef-1234567890ab", key("1234abcd-12ab-34cd-56ef-1234567890ab")},
		{"DEFAULT_KMS_KEY", "alias/logs", key("alias/logs")},
		{"DEFAULT_KMS_KEY", "arn:aws-cn:kms:cn-north-1:111122223333:alias/logs", key("arn:aws-cn:kms:cn-north-1:111122223333:alias/logs")},
		{"DEFAULT_KMS_KEY", "arn:{partition}:kms:{region}:{account}:alias/logs", key("arn:{partition}:kms:{region}:{account}:alias/logs")},
		{"QUERY_RESULT_KMS_KEY", "alias/logs-{region}", func(c *config.Config) { c.Policy.QueryResult = "alias/logs-{region}" }},
		{"KMS_KEY_TAG", "Data Key/ä:1", func(c *config.Config) { c.Policy.KeyTag = "Data Key/ä:1" }},
		{"TAG_ALLOWED_KEYS", "alias/logs-*", allowed("alias/logs-*")},
		{"TAG_ALLOWED_KEYS", "alias/{region}-*, " + keyARN + " ,arn:aws:kms:*", allowed("alias/{region}-*", keyARN, "arn:aws:kms:*")},
		{"TAG_ALLOWED_KEYS", "*", allowed("*")},
		{"EXCLUDE", "aws*,?ws/x,/aws/x,a*ws/x", func(c *config.Config) { c.Policy.Exclude = []policy.Pattern{"aws*", "?ws/x", "/aws/x", "a*ws/x"} }},
		{"EXCLUDE", longestName, func(c *config.Config) { c.Policy.Exclude = []policy.Pattern{policy.Pattern(longestName)} }},
		{"EXCLUDE", "/tmp/*", func(c *config.Config) { c.Policy.Exclude = []policy.Pattern{"/tmp/*"} }},
		{"EXCLUDE", " /tmp/* ,?#_-.aZ9", func(c *config.Config) { c.Policy.Exclude = []policy.Pattern{"/tmp/*", "?#_-.aZ9"} }},
		{"EXISTING_KEY", "keep", func(*config.Config) {}},
		{"EXISTING_KEY", "repair", func(c *config.Config) { c.Policy.Existing = policy.Repair }},
		{"EXISTING_KEY", "replace", func(c *config.Config) { c.Policy.Existing = policy.Replace }},
		{"MEMBER_ROLE", "log-group-kms_Member+=,.@", func(c *config.Config) { c.MemberRole = "log-group-kms_Member+=,.@" }},
		{"MEMBER_ROLE", "security/log-group-kms-member", func(c *config.Config) { c.MemberRole = "security/log-group-kms-member" }},
		{"MEMBER_ROLE", "a/b.c/d", func(c *config.Config) { c.MemberRole = "a/b.c/d" }},
		{"MEMBER_ROLE", longestRole, func(c *config.Config) { c.MemberRole = longestRole }},
		{"MEMBER_EXTERNAL_ID", "aZ", func(c *config.Config) { c.MemberExternalID = "aZ" }},
		{"MEMBER_EXTERNAL_ID", "w0_+=,.@:/-", func(c *config.Config) { c.MemberExternalID = "w0_+=,.@:/-" }},
		{"MEMBER_EXTERNAL_ID", strings.Repeat("x", 1224), func(c *config.Config) { c.MemberExternalID = strings.Repeat("x", 1224) }},
		{"MEMBER_ACCOUNTS", "111122223333", func(c *config.Config) { c.MemberAccounts = []policy.Pattern{"111122223333"} }},
		{"MEMBER_ACCOUNTS", "1111*, ????22223333 ,*", func(c *config.Config) { c.MemberAccounts = []policy.Pattern{"1111*", "????22223333", "*"} }},
		{"AWS_ACCOUNT_ID", "012345670123", func(c *config.Config) { c.Account = "012345670123" }},
		{"AWS_REGION", "us-gov-west-1", func(*config.Config) {}},
		{"DRY_RUN", "true", func(c *config.Config) { c.DryRun = true }},
		{"DRY_RUN", "false", func(*config.Config) {}},
		{"ASSOCIATE_RATE", "0", func(c *config.Config) { c.AssociateRate = 0 }},
		{"ASSOCIATE_RATE", "2.5", func(c *config.Config) { c.AssociateRate = 2.5 }},
		{"DESCRIBE_RATE", "0", func(c *config.Config) { c.DescribeRate = 0 }},
		{"ASSOCIATE_RATE", "0.01", func(c *config.Config) { c.AssociateRate = 0.01 }},
		{"ASSOCIATE_RATE", "1000", func(c *config.Config) { c.AssociateRate = 1000 }},
		{"ASSOCIATE_RATE", "0.00", func(c *config.Config) { c.AssociateRate = 0 }},
		{"ASSOCIATE_RATE", "4.0", func(*config.Config) {}},
		{"DESCRIBE_RATE", "20", func(c *config.Config) { c.DescribeRate = 20 }},
		{"METRICS_NAMESPACE", "Team/Logs.a-b_c#d:e", func(c *config.Config) { c.MetricsNamespace = "Team/Logs.a-b_c#d:e" }},
		{"AWS_MAX_ATTEMPTS", "3", func(*config.Config) {}},
	}
	for _, tt := range tests {
		t.Run(tt.name+"="+tt.value, func(t *testing.T) {
			want := defaults()
			tt.want(&want)
			wantConfig(t, mustLoad(t, env(tt.name, tt.value)), want)
		})
	}
}

// A value with a typo that quietly means "off" leaves log groups open.
func TestBadValues(t *testing.T) {
	bad := map[string][]string{
		"DEFAULT_KMS_KEY": {
			"logs", "alias/", " alias/logs", "alias/logs,alias/x", "key/1234abcd-12ab-34cd-56ef-1234567890ab", "alias/{acount}", "alias/{account", "alias/account}",
			"alias/{}", "alias/{Account}", "arn:aws:kms:eu-west-1:111122223333:key/", "arn:aws:s3:::bucket", "arn:aws:kms:*:111122223333:alias/logs", "true", "alias/logs\n", "alias/lo\x7fgs",
			// Keys of AWS's own, which CloudWatch Logs never takes.
			"alias/aws/logs", "arn:aws:kms:eu-west-1:111122223333:alias/aws/s3", "arn:{partition}:kms:{region}:{account}:alias/aws/kms",
		},
		"QUERY_RESULT_KMS_KEY": {"logs", "alias/{acount}", "none", "alias/aws/logs"},
		"KMS_KEY_TAG":          {"kms-key,other", "kms*", strings.Repeat("a", 129), "a\tb", " ", "kms-key ", " kms-key"},
		"TAG_ALLOWED_KEYS": {
			",", "alias/a,", "alias/a,,alias/b", " ", "key/*", "Alias/*", "1234abcd-12ab-34cd-56ef-1234567890ab", "alias/{acount}-*", "arn:*:kms:{Region}:*", "none",
			// These can match no key's ARN and no alias name in a tag, so they would refuse every tag without a word.
			"arn:*:kms:*:*:alias/x", "alias/", "alias/a,alias/", "arn:aws:s3:*", "arn:aws:kms:eu-west-1:12345:key/*",
			"arn:aws:kms:{region}:{account}:key", "arn:aws:kms:{region}:{account}:kee/*", "arn:aws:kms:EU-west-1:{account}:key/*",
			"alias/aws/*", "alias/aws/{region}", "alias/a.b", "alias/" + strings.Repeat("a", 251), "*key", "key*", "*:alias/*", "arn:*:kms:*:key/logs", "arn:*:kms:*:key/?",
			"arn:aws:kms:eu:{account}:*", "arn:*:kms:eu-west-1:?:*", "arn:aws:kms:*:*:*:*:*:*", "*Z*", "arn:aws:logs:*", "*{account}:{account}*", "arn:aws:kms:eu-west-1:111122223333:key/*/*", "alias/a\u0085",
		},
		"EXCLUDE": {
			",", "/a,", ",/a", "/my app", "/a:*", "[ab]", "/ä", "{account}", "/a;/b", "/a\n", "\x7f",
			"aws/*", "AWS/spans", "aWs/", longestName + "a", longestName + "?", "*" + longestName + "*a",
		},
		"EXISTING_KEY": {"Keep", "replace ", "yes", "true", "overwrite"},
		"MEMBER_ROLE": {
			"arn:aws:iam::111122223333:role/x", "a b", "{account}", strings.Repeat("a", 65), "security/" + strings.Repeat("a", 65),
			"/a", "a/", "/", "//", "a//b", "/security/a", "a b/c", "security/a:b", "a/{account}", "a\tb", "ä/b", "a" + longestRole,
		},
		"MEMBER_EXTERNAL_ID": {"x", "a b", "a;b", "ä-ä", "{account}", "ab\n", strings.Repeat("x", 1225)},
		"MEMBER_ACCOUNTS":    {",", "111122223333,", "1111", "1111222233334", "111122223333 444455556666", "1111-2222-3333", "{account}", "1111*222233334444", "?", "????????????*?", "o11122223333"},
		"AWS_ACCOUNT_ID":     {"1234", "1111222233334", "account", "1111-2222-3333", "*", "111122223333\n", " 111122223333"},
		"AWS_REGION":         {"here", "EU-west-1", "eu-west", "eu-west-1a", "eu-west-1 ", "evil.example#", "eu-west-1\n", "eu_west_1"},
		"DRY_RUN":            {"yes", "True", "TRUE", "1", "0", "no", " true", "off"},
		"ASSOCIATE_RATE": {"-1", "four", "4/s", "NaN", "Inf", "-Inf", "infinity", "1e999", " 4", "4,5",
			"1e-400", "-0", "0x1p4", "1_000", "1e300", "1e1", "+4", ".5", "5.", ".", "0.001", "1000.1", "10000000", "4\n", "0." + strings.Repeat("0", 400) + "1", "٤"},
		"DESCRIBE_RATE":     {"-0.1", "fast", "nan", "+Inf"},
		"METRICS_NAMESPACE": {" ", "AWS/Logs", "a\nb", "ä", strings.Repeat("a", 256)},
		"AWS_MAX_ATTEMPTS":  {"-1", "many", "2.5", " 3", "+3", "-0", "1_0", "99999999999999999999"},
		"RULES":             {"rules", "[]", "{}", "# none", "---", "rules: []\x7f", "rules: []\u009b", "rules: [] # \x00"},
		"RULES_FILE":        {"missing.yaml", "rules.yaml\n"},
	}
	for _, name := range append(config.Variables(), sdkVariables...) {
		if len(bad[name]) == 0 {
			t.Errorf("%s: got no bad values, want some", name)
		}
		for _, value := range bad[name] {
			t.Run(name+"="+value, func(t *testing.T) {
				_, err := env(name, value).load()
				checkAllAbout(t, err, name)
			})
		}
	}
}

// A list with the same fault twice has it listed once: two equal lines look like
// two things to mend.
func TestSameFaultOnce(t *testing.T) {
	for value, rows := range map[string][]string{
		",":          {"EXCLUDE: empty pattern"},
		",,,":        {"EXCLUDE: empty pattern"},
		"/a b,,/a b": {"EXCLUDE: empty pattern", "EXCLUDE: /a b"},
	} {
		t.Run(value, func(t *testing.T) {
			_, err := env("EXCLUDE", value).load()
			checkFaults(t, err, rows...)
		})
	}
	_, err := env("TAG_ALLOWED_KEYS", ",").load()
	checkFaults(t, err, "TAG_ALLOWED_KEYS: empty pattern")
}
