package judge

import (
	"maps"
	"slices"
	"sort"
	"strings"

	"log-group-kms/internal/awsfake"
)

// history is AWS's state over time. A position n means the state after the first
// n changes.
type history struct {
	changes []awsfake.Change
	groups  map[string][]groupState // by name, in order
	aliases map[string][]value      // by alias ARN
	states  map[string][]value      // by key ARN
	admits  map[string][]value      // by key ARN: "yes" where the policy admits CloudWatch Logs for log groups
	results []value                 // key of the query results
	made    map[string]int          // position after the change that a request made
}

// groupState is a log group from one position to the next.
type groupState struct {
	from   int // position after the change that made it so
	keySet int // position after the change that set the key
	exists bool
	key    string
	tags   map[string]string
}

type value struct {
	from int
	text string
}

func newHistory(changes []awsfake.Change) *history {
	h := &history{
		changes: changes, groups: map[string][]groupState{}, aliases: map[string][]value{},
		states: map[string][]value{}, admits: map[string][]value{}, made: map[string]int{},
	}
	for i, c := range changes {
		h.add(c, i+1)
	}
	return h
}

func (h *history) add(c awsfake.Change, position int) {
	if c.RequestID != "" {
		h.made[c.RequestID] = position
	}
	put := func(of map[string][]value, name, text string) { of[name] = append(of[name], value{position, text}) }
	switch c.Kind {
	case awsfake.AliasTarget:
		put(h.aliases, canonical(c.Resource), c.After)
	case awsfake.KeyState:
		put(h.states, c.Resource, c.After)
	case awsfake.KeyPolicy:
		// The simulation's policies admit CloudWatch Logs exactly where they
		// have the statement of that name.
		admits := ""
		if strings.Contains(c.After, `"Sid":"LogGroups"`) {
			admits = "yes"
		}
		put(h.admits, c.Resource, admits)
	case awsfake.QueryResultKey:
		h.results = append(h.results, value{position, c.After})
	default:
		g := h.group(c.Resource, position-1)
		g.from = position
		switch c.Kind {
		case awsfake.GroupCreated:
			g = groupState{from: position, keySet: position, exists: true, key: c.After, tags: c.Tags}
		case awsfake.GroupDeleted:
			g = groupState{from: position, keySet: position}
		case awsfake.GroupKey:
			g.key, g.keySet = c.After, position
		case awsfake.GroupTags:
			g.tags = c.Tags
		}
		h.groups[c.Resource] = append(h.groups[c.Resource], g)
	}
}

// group is a log group at a position.
func (h *history) group(name string, position int) groupState {
	list := h.groups[name]
	if i := sort.Search(len(list), func(i int) bool { return list[i].from > position }); i > 0 {
		return list[i-1]
	}
	return groupState{}
}

func at(list []value, position int) string {
	if i := sort.Search(len(list), func(i int) bool { return list[i].from > position }); i > 0 {
		return list[i-1].text
	}
	return ""
}

// meaning is the ARN of the key that a reference means at a position; empty: of
// none.
func (h *history) meaning(reference string, position int) string {
	full := canonical(reference)
	if strings.Contains(full, ":alias/") {
		full = at(h.aliases[full], position)
	}
	if at(h.states[full], position) == "" {
		return ""
	}
	return full
}

// enabled says whether a key is.
func (h *history) enabled(key string, position int) bool {
	return at(h.states[key], position) == awsfake.Enabled
}

// moments lists the positions at which anything was different, from one position
// to another, both included.
func moments(from, to int) []int {
	var list []int
	for n := from; n <= to; n++ {
		list = append(list, n)
	}
	return list
}

// names lists the log groups that there are at a position, in order.
func (h *history) names(position int) []string {
	var list []string
	for _, name := range slices.Sorted(maps.Keys(h.groups)) {
		if h.group(name, position).exists {
			list = append(list, name)
		}
	}
	return list
}

// end is the last position.
func (h *history) end() int { return len(h.changes) }
