// Package failure holds the trouble that Lambda is told of: a closed set of
// types, each with what the operator can do.
package failure

import (
	"errors"
	"fmt"
	"strings"
)

// Type is the errorType that Lambda reports.
type Type string

// The types.
const (
	InvalidEvent Type = "InvalidEvent"
	KeyUnusable  Type = "KeyUnusable"
	AccessDenied Type = "AccessDenied"
	Conflict     Type = "Conflict"
	Throttled    Type = "Throttled"
	Unavailable  Type = "Unavailable"
	Unexpected   Type = "Unexpected"
)

// MayPass tells whether trouble of the type passes by itself, so that trying again
// makes sense.
func (t Type) MayPass() bool { return t == Conflict || t == Throttled || t == Unavailable }

// advice is what to do about a failure whose maker knew nothing better.
var advice = map[Type]string{
	InvalidEvent: "Correct the input; it is an EventBridge event with a CloudTrail record, a CloudTrail record, a command or an SQS batch of these.",
	KeyUnusable:  "Name an enabled, symmetric, customer-managed key of the log group's Region whose policy lets CloudWatch Logs use it.",
	AccessDenied: "Allow the call in this function's role, and look for a service control policy that denies it.",
	Conflict:     "Another change of the log group was under way all the time; nothing is lost, it is tried again by Lambda's retry or the next sweep.",
	Throttled:    "Too many requests for this account and Region; lower ASSOCIATE_RATE or DESCRIBE_RATE if it lasts, it is tried again by Lambda's retry or the next sweep.",
	Unavailable:  "AWS did not answer as it should; look at the network path and AWS Health if it lasts, it is tried again by Lambda's retry or the next sweep.",
	Unexpected:   "Look the code up in the CloudWatch Logs and KMS API references.",
}

// Error is one failure: its type, what was being done to what, the cause, and
// one sentence on what to do.
type Error struct {
	Type     Type
	Doing    string // gerund and ids: "associating key K with log group G of account A, Region R"
	Attempts int    // requests sent; 0 where none was or the number says nothing
	Advice   string // what to do; empty: the type's own
	Err      error

	// OutOfTime says that the invocation's deadline cut the work off.
	OutOfTime bool
	// Beforehand says that the trouble is with what the call needed beforehand, such as
	// credentials: it tells nothing of what the call is about.
	Beforehand bool
}

// Error gives the whole story in one line, fit to leave the program.
func (e *Error) Error() string {
	var b strings.Builder
	if e.Doing != "" {
		b.WriteString(Clean(e.Doing) + ": ")
	}
	b.WriteString(strings.TrimSuffix(Clean(e.Err.Error()), "."))
	switch {
	case e.Attempts == 1:
		b.WriteString(" (1 attempt)")
	case e.Attempts > 1:
		fmt.Fprintf(&b, " (%d attempts)", e.Attempts)
	}
	todo := e.Advice
	if todo == "" {
		todo = advice[e.Type]
	}
	if todo != "" {
		b.WriteString(". " + todo)
	}
	return b.String()
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// CutOff is the failure of work that time cut off while it waited.
func CutOff(doing string, err error) *Error {
	return &Error{
		Type: Unavailable, Doing: doing, Err: err, OutOfTime: true,
		Advice: "It is tried again by Lambda's retry or the next sweep.",
	}
}

// While completes an error by what was being done. A failure keeps all else that
// it says; any other error becomes Unexpected.
func While(doing string, err error) *Error {
	if f, ok := errors.AsType[*Error](err); ok {
		whole := *f // f itself may be remembered and belong to others as well
		whole.Doing = doing
		return &whole
	}
	return &Error{Type: Unexpected, Doing: doing, Err: err}
}

// TypeOf gives the type of the failure in err's chain: Unexpected where there is
// none.
func TypeOf(err error) Type {
	if f, ok := errors.AsType[*Error](err); ok {
		return f.Type
	}
	return Unexpected
}

// Invalid is an InvalidEvent: which field, what is wrong with it.
func Invalid(field, format string, args ...any) *Error {
	return &Error{Type: InvalidEvent, Doing: "reading " + field, Err: fmt.Errorf(format, args...)}
}
