// Package event reads the function's input: it tells the four shapes apart and
// turns each into one of the closed set of Inputs. It makes no AWS call and knows
// no configuration.
package event

import (
	"encoding/json"
	"time"

	"log-group-kms/internal/answer"
	"log-group-kms/internal/failure"
	"log-group-kms/internal/target"
)

// Input is what the function was asked to do: *Change, *Ignored, *Encrypt,
// *Sweep, *Check, *Relayed or *Batch.
type Input interface{ input() }

// Change says that something happened to a log group that is worth a look.
type Change struct {
	Target target.Target
	ID     string    // CloudTrail's eventID
	Time   time.Time // when it happened; zero where the record does not say

	// Tags are those that the group was created with; nil for other calls.
	Tags map[string]string
	// IsNew tells that the call made the log group.
	IsNew bool
	// LikelyHasKey tells that the log group very likely has a key.
	LikelyHasKey bool
}

// Ignored is a record that asks for nothing. What can be read of it is in the
// other fields, for the answer.
type Ignored struct {
	Reason                        answer.Reason // FailedCall or UnhandledEvent
	LogGroup, Account, Region, ID string

	// Warning says what the sender most likely meant to send; "" where the record
	// is nothing out of the ordinary.
	Warning string
}

// Encrypt is the command to look at one log group or at the query results.
type Encrypt struct {
	Target target.Target // Account and Region are empty where the function's own are meant
	DryRun bool
}

// Sweep is the command to look at every log group of an account and Region.
type Sweep struct {
	Account, Region string // empty: the function's own
	Prefix          string
	Cursor          string
	DryRun          bool
}

// Check is the command to let the function look at itself.
type Check struct{ Account, Region string } // empty: the function's own

// Relayed is an Input out of EventBridge's event of a failed invocation. Such an event,
// unlike one of AWS's own sources, may be sent by anybody with anything in it. So it
// counts only where it is of the function's own account.
type Relayed struct {
	Input     Input
	Account   string   // which EventBridge sets; empty: it did not come by a bus
	Otherwise *Ignored // what the event is where it is another account's
}

// Batch is a batch of SQS messages.
type Batch struct{ Messages []Message }

// Message is one message of a Batch; ParseMessage reads its body.
type Message struct {
	ID   string
	Body json.RawMessage // a JSON string
}

func (*Change) input()  {}
func (*Ignored) input() {}
func (*Encrypt) input() {}
func (*Sweep) input()   {}
func (*Check) input()   {}
func (*Relayed) input() {}
func (*Batch) input()   {}

// Parse reads one invocation's payload. Its errors are *failure.Error of type
// InvalidEvent.
func Parse(payload []byte) (Input, error) {
	o, err := parseObject("the event", "", payload)
	if err != nil {
		return nil, err
	}
	if o.has("Records") {
		return parseBatch(o)
	}
	return parseOne(o)
}

// parseOne reads everything but a batch.
func parseOne(o object) (Input, error) {
	switch {
	case o.has("detail-type"):
		return parseEvent(o)
	case o.has("action"):
		return parseCommand(o)
	case o.has("eventSource") || o.has("eventName"):
		return parseRecord(o, object{})
	}
	return nil, failure.Invalid(o.name("the event"), `it has none of "detail-type", "eventSource" with "eventName", and "action"`)
}
