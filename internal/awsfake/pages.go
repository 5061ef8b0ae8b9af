package awsfake

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"strings"
	"time"
)

// tokenLife is how long AWS honours a nextToken.
const tokenLife = 24 * time.Hour

// pageTokens seals nextTokens, so that only those given out here are accepted,
// and only for the question that they belong to.
type pageTokens struct{ secret []byte }

func newPageTokens() pageTokens {
	t := pageTokens{secret: make([]byte, sha256.Size)}
	rand.Read(t.secret) // never fails, see crypto/rand
	return t
}

// InvalidateTokens makes all nextTokens given out so far invalid.
func (w *World) InvalidateTokens() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.pages = newPageTokens()
}

// issue makes the token to go on with after a log group.
func (t pageTokens) issue(s scope, query, last string) string {
	content := binary.BigEndian.AppendUint64(nil, uint64(time.Now().Unix()))
	content = append(content, last...)
	return base64.RawURLEncoding.EncodeToString(append(t.seal(s, query, content), content...))
}

// open returns the log group to go on after.
func (t pageTokens) open(s scope, query, token string) (last string, err error) {
	data, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || len(data) < sha256.Size+8 {
		return "", errBadPageToken
	}
	content := data[sha256.Size:]
	issued := time.Unix(int64(binary.BigEndian.Uint64(content)), 0)
	if !hmac.Equal(data[:sha256.Size], t.seal(s, query, content)) || time.Since(issued) > tokenLife {
		return "", errBadPageToken
	}
	return string(content[8:]), nil
}

func (t pageTokens) seal(s scope, query string, content []byte) []byte {
	mac := hmac.New(sha256.New, t.secret)
	mac.Write([]byte(s.account + "\n" + s.region + "\n" + query + "\n"))
	mac.Write(content)
	return mac.Sum(nil)
}

// pageRequest is a question for log groups whose answer comes in pages.
type pageRequest struct {
	scope
	query   string // what a token is good for
	prefix  string
	limit   int
	token   *string
	matches func(*groupRecord) bool
}

// page returns the visible groups of one page, and the token for the next one.
func (w *World) page(p pageRequest) (groups []*groupRecord, next string, err error) {
	last := ""
	if p.token != nil {
		if last, err = w.pages.open(p.scope, p.query, *p.token); err != nil {
			return nil, "", err
		}
	}
	store := w.groupsIn(p.account, p.region)
	if last == "" && store.get(p.prefix) != nil {
		if g := store.get(p.prefix); !g.hidden() && p.matches(g) {
			groups = append(groups, g) // after does not return the name it is given
		}
	}
	for g := range store.after(max(last, p.prefix)) {
		if !strings.HasPrefix(g.name, p.prefix) {
			break
		}
		if g.hidden() || !p.matches(g) {
			continue
		}
		if len(groups) == p.limit {
			return groups, w.pages.issue(p.scope, p.query, groups[len(groups)-1].name), nil
		}
		groups = append(groups, g)
	}
	return groups, "", nil
}
