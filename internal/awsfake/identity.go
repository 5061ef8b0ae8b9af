package awsfake

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"time"
)

// identity is who made a request: an IAM user, or a role that was assumed.
type identity struct {
	account   string
	accessKey string
	user      string // IAM users

	roleARN string // roles, with all that follows
	role    *roleRecord
	session string
	token   string
	issued  time.Time
	expires time.Time
}

// AddAccessKey makes an access key that belongs to an IAM user of the account.
func (w *World) AddAccessKey(accessKey, account, user string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.identities[accessKey] = identity{account: account, accessKey: accessKey, user: user}
}

// ExpireCredentials ends all temporary credentials given out so far: they are
// answered with ExpiredTokenException from now on.
func (w *World) ExpireCredentials() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for key, id := range w.identities {
		if id.token != "" {
			id.expires = time.Time{}
			w.identities[key] = id
		}
	}
}

// principal is the caller as the policies of IAM name it: the role, not its session.
func (id identity) principal(region string) string {
	if id.roleARN != "" {
		return id.roleARN
	}
	return id.arn(region)
}

// identify returns the owner of an access key, or why it is not accepted.
func (w *World) identify(accessKey, token string) (identity, error) {
	id, known := w.identities[accessKey]
	switch {
	case !known:
		return identity{account: w.account, accessKey: accessKey, user: "local"}, nil
	case id.token != "" && (token != id.token || w.roles[id.roleARN] != id.role):
		return id, errUnrecognizedClient
	case id.token != "" && !time.Now().Before(id.expires):
		return id, errExpiredToken
	}
	return id, nil
}

// assume makes temporary credentials for a role.
func (w *World) assume(role *roleRecord, session string, life time.Duration) (id identity, secret string) {
	now := time.Now()
	id = identity{
		account: role.account, accessKey: "ASIA" + randomLetters(16),
		roleARN: role.ARN, role: role, session: session, token: "FwoGZXIvYXdzE" + randomLetters(80),
		issued: now, expires: now.Add(life),
	}
	w.identities[id.accessKey] = id
	return id, randomLetters(40)
}

// arn is the caller's ARN as error texts, CloudTrail and GetCallerIdentity show it.
func (id identity) arn(region string) string {
	if id.roleARN != "" {
		return fmt.Sprintf("arn:%s:sts::%s:assumed-role/%s/%s", Partition(region), id.account, roleName(id.roleARN), id.session)
	}
	return fmt.Sprintf("arn:%s:iam::%s:user/%s", Partition(region), id.account, id.user)
}

// principalID is the unique ID of the user or role, the same each time.
func (id identity) principalID() string {
	if id.roleARN != "" {
		return stableID("AROA", id.roleARN)
	}
	return stableID("AIDA", id.account+"/"+id.user)
}

// stableID makes an ID of IAM's form out of what it stands for.
func stableID(prefix, of string) string {
	sum := sha256.Sum256([]byte(of))
	return prefix + base32.StdEncoding.EncodeToString(sum[:])[:17]
}

// randomLetters returns n random letters and digits of base 32.
func randomLetters(n int) string {
	b := make([]byte, n)
	rand.Read(b) // never fails, see crypto/rand
	return base32.StdEncoding.EncodeToString(b)[:n]
}
