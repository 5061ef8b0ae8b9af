package judge

import (
	"fmt"
	"slices"
	"sort"
	"time"
)

// How old what a write rests upon may be.
const (
	stateAge      = time.Second
	keyAge        = 10 * time.Second
	keyAgeInSweep = time.Minute
)

// invariants lists what is checked. The names are those of the violations.
var invariants = []struct {
	name  string
	about string
	check func(*trial)
}{
	{"fresh-state", "the state is at most a second old when an AssociateKmsKey request is sent", (*trial).freshState},
	{"state-after-conflict", "after a conflict the state is read again before the request is repeated", (*trial).stateAfterConflict},
	{"kept-key-overwritten", "under keep no key that was there for more than a second is overwritten", (*trial).keptKeys},
	{"sound-key-overwritten", "under repair no key that is enabled and could have been chosen is overwritten", (*trial).soundKeys},
	{"needless-write", "no key is set that the log group has already", (*trial).needlessWrites},
	{"excluded-untouched", "no call is made about a log group whose name is excluded or reserved", (*trial).excluded},
	{"unasked-write", "only log groups that an input names are written, and none for a dry run", (*trial).unasked},
	{"right-key", "each key sent is the one that the policy picks by what AWS told", (*trial).rightKeys},
	{"fresh-key", "what a key reference means is asked anew in time", nil}, // rightKeys finds these as well
	{"asked-after-refusal", "when CloudWatch Logs refuses a key, its reference is asked anew before the verdict", (*trial).verdicts},
	{"true-answer", "each answer is true by AWS's record", (*trial).claims},
	{"answer-fields", "answers, log lines and AWS's record agree in all fields", (*trial).answers},
	{"failure-has-cause", "each failure has its cause in AWS's record", (*trial).failures},
	{"every-event-ended", "each event ends in an answer or in the failure queue", (*trial).deliveries},
	{"fails-though-well", "nothing fails once AWS is well, but for keys that are unfit", (*trial).calmFailures},
	{"final-key", "at the end each log group has the key that the policy picks", (*trial).finalKeys},
	{"final-counts", "the last sweep counts what there is", (*trial).finalCounts},
	{"no-crash", "no process ends by itself, and no request is malformed", (*trial).crashes},
}

// Invariants lists the names of what is checked, and what they mean.
func Invariants() (list [][2]string) {
	for _, i := range invariants {
		list = append(list, [2]string{i.name, i.about})
	}
	return list
}

// trial is the judgement of one Record.
type trial struct {
	Record
	history   *history
	facts     map[string]*facts
	byCopy    map[string][]*Invocation // in order of their beginning
	byRequest map[string]*Invocation
	violated  []Violation
}

// Judge lists the promises that were not kept, in order of time.
func Judge(r Record) []Violation {
	t := newTrial(r)
	for _, i := range invariants {
		if i.check != nil {
			i.check(t)
		}
	}
	slices.SortStableFunc(t.violated, func(a, b Violation) int { return a.At.Compare(b.At) })
	return t.violated
}

func newTrial(r Record) *trial {
	t := &trial{
		Record: r, history: newHistory(r.Changes), facts: learned(r.Calls, r.Copies),
		byCopy: map[string][]*Invocation{}, byRequest: map[string]*Invocation{},
	}
	for i := range r.Invocations {
		v := &r.Invocations[i]
		t.byCopy[v.Copy] = append(t.byCopy[v.Copy], v)
		t.byRequest[v.RequestID] = v
	}
	for _, list := range t.byCopy {
		slices.SortFunc(list, func(a, b *Invocation) int { return a.Begin.Compare(b.Begin) })
	}
	return t
}

func (t *trial) violates(invariant, group string, at time.Time, format string, args ...any) {
	t.violated = append(t.violated, Violation{invariant, group, at, fmt.Sprintf(format, args...)})
}

// servedBy is the invocation for which a copy made a call about a log group: the
// last one that had begun and may be about it. A request that was given up can
// arrive when the next invocation has begun already, but no later.
func (t *trial) servedBy(c call, group string) *Invocation {
	list := t.byCopy[c.Caller]
	i := sort.Search(len(list), func(i int) bool { return list[i].Begin.After(c.At) }) - 1
	for n := 0; n < 2 && i >= 0; n, i = n+1, i-1 {
		if len(list[i].inputsAbout(group)) > 0 {
			return list[i]
		}
	}
	return nil
}

// inputsAbout lists the inputs of an invocation that may touch a log group.
func (v *Invocation) inputsAbout(group string) (list []Input) {
	for _, in := range v.Inputs {
		if v.Sweep || in.LogGroup == group {
			list = append(list, in)
		}
	}
	return list
}

// freshFor is how old the meaning of a key reference may be for this work.
func (v *Invocation) freshFor() time.Duration {
	if v.Sweep {
		return keyAgeInSweep
	}
	return keyAge
}

// allWrites calls a function for each AssociateKmsKey request that a copy sent
// about a log group, with the state before it.
func (t *trial) allWrites(do func(w call, group string, before groupState)) {
	for _, f := range t.facts {
		for _, w := range f.writes {
			position := w.Changes
			if t.history.made[w.RequestID] == position && position > 0 {
				position-- // it made the last change itself
			}
			group, _ := w.Request["logGroupName"].(string)
			do(w, group, t.history.group(group, position))
		}
	}
}

// positionAt is the position of the state at a time.
func (t *trial) positionAt(at time.Time) int {
	return sort.Search(len(t.Changes), func(i int) bool { return t.Changes[i].At.After(at) })
}

// since is when the log group's key was set.
func (t *trial) since(g groupState) time.Time {
	if g.keySet == 0 {
		return time.Time{}
	}
	return t.Changes[g.keySet-1].At
}

// span lists the positions of the states between two times, the one before the
// first included.
func (t *trial) span(from, to time.Time) []int {
	return moments(t.positionAt(from), t.positionAt(to))
}

// short is the end of a key's ARN, which is what tells keys apart.
func short(key string) string {
	if len(key) > 12 {
		return "…" + key[len(key)-12:]
	}
	if key == "" {
		return "none"
	}
	return key
}
