package tests

import (
	"fmt"
	"testing"
	"time"

	"log-group-kms/internal/awsfake"
)

// TestSweepFailures fails one log group in each way and goes on with the rest.
func TestSweepFailures(t *testing.T) {
	t.Parallel()
	const groups = 100
	kinds := map[awsfake.FaultKind]string{
		awsfake.Conflict: "Conflict", awsfake.Throttling400: "Throttled", awsfake.ServiceUnavailable500: "Unavailable",
		awsfake.Reset: "Unavailable", awsfake.AccessDeniedIAM: "AccessDenied", awsfake.KeyNotAllowed: "KeyUnusable",
		awsfake.InvalidParameter: "Unexpected",
	}
	w, _ := manyGroups(groups)
	want, i := map[string]string{}, 0
	for kind, errorType := range kinds {
		i += 13
		want[sweepName(i)] = errorType
		w.Inject(awsfake.Fault{Operation: "AssociateKmsKey", Resource: sweepName(i), Kind: kind})
	}
	s := start(t, w, plain("AWS_MAX_ATTEMPTS=2")...)
	got := s.sweep()
	s.equal("counts", got.counts(), fmt.Sprintf("examined 100 encrypted %d associated %[1]d planned 0 unchanged 0 skipped 0 gone 0 failed %d", groups-len(kinds), len(kinds)))
	types := map[string]string{}
	for _, f := range got.Failures {
		types[f.LogGroup] = f.ErrorType
	}
	s.equal("failures", types, want)
}

// TestSweepListsTwentyFailures keeps the answer small where everything fails.
func TestSweepListsTwentyFailures(t *testing.T) {
	t.Parallel()
	w, _ := manyGroups(30)
	w.DenyAction(account, "logs:AssociateKmsKey", true)
	s := start(t, w, plain("QUERY_RESULT_KMS_KEY=alias/log-group-kms")...)
	got := s.sweep()
	s.equal("failed, with the query results", got.Failed, 31)
	s.equal("failures listed", len(got.Failures), 20)
	for _, f := range got.Failures {
		s.equal("errorType of "+f.LogGroup, f.ErrorType, "AccessDenied")
	}
	s.equal("query results", got.QueryResult.ErrorType, "AccessDenied")
}

// TestSweepQueryResult comes first, counts nowhere when it goes well, and stops
// nothing when it does not.
func TestSweepQueryResult(t *testing.T) {
	cases := []struct {
		name, setting, outcome, errorType string
		failed, writes                    int
	}{
		{"well set", "alias/log-group-kms", "associated", "", 0, 4},
		{"its key is for log groups only", "alias/groups", "", "KeyUnusable", 1, 4},
		{"its key is disabled", "alias/disabled", "", "KeyUnusable", 1, 3},
		{"its key is not there", "alias/none", "", "KeyUnusable", 1, 3},
		{"not wanted", "", "", "", 0, 3},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w, key := manyGroups(3)
			newKey(w, "alias/groups", awsfake.Key{Policy: awsfake.PolicyLogGroupsOnly})
			newKey(w, "alias/disabled", awsfake.Key{State: awsfake.Disabled})
			s := start(t, w, plain("QUERY_RESULT_KMS_KEY="+c.setting)...)
			got := s.sweep()
			s.equal("counts", got.counts(), fmt.Sprintf("examined 3 encrypted 3 associated 3 planned 0 unchanged 0 skipped 0 gone 0 failed %d", c.failed))
			s.equal("failures", len(got.Failures), 0)
			s.equal("writes", w.CountCalls("AssociateKmsKey"), c.writes)
			if c.setting == "" {
				if got.QueryResult != nil && got.QueryResult.Outcome != "skipped" {
					t.Errorf("queryResult: got %+v, want none", got.QueryResult)
				}
				return
			}
			s.equal("queryResult", got.QueryResult.Outcome+" "+got.QueryResult.ErrorType, c.outcome+" "+c.errorType)
			if c.errorType == "" {
				s.equal("its key", got.QueryResult.KMSKeyARN, key)
				s.equal("the key set", w.QueryResultKey(account, region), key)
			} else {
				mentions(t, got.QueryResult.ErrorMessage, "query")
			}
			for _, call := range w.Calls() {
				if call.Operation == "AssociateKmsKey" && c.writes == 4 {
					s.equal("the first write is to", call.Request["resourceIdentifier"], any(queryResultARN))
					break
				}
			}
		})
	}
}

// TestSweepCannotList is a failure of the whole call: an empty answer would look
// like an account without log groups.
func TestSweepCannotList(t *testing.T) {
	for kind, errorType := range map[awsfake.FaultKind]string{
		awsfake.AccessDeniedIAM: "AccessDenied", awsfake.AccessDeniedSCP: "AccessDenied",
		awsfake.Throttling400: "Throttled", awsfake.ServiceUnavailable500: "Unavailable", awsfake.InvalidParameter: "Unexpected",
	} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			w, _ := manyGroups(3)
			w.Inject(awsfake.Fault{Operation: "DescribeLogGroups", Kind: kind})
			s := start(t, w, plain("AWS_MAX_ATTEMPTS=2", "QUERY_RESULT_KMS_KEY=alias/log-group-kms")...)
			got := s.within(time.Minute, sweepCommand())
			s.equal("errorType", got.ErrorType, errorType)
			s.equal("key of the query results, which come first", w.QueryResultKey(account, region) != "", true)
		})
	}
}

// TestSweepListingBreaks has the listing fail after its first page. What may pass
// leaves an answer with a cursor; what does not is a failure, but what was done
// before is in the metrics all the same.
func TestSweepListingBreaks(t *testing.T) {
	for kind, errorType := range map[awsfake.FaultKind]string{
		awsfake.Throttling400: "", awsfake.ServiceUnavailable500: "", awsfake.AccessDeniedIAM: "AccessDenied",
	} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			w, key := manyGroups(70)
			mend := make(chan func(), 1)
			w.OnCall(func(c awsfake.Call) {
				if c.Operation == "DescribeLogGroups" && c.Status == 200 && len(mend) == 0 {
					mend <- w.Inject(awsfake.Fault{Operation: "DescribeLogGroups", Kind: kind})
				}
			})
			s := start(t, w, plain("AWS_MAX_ATTEMPTS=2")...)
			got := s.within(time.Minute, sweepCommand())
			s.equal("errorType", got.ErrorType, errorType)
			associated := 0.0
			for _, m := range s.read().metrics {
				if n, ok := m["Associated"].(float64); ok {
					associated += n
				}
			}
			s.equal("Associated in the metrics", associated, 50.0)
			if errorType != "" {
				return
			}
			first := s.swept(got)
			s.equal("counts", first.counts(), "examined 50 encrypted 50 associated 50 planned 0 unchanged 0 skipped 0 gone 0 failed 0")
			(<-mend)()
			mend <- nil // from here on the listing works
			second := s.sweep(fmt.Sprintf(`"cursor":%q`, first.Cursor))
			s.equal("counts of the rest", second.counts(), "examined 20 encrypted 20 associated 20 planned 0 unchanged 0 skipped 0 gone 0 failed 0")
			s.wantOnce(70, key)
		})
	}
}
