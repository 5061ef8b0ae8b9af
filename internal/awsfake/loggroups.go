package awsfake

import (
	"cmp"
	"iter"
	"maps"
	"time"
)

// LogGroup is a log group, as a test sees it.
type LogGroup struct {
	Name            string
	KMSKeyARN       string // empty: no customer key
	Class           string // STANDARD if empty
	Tags            map[string]string
	RetentionInDays int // 0: for ever
	StoredBytes     int
	Created         time.Time
}

// PutLogGroup makes or replaces a log group from outside: without a request,
// hence without checks, event or record.
func (w *World) PutLogGroup(account, region string, g LogGroup) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.putGroup(scope{cmp.Or(account, w.account), region}, w.newGroup(g))
}

// SeedLogGroups makes n log groups at once, the i-th being group(i). In order of
// their names, a million take a second or so.
func (w *World) SeedLogGroups(account, region string, n int, group func(i int) LogGroup) {
	w.mu.Lock()
	defer w.mu.Unlock()
	seeds := make([]groupRecord, n)
	for i := range seeds {
		seeds[i] = w.newGroup(group(i))
	}
	w.groupsIn(account, region).putAll(seeds)
	for i := range seeds {
		w.groupMade(scope{cmp.Or(account, w.account), region}, &seeds[i])
	}
}

// LogGroup returns a log group, also one that is hidden from the API still.
func (w *World) LogGroup(account, region, name string) (LogGroup, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	g := w.groupsIn(account, region).get(name)
	if g == nil {
		return LogGroup{}, false
	}
	return g.public(), true
}

// DeleteLogGroup removes a log group from outside, without event or record.
func (w *World) DeleteLogGroup(account, region, name string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.removeGroup(scope{cmp.Or(account, w.account), region}, name)
}

// LogGroups returns the log groups in the order of their names. The World may be
// used and changed meanwhile.
func (w *World) LogGroups(account, region string) iter.Seq[LogGroup] {
	return func(yield func(LogGroup) bool) {
		for last := ""; ; {
			page := w.publicAfter(account, region, last)
			for _, g := range page {
				if !yield(g) {
					return
				}
				last = g.Name
			}
			if len(page) == 0 {
				return
			}
		}
	}
}

func (w *World) publicAfter(account, region, last string) []LogGroup {
	w.mu.Lock()
	defer w.mu.Unlock()
	var page []LogGroup
	for g := range w.groupsIn(account, region).after(last) {
		page = append(page, g.public())
		if len(page) == 1000 {
			break
		}
	}
	return page
}

// Coverage counts the log groups, and those of them that have a customer key.
func (w *World) Coverage(account, region string) (total, encrypted int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for g := range w.groupsIn(account, region).after("") {
		total++
		if g.key != "" {
			encrypted++
		}
	}
	return total, encrypted
}

// HideNewLogGroups makes log groups that are created through the API invisible
// to all other operations for a time, as eventual consistency may do.
func (w *World) HideNewLogGroups(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.hideNew = d
}

// groupsIn returns the log groups of an account, by default the World's own.
func (w *World) groupsIn(account, region string) *groupStore {
	s := scope{cmp.Or(account, w.account), region}
	if w.groups[s] == nil {
		w.groups[s] = &groupStore{}
	}
	return w.groups[s]
}

// newGroup makes the record of a log group.
func (w *World) newGroup(g LogGroup) groupRecord {
	if g.Created.IsZero() {
		g.Created = time.Now()
	}
	record := groupRecord{name: g.Name, key: w.oneCopy(g.KMSKeyARN), created: g.Created.UnixMilli()}
	if g.Class != "" && g.Class != "STANDARD" || len(g.Tags) > 0 || g.RetentionInDays > 0 || g.StoredBytes > 0 {
		*record.details() = groupDetails{class: g.Class, tags: maps.Clone(g.Tags), retention: g.RetentionInDays, stored: g.StoredBytes}
	}
	return record
}

// oneCopy returns the one copy of a key ARN that all groups share.
func (w *World) oneCopy(keyARN string) string {
	if kept, ok := w.keyNames[keyARN]; ok {
		return kept
	}
	w.keyNames[keyARN] = keyARN
	return keyARN
}
