package awsfake

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"strings"
	"time"
)

// identity is who made a request: an IAM user, or a role that was assumed.
type identity struct {
	account   string
	accessKey string
	user      string // IAM users

	roleARN string // assumed roles, with all that follows
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

// AddRole makes an IAM role. Trusted says whether its trust policy lets callers
// assume it; an untrusted role answers AssumeRole like one that does not exist.
func (w *World) AddRole(roleARN string, trusted bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.roles[roleARN] = trusted
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

// identify returns the owner of an access key, or why it is not accepted.
func (w *World) identify(accessKey, token string) (identity, error) {
	id, known := w.identities[accessKey]
	switch {
	case !known:
		return identity{account: w.account, accessKey: accessKey, user: "local"}, nil
	case id.token != "" && token != id.token:
		return id, errUnrecognizedClient
	case id.token != "" && !time.Now().Before(id.expires):
		return id, errExpiredToken
	}
	return id, nil
}

// assume makes temporary credentials for a role.
func (w *World) assume(roleARN, session string, life time.Duration) (id identity, secret string) {
	role, _ := parseARN(roleARN)
	now := time.Now()
	id = identity{
		account: role.account, accessKey: "ASIA" + randomLetters(16),
		roleARN: roleARN, session: session, token: "FwoGZXIvYXdzE" + randomLetters(80),
		issued: now, expires: now.Add(life),
	}
	w.identities[id.accessKey] = id
	return id, randomLetters(40)
}

// roleName is the last part of the role's path.
func (id identity) roleName() string {
	return id.roleARN[strings.LastIndex(id.roleARN, "/")+1:]
}

// arn is the caller's ARN as error texts, CloudTrail and GetCallerIdentity show it.
func (id identity) arn(region string) string {
	if id.roleARN != "" {
		return fmt.Sprintf("arn:%s:sts::%s:assumed-role/%s/%s", Partition(region), id.account, id.roleName(), id.session)
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
