// Package audit looks at every log group of some accounts and Regions: under which key
// it is, which it should have and why, what stands open and what is in danger. It
// decides as an event would, by encrypt.Decide, and writes nothing to AWS.
package audit

import (
	"math"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"log-group-kms/internal/answer"
	"log-group-kms/internal/encrypt"
	"log-group-kms/internal/failure"
	"log-group-kms/internal/target"
)

// State is how a log group stands to the configuration.
type State string

// The states, trouble first.
const (
	Open     State = "open"     // no key, and it should have one
	Unusable State = "unusable" // under a key that is not enabled or does not exist
	Unknown  State = "unknown"  // it could not be looked at
	Other    State = "other"    // under another customer key
	Exempt   State = "exempt"   // no key, by decision
	Chosen   State = "chosen"   // under the key that the configuration chooses
)

// IsTrouble tells whether somebody has to do something about the log group.
func (s State) IsTrouble() bool { return s == Open || s == Unusable || s == Unknown }

// Row is what the audit says of one log group.
type Row struct {
	LogGroup        string              `json:"logGroup"`
	Account         string              `json:"account"`
	Region          string              `json:"region"`
	State           State               `json:"state"`
	Because         string              `json:"because"` // one sentence
	KMSKeyARN       string              `json:"kmsKeyArn"`
	KMSKeyState     string              `json:"kmsKeyState"` // KMS's KeyState or "NotFound"; empty: not known
	WantedKMSKeyARN string              `json:"wantedKmsKeyArn"`
	Reason          answer.Reason       `json:"reason"` // what chose the key, or why there is none
	Rule            string              `json:"rule"`
	TagRejected     answer.TagRejection `json:"tagRejected"`
	ErrorType       failure.Type        `json:"errorType"`
	Class           string              `json:"class"`
	StoredBytes     int64               `json:"storedBytes"`
	RetentionDays   *int32              `json:"retentionDays"` // nil: for ever
	CreatedAt       string              `json:"createdAt"`

	Created         time.Time `json:"-"`
	KeyDeletionDate time.Time `json:"-"` // of the key that it is under
}

// scope is the account and Region that the row is of.
func (r *Row) scope() target.Scope { return target.Scope{Account: r.Account, Region: r.Region} }

// describe begins a Row with what AWS says of the log group.
func describe(t target.Target, state *encrypt.State) Row {
	row := Row{
		LogGroup: t.LogGroup, Account: t.Account, Region: t.Region, KMSKeyARN: state.KeyARN,
		Class: string(state.Group.LogGroupClass), StoredBytes: aws.ToInt64(state.Group.StoredBytes),
		RetentionDays: state.Group.RetentionInDays, Created: state.CreatedAt(),
	}
	if !row.Created.IsZero() {
		row.CreatedAt = row.Created.UTC().Format(time.RFC3339)
	}
	return row
}

// Totals count the log groups of one account and Region.
type Totals struct {
	Action        string  `json:"action"` // always "audit"
	Account       string  `json:"account"`
	Region        string  `json:"region"`
	At            string  `json:"at"` // when the look began
	Examined      int     `json:"examined"`
	Chosen        int     `json:"chosen"`
	Other         int     `json:"other"`
	Unusable      int     `json:"unusable"`
	Open          int     `json:"open"`
	Exempt        int     `json:"exempt"`
	Unknown       int     `json:"unknown,omitempty"`
	ChosenPercent float64 `json:"chosenPercent"`
	Complete      bool    `json:"complete"` // whether every log group was looked at
}

// Count gives the number of log groups in a state.
func (t *Totals) Count(s State) int { return *t.counter(s) }

func (t *Totals) counter(s State) *int {
	switch s {
	case Chosen:
		return &t.Chosen
	case Other:
		return &t.Other
	case Unusable:
		return &t.Unusable
	case Open:
		return &t.Open
	case Exempt:
		return &t.Exempt
	}
	return &t.Unknown
}

func (t *Totals) add(s State) {
	t.Examined++
	*t.counter(s)++
}

// plus adds another's counts.
func (t *Totals) plus(other Totals) {
	t.Examined += other.Examined
	for _, s := range States() {
		*t.counter(s) += other.Count(s)
	}
}

// States lists every State, trouble first.
func States() []State { return []State{Open, Unusable, Unknown, Other, Exempt, Chosen} }

// percent is the share of log groups under the chosen key, of those that should be, to
// one decimal. An account without any lacks none. It is 100 only where none is
// missing, whatever the rounding.
func (t *Totals) percent() float64 {
	all := t.Examined - t.Exempt
	if all == 0 || t.Chosen == all {
		return 100
	}
	return min(99.9, math.Round(1000*float64(t.Chosen)/float64(all))/10)
}
