package sweep

import (
	"time"

	"log-group-kms/internal/answer"
	"log-group-kms/internal/failure"
)

const (
	maxFailures     = 20 // failures that an Answer lists; the log has them all
	maxUnusableKeys = 20 // keys that an Answer lists
	maxExamples     = 3  // log groups that it names for each of them
)

// Answer is what one call of a sweep did. All counts are of log groups.
type Answer struct {
	Action         string        `json:"action"` // always "sweep"
	Account        string        `json:"account"`
	Region         string        `json:"region"`
	Examined       int           `json:"examined"`
	Encrypted      int           `json:"encrypted"` // under a customer's key afterwards
	Associated     int           `json:"associated"`
	Planned        int           `json:"planned"`
	Unchanged      int           `json:"unchanged"`
	Skipped        int           `json:"skipped"`
	Gone           int           `json:"gone"`
	Failed         int           `json:"failed"`         // the query-result key's failure included
	Open           int           `json:"open"`           // should have a key and have none afterwards
	Unusable       int           `json:"unusable"`       // under a key that cannot be used, so that they cannot be read
	MissedByEvents int           `json:"missedByEvents"` // new ones that no event brought under a key
	Failures       []Failure     `json:"failures"`
	UnusableKeys   []UnusableKey `json:"unusableKeys"`
	QueryResult    *QueryResult  `json:"queryResult,omitempty"` // nil where it had no turn
	Cursor         string        `json:"cursor,omitempty"`      // empty: done

	TagRejected int `json:"-"`
	Attempts    int `json:"-"` // AssociateKmsKey requests
	// InDanger holds every key of UnusableKeys and those beyond them.
	InDanger []UnusableKey `json:"-"`
	// Total is set once the sweep is done: over all its calls.
	Total *Total `json:"-"`
}

// Failure is a log group's.
type Failure struct {
	LogGroup     string       `json:"logGroup"`
	ErrorType    failure.Type `json:"errorType"`
	ErrorMessage string       `json:"errorMessage"`
}

// UnusableKey is a key that is not enabled or does not exist, and that log groups
// are under.
type UnusableKey struct {
	KMSKeyARN    string     `json:"kmsKeyArn"`
	KeyState     string     `json:"keyState"`               // KMS's KeyState, or "NotFound"
	DeletionDate *time.Time `json:"deletionDate,omitempty"` // where its deletion is scheduled
	LogGroups    int        `json:"logGroups"`              // of this call
	Examples     []string   `json:"examples"`
}

// QueryResult is what became of the query-result key.
type QueryResult struct {
	Outcome      answer.Outcome `json:"outcome,omitempty"`
	KMSKeyARN    string         `json:"kmsKeyArn,omitempty"`
	ErrorType    failure.Type   `json:"errorType,omitempty"`
	ErrorMessage string         `json:"errorMessage,omitempty"`
}

// Total counts the log groups of a whole sweep, over all its calls. A cursor
// carries it from call to call.
type Total struct {
	LogGroups      int `json:"x,omitempty"` // without those that are gone
	Encrypted      int `json:"e,omitempty"`
	Open           int `json:"o,omitempty"`
	Unusable       int `json:"u,omitempty"`
	MissedByEvents int `json:"m,omitempty"`
}

// Count is the number of log groups with an outcome.
func (s *Answer) Count(o answer.Outcome) int {
	if n := s.counter(o); n != nil {
		return *n
	}
	return 0
}

func (s *Answer) counter(o answer.Outcome) *int {
	switch o {
	case answer.Associated:
		return &s.Associated
	case answer.Planned:
		return &s.Planned
	case answer.Unchanged:
		return &s.Unchanged
	case answer.Skipped:
		return &s.Skipped
	case answer.Gone:
		return &s.Gone
	}
	return nil
}

// total gives what one call counts.
func (s *Answer) total() Total {
	return Total{s.Examined - s.Gone, s.Encrypted, s.Open, s.Unusable, s.MissedByEvents}
}

// plus adds another's counts, sign times.
func (t Total) plus(sign int, other Total) Total {
	return Total{
		t.LogGroups + sign*other.LogGroups, t.Encrypted + sign*other.Encrypted, t.Open + sign*other.Open,
		t.Unusable + sign*other.Unusable, t.MissedByEvents + sign*other.MissedByEvents,
	}
}

// CoveragePercent is the share of log groups under a customer's key; an account
// without log groups lacks none.
func (t Total) CoveragePercent() float64 {
	if t.LogGroups == 0 {
		return 100
	}
	return 100 * float64(t.Encrypted) / float64(t.LogGroups)
}
