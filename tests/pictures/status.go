package main

import (
	"fmt"
	"slices"

	"log-group-kms/tests/alarms"
)

const alarmsInARow = 5

// status draws the alarms' states, those that changed last first.
func (b *board) status(at box, w widget) error {
	top := b.title(at, w.Properties.Title)
	names := slices.Clone(w.Properties.Alarms)
	for _, name := range names {
		if b.story.States[name] == "" {
			return fmt.Errorf("the stack has no alarm %q", name)
		}
	}
	slices.SortStableFunc(names, func(x, y string) int { return b.story.Since[y].Compare(b.story.Since[x]) })
	rows := (len(names) + alarmsInARow - 1) / alarmsInARow
	wide := (at.width - 20) / alarmsInARow
	high := (at.y + at.height - 6 - top) / float64(rows)
	for i, name := range names {
		x, y := at.x+10+wide*float64(i%alarmsInARow), top+high*float64(i/alarmsInARow)
		state := b.story.States[name]
		class, sign := "card", "good"
		if state == alarms.Alarm {
			class, sign = "badcard", "bad"
		}
		b.rect(class, x+1, y+1, wide-4, high-4, 3)
		b.text("head", x+8, y+high/2-3, name)
		b.text("small "+sign, x+8, y+high/2+10, fmt.Sprintf("%s since %s", state, b.story.Since[name].Format("Jan 2 15:04")))
	}
	return nil
}
