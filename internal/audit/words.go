package audit

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"log-group-kms/internal/answer"
)

// Number writes a number with its thousands apart: 3,066.
func Number(n int64) string {
	digits := strconv.FormatInt(n, 10)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

func number(n int) string { return Number(int64(n)) }

// LogGroups counts log groups: 1 log group, 3,066 log groups.
func LogGroups(n int) string {
	if n == 1 {
		return "1 log group"
	}
	return number(n) + " log groups"
}

// size writes a number of bytes: 412 MiB.
func size(bytes int64) string {
	if bytes < 1024 {
		return strconv.FormatInt(bytes, 10) + " B"
	}
	value, unit := float64(bytes)/1024, 0
	for value >= 1024 && unit < len("KMGTP")-1 {
		value /= 1024
		unit++
	}
	if value < 10 {
		return fmt.Sprintf("%.1f %ciB", value, "KMGTP"[unit])
	}
	return fmt.Sprintf("%.0f %ciB", value, "KMGTP"[unit])
}

// age writes how long ago something was: 3 d.
func age(at, now time.Time) string {
	if at.IsZero() {
		return ""
	}
	switch d := max(0, now.Sub(at)); {
	case d < time.Hour:
		return fmt.Sprintf("%d min", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h", int(d.Hours()))
	default:
		return number(int(d.Hours()/24)) + " d"
	}
}

// heading says what log groups of a state have in common.
func heading(s State, n int) string {
	is, has := "are", "have"
	if n == 1 {
		is, has = "is", "has"
	}
	return LogGroups(n) + " " + map[State]string{
		Open:     has + " no key of yours and should",
		Unusable: is + " under a key that cannot be used",
		Unknown:  "could not be looked at",
		Other:    is + " under another key than the chosen one",
		Exempt:   has + " no key, on purpose",
		Chosen:   is + " under the chosen key",
	}[s]
}

// label is a state's name for people.
func label(s State) string {
	return map[State]string{
		Open: "open", Unusable: "key cannot be used", Unknown: "not looked at",
		Other: "another key", Exempt: "none on purpose", Chosen: "the chosen key",
	}[s]
}

// phrase completes "so many log groups ...".
func phrase(s State) string {
	return map[State]string{
		Open: "open", Unusable: "under a key that cannot be used", Unknown: "not looked at",
		Other: "under another key", Exempt: "without a key on purpose", Chosen: "under the chosen key",
	}[s]
}

// purposes says why log groups have no key on purpose.
func purposes(reasons map[answer.Reason]int) string {
	var parts []string
	for _, p := range []struct {
		reason answer.Reason
		words  string
	}{
		{answer.Excluded, "by EXCLUDE or a rule"},
		{answer.NoKey, "because nothing chooses a key"},
		{answer.ReservedName, "because the name is AWS's own"},
	} {
		if n := reasons[p.reason]; n > 0 {
			parts = append(parts, number(n)+" "+p.words)
		}
	}
	return strings.Join(parts, ", ")
}

// verdict is the audit in one line.
func verdict(s *Summary) string {
	total := s.Total()
	var trouble []string
	for _, s := range States() {
		if n := total.Count(s); n > 0 && s.IsTrouble() {
			trouble = append(trouble, number(n)+" "+phrase(s))
		}
	}
	var line string
	switch {
	case len(trouble) > 0:
		line = strings.Join(trouble, ", ") + ", of " + LogGroups(total.Examined)
	case total.Examined == 0:
		line = "There are no log groups"
	default:
		line = fmt.Sprintf("Nothing is open and no key in danger: %s, %s under the chosen key", LogGroups(total.Examined), share(total))
	}
	switch n := s.unfinished(); {
	case n > 0 && len(s.Scopes) == 1:
		line += ". Not complete: the listing did not come to its end"
	case n > 0:
		line += fmt.Sprintf(". Not complete: the listing did not come to its end in %d of %d accounts and Regions", n, len(s.Scopes))
	}
	return line + "."
}

// share is the part of log groups under the chosen key, without those that have none on
// purpose.
func share(total Totals) string { return strconv.FormatFloat(total.ChosenPercent, 'f', -1, 64) + " %" }
