package awsfake

import (
	"cmp"
	"iter"
	"maps"
	"slices"
	"strings"
	"time"
)

// groupRecord is a log group as it is kept. There may be a million: what few
// groups have is kept apart.
type groupRecord struct {
	name    string
	key     string
	created int64 // milliseconds
	more    *groupDetails
}

type groupDetails struct {
	class     string
	tags      map[string]string
	retention int
	stored    int       // bytes
	protected bool      // against deletion
	visible   time.Time // when the API begins to see it
}

// details returns the rarer properties, to be written to.
func (g *groupRecord) details() *groupDetails {
	if g.more == nil {
		g.more = &groupDetails{}
	}
	return g.more
}

// seen returns the rarer properties, to be read.
func (g *groupRecord) seen() groupDetails {
	if g.more == nil {
		return groupDetails{}
	}
	return *g.more
}

func (g *groupRecord) class() string { return cmp.Or(g.seen().class, "STANDARD") }

// hidden says whether the API does not see the group yet.
func (g *groupRecord) hidden() bool { return g.more != nil && time.Now().Before(g.more.visible) }

func (g *groupRecord) public() LogGroup {
	d := g.seen()
	return LogGroup{Name: g.name, KMSKeyARN: g.key, Class: g.class(), Tags: maps.Clone(d.tags),
		RetentionInDays: d.retention, StoredBytes: d.stored, Created: time.UnixMilli(g.created)}
}

// groupStore holds log groups in the order of their names.
type groupStore struct{ sorted []*groupRecord }

func (s *groupStore) search(name string) (int, bool) {
	return slices.BinarySearchFunc(s.sorted, name, func(g *groupRecord, name string) int {
		return strings.Compare(g.name, name)
	})
}

// get returns the group of that name, or nil.
func (s *groupStore) get(name string) *groupRecord {
	if i, found := s.search(name); found {
		return s.sorted[i]
	}
	return nil
}

func (s *groupStore) put(g groupRecord) {
	i, found := s.search(g.name)
	if found {
		s.sorted[i] = &g
		return
	}
	s.sorted = slices.Insert(s.sorted, i, &g)
}

// putAll puts many groups; it is fastest where they are in order and come after
// those that are there. Of two with one name the later one stays.
func (s *groupStore) putAll(groups []groupRecord) {
	s.sorted = slices.Grow(s.sorted, len(groups))
	inOrder := true
	for i := range groups {
		if n := len(s.sorted); n > 0 && s.sorted[n-1].name >= groups[i].name {
			inOrder = false
		}
		s.sorted = append(s.sorted, &groups[i])
	}
	if inOrder {
		return
	}
	slices.SortStableFunc(s.sorted, func(a, b *groupRecord) int { return strings.Compare(a.name, b.name) })
	kept := s.sorted[:0]
	for i, g := range s.sorted {
		if i+1 == len(s.sorted) || s.sorted[i+1].name != g.name {
			kept = append(kept, g)
		}
	}
	clear(s.sorted[len(kept):])
	s.sorted = kept
}

func (s *groupStore) remove(name string) {
	if i, found := s.search(name); found {
		s.sorted = slices.Delete(s.sorted, i, i+1)
	}
}

// after returns the groups whose names come after a name, in order.
func (s *groupStore) after(name string) iter.Seq[*groupRecord] {
	return func(yield func(*groupRecord) bool) {
		i, found := s.search(name)
		if found {
			i++
		}
		for _, g := range s.sorted[i:] {
			if !yield(g) {
				return
			}
		}
	}
}
