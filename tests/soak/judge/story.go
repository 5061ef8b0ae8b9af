package judge

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"log-group-kms/internal/awsfake"
)

// How much of a story is told: so long before the violation, so long after it,
// and not more than so many lines.
const (
	storyBefore = 75 * time.Second
	storyAfter  = 2 * time.Second
	storyLines  = 70
)

// line is one thing that happened.
type line struct {
	at   time.Time
	text string
}

// Story tells what happened to the violation's log group until then, in order of
// time: its changes and those of keys and aliases, the calls about it, what the
// function was asked and answered, and what was done to the copies that worked on
// it. Times are in seconds since the start.
func Story(r Record, v Violation) string {
	t := newTrial(r)
	lines := slices.Concat(t.callLines(v), t.changeLines(v), t.claimLines(v), t.invocationLines(v))
	lines = append(lines, line{v.At, "VIOLATED  " + v.Invariant + ": " + v.Text})
	lines = slices.DeleteFunc(lines, func(l line) bool {
		return l.at.Before(v.At.Add(-storyBefore)) || l.at.After(v.At.Add(storyAfter))
	})
	slices.SortStableFunc(lines, func(a, b line) int { return a.at.Compare(b.at) })
	if v.LogGroup == "" {
		lines = slices.DeleteFunc(lines, func(l line) bool { return l.at.Before(v.At.Add(-storyAfter)) })
	}
	if more := len(lines) - storyLines; more > 0 {
		lines = append([]line{{lines[more].at, fmt.Sprintf("… %d lines before this", more)}}, lines[more:]...)
	}
	var text strings.Builder
	fmt.Fprintf(&text, "The story of %s (EXISTING_KEY=%s):\n", cmp.Or(v.LogGroup, "the run"), r.Config.Existing)
	for _, l := range lines {
		fmt.Fprintf(&text, "  %8.3f  %s\n", l.at.Sub(t.start()).Seconds(), l.text)
	}
	return text.String()
}

// start is when the first copy was asked something.
func (t *trial) start() (first time.Time) {
	for _, v := range t.Invocations {
		if first.IsZero() || v.Begin.Before(first) {
			first = v.Begin
		}
	}
	return first
}

func (t *trial) who(key string) string {
	if c, ok := t.Copies[key]; ok {
		return c.Name
	}
	return "others"
}

func (t *trial) changeLines(v Violation) (lines []line) {
	for _, c := range t.Changes {
		text := ""
		setUp := c.By == "" && c.At.Before(t.start())
		switch c.Kind {
		case awsfake.AliasTarget:
			text = fmt.Sprintf("%s now means %s, before %s", c.Resource, short(c.After), short(c.Before))
		case awsfake.KeyState:
			text = fmt.Sprintf("key %s is %s", short(c.Resource), cmp.Or(c.After, "no more"))
		case awsfake.KeyPolicy:
			text = fmt.Sprintf("key %s has another policy", short(c.Resource))
		case awsfake.GroupCreated:
			text = fmt.Sprintf("created with key %s, tags %v", short(c.After), c.Tags)
		case awsfake.GroupDeleted:
			text = "deleted"
		case awsfake.GroupKey:
			text = fmt.Sprintf("its key is %s, before %s", short(c.After), short(c.Before))
		case awsfake.GroupTags:
			text = fmt.Sprintf("its tags are %v", c.Tags)
		}
		if ours := strings.HasPrefix(string(c.Kind), "Group"); text != "" && (!ours && !setUp || ours && c.Resource == v.LogGroup) {
			lines = append(lines, line{c.At, fmt.Sprintf("CHANGE    %s by %s", text, t.who(c.By))})
		}
	}
	return lines
}

func (t *trial) callLines(v Violation) (lines []line) {
	for _, c := range t.Calls {
		shown := slices.IndexFunc(GroupsShown(c), func(g ShownGroup) bool { return g.LogGroupName == v.LogGroup })
		served := t.servedBy(c, v.LogGroup)
		if v.LogGroup == "" || !about(c, v.LogGroup) && shown < 0 && (c.Operation != "DescribeKey" || served == nil) {
			continue
		}
		text := c.Operation
		switch c.Operation {
		case "DescribeLogGroups":
			if text += " does not show it"; shown >= 0 {
				text = "DescribeLogGroups shows key " + short(GroupsShown(c)[shown].KmsKeyID)
			}
		case "DescribeKey":
			reference, _ := c.Request["KeyId"].(string)
			r, _ := readKey(c)
			text = fmt.Sprintf("DescribeKey %s: %s", reference, short(r.arn))
		case "AssociateKmsKey":
			text += " " + short(keyOf(c))
		}
		if c.ErrorCode != "" {
			text += " → " + c.ErrorCode
		}
		if c.Fault != "" {
			text += " (fault " + string(c.Fault) + ")"
		}
		if d := c.Done.Sub(c.At); d > 20*time.Millisecond {
			text += fmt.Sprintf(", answered after %.2f s", d.Seconds())
		}
		lines = append(lines, line{c.At, "CALL      " + t.who(c.Caller) + ": " + text})
	}
	return lines
}

func (t *trial) invocationLines(v Violation) (lines []line) {
	copies := map[string]bool{}
	for _, i := range t.Invocations {
		inputs := i.inputsAbout(v.LogGroup)
		if len(inputs) == 0 {
			continue
		}
		copies[i.Copy] = true
		what := inputs[0].Event
		if id := inputs[0].EventID; id != "" {
			what += " " + id[:min(8, len(id))]
		}
		if i.Batch {
			what = fmt.Sprintf("%s in a batch of %d", what, len(i.Inputs))
		}
		lines = append(lines, line{i.Begin, fmt.Sprintf("ASKED     %s: %s, %.1f s", t.who(i.Copy), what, i.Deadline.Seconds())})
		answer := fmt.Sprintf("%.160s", i.Answer)
		if i.ErrorType != "" {
			answer = i.ErrorType + fmt.Sprintf(" %.100s", i.Error)
		}
		lines = append(lines, line{i.End, fmt.Sprintf("ANSWERED  %s: %s", t.who(i.Copy), answer)})
	}
	for _, trouble := range t.Troubles {
		if !copies[trouble.Copy] {
			continue
		}
		lines = append(lines, line{trouble.From, fmt.Sprintf("TROUBLE   %s is %s", t.who(trouble.Copy), trouble.Kind)})
		if trouble.Kind == "frozen" {
			lines = append(lines, line{trouble.To, fmt.Sprintf("TROUBLE   %s goes on", t.who(trouble.Copy))})
		}
	}
	return lines
}

func (t *trial) claimLines(v Violation) (lines []line) {
	for _, c := range t.Claims {
		i := t.byRequest[c.RequestID]
		if i == nil || c.LogGroup != v.LogGroup || c.LogGroup == "" {
			continue
		}
		text := c.Outcome + "/" + c.Reason
		if c.Outcome == "" {
			text = fmt.Sprintf("failed with %s: %.160s", c.ErrorType, c.ErrorText)
		} else if c.Key != "" {
			text += " " + short(c.Key)
		}
		if c.Rejected != "" {
			text += ", tag rejected: " + c.Rejected
		}
		lines = append(lines, line{c.At, "LOGGED    " + t.who(i.Copy) + ": " + text})
	}
	return lines
}
