package account

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go/middleware"

	"log-group-kms/internal/awserr"
	"log-group-kms/internal/clock"
	"log-group-kms/internal/failure"
)

// youngest is how old credentials must be for a rejection to be put down to their age.
const youngest = time.Minute

// watch gives an API option for the clients of a Region of the session's account. AWS
// rejects good credentials for two reasons. Either the role was made anew since they
// were given out, and its new credentials will do; or the Region is not enabled there.
func (s *session) watch(region string) func(*middleware.Stack) error {
	return func(stack *middleware.Stack) error {
		return stack.Finalize.Insert(middleware.FinalizeMiddlewareFunc("WatchCredentials",
			func(ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler) (
				middleware.FinalizeOutput, middleware.Metadata, error,
			) {
				used := s.accessKey()
				out, metadata, err := next.HandleFinalize(ctx, in)
				switch {
				case !awserr.IsCredentialsRejected(err):
				case s.giveUp(used):
					err = &outdated{err}
				default:
					f := (&awserr.Attempts{}).Failure(ctx, "", err)
					f.Type, f.Advice = failure.AccessDenied, fmt.Sprintf("Look whether Region %s is enabled in account %s; "+
						"AWS does not accept the credentials of %s there.", region, s.account, s.roleARN)
					err = f
				}
				return out, metadata, err
			}), "Retry", middleware.After)
	}
}

func (s *session) accessKey() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.credentials.AccessKeyID
}

// giveUp forgets credentials that AWS rejected, and tells whether asking again may give
// better ones.
func (s *session) giveUp(accessKey string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.credentials.AccessKeyID != accessKey {
		return true
	}
	if clock.Age(s.assumedAt) < youngest {
		return false
	}
	s.credentials = aws.Credentials{}
	return true
}

// outdated is a request's error that is worth another request, with other credentials.
type outdated struct{ error }

func (e *outdated) Unwrap() error { return e.error }

// RetryableError tells the SDK to send the request once more.
func (*outdated) RetryableError() bool { return true }
