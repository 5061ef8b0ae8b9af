package judge

import (
	"encoding/json"
	"slices"
	"time"
)

// deliveries wants an end for each event.
func (t *trial) deliveries() {
	for _, d := range t.Deliveries {
		if d.End == "" {
			at := t.Calm
			if len(d.Tries) > 0 {
				at = d.Tries[len(d.Tries)-1].At
			}
			t.violates("every-event-ended", d.Input.LogGroup, at, "event %s (%s) was handed over %d times and neither answered nor parked", d.Input.EventID, d.Input.Event, len(d.Tries))
		}
	}
}

// failures wants a cause for each failure: trouble that AWS made, time that ran
// out, or a key that is unfit.
func (t *trial) failures() {
	for _, c := range t.Claims {
		v := t.byRequest[c.RequestID]
		if v == nil || c.Outcome != "" || c.QueryKey {
			continue
		}
		switch {
		case t.hasCause(c, v):
		case (c.ErrorType == "KeyUnusable" || c.ErrorType == "AccessDenied") && t.everToldUnfit(v, c.until()):
			t.violates("fresh-key", c.LogGroup, c.At, "it failed with %s by an answer of KMS that was too old: %.300s", c.ErrorType, c.ErrorText)
		default:
			t.violates("failure-has-cause", c.LogGroup, c.At, "it failed with %s, of which AWS's record knows nothing: %.300s", c.ErrorType, c.ErrorText)
		}
	}
}

// verdicts wants a DescribeKey between the refusal of a key and the failure for
// it.
func (t *trial) verdicts() {
	for _, c := range t.Claims {
		v := t.byRequest[c.RequestID]
		if v == nil || c.ErrorType != "KeyUnusable" || c.QueryKey {
			continue
		}
		var refused call
		for _, w := range t.facts[v.Copy].writes {
			if about(w, c.LogGroup) && !w.At.Before(v.Begin) && w.Done.Before(c.until()) && refusal(w) {
				refused = w
			}
		}
		asked := slices.ContainsFunc(t.facts[v.Copy].calls, func(k call) bool {
			return k.Operation == "DescribeKey" && !k.At.Before(refused.Done) && k.At.Before(c.until())
		})
		if refused.RequestID != "" && !asked {
			t.violates("asked-after-refusal", c.LogGroup, c.At, "it failed with KeyUnusable after CloudWatch Logs had refused the key %s, and KMS was not asked again", short(keyOf(refused)))
		}
	}
}

func (t *trial) hasCause(c Claim, v *Invocation) bool {
	var calls []call
	for _, k := range t.facts[v.Copy].calls {
		if !k.At.Before(v.Begin) && k.At.Before(c.until()) {
			calls = append(calls, k)
		}
	}
	switch c.ErrorType {
	case "InvalidEvent":
		return slices.ContainsFunc(v.Inputs, func(in Input) bool { return in.Expect == "InvalidEvent" })
	case "Conflict":
		return slices.ContainsFunc(calls, func(k call) bool { return conflict(k) && about(k, c.LogGroup) })
	case "KeyUnusable", "AccessDenied":
		return slices.ContainsFunc(calls, refusal) || t.toldUnfit(v, c.until())
	case "Throttled", "Unavailable", "Unexpected":
		// To be out of time is a cause, too, and that the function's own rate leaves
		// too little of it.
		return v.Harmed || c.ErrorType == "Throttled" && t.Paced || c.At.Sub(v.Begin) > v.Deadline/2 || slices.ContainsFunc(calls, func(k call) bool { return k.Fault != "" || k.Status != 200 })
	}
	return false
}

// toldUnfit says whether KMS had of late refused a key to the copy, or shown one
// that is unfit.
func (t *trial) toldUnfit(v *Invocation, at time.Time) bool {
	d := decision{invocation: v, moment: moment{v.Copy, at, at}}
	return t.told(v, at, func(r keyRead) bool { return t.isFresh(d, r) })
}

func (t *trial) everToldUnfit(v *Invocation, at time.Time) bool {
	return t.told(v, at, func(keyRead) bool { return true })
}

func (t *trial) told(v *Invocation, by time.Time, counts func(keyRead) bool) bool {
	for _, asked := range t.facts[v.Copy].keys {
		for _, r := range asked {
			if r.Done.Before(by) && (r.arn == "" || !r.enabled || t.Unfit[r.arn]) && counts(r) {
				return true
			}
		}
	}
	return false
}

// calmFailures wants no failure once AWS is well, but for nonsense and for keys
// that are unfit, or were so of late.
func (t *trial) calmFailures() {
	for i := range t.Invocations {
		v := &t.Invocations[i]
		if v.Begin.Before(t.Calm) {
			continue
		}
		if v.ErrorType == "Sandbox.Timedout" && !v.Sweep || v.ErrorType == "Runtime.ExitError" {
			t.violates("fails-though-well", v.Inputs[0].LogGroup, v.End, "it ended with %s: %s", v.ErrorType, v.Error)
		}
	}
	for _, c := range t.Claims {
		v := t.byRequest[c.RequestID]
		if v == nil || c.Outcome != "" || v.Begin.Before(t.Calm) || c.ErrorType == "InvalidEvent" {
			continue
		}
		if (c.ErrorType == "KeyUnusable" || c.ErrorType == "AccessDenied") && (c.QueryKey || t.wasUnfit(c, v)) {
			continue
		}
		t.violates("fails-though-well", c.LogGroup, c.At, "it failed with %s: %.300s", c.ErrorType, c.ErrorText)
	}
}

// wasUnfit says whether the key that the policy picks was unfit at some time that
// the copy may still rest upon, or KMS had said so.
func (t *trial) wasUnfit(c Claim, v *Invocation) bool {
	from := v.Begin
	if !v.Sweep {
		from = c.At.Add(-keyAge - slack)
	}
	for _, n := range t.span(from, c.until()) {
		if _, unfit := t.wish(c.LogGroup, n); unfit {
			return true
		}
	}
	return t.toldUnfit(v, c.until())
}

// wish is the key that the policy picks for a log group by AWS's state at a
// position; empty: none. unfit says that it picks one that cannot be used.
func (t *trial) wish(group string, position int) (key string, unfit bool) {
	for _, l := range t.Config.choose(group, t.history.group(group, position).tags, true) {
		if l.final() {
			return "", false
		}
		key := t.history.meaning(l.reference, position)
		fit := !hopeless(l.reference) && t.fit(key, position)
		switch {
		case l.reason == "tag" && fit && t.Config.allows(l.reference, key), l.reason != "tag" && fit:
			return key, false
		case l.reason != "tag":
			return "", true
		}
	}
	return "", false
}

// fit says whether CloudWatch Logs takes a key.
func (t *trial) fit(key string, position int) bool {
	return key != "" && t.history.enabled(key, position) && at(t.history.admits[key], position) == "yes" && !t.Unfit[key]
}

// finalKeys holds the log groups' keys at the end against the policy.
func (t *trial) finalKeys() {
	end := t.history.end()
	for _, name := range t.history.names(end) {
		g := t.history.group(name, end)
		if t.Config.OffLimits(name) != "" || t.Config.Existing == "keep" && g.key != "" {
			continue
		}
		want, unfit := t.wish(name, end)
		if want == "" || unfit || g.key == want || t.Config.Existing == "repair" && g.key != "" && t.sound(g.key, end) {
			continue
		}
		t.violates("final-key", name, t.end(), "it has the key %s, the policy picks %s", short(g.key), short(want))
	}
	if t.Config.QueryResult == "" {
		return
	}
	if want := t.history.meaning(expand(t.Config.QueryResult), end); t.fit(want, end) && at(t.history.results, end) != want {
		t.violates("final-key", "", t.end(), "the query results have the key %s, want %s", short(at(t.history.results, end)), short(want))
	}
}

// end is when the last invocation ended.
func (t *trial) end() (last time.Time) {
	for _, v := range t.Invocations {
		if v.End.After(last) {
			last = v.End
		}
	}
	return last
}

// finalCounts adds up the calls of the last sweep. Each log group is in exactly
// one of them.
func (t *trial) finalCounts() {
	var examined, encrypted, calls int
	for _, v := range t.Invocations {
		var answer struct{ Examined, Encrypted int }
		if v.LastSweep && v.ErrorType == "" && json.Unmarshal(v.Answer, &answer) == nil {
			calls++
			examined += answer.Examined
			encrypted += answer.Encrypted
		}
	}
	all := t.history.names(t.history.end())
	withKey := 0
	for _, name := range all {
		if t.history.group(name, t.history.end()).key != "" {
			withKey++
		}
	}
	if examined != len(all) || encrypted != withKey {
		t.violates("final-counts", "", t.end(), "the last sweep (%d calls) examined %d log groups, %d of them with a key; there are %d and %d", calls, examined, encrypted, len(all), withKey)
	}
}

func (t *trial) crashes() {
	for _, v := range t.Invocations {
		if v.ErrorType == "Runtime.ExitError" && !v.Harmed {
			t.violates("no-crash", v.Inputs[0].LogGroup, v.End, "the process ended by itself: %s", v.Error)
		}
	}
	for _, s := range t.Strange {
		t.violates("no-crash", "", t.end(), "%s", s)
	}
}
