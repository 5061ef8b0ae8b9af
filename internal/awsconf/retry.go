// Package awsconf sets the AWS SDK up: one layer of retries that knows the codes
// the SDK does not, pacing under AWS's quotas, timeouts, and clients per account
// and Region.
package awsconf

import (
	"errors"
	"math/rand/v2"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/ratelimit"
	"github.com/aws/aws-sdk-go-v2/aws/retry"

	"log-group-kms/internal/awserr"
	"log-group-kms/internal/failure"
)

const (
	// maxAttempts is what AWS_MAX_ATTEMPTS is where it is not set. With the
	// delays below it rides out a conflict of some ten seconds.
	maxAttempts = 8

	firstBackoff = 200 * time.Millisecond
	maxBackoff   = 5 * time.Second

	// attemptTimeout bounds one HTTP request. The SDK's client has no limit of
	// its own, so one hung socket would otherwise take the whole invocation.
	attemptTimeout = 5 * time.Second
)

// Retryer gives the SDK's standard retryer, told to repeat whatever this
// program calls a conflict, a throttle or unavailable; the SDK alone does not
// know OperationAbortedException, ServiceUnavailableException with status 400, a
// bare 429 and answers that break off. Its token bucket is off: after a few
// failing calls in a warm process it would forbid every retry, just when an
// incident needs them.
func Retryer() aws.Retryer {
	return retry.NewStandard(func(o *retry.StandardOptions) {
		o.MaxAttempts = maxAttempts
		o.Backoff = retry.BackoffDelayerFunc(fullJitter)
		o.RateLimiter = ratelimit.None
		// The first that has an opinion decides, and an ended context is final.
		o.Retryables = append([]retry.IsErrorRetryable{
			retry.NoRetryCanceledError{}, retry.IsErrorRetryableFunc(mayPass),
		}, o.Retryables...)
	})
}

// mayPass has an opinion only on errors that pass by themselves, and on failures: what
// a call needed beforehand, such as a role's credentials, has had retries of its own.
func mayPass(err error) aws.Ternary {
	if _, done := errors.AsType[*failure.Error](err); done {
		return aws.FalseTernary
	}
	if awserr.TypeOf(err).MayPass() {
		return aws.TrueTernary
	}
	return aws.UnknownTernary
}

// fullJitter is a random delay up to a bound that doubles with each attempt.
// Without a lower bound, colliding writers part soonest
// (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/).
func fullJitter(attempt int, _ error) (time.Duration, error) {
	bound := maxBackoff
	if attempt < 10 { // beyond that the shift would exceed the maximum anyway
		bound = min(maxBackoff, firstBackoff<<attempt)
	}
	return rand.N(bound), nil
}
