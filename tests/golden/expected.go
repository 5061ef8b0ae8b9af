package golden

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Case is one golden event and what becomes of it in a new World, by a function
// that has just been started.
type Case struct {
	File  string // name within events/
	Event []byte

	ErrorType string   // the failure's; "" where there is an answer
	Answer    string   // JSON, without what Comparable leaves out
	Calls     []string // AWS operations, sorted
}

// Certain are the calls that every run has, sorted. How often the state is read is
// chance: on a busy machine it may have to be read anew before a write. The tags of a
// log group that turns out not to exist, and what KMS says of its key, are no longer
// wanted: whether that was asked before is chance, too.
func (c Case) Certain(calls []string) []string {
	certain := slices.Sorted(slices.Values(calls))
	if strings.Contains(c.Answer, `"outcome":"gone"`) {
		certain = slices.DeleteFunc(certain, func(call string) bool { return call == tags || call == key })
	}
	return slices.CompactFunc(certain, func(a, b string) bool { return a == b && a == group })
}

// Differs says how the calls that AWS saw differ from those expected; "" where
// they do not.
func (c Case) Differs(calls []string) string {
	want, got := c.Certain(c.Calls), c.Certain(calls)
	if slices.Equal(want, got) {
		return ""
	}
	return fmt.Sprintf("AWS calls: got %q, want %q", got, want)
}

// The calls of a log group that gets its key, and their parts.
const (
	associate = "AssociateKmsKey"
	group     = "DescribeLogGroups"
	key       = "DescribeKey"
	tags      = "ListTagsForResource"
	oldTags   = "ListTagsLogGroup"
)

var (
	whole = []string{associate, key, group, tags}
	// asked is whole where the tags turned out to name another key than the default,
	// which was asked for beside them.
	asked = append([]string{key}, whole...)
)

type expectation struct {
	errorType, answer string
	calls             []string
}

func failed(errorType string, calls ...string) expectation {
	return expectation{errorType: errorType, calls: calls}
}

// became is an answer about a log group of the golden account and Region. more
// is further JSON members.
func became(outcome, reason, logGroup, more string, calls ...string) expectation {
	return elsewhere(Region, outcome, reason, logGroup, more, calls...)
}

func elsewhere(region, outcome, reason, logGroup, more string, calls ...string) expectation {
	text := fmt.Sprintf(`{"outcome":%q,"reason":%q,"account":%q,"region":%q`, outcome, reason, Account, region)
	if logGroup != "" {
		text += fmt.Sprintf(`,"logGroup":%q`, logGroup)
	}
	if !strings.Contains(more, `"attempts"`) {
		more += fmt.Sprintf(`,"attempts":%d`, map[bool]int{true: 1}[outcome == "associated"])
	}
	if !strings.Contains(more, `"dryRun"`) {
		more += `,"dryRun":false`
	}
	return expectation{answer: text + more + "}", calls: calls}
}

// swept is a sweep's answer, whose only failure is that of /app/archive.
func swept(counts, queryResult string) string {
	return fmt.Sprintf(`{"action":"sweep","account":%q,"region":%q,%s,"failures":[{"logGroup":"/app/archive","errorType":"KeyUnusable"}],"unusableKeys":[],`+
		`"queryResult":{"outcome":%q,"kmsKeyArn":%q}}`, Account, Region, counts, queryResult, DefaultKey)
}

func withKey(arn string) string { return fmt.Sprintf(`,"kmsKeyArn":%q`, arn) }

// expectations says what becomes of each golden event, by its file's name.
var expectations = map[string]expectation{
	"created-by-user.json":                became("associated", "default", "/app/orders", withKey(DefaultKey), whole...),
	"created-by-cloudformation.json":      became("associated", "default", "/aws/lambda/echo-api", withKey(DefaultKey), whole...),
	"created-by-function-role.json":       became("associated", "default", "/aws/lambda/thumbnailer", withKey(DefaultKey), whole...),
	"created-by-service-role.json":        became("associated", "rule", "API-Gateway-Execution-Logs_a1b2c3d4e5/prod", withKey(GatewayKey)+`,"rule":"api-gateway"`, whole...),
	"created-without-session-issuer.json": became("associated", "default", "/app/legacy", withKey(DefaultKey), whole...),
	"created-hash-name.json":              became("associated", "default", "/app/build#42", withKey(DefaultKey), associate, key, group, oldTags),
	"created-in-govcloud.json":            elsewhere(govRegion, "associated", "default", "/app/gov", withKey(GovKey), whole...),
	"created-with-tags.json":              became("associated", "tag", "/ecs/checkout", withKey(PaymentsKey), asked...),
	"created-with-forbidden-tag.json":     became("associated", "default", "/app/billing", withKey(DefaultKey)+`,"tagRejected":"not-allowed"`, whole...),
	"created-with-key.json":               became("unchanged", "existing-key-kept", "/app/ledger", withKey(LedgerKey), group),
	"created-disabled-key.json":           failed("KeyUnusable", key, group, tags),
	"created-excluded.json":               became("skipped", "excluded", "/tmp/scratch", ""),
	"created-reserved-name.json":          became("skipped", "reserved-name", "aws/spans", ""),
	"created-then-deleted.json":           became("gone", "log-group-not-found", "/app/short-lived", "", group, tags),
	"failed-already-exists.json":          became("skipped", "failed-call", "/app/orders", ""),
	"failed-denied.json":                  became("skipped", "failed-call", "", ""),
	"tag-added.json":                      became("associated", "tag", "/app/tagged", withKey(PaymentsKey), whole...),
	"tag-log-group.json":                  became("associated", "tag", "/app/tagged-old-way", withKey(PaymentsKey), whole...),
	"tag-removed.json":                    became("associated", "default", "/app/untagged", withKey(DefaultKey), whole...),
	"untag-log-group.json":                became("associated", "default", "/app/untagged-old-way", withKey(DefaultKey), whole...),
	"tag-other-resource.json":             became("skipped", "unhandled-event", "", ""),
	"key-removed.json":                    became("associated", "default", "/app/stripped", withKey(DefaultKey), whole...),
	"key-changed.json":                    became("unchanged", "existing-key-kept", "/app/rekeyed", withKey(RekeyedKey), group),
	"query-result-key-changed.json":       became("skipped", "unhandled-event", "", ""),
	"other-call.json":                     became("skipped", "unhandled-event", "/app/orders", ""),
	"other-service.json":                  became("skipped", "unhandled-event", "", ""),
	"other-detail-type.json":              became("skipped", "unhandled-event", "", ""),
	"schedule-without-input.json":         became("skipped", "unhandled-event", "", ""),
	"bare-record.json":                    became("associated", "default", "/app/replayed", withKey(DefaultKey), whole...),
	"invalid-no-name.json":                failed("InvalidEvent"),
	"command-encrypt.json":                became("associated", "default", "/app/by-hand", withKey(DefaultKey), whole...),
	"command-encrypt-arn.json":            became("associated", "default", "/app/by-arn", withKey(DefaultKey), whole...),
	"command-encrypt-dry-run.json":        became("planned", "default", "/app/dry-run", withKey(DefaultKey)+`,"dryRun":true`, key, group, tags),
	"command-encrypt-query-result.json": became("associated", "query-result", "", withKey(DefaultKey)+
		fmt.Sprintf(`,"resourceIdentifier":"arn:aws:logs:%s:%s:query-result:*"`, Region, Account), associate, key),
	"command-sweep.json": {
		answer: swept(`"examined":25,"encrypted":22,"associated":20,"planned":0,"unchanged":2,"skipped":2,"gone":0,"failed":1,"open":1,"unusable":0,"missedByEvents":0`, "associated"),
		// One call more for the query results, and one less for /app/archive,
		// whose key is known to be disabled before anything is written.
		calls: slices.Concat([]string{group, oldTags}, slices.Repeat([]string{tags}, 20),
			slices.Repeat([]string{key}, 6), slices.Repeat([]string{associate}, 21)),
	},
	"command-sweep-dry-run.json": {
		answer: swept(`"examined":19,"encrypted":2,"associated":0,"planned":16,"unchanged":2,"skipped":0,"gone":0,"failed":1,"open":17,"unusable":0,"missedByEvents":0`, "planned"),
		calls: slices.Concat([]string{group, oldTags}, slices.Repeat([]string{tags}, 16),
			slices.Repeat([]string{key}, 5)),
	},
	"sqs-batch.json": {
		answer: `{"batchItemFailures":[{"itemIdentifier":"8c47abd4-83ff-4be0-9039-09fdb6ff2987"}]}`,
		calls:  []string{associate, associate, key, group, group, tags, tags}, // the second finds the key known
	},
}

// Load reads the golden events of a folder: those that there is an expectation
// of. A file of somebody's own beside them is no golden event.
func Load(folder string) ([]Case, error) {
	var cases []Case
	for _, name := range slices.Sorted(maps.Keys(expectations)) {
		event, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			return nil, fmt.Errorf("reading a golden event: %w", err)
		}
		e := expectations[name]
		cases = append(cases, Case{File: name, Event: event, ErrorType: e.errorType, Answer: e.answer, Calls: slices.Sorted(slices.Values(e.calls))})
	}
	return cases, nil
}

// Comparable brings an answer into the form of Case.Answer: without what differs
// from run to run, and with its members in order.
func Comparable(answer []byte) (string, error) {
	var members map[string]any
	if err := json.Unmarshal(answer, &members); err != nil {
		return "", fmt.Errorf("the answer is not a JSON object: %w", err)
	}
	delete(members, "eventId")
	delete(members, "exposureSeconds")
	if failures, ok := members["failures"].([]any); ok {
		for _, f := range failures {
			if f, ok := f.(map[string]any); ok {
				delete(f, "errorMessage")
			}
		}
	}
	text, err := json.Marshal(members)
	if err != nil {
		return "", fmt.Errorf("encoding the answer: %w", err)
	}
	return string(text), nil
}
