package clock

import (
	"testing"
	"time"
)

// A freeze cannot be made here; a Time without a monotonic reading stands for the
// wall clock's word.
func TestAge(t *testing.T) {
	now := time.Now()
	for _, test := range []struct {
		name string
		now  time.Time
		then time.Time
		want time.Duration
	}{
		{"both clocks agree", now.Add(3 * time.Second), now, 3 * time.Second},
		{"by the wall clock alone", now.Add(time.Hour).Round(0), now, time.Hour},
		{"in the future", now, now.Add(time.Second), 0},
		{"at once", now, now, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := age(test.now, test.then); got != test.want {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}
