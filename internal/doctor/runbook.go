package doctor

import (
	"slices"
	"strings"

	"log-group-kms/internal/check"
)

// page is where the headings stand.
const page = "docs/operations.md"

// heading is a heading of the page, as it is written there.
type heading string

// The headings that entries name.
const (
	missedEvents heading = "Missed by events"
	sweepAbsent  heading = "Sweep absent"
	sweepFailed  heading = "Sweep failed"
	openGroups   heading = "Open log groups"
	eventsParked heading = "Events parked"
	allAlarms    heading = "Alarms"
	nobodyTold   heading = "Nobody is told"
	noAnswer     heading = "Unavailable"
	throttled    heading = "Throttled"
	unexpected   heading = "Unexpected"
	missingRight heading = "Missing right"
)

// Headings lists every heading of docs/operations.md that an entry made here names,
// but for those that the alarms' own descriptions name.
func Headings() []string {
	var list []string
	for _, h := range []heading{missedEvents, sweepAbsent, sweepFailed, openGroups, eventsParked, allAlarms, nobodyTold, noAnswer, throttled, unexpected, missingRight} {
		list = append(list, string(h))
	}
	return list
}

// link is the page with the anchor that Markdown gives the heading.
func (h heading) link() string {
	return page + "#" + strings.ReplaceAll(strings.ToLower(string(h)), " ", "-")
}

// section is a group of checks as people read them.
type section struct {
	title string
	order []check.Name
}

// sections hold every check of this version.
var sections = []section{
	{"Configuration", []check.Name{check.ConfigValid, check.ConfigMode, check.ConfigReachable}},
	{"Keys", []check.Name{check.KeyUsable, check.KeyPolicy}},
	{"Events", []check.Name{EventsTrail, EventsRules, EventsHeard}},
	{"Function", []check.Name{check.RoleList, check.RoleTags, check.RoleSet, check.OwnLogsKey, check.MemberRole}},
	{"Sweep", []check.Name{SweepRecent, QueuesEmpty}},
	{"Alarms", []check.Name{AlarmsExist, AlarmsQuiet, AlarmsToldBy}},
}

// otherChecks is the title of checks that a function of another version makes.
const otherChecks = "Other checks"

// sectionOf gives a check's title.
func sectionOf(name check.Name) string {
	for _, s := range sections {
		if slices.Contains(s.order, name) {
			return s.title
		}
	}
	return otherChecks
}

// place is where a check comes in the order of all; those of another version come last.
func place(name check.Name) int {
	n := 0
	for _, s := range sections {
		if i := slices.Index(s.order, name); i >= 0 {
			return n + i
		}
		n += len(s.order)
	}
	return n
}
