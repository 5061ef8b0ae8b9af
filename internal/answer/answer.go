// Package answer holds what became of one log group, in the words that the JSON
// answer, the log line and the metrics share.
package answer

import "time"

// Outcome says what happened.
type Outcome string

// The outcomes.
const (
	Associated Outcome = "associated" // the key is now set
	Planned    Outcome = "planned"    // it would have been set; dry run only
	Unchanged  Outcome = "unchanged"  // nothing to do
	Skipped    Outcome = "skipped"    // not ours to touch
	Gone       Outcome = "gone"       // the log group no longer exists
)

// Outcomes lists every Outcome.
func Outcomes() []Outcome { return []Outcome{Associated, Planned, Unchanged, Skipped, Gone} }

// Reason says why. With Associated and Planned it says what chose the key.
type Reason string

// The reasons, in the order of the outcomes that they go with.
const (
	Tag         Reason = "tag"
	Rule        Reason = "rule"
	Default     Reason = "default"
	QueryResult Reason = "query-result"

	AlreadyAssociated Reason = "already-associated"
	ExistingKeyKept   Reason = "existing-key-kept"

	FailedCall     Reason = "failed-call"
	UnhandledEvent Reason = "unhandled-event"
	ReservedName   Reason = "reserved-name"
	Excluded       Reason = "excluded"
	NoKey          Reason = "no-key"
	ForeignAccount Reason = "foreign-account"

	LogGroupNotFound Reason = "log-group-not-found"
)

// TagRejection says why the key that a tag names was not taken.
type TagRejection string

// The rejections.
const (
	NotAllowed TagRejection = "not-allowed" // outside TAG_ALLOWED_KEYS
	Unusable   TagRejection = "unusable"    // missing, not enabled, of the wrong kind, refused by its policy, …
)

// Answer is what became of one log group or of the query results.
type Answer struct {
	Outcome            Outcome      `json:"outcome"`
	Reason             Reason       `json:"reason"`
	LogGroup           string       `json:"logGroup,omitempty"`
	ResourceIdentifier string       `json:"resourceIdentifier,omitempty"` // in place of LogGroup, for the query results
	Account            string       `json:"account,omitempty"`
	Region             string       `json:"region,omitempty"`
	KMSKeyARN          string       `json:"kmsKeyArn,omitempty"` // the key that it has now, or would get in a dry run
	PreviousKMSKeyARN  string       `json:"previousKmsKeyArn,omitempty"`
	Rule               string       `json:"rule,omitempty"` // name of the rule that decided
	TagRejected        TagRejection `json:"tagRejected,omitempty"`
	Attempts           int          `json:"attempts"` // AssociateKmsKey requests sent
	ExposureSeconds    *float64     `json:"exposureSeconds,omitempty"`
	DryRun             bool         `json:"dryRun"`
	EventID            string       `json:"eventId,omitempty"` // CloudTrail's eventID

	// TagRejectedWhy is the whole story of TagRejected, for the log.
	TagRejectedWhy string `json:"-"`
	// Encrypted says that the log group is known to have a customer's key now.
	Encrypted bool `json:"-"`
	// KeyLookedAt is the ARN of the key that the log group has now, where its state
	// was asked for; KeyState is KMS's KeyState or "NotFound", empty where that could
	// not be found out, and KeyDeletionDate is set where its deletion is scheduled.
	KeyLookedAt     string    `json:"-"`
	KeyState        string    `json:"-"`
	KeyDeletionDate time.Time `json:"-"`
	// CreatedAt is when the log group was created; zero where that is not known.
	CreatedAt time.Time `json:"-"`
	// AssociatedAt is when AWS accepted the association; zero for other outcomes.
	AssociatedAt time.Time `json:"-"`
}
