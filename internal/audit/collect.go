package audit

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"log-group-kms/internal/answer"
	"log-group-kms/internal/keyring"
	"log-group-kms/internal/target"
)

// collection is what a report that begins with the worst keeps until the end. How much
// that may be is bounded, but for the number of distinct keys.
type collection struct {
	most map[State]int // rows to keep
	rows map[State][]Row

	keys    map[string]*keyUse
	reasons map[answer.Reason]int // why log groups have no key on purpose
}

// keyUse is a key that log groups are under.
type keyUse struct {
	ARN, State string
	Deletion   time.Time
	LogGroups  int
	Chosen     int // those of them for which the configuration chooses it
	Bytes      int64

	in target.Scope // of the first log group
}

// isUnusable tells whether what is under the key cannot be read.
func (k *keyUse) isUnusable() bool { return keyring.IsUnusable(k.State) }

// name is the key's name for people.
func (k *keyUse) name() string { return k.in.ShortARN(k.ARN) }

func newCollection(most map[State]int) *collection {
	return &collection{most: most, rows: make(map[State][]Row), keys: make(map[string]*keyUse), reasons: make(map[answer.Reason]int)}
}

func (c *collection) add(row Row) {
	if len(c.rows[row.State]) < c.most[row.State] {
		c.rows[row.State] = append(c.rows[row.State], row)
	}
	if row.State == Exempt {
		c.reasons[row.Reason]++
	}
	if row.KMSKeyARN == "" {
		return
	}
	key, ok := c.keys[row.KMSKeyARN]
	if !ok {
		key = &keyUse{ARN: row.KMSKeyARN, in: row.scope()}
		c.keys[row.KMSKeyARN] = key
	}
	key.LogGroups++
	key.Bytes += row.StoredBytes
	if row.State == Chosen {
		key.Chosen++
	}
	if row.KMSKeyState != "" {
		key.State, key.Deletion = row.KMSKeyState, row.KeyDeletionDate
	}
}

// byUse gives the keys: those that cannot be used first, then those with most log
// groups.
func (c *collection) byUse() []*keyUse {
	return slices.SortedFunc(maps.Values(c.keys), func(a, b *keyUse) int {
		switch {
		case a.isUnusable() && !b.isUnusable():
			return -1
		case b.isUnusable() && !a.isUnusable():
			return 1
		}
		return cmp.Or(b.LogGroups-a.LogGroups, cmp.Compare(a.ARN, b.ARN))
	})
}
