package account

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"log-group-kms/internal/awserr"
	"log-group-kms/internal/clock"
	"log-group-kms/internal/failure"
)

const (
	sessionName = "log-group-kms"

	// sessionLife is the most that AWS gives a role that is assumed by a role
	// (https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles.html).
	sessionLife = time.Hour
	// renewBefore is how long before their end credentials are renewed.
	renewBefore = 2 * time.Minute
	// lastUse is how long before their end credentials are used at all: longer than
	// one request may take.
	lastUse = 10 * time.Second

	// assumeTime bounds AssumeRole with its repetitions, and failureLife is how long it
	// is not tried again after it has failed. An account whose role cannot be assumed,
	// or for which STS does not answer, must not take the others' time.
	assumeTime  = 20 * time.Second
	failureLife = 10 * time.Second
)

// assumeRoleAPI assumes roles.
type assumeRoleAPI interface {
	AssumeRole(context.Context, *sts.AssumeRoleInput, ...func(*sts.Options)) (*sts.AssumeRoleOutput, error)
}

// session is the program's session of the member role in one account: credentials, or
// why there are none. It is an aws.CredentialsProvider, and safe for concurrent use.
type session struct {
	sts        assumeRoleAPI
	account    string
	roleARN    string
	externalID string // empty: none

	mu          sync.Mutex
	credentials aws.Credentials // zero: none
	assumedAt   time.Time
	failed      *failure.Error // why they could not be renewed; nil: the last try went well
	failedAt    time.Time
	asking      *question // AssumeRole under way; nil: none
}

// question is a call of AssumeRole under way.
type question struct {
	attempts awserr.Attempts
	done     chan struct{} // closed when the two below are there
	answer   aws.Credentials
	failed   *failure.Error
}

// Retrieve gives credentials that are good for now. Work that needs them at the same
// time shares one AssumeRole, unless the one who asked had too little time for it. The
// error is a *failure.Error that others may hold as well.
func (s *session) Retrieve(ctx context.Context) (aws.Credentials, error) {
	for {
		s.mu.Lock()
		if credentials, failed, ok := s.known(); ok {
			s.mu.Unlock()
			return credentials, asError(failed)
		}
		asked := s.asking
		if asked == nil {
			asked = &question{done: make(chan struct{})}
			s.asking = asked
			s.mu.Unlock()
			asked.answer, asked.failed = s.assume(ctx, &asked.attempts)
			return s.settle(asked)
		}
		s.mu.Unlock()
		select {
		case <-asked.done:
			if asked.failed == nil || !asked.failed.OutOfTime {
				return asked.answer, asError(asked.failed)
			}
		case <-ctx.Done():
			return aws.Credentials{}, s.explain(asked.attempts.Failure(ctx, "", ctx.Err()))
		}
	}
}

// known gives what can be said without asking. Credentials that are to be renewed but
// still good are used while that is under way, and where it failed a moment ago.
func (s *session) known() (aws.Credentials, *failure.Error, bool) {
	failedJustNow := s.failed != nil && !s.failed.OutOfTime && clock.Age(s.failedAt) < failureLife
	switch left := time.Until(s.credentials.Expires); {
	case left > renewBefore, left > lastUse && (s.asking != nil || failedJustNow):
		return s.credentials, nil, true
	case failedJustNow:
		return aws.Credentials{}, s.failed, true
	}
	return aws.Credentials{}, nil, false
}

// settle ends a question and gives what came of it.
func (s *session) settle(asked *question) (aws.Credentials, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failed = asked.failed; s.failed == nil {
		s.credentials, s.assumedAt = asked.answer, time.Now()
	} else if s.failedAt = time.Now(); time.Until(s.credentials.Expires) > lastUse {
		asked.answer, asked.failed = s.credentials, nil
	}
	s.asking = nil
	close(asked.done)
	return asked.answer, asError(asked.failed)
}

// assume asks for credentials.
func (s *session) assume(ctx context.Context, attempts *awserr.Attempts) (aws.Credentials, *failure.Error) {
	bounded, cancel := context.WithTimeout(ctx, assumeTime)
	defer cancel()
	input := &sts.AssumeRoleInput{
		RoleArn: aws.String(s.roleARN), RoleSessionName: aws.String(sessionName), DurationSeconds: aws.Int32(int32(sessionLife / time.Second)),
	}
	if s.externalID != "" {
		input.ExternalId = aws.String(s.externalID)
	}
	out, err := s.sts.AssumeRole(bounded, input, func(o *sts.Options) { o.APIOptions = append(o.APIOptions, attempts.Watch) })
	if err != nil {
		f := attempts.Failure(bounded, "", err)
		f.OutOfTime = ctx.Err() != nil // its own bound is no matter of the invocation's time
		return aws.Credentials{}, s.explain(f)
	}
	given := out.Credentials
	if given == nil || given.AccessKeyId == nil || given.Expiration == nil {
		return aws.Credentials{}, s.explain(&failure.Error{Type: failure.Unexpected, Attempts: attempts.Sent(), Err: errors.New("AWS answered no credentials")})
	}
	return aws.Credentials{
		AccessKeyID: *given.AccessKeyId, SecretAccessKey: aws.ToString(given.SecretAccessKey), SessionToken: aws.ToString(given.SessionToken),
		Source: "AssumeRole of " + s.roleARN, CanExpire: true, Expires: *given.Expiration,
	}, nil
}

// explain says which role could not be assumed, and what to look at.
func (s *session) explain(f *failure.Error) *failure.Error {
	f.Err = fmt.Errorf("AssumeRole of %s in account %s: %w", s.roleARN, s.account, f.Err)
	switch {
	case f.Type == failure.AccessDenied || f.Type == failure.Unexpected:
		// STS's other refusals, such as RegionDisabledException, are for somebody to mend
		// as well.
		f.Type = failure.AccessDenied
		f.Advice = fmt.Sprintf("Look whether the role exists in account %s, whether it trusts this function's role, "+
			"whether MEMBER_EXTERNAL_ID is the one that it demands, and whether the Region is enabled there.", s.account)
	case f.Type == failure.Throttled:
		f.Advice = "STS throttles AssumeRole for this function's account; it is tried again by Lambda's retry or the next sweep."
	}
	return f
}

// asError keeps a nil *failure.Error from becoming an error that is not nil.
func asError(f *failure.Error) error {
	if f == nil {
		return nil
	}
	return f
}
