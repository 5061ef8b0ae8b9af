package explain

import (
	"fmt"
	"strings"

	"log-group-kms/internal/answer"
	"log-group-kms/internal/failure"
	"log-group-kms/internal/keyring"
	"log-group-kms/internal/target"
	"log-group-kms/internal/terminal"
)

// titles are the steps' names for people.
func titles() map[Name]string {
	return map[Name]string{
		ReservedName: "AWS's own name", Exclude: "EXCLUDE", ExistingKey: "key that it has", SkipRule: "rule with skip",
		Tag: "tag", Rule: "rules", Default: "default", Key: "the key",
	}
}

// Text is the explanation for a person.
func (e *Explanation) Text(t terminal.Terminal) string {
	var b strings.Builder
	has := "has no key of yours"
	switch {
	case e.Offline:
		has = "as a new log group"
	case e.Outcome == answer.Gone:
		has = "does not exist"
	case e.Has != "":
		has = "has " + e.has()
	}
	fmt.Fprintf(&b, "%s, account %s, Region %s: %s\n\n", e.LogGroup, e.Account, e.Region, has)
	for i, step := range e.Steps {
		title := fmt.Sprintf("%d %s", i+1, titles()[step.Step])
		if step.Step == Key {
			title = "  " + titles()[Key]
		}
		lines := strings.Split(step.Because, "\n")
		first := words(step)
		if lines[0] != "" && first != "" {
			first += ": "
		}
		fmt.Fprintf(&b, "  %-18s %s\n", title, paint(t, step.Result, first+terminal.Clean(lines[0])))
		for _, line := range lines[1:] {
			fmt.Fprintf(&b, "  %-18s %s\n", "", t.Dim(terminal.Clean(line)))
		}
	}
	verdict := terminal.Clean(e.Verdict)
	switch {
	case strings.HasPrefix(verdict, "Cannot"):
		verdict = t.Yellow(verdict)
	case e.GetsKey() && !e.keepsUnusable():
		verdict = t.Green(verdict)
	default:
		verdict = t.Red(verdict)
	}
	b.WriteString("\n" + verdict + "\n")
	return b.String()
}

// keepsUnusable tells whether the log group keeps a key of which it is known that it cannot
// be used.
func (e *Explanation) keepsUnusable() bool {
	return e.Has != "" && e.Outcome == answer.Unchanged && keyring.IsUnusable(e.KeyState)
}

// words says a step's result, where its reason does not do so already.
func words(step Step) string {
	switch step.Result {
	case No, None:
		if step.Because == "" {
			return "no"
		}
		return ""
	case Decides:
		return "decides"
	case NotReached:
		return "not reached"
	case Rejected:
		return "rejected"
	case Usable:
		return ""
	}
	return string(step.Result)
}

func paint(t terminal.Terminal, result Result, text string) string {
	switch result {
	case Decides, Usable:
		return t.Green(text)
	case Rejected, Unusable:
		return t.Red(text)
	case Unknown:
		return t.Yellow(text)
	case NotReached:
		return t.Dim(text)
	}
	return text
}

// Line is the explanation in one line, for scripts: name, what decides and key, with
// tabs between them.
func (e *Explanation) Line() string {
	key := e.Key
	switch {
	case e.Outcome == answer.Unchanged:
		key = e.has()
	case e.ErrorType == failure.KeyUnusable:
		key += " (cannot be used)"
	case key == "":
		key = "-"
	}
	by := string(e.Reason)
	for _, step := range e.Steps {
		if step.Result == Decides {
			if by = string(step.Step); step.Rule != "" && step.Step != ExistingKey {
				by = "rule " + step.Rule
			}
			break
		}
	}
	return e.LogGroup + "\t" + by + "\t" + terminal.Clean(key)
}

// has is the name of the key that the log group has, for people.
func (e *Explanation) has() string {
	return target.Scope{Account: e.Account, Region: e.Region}.ShortARN(e.Has)
}
