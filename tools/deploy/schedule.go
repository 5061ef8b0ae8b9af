package main

import (
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// tooRare says that sweeps come so seldom that the alarm for their absence would ring
// between any two of them; "" where they do not. That is a warning and no fault: the
// stack works, and CloudFormation, which cannot reckon, takes such values.
func tooRare(values map[string]string) string {
	schedule, window, limit := values["SweepSchedule"], values["SweepWindowMinutes"], values["SweepMaxAgeHours"]
	minutes, noWindow := strconv.Atoi(window)
	hours, noLimit := strconv.Atoi(limit)
	if noWindow != nil || noLimit != nil {
		return "" // that has been told of
	}
	between := pause(schedule)
	longest := between + time.Duration(minutes)*time.Minute
	if between == 0 || longest < time.Duration(hours)*time.Hour {
		return ""
	}
	const most = 168
	what := fmt.Sprintf("SweepMaxAgeHours=%d: with SweepSchedule=%s and SweepWindowMinutes=%d the alarm SweepAbsent would ring between two sweeps", hours, schedule, minutes)
	if least := int(longest/time.Hour) + 1; least <= most {
		return fmt.Sprintf("%s; make it %d at least, and more where a sweep takes long", what, least)
	}
	return fmt.Sprintf("%s; it can be %d at most, so sweep more often", what, most)
}

var rate = regexp.MustCompile(`^rate\((\d+) (minute|hour|day)s?\)$`)

// warn tells of what is no fault and yet not what anybody wants.
func (p *plan) warn(w io.Writer) {
	if warning := tooRare(p.values); warning != "" {
		fmt.Fprintln(w, "WARNING:", warning)
	}
}

// pause is the longest time from one start of a schedule to the next, or less where only
// its days say; 0 where it cannot be told.
func pause(schedule string) time.Duration {
	if found := rate.FindStringSubmatch(schedule); found != nil {
		unit := map[string]time.Duration{"minute": time.Minute, "hour": time.Hour, "day": 24 * time.Hour}[found[2]]
		n, _ := strconv.Atoi(found[1]) // it is digits; too many of them are refused by AWS
		return time.Duration(n) * unit
	}
	fields := strings.Fields(strings.TrimSuffix(strings.TrimPrefix(schedule, "cron("), ")"))
	if len(fields) != 6 {
		return 0
	}
	for _, days := range []string{fields[2], fields[4]} {
		if days != "*" && days != "?" {
			return 24 * time.Hour
		}
	}
	return hourly(fields[1])
}

// hourly is the longest time between two of a cron expression's hours.
func hourly(field string) time.Duration {
	var on [24]bool
	for part := range strings.SplitSeq(field, ",") {
		span, every, stepped := strings.Cut(part, "/")
		from, to, ranged := strings.Cut(span, "-")
		first, err := strconv.Atoi(from)
		last, step := first, 1
		switch {
		case span == "*":
			first, last, err = 0, 23, nil
		case ranged && err == nil:
			last, err = strconv.Atoi(to)
		case stepped:
			last = 23
		}
		if stepped && err == nil {
			step, err = strconv.Atoi(every)
		}
		if err != nil || first < 0 || last > 23 || step < 1 {
			return 0
		}
		for hour := first; hour <= last; hour += step {
			on[hour] = true
		}
	}
	longest, since := 0, 0
	for hour := range 48 { // twice round, so that the night counts
		since++
		if on[hour%24] {
			if hour >= 24 {
				longest = max(longest, since)
			}
			since = 0
		}
	}
	return time.Duration(longest) * time.Hour
}
