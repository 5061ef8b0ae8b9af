package judge

import "slices"

// freshState wants an answer that showed the log group, not much older than a
// second when the request was sent; under keep, one that showed it without a key.
func (t *trial) freshState() {
	t.allWrites(func(w call, group string, _ groupState) {
		var last *stateRead
		for i, r := range t.facts[w.Caller].states[group] {
			if !r.Done.After(w.At) {
				last = &t.facts[w.Caller].states[group][i]
			}
			if !r.Done.After(w.At) && !t.surelyOlder(r.Done, momentOf(w), stateAge) && (t.Config.Existing != "keep" || r.key == "") {
				return
			}
		}
		if last == nil {
			t.violates("fresh-state", group, w.At, "key %s was sent without any look at the log group", short(keyOf(w)))
			return
		}
		t.violates("fresh-state", group, w.At, "key %s was sent %.2f s after the last look, which showed the key %s",
			short(keyOf(w)), w.At.Sub(last.Done).Seconds(), short(last.key))
	})
}

// stateAfterConflict looks only at the order of calls. Where a batch has two
// messages about a log group, the second may come after the first one's conflict
// without repeating it.
func (t *trial) stateAfterConflict() {
	t.allWrites(func(w call, group string, _ groupState) {
		v := t.servedBy(w, group)
		if v == nil || len(v.inputsAbout(group)) > 1 {
			return
		}
		var met call
		for _, earlier := range t.facts[w.Caller].writes {
			if about(earlier, group) && conflict(earlier) && earlier.Done.Before(w.At) && !earlier.At.Before(v.Begin) {
				met = earlier
			}
		}
		if met.RequestID == "" {
			return
		}
		again := slices.ContainsFunc(t.facts[w.Caller].states[group], func(r stateRead) bool {
			return !r.At.Before(met.Done) && !r.Done.After(w.At) && (t.Config.Existing != "keep" || r.key == "")
		})
		if !again {
			t.violates("state-after-conflict", group, w.At, "key %s was sent again %.2f s after a conflict, without a look that allowed it",
				short(keyOf(w)), w.At.Sub(met.Done).Seconds())
		}
	})
}

func (t *trial) keptKeys() {
	if t.Config.Existing != "keep" {
		return
	}
	t.allWrites(func(w call, group string, before groupState) {
		if w.Applied && before.key != "" && before.key != keyOf(w) && t.surelyOlder(t.since(before), momentOf(w), stateAge) {
			t.violates("kept-key-overwritten", group, w.At, "key %s replaced %s, which %s had set %.2f s before",
				short(keyOf(w)), short(before.key), t.setter(before), w.At.Sub(t.since(before)).Seconds())
		}
	})
}

// setter says who set a log group's key.
func (t *trial) setter(g groupState) string {
	by := t.Changes[g.keySet-1].By
	if c, ok := t.Copies[by]; ok {
		return c.Name
	}
	return "somebody else"
}

// soundKeys leaves out copies to which KMS has lied of late: a key that it calls
// unknown is one to repair.
func (t *trial) soundKeys() {
	if t.Config.Existing != "repair" {
		return
	}
	t.allWrites(func(w call, group string, before groupState) {
		v := t.servedBy(w, group)
		if !w.Applied || before.key == "" || before.key == keyOf(w) || v == nil || !t.surelyOlder(t.since(before), momentOf(w), stateAge) {
			return
		}
		from := w.At.Add(-v.freshFor() - slack)
		for _, asked := range t.facts[w.Caller].keys {
			for _, r := range asked {
				if r.arn == "" && r.Fault != "" && r.Done.After(from) && r.Done.Before(w.At) {
					return
				}
			}
		}
		for _, n := range t.span(from, w.At) {
			if !t.sound(before.key, n) {
				return
			}
		}
		t.violates("sound-key-overwritten", group, w.At, "key %s replaced %s, which was enabled and could have been chosen all the time",
			short(keyOf(w)), short(before.key))
	})
}

// sound says whether repair leaves a log group's key alone.
func (t *trial) sound(key string, position int) bool {
	if !t.history.enabled(key, position) {
		return false
	}
	if t.Config.allows(key, key) {
		return true
	}
	return slices.ContainsFunc(t.Config.references(), func(reference string) bool {
		return t.history.meaning(reference, position) == key
	})
}

func (t *trial) needlessWrites() {
	t.allWrites(func(w call, group string, before groupState) {
		if before.key == keyOf(w) && t.surelyOlder(t.since(before), momentOf(w), stateAge) {
			t.violates("needless-write", group, w.At, "key %s was sent, which the log group had had for %.2f s",
				short(keyOf(w)), w.At.Sub(t.since(before)).Seconds())
		}
	})
}

func (t *trial) excluded() {
	for _, f := range t.facts {
		for _, c := range f.calls {
			if reason := t.Config.OffLimits(c.Resource); reason != "" {
				t.violates("excluded-untouched", c.Resource, c.At, "%s was called about it (%s)", c.Operation, reason)
			}
		}
	}
}

func text(v any) string { s, _ := v.(string); return s }

func (t *trial) unasked() {
	t.allWrites(func(w call, group string, _ groupState) {
		v := t.servedBy(w, group)
		if v == nil {
			t.violates("unasked-write", group, w.At, "key %s was sent by %s, which had no input about the log group", short(keyOf(w)), t.Copies[w.Caller].Name)
			return
		}
		if !slices.ContainsFunc(v.inputsAbout(group), func(in Input) bool { return !in.DryRun && in.Expect == "" }) {
			t.violates("unasked-write", group, w.At, "key %s was sent by %s, whose only input about the log group is a dry run, or one to be skipped",
				short(keyOf(w)), t.Copies[w.Caller].Name)
		}
	})
}

// rightKeys holds every key that was sent against the policy.
func (t *trial) rightKeys() {
	t.allWrites(func(w call, group string, _ groupState) {
		v := t.servedBy(w, group)
		if v == nil {
			return // unasked
		}
		d := decision{invocation: v, group: group, key: keyOf(w), moment: momentOf(w)}
		if picks := t.picks(d); len(picks.found) == 0 {
			t.violates(picks.invariant, group, w.At, "key %s was sent: %s", short(keyOf(w)), picks.why)
		}
	})
}
