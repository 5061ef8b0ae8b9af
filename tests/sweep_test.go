package tests

import (
	"fmt"
	"testing"

	"log-group-kms/internal/awsfake"
	"log-group-kms/internal/runtimeapi"
	"log-group-kms/tests/golden"
)

// swept is the answer of one call of a sweep. These are all the members it may
// have.
type swept struct {
	Action      string         `json:"action"`
	Account     string         `json:"account"`
	Region      string         `json:"region"`
	Examined    int            `json:"examined"`
	Encrypted   int            `json:"encrypted"`
	Associated  int            `json:"associated"`
	Planned     int            `json:"planned"`
	Unchanged   int            `json:"unchanged"`
	Skipped     int            `json:"skipped"`
	Gone        int            `json:"gone"`
	Failed      int            `json:"failed"`
	Open        int            `json:"open"`
	Unusable    int            `json:"unusable"`
	Missed      int            `json:"missedByEvents"`
	Failures    []sweepFailure `json:"failures"`
	Keys        []unusableKey  `json:"unusableKeys"`
	QueryResult *struct {
		Outcome      string `json:"outcome"`
		KMSKeyARN    string `json:"kmsKeyArn"`
		ErrorType    string `json:"errorType"`
		ErrorMessage string `json:"errorMessage"`
	} `json:"queryResult"`
	Cursor string `json:"cursor"`
}

type sweepFailure struct {
	LogGroup     string `json:"logGroup"`
	ErrorType    string `json:"errorType"`
	ErrorMessage string `json:"errorMessage"`
}

type unusableKey struct {
	KMSKeyARN    string   `json:"kmsKeyArn"`
	KeyState     string   `json:"keyState"`
	DeletionDate string   `json:"deletionDate"`
	LogGroups    int      `json:"logGroups"`
	Examples     []string `json:"examples"`
}

// counts is the part of the answer that most tests compare.
func (a swept) counts() string {
	return fmt.Sprintf("examined %d encrypted %d associated %d planned %d unchanged %d skipped %d gone %d failed %d",
		a.Examined, a.Encrypted, a.Associated, a.Planned, a.Unchanged, a.Skipped, a.Gone, a.Failed)
}

// swept reads a sweep's answer.
func (s *setup) swept(got runtimeapi.Answer) swept {
	s.Helper()
	if got.ErrorType != "" {
		s.Fatalf("got the error %s (%s), want an answer", got.ErrorType, got.ErrorMessage)
	}
	var a swept
	decode(s.T, got.Payload, &a)
	s.equal("action", a.Action, "sweep")
	return a
}

// sweep sends one sweep that has all the time it needs.
func (s *setup) sweep(more ...string) swept {
	s.Helper()
	a := s.swept(s.invoke(sweepCommand(more...)))
	s.equal("cursor", a.Cursor, "")
	return a
}

// plain takes away what the golden account has beside its default key, and the
// limits.
func plain(settings ...string) []string {
	return append([]string{"RULES=", "EXCLUDE=", "QUERY_RESULT_KMS_KEY=", "KMS_KEY_TAG=", "ASSOCIATE_RATE=0", "DESCRIBE_RATE=0"}, settings...)
}

// TestSweepCounts has a log group of every fate.
func TestSweepCounts(t *testing.T) {
	t.Parallel()
	w, key := manyGroups(5)
	other, disabled := newKey(w, "alias/other", awsfake.Key{}), newKey(w, "alias/disabled", awsfake.Key{State: awsfake.Disabled})
	newGroup(w, "/has/other", other, nil)
	newGroup(w, "/has/same", key, nil)
	newGroup(w, "/skip/plain", "", nil)
	newGroup(w, "/skip/with-key", other, nil) // left alone, and encrypted all the same
	newGroup(w, "aws/spans", "", nil)
	newGroup(w, "/bad/plain", "", nil)
	newGroup(w, "/gone", "", nil)
	w.Inject(awsfake.Fault{Operation: "AssociateKmsKey", Resource: "/gone", Kind: awsfake.NotFound})
	settings := plain("EXCLUDE=/skip/*", rules(`{"name":"bad","logGroups":["/bad/*"],"key":"alias/disabled"}`))
	s := start(t, w, settings...)
	got := s.sweep()
	s.equal("counts", got.counts(), "examined 12 encrypted 8 associated 5 planned 0 unchanged 2 skipped 3 gone 1 failed 1")
	s.equal("account and Region", got.Account+" "+got.Region, account+" "+region)
	if len(got.Failures) != 1 || got.Failures[0].LogGroup != "/bad/plain" || got.Failures[0].ErrorType != "KeyUnusable" {
		t.Fatalf("failures: got %v, want that of /bad/plain", got.Failures)
	}
	mentions(t, got.Failures[0].ErrorMessage, "/bad/plain", "Disabled")

	// Another sweep finds it all done. Its only requests are the page and what the
	// two that are not as wanted take: each that is costs nothing more.
	w.ResetCalls()
	s.equal("counts the second time", s.sweep().counts(), "examined 12 encrypted 8 associated 0 planned 0 unchanged 7 skipped 3 gone 1 failed 1")
	s.equal("pages", w.CountCalls("DescribeLogGroups"), 1)
	s.equal("writes", w.CountCalls("AssociateKmsKey"), 1) // to /gone

	// A failure changes nothing in the key that a log group has.
	newGroup(w, "/bad/with-key", other, nil)
	s = start(t, w, append(settings, "EXISTING_KEY=replace")...)
	s.equal("counts in replace", s.sweep().counts(), "examined 13 encrypted 9 associated 1 planned 0 unchanged 6 skipped 3 gone 1 failed 2")
	if disabled == key {
		t.Fatal("the keys are not told apart")
	}
}

// TestSweepDryRun writes nothing, and it is each call's own: the cursor does not
// carry it on.
func TestSweepDryRun(t *testing.T) {
	t.Parallel()
	w, key := manyGroups(3)
	newGroup(w, "/has", key, nil)
	s := start(t, w, plain("QUERY_RESULT_KMS_KEY=alias/log-group-kms")...)
	got := s.sweep(`"dryRun":true`)
	s.equal("counts", got.counts(), "examined 4 encrypted 1 associated 0 planned 3 unchanged 1 skipped 0 gone 0 failed 0")
	s.equal("query results", got.QueryResult.Outcome, "planned")
	s.equal("writes", w.CountCalls("AssociateKmsKey"), 0)
	s.equal("counts", s.sweep().counts(), "examined 4 encrypted 4 associated 3 planned 0 unchanged 1 skipped 0 gone 0 failed 0")
	s = start(t, w, plain("DRY_RUN=true", "EXISTING_KEY=replace", "DEFAULT_KMS_KEY="+newKey(w, "", awsfake.Key{}))...)
	s.equal("counts", s.sweep(`"dryRun":false`).counts(), "examined 4 encrypted 4 associated 0 planned 4 unchanged 0 skipped 0 gone 0 failed 0")
}

// TestSweepScope keeps to the Region and the prefix that the command names.
func TestSweepScope(t *testing.T) {
	t.Parallel()
	w, _ := manyGroups(2)
	newGroup(w, "/sweep2", "", nil)
	west := newKey(w, "alias/log-group-kms", awsfake.Key{Region: "us-west-2"})
	w.PutLogGroup(account, "us-west-2", awsfake.LogGroup{Name: "/west"})
	s := start(t, w, plain()...)
	s.equal("there", s.sweep(`"region":"us-west-2"`, `"account":"`+account+`"`).counts(), "examined 1 encrypted 1 associated 1 planned 0 unchanged 0 skipped 0 gone 0 failed 0")
	s.wantKey("/sweep2", "")
	if g, _ := w.LogGroup(account, "us-west-2", "/west"); g.KMSKeyARN != west {
		t.Errorf("key of /west: got %q, want %q", g.KMSKeyARN, west)
	}
	s.equal("with a prefix", s.sweep(`"prefix":"/sweep/"`).counts(), "examined 2 encrypted 2 associated 2 planned 0 unchanged 0 skipped 0 gone 0 failed 0")
	s.wantKey("/sweep2", "")
	s.equal("of nothing", s.sweep(`"prefix":"/nothing"`).counts(), "examined 0 encrypted 0 associated 0 planned 0 unchanged 0 skipped 0 gone 0 failed 0")
}

// TestSweepTags reads tags where the decision needs them, and chooses by them.
func TestSweepTags(t *testing.T) {
	t.Parallel()
	w := golden.NewWorld()
	newGroup(w, "/t/tagged", "", map[string]string{"kms-key": "alias/payments"})
	newGroup(w, "/t/rejected", "", map[string]string{"kms-key": "alias/none"})
	newGroup(w, "/t/hash#1", "", map[string]string{"kms-key": "alias/payments"})
	newGroup(w, "/t/kept", golden.LedgerKey, map[string]string{"kms-key": "alias/payments"})
	s := start(t, w, plain("KMS_KEY_TAG=kms-key")...)
	s.equal("counts", s.sweep(`"prefix":"/t/"`).counts(), "examined 4 encrypted 4 associated 3 planned 0 unchanged 1 skipped 0 gone 0 failed 0")
	s.wantKey("/t/tagged", golden.PaymentsKey)
	s.wantKey("/t/rejected", golden.DefaultKey)
	s.wantKey("/t/hash#1", golden.PaymentsKey)
	s.equal("tag reads", []int{w.CountCalls("ListTagsForResource"), w.CountCalls("ListTagsLogGroup")}, []int{2, 1})
}
