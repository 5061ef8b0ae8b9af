package cli

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"log-group-kms/internal/awserr"
	"log-group-kms/internal/failure"
)

// Problem is an error with what to do about it.
type Problem struct {
	Err  error
	Todo string // one sentence
}

// Error says both.
func (p *Problem) Error() string { return strings.TrimSuffix(p.Err.Error(), ".") + ". " + p.Todo }

// Unwrap gives the cause.
func (p *Problem) Unwrap() error { return p.Err }

// UsageError is a fault of the command line itself.
type UsageError struct{ text string }

// Error says the fault.
func (u *UsageError) Error() string { return u.text }

// Usage is a UsageError.
func Usage(format string, args ...any) error { return &UsageError{fmt.Sprintf(format, args...)} }

// advice is what a person can do about a failure of AWS, where the function's
// operator would do something else.
var advice = map[failure.Type]string{
	failure.KeyUnusable:  "Name an enabled, symmetric, customer-managed key of the log group's Region.",
	failure.AccessDenied: "Ask for that right, or use other credentials (--profile, --role-arn).",
	failure.Conflict:     "Try again in a moment.",
	failure.Throttled:    "AWS takes no more requests of this account at the moment; try again later.",
	failure.Unavailable:  "Look at the network, the Region's name and AWS_ENDPOINT_URL, and try again.",
	failure.Unexpected:   "Look the code up in AWS's API reference.",
}

// badCredentials are the codes for credentials that are not accepted, or not any more.
var badCredentials = []string{
	"ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId", "UnrecognizedClientException", "SignatureDoesNotMatch", "InvalidSignatureException",
}

// sentence says what went wrong and what to do, for a person.
func sentence(err error) string {
	if f, ok := errors.AsType[*failure.Error](err); ok && f.Advice == "" {
		whole := *f
		whole.Advice = advice[f.Type]
		if slices.Contains(badCredentials, awserr.Code(err)) {
			whole.Advice = "Sign in again; where it is one Region alone, look whether that is enabled."
		}
		return whole.Error()
	}
	return err.Error()
}

// Advised completes a failure of AWS by what to do about it here.
func Advised(err error, todo string) error {
	f, ok := errors.AsType[*failure.Error](err)
	if !ok {
		return &Problem{err, todo}
	}
	whole := *f
	whole.Advice = todo
	return &whole
}
