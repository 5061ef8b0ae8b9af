package judge

import (
	"encoding/json"
	"maps"
	"slices"
	"time"
)

// claims holds what the function says became of log groups against AWS's record.
func (t *trial) claims() {
	for _, c := range t.Claims {
		v := t.byRequest[c.RequestID]
		if v == nil || c.Outcome == "" || c.QueryKey {
			continue
		}
		if expected := v.expected(c); expected != "" && expected != c.Outcome+"/"+c.Reason {
			t.untrue(c, "want %s", expected)
			continue
		}
		switch c.Outcome {
		case "associated":
			t.associated(c, v)
		case "unchanged":
			t.unchanged(c, v)
		case "planned":
			t.planned(c, v)
		case "skipped":
			t.skipped(c, v)
		case "gone":
			t.gone(c, v)
		default:
			t.untrue(c, "there is no such outcome")
		}
	}
}

func (t *trial) untrue(c Claim, format string, args ...any) {
	t.violates("true-answer", c.LogGroup, c.At, "the answer was "+c.Outcome+"/"+c.Reason+"; "+format, args...)
}

// expected is what the input alone says must become of it; empty: it says
// nothing.
func (v *Invocation) expected(c Claim) string {
	var list []string
	for _, in := range v.Inputs {
		if in.LogGroup == c.LogGroup && in.EventID == c.EventID && !v.Sweep {
			list = append(list, in.Expect)
		}
	}
	if list = slices.Compact(list); len(list) == 1 {
		return list[0]
	}
	return ""
}

// until is when a claim was made, and an instant more: its time is cut to the
// millisecond.
func (c Claim) until() time.Time { return c.At.Add(2 * time.Millisecond) }

// associated wants AWS's record of that very write, and that the function knew of
// it: by the answer, or, where that was lost, by another look. Where a request got no
// answer, nobody can tell whether it was the one that set the key which the look
// shows, or somebody else's with the same key.
func (t *trial) associated(c Claim, v *Invocation) {
	var w call
	sent := 0
	for _, write := range t.facts[v.Copy].writes {
		if about(write, c.LogGroup) && !write.At.Before(v.Begin) && write.At.Before(c.until()) {
			sent++
			if (write.Applied || write.Status == 0) && keyOf(write) == c.Key && t.knownOf(write, c) {
				w = write
			}
		}
	}
	if w.RequestID == "" {
		t.untrue(c, "AWS has no record of a request that set the key %s, and of an answer or a look that said so", short(c.Key))
		return
	}
	d := decision{invocation: v, group: c.LogGroup, key: c.Key, moment: momentOf(w)}
	if found := t.picks(d).found; len(found) > 0 && !slices.ContainsFunc(found, c.says) {
		t.untrue(c, "with rule %q and tagRejected %q; the ways to that key are %s", c.Rule, c.Rejected, ways(found))
	}
	t.previous(c, v, w)
	// A request that a freeze let run out of time may have been counted, and
	// never have arrived.
	if len(v.inputsAbout(c.LogGroup)) == 1 && (c.Attempts < sent || c.Attempts > sent && !v.Harmed) {
		t.violates("answer-fields", c.LogGroup, c.At, "attempts is %d; AWS got %d requests", c.Attempts, sent)
	}
	t.exposure(c, v, w)
}

// knownOf says whether the function can have known that a write was done. Its
// answer has no body to lose.
func (t *trial) knownOf(w call, c Claim) bool {
	return w.Status == 200 || slices.ContainsFunc(t.facts[w.Caller].states[c.LogGroup], func(r stateRead) bool {
		return r.key == c.Key && !r.At.Before(w.Done) && r.Done.Before(c.until())
	})
}

// says says whether the claim's reason, rule and tagRejected go with a way.
func (c Claim) says(p picked) bool {
	return p.reason == c.Reason && p.rule == c.Rule && p.rejected == (c.Rejected != "")
}

// previous wants a key that a look not much older than a second had shown.
func (t *trial) previous(c Claim, v *Invocation, w call) {
	seen := slices.ContainsFunc(t.facts[v.Copy].states[c.LogGroup], func(r stateRead) bool {
		return r.key == c.Previous && !r.At.Before(v.Begin) && !r.Done.After(w.At)
	})
	if !seen {
		t.violates("answer-fields", c.LogGroup, c.At, "previousKmsKeyArn is %s, which no look at the log group had shown", short(c.Previous))
	}
}

// exposure lies between what AWS did and what the function said.
func (t *trial) exposure(c Claim, v *Invocation, w call) {
	for _, in := range v.inputsAbout(c.LogGroup) {
		if in.EventID != c.EventID || in.EventTime.IsZero() {
			continue
		}
		if c.Exposure == nil {
			t.violates("answer-fields", c.LogGroup, c.At, "exposureSeconds is missing")
			return
		}
		least, most := w.Done.Sub(in.EventTime).Seconds(), c.until().Sub(in.EventTime).Seconds()
		if *c.Exposure < least-0.001 || *c.Exposure > most {
			t.violates("answer-fields", c.LogGroup, c.At, "exposureSeconds is %.3f, want between %.3f and %.3f", *c.Exposure, least, most)
		}
		return
	}
}

// unchanged wants a look that showed the key; for already-associated, that the
// policy picked it, for existing-key-kept, that the mode keeps it.
func (t *trial) unchanged(c Claim, v *Invocation) {
	r, ok := t.shown(c, v, c.Key)
	if !ok {
		t.untrue(c, "no look at the log group in this invocation had shown the key %s", short(c.Key))
		return
	}
	switch {
	case c.Reason == "already-associated":
		// What the key reference means was known, or asked, after the look: its age
		// counts up to then.
		d := decision{invocation: v, group: c.LogGroup, key: c.Key, moment: momentOf(r.call)}
		early := t.picks(d)
		d.moment.at = c.until()
		late := t.picks(d)
		if len(early.found) == 0 && len(late.found) == 0 {
			t.violates(late.invariant, c.LogGroup, c.At, "the answer was unchanged/already-associated with %s: %s", short(c.Key), late.why)
		}
	case t.Config.Existing == "repair":
		for _, n := range t.span(r.At.Add(-v.freshFor()-slack), c.until()) {
			if t.sound(c.Key, n) {
				return
			}
		}
		t.untrue(c, "the key %s was not one to keep at any time", short(c.Key))
	case t.Config.Existing == "replace":
		t.untrue(c, "replace keeps no key")
	}
}

// shown is the last look of an invocation that showed the log group with a key.
func (t *trial) shown(c Claim, v *Invocation, key string) (r stateRead, ok bool) {
	for _, read := range t.facts[v.Copy].states[c.LogGroup] {
		if !read.At.Before(v.Begin) && read.Done.Before(c.until()) && read.key == key {
			r, ok = read, true
		}
	}
	return r, ok
}

func (t *trial) planned(c Claim, v *Invocation) {
	if !slices.ContainsFunc(v.inputsAbout(c.LogGroup), func(in Input) bool { return in.DryRun }) || !c.DryRun {
		t.untrue(c, "the input is no dry run")
		return
	}
	d := decision{invocation: v, group: c.LogGroup, key: c.Key, moment: moment{v.Copy, c.until(), c.until()}}
	if p := t.picks(d); len(p.found) == 0 {
		t.violates(p.invariant, c.LogGroup, c.At, "the answer was planned with %s: %s", short(c.Key), p.why)
	}
}

// skipped wants the reason that the policy gives. Those of the input have been
// looked at already.
func (t *trial) skipped(c Claim, v *Invocation) {
	want := t.Config.OffLimits(c.LogGroup)
	switch c.Reason {
	case "failed-call", "unhandled-event":
		if !slices.ContainsFunc(v.Inputs, func(in Input) bool { return in.Expect == "skipped/"+c.Reason }) {
			t.untrue(c, "the input is about a log group, and no failed call")
		}
		return
	case want:
		return
	case "reserved-name":
		lied := slices.ContainsFunc(t.facts[v.Copy].writes, func(w call) bool {
			return about(w, c.LogGroup) && !w.At.Before(v.Begin) && w.At.Before(c.until()) && w.Fault == "ReservedName"
		})
		if !lied {
			t.untrue(c, "neither its name nor AWS says so")
		}
		return
	}
	d := decision{invocation: v, group: c.LogGroup, moment: moment{v.Copy, c.until(), c.until()}}
	p := t.picks(d)
	switch {
	case len(p.found) == 0 && p.invariant != "right-key":
		t.violates(p.invariant, c.LogGroup, c.At, "the answer was skipped/%s: %s", c.Reason, p.why)
	case !slices.ContainsFunc(p.found, func(way picked) bool { return way.reason == c.Reason && way.rule == c.Rule }):
		t.untrue(c, "with rule %q; the policy says so by no tags that the copy knew: %s", c.Rule, p.why)
	}
}

// gone wants an answer that said so: not found, or a list without it.
func (t *trial) gone(c Claim, v *Invocation) {
	said := slices.ContainsFunc(t.facts[v.Copy].calls, func(k call) bool {
		if !about(k, c.LogGroup) && !v.Sweep || k.At.Before(v.Begin) || k.At.After(c.until()) {
			return false
		}
		if k.ErrorCode == "ResourceNotFoundException" {
			return about(k, c.LogGroup)
		}
		return k.Operation == "DescribeLogGroups" && delivered(k) && about(k, c.LogGroup) &&
			!slices.ContainsFunc(GroupsShown(k), func(g ShownGroup) bool { return g.LogGroupName == c.LogGroup })
	})
	if !said {
		t.untrue(c, "AWS has said nothing of the kind")
	}
}

// answers holds the answer of an invocation against its log lines: of one log
// group all fields, of a sweep the counts, of a batch its messages.
func (t *trial) answers() {
	lines := map[string][]Claim{}
	for _, c := range t.Claims {
		lines[c.RequestID] = append(lines[c.RequestID], c)
	}
	for i := range t.Invocations {
		v := &t.Invocations[i]
		if v.ErrorType != "" || v.RequestID == "" {
			continue
		}
		var answer map[string]any
		if json.Unmarshal(v.Answer, &answer) != nil {
			t.violates("answer-fields", "", v.End, "the answer is no JSON object: %.200s", v.Answer)
			continue
		}
		switch {
		case v.Sweep:
			t.counts(v, answer, lines[v.RequestID])
		case v.Batch:
			t.messages(v, answer, lines[v.RequestID])
		default:
			t.one(v, answer, lines[v.RequestID])
		}
	}
}

func (t *trial) one(v *Invocation, answer map[string]any, lines []Claim) {
	group := text(answer["logGroup"])
	if text(answer["outcome"]) == "" {
		t.violates("every-event-ended", v.Inputs[0].LogGroup, v.End, "the event counts as done, but its answer says nothing: %s", v.Answer)
		return
	}
	if len(lines) != 1 {
		t.violates("answer-fields", group, v.End, "there are %d log lines for the answer %s", len(lines), v.Answer)
		return
	}
	for key, value := range answer {
		if line := lines[0].Everything[key]; line != value && value != "" {
			t.violates("answer-fields", group, v.End, "%s is %v in the answer and %v in the log", key, value, line)
		}
	}
	in := v.Inputs[0]
	for _, want := range [][2]string{{"logGroup", in.LogGroup}, {"eventId", in.EventID}} {
		if got := text(answer[want[0]]); got != want[1] && (got != "" || in.Expect != "skipped/unhandled-event" && in.Expect != "skipped/failed-call") {
			t.violates("answer-fields", group, v.End, "%s is %q, want %q", want[0], got, want[1])
		}
	}
	if dry, _ := answer["dryRun"].(bool); dry != in.DryRun {
		t.violates("answer-fields", group, v.End, "dryRun is %v, want %v", dry, in.DryRun)
	}
}

// counts holds a sweep's answer against its log lines.
func (t *trial) counts(v *Invocation, answer map[string]any, lines []Claim) {
	want := map[string]int{}
	for _, word := range []string{"examined", "associated", "planned", "unchanged", "skipped", "gone", "failed"} {
		want[word] = 0
	}
	for _, c := range lines {
		switch {
		case c.QueryKey && c.Outcome == "":
			want["failed"]++
		case c.QueryKey:
		case c.Outcome == "":
			want["failed"]++
			want["examined"]++
		default:
			want[c.Outcome]++
			want["examined"]++
		}
	}
	for _, word := range slices.Sorted(maps.Keys(want)) {
		if got, _ := answer[word].(float64); int(got) != want[word] {
			t.violates("answer-fields", "", v.End, "%s is %v in the sweep's answer, and %d by its log lines", word, answer[word], want[word])
		}
	}
}

// messages wants, for each message of a batch, a line that says how it went, and
// the failed ones among the identifiers.
func (t *trial) messages(v *Invocation, answer map[string]any, lines []Claim) {
	failed := map[string]bool{}
	items, _ := answer["batchItemFailures"].([]any)
	for _, item := range items {
		fields, _ := item.(map[string]any)
		failed[text(fields["itemIdentifier"])] = true
	}
	good, bad := map[string]int{}, 0
	for _, c := range lines {
		if c.Outcome == "" {
			bad++
		} else {
			good[c.EventID]++
		}
	}
	known := map[string]bool{}
	for _, in := range v.Inputs {
		known[in.Message] = true
		if failed[in.Message] {
			bad--
			continue
		}
		if good[in.EventID]--; good[in.EventID] < 0 {
			t.violates("every-event-ended", in.LogGroup, v.End, "message %s counts as done, but no log line says what became of event %s", in.Message, in.EventID)
		}
	}
	for id := range failed {
		if !known[id] {
			t.violates("answer-fields", "", v.End, "the batch's answer names the message %q, which was not in it", id)
		}
	}
	if bad != 0 {
		t.violates("answer-fields", "", v.End, "the batch's answer names %d messages as failed, the log lines say %d", len(failed), len(failed)+bad)
	}
}
