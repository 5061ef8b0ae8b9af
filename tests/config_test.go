package tests

import (
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"log-group-kms/internal/awsfake"
	"log-group-kms/internal/runtimeapi"
	"log-group-kms/tests/golden"
)

// refuses starts the function and returns what it said when it did not come up,
// or nothing when it did. What it reports to Lambda has to be on standard output
// as well, and the process has to end.
func refuses(t *testing.T, w *awsfake.World, settings ...string) string {
	t.Helper()
	server := httptest.NewServer(w)
	t.Cleanup(server.Close)
	f, err := runtimeapi.Start(t.Context(), runtimeapi.Options{
		Binary: binary, Env: override(golden.Env(server.URL), settings), FunctionARN: golden.FunctionARN,
	})
	if err != nil {
		t.Fatalf("starting the function: %v", err)
	}
	t.Cleanup(func() { _ = f.Close() })
	if f.Ready(t.Context()) == nil {
		return ""
	}
	over, code := f.Exited()
	if !over || code <= 0 {
		t.Errorf("the process: got ended %t with exit code %d, want a positive one", over, code)
	}
	if f.InitError() == "" {
		t.Error("got no /runtime/init/error, want the faults in it")
	}
	if f.Stdout() == "" {
		t.Error("got nothing on standard output, want the faults there")
	}
	return f.InitError() + "\n" + f.Stdout()
}

// rules is a RULES setting with the given rules, each as JSON.
func rules(list ...string) string { return `RULES={"rules":[` + strings.Join(list, ",") + `]}` }

// TestFaultyConfiguration has a fault of each kind; the function does not start
// and says which.
func TestFaultyConfiguration(t *testing.T) {
	const key = `"key":"alias/log-group-kms"`
	cases := []struct {
		name     string
		settings []string
		parts    []string
	}{
		{"default key", []string{"DEFAULT_KMS_KEY=my-key"}, []string{"DEFAULT_KMS_KEY", "my-key"}},
		{"default key, ARN of something else", []string{"DEFAULT_KMS_KEY=arn:aws:s3:::bucket"}, []string{"DEFAULT_KMS_KEY"}},
		{"default key, unknown placeholder", []string{"DEFAULT_KMS_KEY=alias/{team}"}, []string{"DEFAULT_KMS_KEY"}},
		{"query-result key", []string{"QUERY_RESULT_KMS_KEY=alias"}, []string{"QUERY_RESULT_KMS_KEY"}},
		{"key tag that no tag can be", []string{"KMS_KEY_TAG=kms*key"}, []string{"KMS_KEY_TAG"}},
		{"key tag that is too long", []string{"KMS_KEY_TAG=" + strings.Repeat("k", 129)}, []string{"KMS_KEY_TAG"}},
		{"allowed keys, an empty pattern", []string{"TAG_ALLOWED_KEYS=alias/a,,alias/b"}, []string{"TAG_ALLOWED_KEYS"}},
		{"exclude, an empty pattern", []string{"EXCLUDE=/a,"}, []string{"EXCLUDE"}},
		{"exclude, a character that no name has", []string{"EXCLUDE=/a b"}, []string{"EXCLUDE", "/a b"}},
		{"exclude, an expression", []string{"EXCLUDE=^/tmp/.+$"}, []string{"EXCLUDE"}},
		{"existing key", []string{"EXISTING_KEY=Replace "}, []string{"EXISTING_KEY", "keep", "repair", "replace"}},
		{"dry run", []string{"DRY_RUN=yes"}, []string{"DRY_RUN", "yes"}},
		{"associate rate", []string{"ASSOCIATE_RATE=fast"}, []string{"ASSOCIATE_RATE", "fast"}},
		{"associate rate below 0", []string{"ASSOCIATE_RATE=-1"}, []string{"ASSOCIATE_RATE"}},
		{"associate rate that is no number", []string{"ASSOCIATE_RATE=NaN"}, []string{"ASSOCIATE_RATE"}},
		{"describe rate", []string{"DESCRIBE_RATE=8/s"}, []string{"DESCRIBE_RATE"}},
		{"member role that is an ARN", []string{"MEMBER_ROLE=arn:aws:iam::111122223333:role/r"}, []string{"MEMBER_ROLE"}},
		{"member role with half a path", []string{"MEMBER_ROLE=security//member"}, []string{"MEMBER_ROLE", "security//member"}},
		{"member accounts that are none", []string{"MEMBER_ACCOUNTS=1111"}, []string{"MEMBER_ACCOUNTS", "1111"}},
		{"external ID", []string{"MEMBER_EXTERNAL_ID=a b"}, []string{"MEMBER_EXTERNAL_ID", "a b"}},
		{"own account that is none", []string{"AWS_ACCOUNT_ID=mine"}, []string{"AWS_ACCOUNT_ID", "mine"}},
		{"Region that is none", []string{"AWS_REGION=europe"}, []string{"AWS_REGION", "europe"}},
		{"control character", []string{"METRICS_NAMESPACE=a\x7fb"}, []string{"METRICS_NAMESPACE", "control"}},
		{"control character in a rule's name", []string{rules(`{"name":"a\x7fb","logGroups":["/a"],` + key + `}`)}, []string{"RULES", "control"}},
		{"rate that is next to nothing", []string{"ASSOCIATE_RATE=1e-400"}, []string{"ASSOCIATE_RATE", "1e-400"}},
		{"key of AWS's own", []string{"DEFAULT_KMS_KEY=alias/aws/logs"}, []string{"DEFAULT_KMS_KEY", "alias/aws/logs"}},
		{"exclude, names of AWS's own", []string{"EXCLUDE=aws/*"}, []string{"EXCLUDE", "aws/*"}},
		{"rules file without end", []string{"RULES=", "RULES_FILE=/dev/zero"}, []string{"RULES_FILE", "/dev/zero", "regular"}},
		{"rules file that is a folder", []string{"RULES=", "RULES_FILE=."}, []string{"RULES_FILE", "folder"}},
		{"SDK's setting with a control character", []string{"AWS_RETRY_MODE=stub\x7fborn"}, []string{"stub\ufffdborn"}},
		{"metrics namespace", []string{"METRICS_NAMESPACE=Log Group<Kms>"}, []string{"METRICS_NAMESPACE"}},
		{"rules that do not parse", []string{"RULES=rules: [unclosed"}, []string{"RULES"}},
		{"rules that are a list", []string{"RULES=- name: r"}, []string{"RULES"}},
		{"rules of another word", []string{"RULES=rule: []"}, []string{"RULES", "rule"}},
		{"rules and their file, with the faults of both", []string{rules(`{"name":"r1","skip":true}`), "RULES_FILE=no-such-file.yaml"}, []string{"give one of the two", "r1", "no-such-file.yaml"}},
		{"rules file that is not there", []string{"RULES=", "RULES_FILE=no-such-file.yaml"}, []string{"RULES_FILE", "no-such-file.yaml"}},
		{"rule, unknown field", []string{rules(`{"name":"r","logGroup":["/a"],` + key + `}`)}, []string{"RULES", "logGroup"}},
		{"rule without a name", []string{rules(`{"logGroups":["/a"],` + key + `}`)}, []string{"RULES", "name"}},
		{"rule with an empty name", []string{rules(`{"name":"","logGroups":["/a"],` + key + `}`)}, []string{"RULES", "name"}},
		{"rules of one name", []string{rules(`{"name":"twin","logGroups":["/a"],`+key+`}`, `{"name":"twin","logGroups":["/b"],`+key+`}`)}, []string{"RULES", "twin"}},
		{"rule that matches nothing in particular", []string{rules(`{"name":"bare",` + key + `}`)}, []string{"bare", "logGroups"}},
		{"rule with an empty list", []string{rules(`{"name":"hollow","logGroups":[],` + key + `}`)}, []string{"hollow", "logGroups"}},
		{"rule with one empty list", []string{rules(`{"name":"hollow","logGroups":["/a"],"accounts":[],` + key + `}`)}, []string{"hollow", "accounts"}},
		{"rule with no tags", []string{rules(`{"name":"hollow","tags":{},` + key + `}`)}, []string{"hollow", "tags"}},
		{"rule with a null list", []string{rules(`{"name":"hollow","logGroups":["/a"],"regions":null,` + key + `}`)}, []string{"hollow", "regions"}},
		{"rule with an empty pattern", []string{rules(`{"name":"r1","logGroups":["/a",""],` + key + `}`)}, []string{"r1", "logGroups"}},
		{"rule with an empty account", []string{rules(`{"name":"r1","accounts":[""],` + key + `}`)}, []string{"r1", "accounts"}},
		{"rule with a name pattern that no name matches", []string{rules(`{"name":"r1","logGroups":["/a:*"],` + key + `}`)}, []string{"r1", "logGroups"}},
		{"rule with both", []string{rules(`{"name":"r1","logGroups":["/a"],"skip":true,` + key + `}`)}, []string{"r1", "key", "skip"}},
		{"rule with neither", []string{rules(`{"name":"r1","logGroups":["/a"]}`)}, []string{"r1", "key", "skip"}},
		{"rule that says not to skip", []string{rules(`{"name":"r1","logGroups":["/a"],"skip":false}`)}, []string{"r1", "key", "skip"}},
		{"rule with an empty key", []string{rules(`{"name":"r1","logGroups":["/a"],"key":""}`)}, []string{"r1", "key"}},
		{"rule with a malformed key", []string{rules(`{"name":"r1","logGroups":["/a"],"key":"payments"}`)}, []string{"r1", "payments"}},
		{"rule for a Region that there cannot be", []string{rules(`{"name":"r1","regions":["europe"],` + key + `}`)}, []string{"r1", "regions", "europe"}},
		{"field given twice in JSON", []string{rules(`{"name":"r1","logGroups":["/a"],"logGroups":["/b"],` + key + `}`)}, []string{"RULES", "logGroups", "twice"}},
		{"rule with a wrong type", []string{rules(`{"name":"r1","logGroups":"/a",` + key + `}`)}, []string{"RULES", "logGroups"}},
		{"rule with a word for true", []string{rules(`{"name":"r1","logGroups":["/a"],"skip":"yes"}`)}, []string{"RULES", "skip"}},
		{"field given twice", []string{"RULES=rules:\n  - name: r1\n    name: r2\n    logGroups: [\"/a\"]\n    skip: true\n"}, []string{"RULES", "name"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			text := refuses(t, golden.NewWorld(), c.settings...)
			if text == "" {
				t.Fatal("the function started, want it not to")
			}
			mentions(t, text, c.parts...)
		})
	}
}

// TestEveryFaultAtOnce saves whoever deploys from finding them one at a time.
func TestEveryFaultAtOnce(t *testing.T) {
	t.Parallel()
	text := refuses(t, golden.NewWorld(), "DEFAULT_KMS_KEY=nonsense-1", "EXISTING_KEY=nonsense-2", "DRY_RUN=nonsense-3",
		"ASSOCIATE_RATE=nonsense-4", "DESCRIBE_RATE=nonsense-5", "EXCLUDE=nonsense 6", "QUERY_RESULT_KMS_KEY=nonsense-7",
		rules(`{"name":"one","logGroups":["/a"],"key":"nonsense-8"}`, `{"name":"two","logGroups":["bad pattern"],"skip":true}`,
			`{"name":"three","tags":{"a":"b"}}`))
	for _, half := range strings.SplitN(text, "\n", 2) { // what Lambda got, and what was written
		mentions(t, half, "DEFAULT_KMS_KEY", "EXISTING_KEY", "DRY_RUN", "ASSOCIATE_RATE", "DESCRIBE_RATE", "EXCLUDE",
			"QUERY_RESULT_KMS_KEY", "nonsense-8", "bad pattern", "one", "two", "three")
	}
}

// TestFaultsInFile says where in the file they stand.
func TestFaultsInFile(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "rules.yaml")
	text := "rules:\n  - name: r1\n    logGroups: [\"/a\"]\n    kye: alias/a\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	said := refuses(t, golden.NewWorld(), "RULES", "RULES_FILE="+file)
	mentions(t, said, "rules.yaml", "kye", "4") // the fourth line
}

// TestRulesInPackage finds the rules where the package has them: beside the
// binary, which is Lambda's working directory.
func TestRulesInPackage(t *testing.T) {
	t.Parallel()
	file := filepath.Join(filepath.Dir(binary), "packaged.yaml")
	if err := os.WriteFile(file, []byte("rules:\n  - {name: f, logGroups: [/app/new], key: alias/gateway}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	w := world()
	server := httptest.NewServer(w)
	t.Cleanup(server.Close)
	f, err := runtimeapi.Start(t.Context(), runtimeapi.Options{
		Binary: binary, Dir: filepath.Dir(binary), FunctionARN: golden.FunctionARN,
		Env: override(golden.Env(server.URL), []string{"RULES", "RULES_FILE=packaged.yaml"}),
	})
	if err != nil {
		t.Fatalf("starting the function: %v", err)
	}
	t.Cleanup(func() { _ = f.Close() })
	s := &setup{t, w, f}
	s.equal("answer", s.outcomeOf(created("/app/new")), "associated/rule "+id(golden.GatewayKey))
}

// TestPatternsAreLinear guards against a pattern that takes for ever on a name
// made for it.
func TestPatternsAreLinear(t *testing.T) {
	t.Parallel()
	s := start(t, world(), "EXCLUDE="+strings.Repeat("*a", 60)+"*b", "KMS_KEY_TAG=")
	got := s.within(5*time.Second, created(strings.Repeat("a", 512), before(time.Hour)))
	mentions(t, string(got.Payload), "gone")
}

// TestGoodConfiguration are settings that must not be taken for faults.
func TestGoodConfiguration(t *testing.T) {
	file := filepath.Join(t.TempDir(), "rules.json")
	if err := os.WriteFile(file, []byte(`{"rules":[{"name":"f","logGroups":["/app/new"],"key":"alias/gateway"}]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	byDefault, byRule := "associated/default "+id(golden.DefaultKey), "associated/rule "+id(golden.GatewayKey)
	cases := []struct {
		name     string
		settings []string
		want     string
	}{
		{"empty is none", []string{"TAG_ALLOWED_KEYS=", "RULES=", "RULES_FILE=", "EXCLUDE=", "EXISTING_KEY=", "QUERY_RESULT_KMS_KEY=", "MEMBER_ROLE=", "MEMBER_EXTERNAL_ID=", "MEMBER_ACCOUNTS=", "DRY_RUN=",
			"ASSOCIATE_RATE=", "DESCRIBE_RATE=", "METRICS_NAMESPACE=", "KMS_KEY_TAG="}, byDefault},
		{"nothing at all", []string{"DEFAULT_KMS_KEY", "QUERY_RESULT_KMS_KEY", "RULES", "EXCLUDE"}, "skipped/no-key"},
		{"rules file beside empty rules", []string{"RULES=", "RULES_FILE=" + file}, byRule},
		{"rules without rules", []string{"RULES=rules: []"}, byDefault},
		{"members", []string{"MEMBER_ROLE=security/log-group-kms-member", "MEMBER_EXTERNAL_ID=of-the-hub", "MEMBER_ACCOUNTS=1111*, 444455556666"}, byDefault},
		{"dry run false", []string{"DRY_RUN=false"}, byDefault},
		{"a fraction as a rate", []string{"ASSOCIATE_RATE=4.5", "DESCRIBE_RATE=0.5"}, byDefault},
		{"spaces in lists", []string{"EXCLUDE=/tmp/* , /var/*", "TAG_ALLOWED_KEYS= alias/a , alias/b "}, byDefault},
		{"every character of a name", []string{`EXCLUDE=/a-Z_0.9#?*`}, byDefault},
		{"excluded by the second pattern", []string{"EXCLUDE=/tmp/*,/app/n?w"}, "skipped/excluded"},
		{"a star crosses slashes", []string{"EXCLUDE=/*w"}, "skipped/excluded"},
		{"a pattern matches the whole name", []string{"EXCLUDE=/app,app/new,/app/new?"}, byDefault},
		{"a pattern's case counts", []string{"EXCLUDE=/APP/*"}, byDefault},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := start(t, world(), c.settings...)
			s.equal("answer", s.outcomeOf(created("/app/new")), c.want)
		})
	}
}
