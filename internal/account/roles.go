package account

import (
	"fmt"
	"sync"

	"log-group-kms/internal/target"
)

// maxRoles bounds the roles whose credentials are held. They weigh some 2 KB each, so
// there may be many more of them than clients: an account whose clients were given up
// need not be asked for its role again within the hour.
const maxRoles = 2000

// roles assumes the member role in other accounts. Its credentials are shared by all
// Regions of an account. It is safe for concurrent use.
type roles struct {
	sts     assumeRoleAPI
	members Members

	mu       sync.Mutex
	sessions *recent[role, *session]
}

// role is a role to assume: accounts of one ID may, in theory, be of several
// partitions.
type role struct{ partition, account string }

func newRoles(sts assumeRoleAPI, members Members) *roles {
	return &roles{sts: sts, members: members, sessions: newRecent[role, *session](maxRoles)}
}

// session gives the session of the member role in scope's account. It makes no
// request.
func (r *roles) session(scope target.Scope) *session {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.sessions.get(role{scope.Partition, scope.Account}, func() *session {
		return &session{
			sts: r.sts, account: scope.Account,
			roleARN:    fmt.Sprintf("arn:%s:iam::%s:role/%s", scope.Partition, scope.Account, r.members.Role),
			externalID: r.members.ExternalID,
		}
	})
}
