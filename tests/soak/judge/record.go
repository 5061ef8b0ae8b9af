// Package judge says whether a simulation went as the function promises. It
// looks at AWS's own record and at what the function answered, and at nothing
// else: it is pure, and shares no code with the function, so that the two cannot
// share a mistake. That goes for the choice of the key, too, which it states
// anew.
package judge

import (
	"time"

	"log-group-kms/internal/awsfake"
)

// Record is what a simulation left behind.
type Record struct {
	Config      Config
	Changes     []awsfake.Change // all that ever changed, the setting up included
	Calls       []awsfake.Call
	Copies      map[string]Copy // of the function, by access key
	Invocations []Invocation
	Claims      []Claim
	Deliveries  []Delivery
	Troubles    []Trouble
	Lateness    []Lateness
	Unfit       map[string]bool // keys that CloudWatch Logs never takes: asymmetric, AWS managed
	Paced       bool            // the function's own rates are in force
	Calm        time.Time       // from here on AWS is well and nobody but the function changes anything
	Strange     []string        // requests that no real client would make, and the like
}

// Copy is one copy of the function.
type Copy struct {
	Name   string
	Sweeps bool // its work is sweeps, not events
}

// Invocation is one event handed to one copy, and what came of it.
type Invocation struct {
	Copy       string // its access key
	RequestID  string
	Begin, End time.Time // before it was handed over, after the answer was there
	Deadline   time.Duration
	Inputs     []Input // one, or those of a batch
	Batch      bool
	Sweep      bool
	LastSweep  bool // one of those that come at the very end
	Answer     []byte
	ErrorType  string // empty: it succeeded
	Error      string
	Harmed     bool // killed, frozen or out of time
}

// Input is what the function was asked.
type Input struct {
	Delivery  string // which delivery it is part of; empty: an operator's command
	Message   string // ID of the SQS message, in a batch
	LogGroup  string // empty: none, or in a sweep all
	Event     string // eventName, or what kind of input it is otherwise
	EventID   string
	EventTime time.Time         // zero: it is no event
	Tags      map[string]string // that the log group was created with
	Expect    string            // "skipped/REASON" or an errorType where the input alone decides; empty: it does not
	DryRun    bool
}

// Claim is what the function's log says became of a log group.
type Claim struct {
	RequestID  string
	At         time.Time
	Level      string
	Outcome    string // empty: it failed
	Reason     string
	LogGroup   string
	QueryKey   bool // it is about the query results
	Key        string
	Previous   string
	Rule       string
	Rejected   string
	EventID    string
	Attempts   int
	DryRun     bool
	Exposure   *float64
	ErrorType  string
	ErrorText  string
	Everything map[string]any // the line as it was
}

// Delivery is an event on its way: it is to end in an answer or in the failure
// queue.
type Delivery struct {
	ID    string
	Input Input
	Tries []Try
	End   string // answered, or parked in the failure queue; empty: neither
}

// Try is one time at which a delivery was handed over.
type Try struct {
	At      time.Time
	Through string // how it was handed over
	Failed  bool
}

// Trouble is what was done to a copy.
type Trouble struct {
	Copy     string
	Kind     string // killed or frozen
	From, To time.Time
}

// Lateness is a moment at which this machine was late with what was due.
type Lateness struct {
	At time.Time
	By time.Duration
}

// Violation is a promise that was not kept.
type Violation struct {
	Invariant string
	LogGroup  string // empty: it is about none in particular
	At        time.Time
	Text      string
}
