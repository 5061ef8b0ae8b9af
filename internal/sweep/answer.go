package sweep

import (
	"log-group-kms/internal/answer"
	"log-group-kms/internal/failure"
)

// maxFailures bounds the failures that an Answer lists; the log has them all.
const maxFailures = 20

// Answer is what one call of a sweep did. All counts are of log groups.
type Answer struct {
	Action      string       `json:"action"` // always "sweep"
	Account     string       `json:"account"`
	Region      string       `json:"region"`
	Examined    int          `json:"examined"`
	Encrypted   int          `json:"encrypted"` // under a customer's key afterwards
	Associated  int          `json:"associated"`
	Planned     int          `json:"planned"`
	Unchanged   int          `json:"unchanged"`
	Skipped     int          `json:"skipped"`
	Gone        int          `json:"gone"`
	Failed      int          `json:"failed"` // the query-result key's failure included
	Failures    []Failure    `json:"failures"`
	QueryResult *QueryResult `json:"queryResult,omitempty"` // nil where it had no turn
	Cursor      string       `json:"cursor,omitempty"`      // empty: done

	TagRejected int `json:"-"`
	Attempts    int `json:"-"` // AssociateKmsKey requests
	// Total is set once the sweep is done: over all its calls.
	Total *Total `json:"-"`
}

// Failure is a log group's.
type Failure struct {
	LogGroup     string       `json:"logGroup"`
	ErrorType    failure.Type `json:"errorType"`
	ErrorMessage string       `json:"errorMessage"`
}

// QueryResult is what became of the query-result key.
type QueryResult struct {
	Outcome      answer.Outcome `json:"outcome,omitempty"`
	KMSKeyARN    string         `json:"kmsKeyArn,omitempty"`
	ErrorType    failure.Type   `json:"errorType,omitempty"`
	ErrorMessage string         `json:"errorMessage,omitempty"`
}

// Total counts the log groups of a whole sweep.
type Total struct{ LogGroups, Encrypted int }

// CoveragePercent is the share of log groups under a customer's key; an account
// without log groups has none open.
func (t Total) CoveragePercent() float64 {
	if t.LogGroups == 0 {
		return 100
	}
	return 100 * float64(t.Encrypted) / float64(t.LogGroups)
}

// add counts one log group.
func (s *Answer) add(a answer.Answer, err error) {
	s.Examined++
	s.Attempts += a.Attempts
	if a.TagRejected != "" {
		s.TagRejected++
	}
	if a.Encrypted {
		s.Encrypted++
	}
	if err != nil {
		s.Failed++
		if len(s.Failures) < maxFailures {
			s.Failures = append(s.Failures, Failure{a.LogGroup, failure.TypeOf(err), err.Error()})
		}
		return
	}
	switch a.Outcome {
	case answer.Associated:
		s.Associated++
	case answer.Planned:
		s.Planned++
	case answer.Unchanged:
		s.Unchanged++
	case answer.Skipped:
		s.Skipped++
	case answer.Gone:
		s.Gone++
	}
}

// addQueryResult notes the query-result key. Only its failure counts.
func (s *Answer) addQueryResult(a answer.Answer, err error) {
	s.Attempts += a.Attempts
	if err != nil {
		s.Failed++
		s.QueryResult = &QueryResult{ErrorType: failure.TypeOf(err), ErrorMessage: err.Error()}
		return
	}
	s.QueryResult = &QueryResult{Outcome: a.Outcome, KMSKeyARN: a.KMSKeyARN}
}
