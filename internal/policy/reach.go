package policy

import "unicode/utf8"

// Unreachable gives the rules that can never be the first to match, because EXCLUDE
// or earlier rules without any other condition take all their names.
func (p *Policy) Unreachable() []Unreachable {
	var list []Unreachable
	for i := range p.Rules {
		rule := &p.Rules[i]
		if by, taken := p.takenBefore(i, rule.LogGroups); taken {
			list = append(list, Unreachable{Rule: rule.Name, By: by})
		}
	}
	return list
}

// Unreachable is a rule that can never match.
type Unreachable struct {
	Rule string
	By   string // the rule that takes its names, or the last one needed for that; empty: EXCLUDE
}

// takenBefore tells whether each of the patterns is covered by EXCLUDE or by a rule
// before the n-th. No pattern means every name.
func (p *Policy) takenBefore(n int, names []Pattern) (by string, taken bool) {
	if len(names) == 0 {
		names = []Pattern{"*"}
	}
	last := -1
	for _, name := range names {
		earlier, covered := p.coveredBefore(n, name)
		if !covered {
			return "", false
		}
		last = max(last, earlier)
	}
	if last < 0 {
		return "", true
	}
	return p.Rules[last].Name, true
}

// coveredBefore gives the first rule before the n-th that takes every name that the
// pattern matches; -1 where EXCLUDE does.
func (p *Policy) coveredBefore(n int, name Pattern) (rule int, covered bool) {
	for _, exclude := range p.Exclude {
		if exclude.Covers(name) {
			return -1, true
		}
	}
	for i := range p.Rules[:n] {
		earlier := &p.Rules[i]
		if len(earlier.Accounts) > 0 || len(earlier.Regions) > 0 || len(earlier.Tags) > 0 {
			continue
		}
		for _, wider := range earlier.LogGroups {
			if wider.Covers(name) {
				return i, true
			}
		}
	}
	return 0, false
}

// Covers tells whether every text that narrower matches is matched by p as well. It
// reads narrower as a text in which a star can only be taken by a star, and a
// question mark by either wildcard. That misses some (??* and ?*? are the same), and
// is never wrong where it says yes.
func (p Pattern) Covers(narrower Pattern) bool {
	// at[i] says that what was read of narrower can be matched by p's first i bytes.
	at := make([]bool, len(p)+1)
	at[0] = true
	skipStars := func() {
		for i := range len(p) {
			if at[i] && p[i] == '*' {
				at[i+1] = true
			}
		}
	}
	skipStars()
	for j := range len(narrower) {
		next := make([]bool, len(p)+1)
		for i := range len(p) {
			switch {
			case !at[i]:
			case p[i] == '*':
				next[i] = true
			case narrower[j] != '*' && (p[i] == '?' && narrower[j] < utf8.RuneSelf || p[i] == narrower[j]):
				next[i+1] = true
			}
		}
		at = next
		skipStars()
	}
	return at[len(p)]
}
