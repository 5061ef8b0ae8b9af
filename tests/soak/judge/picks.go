package judge

import (
	"fmt"
	"strings"
)

// decision is a choice that a copy made: a key for a log group, or none.
type decision struct {
	invocation *Invocation
	group, key string
	moment     moment // not before it was acted upon
}

// picked is a way in which the policy comes to a decision.
type picked struct {
	link
	rejected bool // after a tag's key was rejected
}

// picks is what the policy makes of what AWS had told the copy in time.
type picks struct {
	found     []picked // ways to this decision; none: it was wrong
	invariant string   // what it then breaks, and why
	why       string
}

// picks looks for every way to a decision: with each set of tags that the copy
// may rest upon, along what the policy takes in order.
func (t *trial) picks(d decision) picks {
	p := picks{invariant: "right-key", why: "nothing known of its tags leads to any key"}
	for _, known := range t.tagsKnown(d) {
		rejected := false
		for _, l := range t.Config.choose(d.group, known.tags, known.complete) {
			if l == (link{}) {
				p.miss("right-key", "the choice depends on tags that were not read")
				break
			}
			if l.final() {
				if d.key == "" {
					p.found = append(p.found, picked{l, rejected})
				}
				p.miss("right-key", "the policy says %s%s", l.reason, ofRule(l))
				break
			}
			t.try(d, l, rejected, &p)
			if l.reason != "tag" || !t.rejects(d, l.reference, &p) {
				break
			}
			rejected = true
		}
	}
	return p
}

// try notes the link if it gives the decision's key by answers that are fresh.
func (t *trial) try(d decision, l link, rejected bool, p *picks) {
	var last *keyRead
	read := t.facts[d.moment.copy].keys[canonical(l.reference)]
	for i, r := range read {
		if r.Done.After(d.moment.at) || r.arn != d.key {
			continue
		}
		last = &read[i]
		if t.isFresh(d, r) && r.enabled && !t.Unfit[r.arn] && (l.reason != "tag" || t.Config.allows(l.reference, r.arn)) {
			p.found = append(p.found, picked{l, rejected})
			return
		}
	}
	if last != nil && !t.isFresh(d, *last) {
		p.miss("fresh-key", "by the %s%s it is what %s meant %.2f s before%s", l.reason, ofRule(l), l.reference,
			d.moment.at.Sub(last.Done).Seconds(), beforeSweep(d, *last))
		return
	}
	p.miss("right-key", "the policy picks %s (%s%s), which means %s", l.reference, l.reason, ofRule(l), short(t.history.meaning(l.reference, t.positionAt(d.moment.at))))
}

// rejects says whether a tag's key may be rejected: because it is not allowed, or
// because AWS has said of late that it is unfit.
func (t *trial) rejects(d decision, reference string, p *picks) bool {
	if hopeless(reference) {
		return true
	}
	for _, n := range t.span(d.moment.at.Add(-d.invocation.freshFor()-slack), d.moment.at) {
		if !t.Config.allows(reference, t.history.meaning(reference, n)) {
			return true
		}
	}
	stale, again := false, true
	for _, r := range t.facts[d.moment.copy].keys[canonical(reference)] {
		if r.Done.After(d.moment.at) {
			continue
		}
		refused, ok := t.refused(d, r.arn)
		unfit := r.arn == "" || !r.enabled || t.Unfit[r.arn] || ok && !r.At.Before(refused.Done)
		if unfit && t.isFresh(d, r) {
			return true
		}
		stale, again = stale || unfit, again && !ok
	}
	switch {
	case stale:
		p.miss("fresh-key", "the tag's key %s was rejected by an answer of KMS that was too old", reference)
	case !again:
		p.miss("asked-after-refusal", "CloudWatch Logs had refused the key of the tag, and KMS was not asked again what %s means", reference)
	}
	return false
}

// refused is the request with which CloudWatch Logs refused a key for the log
// group in this invocation.
func (t *trial) refused(d decision, key string) (w call, ok bool) {
	for _, w := range t.facts[d.moment.copy].writes {
		if key != "" && keyOf(w) == key && about(w, d.group) && refusal(w) && !w.At.Before(d.invocation.Begin) && !w.Done.After(d.moment.at) {
			return w, true
		}
	}
	return w, false
}

// isFresh says whether an answer of DescribeKey was young enough; a sweep asks
// anew in each call.
func (t *trial) isFresh(d decision, r keyRead) bool {
	if d.invocation.Sweep && r.At.Before(d.invocation.Begin) {
		return false
	}
	return !t.surelyOlder(r.Done, d.moment, d.invocation.freshFor())
}

// beforeSweep says that an answer was older than the sweep's call.
func beforeSweep(d decision, r keyRead) string {
	if d.invocation.Sweep && r.At.Before(d.invocation.Begin) {
		return ", before this call of the sweep began"
	}
	return ""
}

// miss keeps the reason why there was no way, the first that is more than that
// the key is another.
func (p *picks) miss(invariant, format string, args ...any) {
	if p.invariant == "right-key" {
		p.invariant, p.why = invariant, fmt.Sprintf(format, args...)
	}
}

func ofRule(l link) string {
	if l.rule == "" {
		return ""
	}
	return " " + l.rule
}

// tags is what is known of a log group's tags; complete: there are no others.
type tags struct {
	tags     map[string]string
	complete bool
}

// tagsKnown lists the sets of tags that the copy may rest upon: none, those that
// the event says the log group was made with, and each set that AWS answered in
// this invocation.
func (t *trial) tagsKnown(d decision) []tags {
	list := []tags{{}}
	for _, in := range d.invocation.inputsAbout(d.group) {
		if in.Event == "CreateLogGroup" && len(in.Tags) > 0 {
			list = append(list, tags{in.Tags, false})
		}
	}
	for _, read := range t.facts[d.moment.copy].tags[d.group] {
		if !read.At.Before(d.invocation.Begin) && !read.Done.After(d.moment.at) {
			list = append(list, tags{t.history.group(d.group, read.Changes).tags, true})
		}
	}
	return list
}

// ways lists the ways of a decision in words.
func ways(found []picked) string {
	var list []string
	for _, f := range found {
		text := f.reason + ofRule(f.link)
		if f.rejected {
			text += " after a rejected tag"
		}
		list = append(list, text)
	}
	return strings.Join(list, ", ")
}
