package account

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"

	"log-group-kms/internal/awserr"
	"log-group-kms/internal/clock"
	"log-group-kms/internal/failure"
	"log-group-kms/internal/target"
)

const (
	sessionName = "log-group-kms"

	// sessionLife is the most that AWS gives a role that is assumed by a role
	// (https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles.html).
	sessionLife = time.Hour
	// renewBefore is how long before their end credentials are renewed: longer than
	// the last request that they sign may take.
	renewBefore = 2 * time.Minute

	// refusalLife is how long a role that cannot be assumed is not tried again, so
	// that one broken account does not take the time of the others.
	refusalLife = 10 * time.Second
)

// roles assumes the member role in other accounts. Credentials are shared by all
// Regions of an account.
type roles struct {
	sts     stscreds.AssumeRoleAPIClient
	members Members

	mu      sync.Mutex
	cached  map[role]*session
	counter uint64 // of uses, to find the session unused longest
}

// role is a role to assume: accounts of one ID may, in theory, be of several
// partitions.
type role struct{ partition, account string }

// session is what is known of assuming one role.
type session struct {
	credentials *aws.CredentialsCache
	used        uint64

	mu      sync.Mutex
	refused *failure.Error // why it could not be assumed; nil where it could
	at      time.Time      // when that was
}

func newRoles(sts stscreds.AssumeRoleAPIClient, members Members) *roles {
	return &roles{sts: sts, members: members, cached: make(map[role]*session)}
}

// assume gives the credentials of the member role in scope's account, good for now.
func (r *roles) assume(ctx context.Context, scope target.Scope) (aws.CredentialsProvider, error) {
	s := r.session(role{scope.Partition, scope.Account})
	if refused := s.recentRefusal(); refused != nil {
		return nil, refused
	}
	if _, err := s.credentials.Retrieve(ctx); err != nil {
		refused := r.refusal(ctx, scope, err)
		if refused.Type == failure.AccessDenied {
			s.mu.Lock()
			s.refused, s.at = refused, time.Now()
			s.mu.Unlock()
		}
		return nil, refused
	}
	return s.credentials, nil
}

func (s *session) recentRefusal() *failure.Error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.refused != nil && clock.Age(s.at) < refusalLife {
		return s.refused
	}
	return nil
}

func (r *roles) session(of role) *session {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.counter++
	s, ok := r.cached[of]
	if !ok {
		if len(r.cached) >= maxAccounts {
			r.evict()
		}
		s = &session{credentials: r.provider(of)}
		r.cached[of] = s
	}
	s.used = r.counter
	return s
}

// evict gives up the session that was unused longest.
func (r *roles) evict() {
	var oldest role
	least := r.counter
	for of, s := range r.cached {
		if s.used < least {
			oldest, least = of, s.used
		}
	}
	delete(r.cached, oldest)
}

func (r *roles) provider(of role) *aws.CredentialsCache {
	provider := stscreds.NewAssumeRoleProvider(r.sts, r.arn(of), func(o *stscreds.AssumeRoleOptions) {
		o.RoleSessionName, o.Duration = sessionName, sessionLife
		if r.members.ExternalID != "" {
			o.ExternalID = aws.String(r.members.ExternalID)
		}
	})
	return aws.NewCredentialsCache(provider, func(o *aws.CredentialsCacheOptions) { o.ExpiryWindow = renewBefore })
}

func (r *roles) arn(of role) string {
	return "arn:" + of.partition + ":iam::" + of.account + ":role/" + r.members.Role
}

// refusal says why the role could not be assumed, and what to look at.
func (r *roles) refusal(ctx context.Context, scope target.Scope, err error) *failure.Error {
	arn := r.arn(role{scope.Partition, scope.Account})
	f := (&awserr.Attempts{}).Failure(ctx, "", err)
	f.Err = fmt.Errorf("AssumeRole of %s in account %s: %w", arn, scope.Account, f.Err)
	if f.Type == failure.Unexpected {
		// STS's other refusals, such as RegionDisabledException, are the caller's to
		// mend as well.
		f.Type = failure.AccessDenied
	}
	if f.Type == failure.AccessDenied {
		f.Advice = fmt.Sprintf("Look whether the role exists in account %s, whether it trusts this function's role, "+
			"whether MEMBER_EXTERNAL_ID is the one that it demands, and whether Region %s is enabled there.", scope.Account, scope.Region)
	}
	return f
}
