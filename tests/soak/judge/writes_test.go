package judge

import (
	"testing"
	"time"

	"log-group-kms/internal/awsfake"
)

func TestWrites(t *testing.T) {
	t.Parallel()
	judgeAll(t, []play{
		{"as it should be", keep, func(s *stage) { s.asked(created("/app"), func(id string) { good(s, id) }) }, nil},
		{"a second and the slack are forgiven", keep, func(s *stage) {
			s.asked(created("/app"), func(string) { begin(s, "/app"); time.Sleep(1400 * time.Millisecond); s.send("/app", default1) })
		}, nil},
		{"a write upon an old look", keep, func(s *stage) {
			s.asked(created("/app"), func(string) { begin(s, "/app"); time.Sleep(2 * time.Second); s.send("/app", default1) })
		}, []string{"fresh-state"}},
		{"a write upon an old look on a machine that was late", keep, func(s *stage) {
			s.asked(created("/app"), func(string) { begin(s, "/app"); time.Sleep(2 * time.Second); s.send("/app", default1) })
			s.record.Lateness = []Lateness{{s.record.Invocations[0].End, 300 * time.Millisecond}}
		}, nil},
		{"a write upon a look before a freeze", keep, func(s *stage) {
			s.asked(created("/app"), func(string) {
				begin(s, "/app")
				from := time.Now()
				time.Sleep(5 * time.Second)
				s.record.Troubles = []Trouble{{copyKey, "frozen", from, time.Now()}}
				s.send("/app", default1)
			})
		}, []string{"fresh-state"}},
		{"a write without a look", keep, func(s *stage) {
			s.asked(created("/app"), func(string) { s.readTags("/app"); s.ask("alias/default"); s.send("/app", default1) })
		}, []string{"fresh-state"}},
		{"a look whose answer broke off is none", keep, func(s *stage) {
			s.once("DescribeLogGroups", awsfake.Truncated)
			s.asked(created("/app"), func(id string) { good(s, id) })
		}, []string{"fresh-state", "answer-fields"}},
		{"a repeat after a conflict and another look", keep, func(s *stage) {
			s.once("AssociateKmsKey", awsfake.Conflict)
			s.asked(created("/app"), func(string) { begin(s, "/app"); s.send("/app", default1); s.look("/app"); s.send("/app", default1) })
		}, nil},
		{"a repeat after a conflict at once", keep, func(s *stage) {
			s.once("AssociateKmsKey", awsfake.Conflict)
			s.asked(created("/app"), func(string) { begin(s, "/app"); s.send("/app", default1); s.send("/app", default1) })
		}, []string{"state-after-conflict"}},
		{"a key of others overwritten within the second", keep, func(s *stage) {
			s.asked(created("/app"), func(string) {
				begin(s, "/app")
				s.others("/app", theirs)
				time.Sleep(time.Second)
				s.send("/app", default1)
			})
		}, nil},
		{"a key of others overwritten later", keep, func(s *stage) {
			s.asked(created("/app"), func(string) {
				begin(s, "/app")
				s.others("/app", theirs)
				time.Sleep(3 * time.Second)
				s.send("/app", default1)
			})
		}, []string{"fresh-state", "kept-key-overwritten"}},
		{"a key of others seen and overwritten", keep, func(s *stage) {
			s.others("/app", theirs)
			time.Sleep(3 * time.Second)
			s.asked(created("/app"), func(string) { begin(s, "/app"); s.send("/app", default1) })
		}, []string{"fresh-state", "kept-key-overwritten"}},
		{"replace overwrites", replace, func(s *stage) {
			s.others("/app", theirs)
			time.Sleep(3 * time.Second)
			s.asked(created("/app"), func(string) { begin(s, "/app"); s.send("/app", default1) })
		}, nil},
		{"repair overwrites a sound key", repair, func(s *stage) {
			s.others("/app", theirs)
			time.Sleep(20 * time.Second)
			s.asked(created("/app"), func(string) { begin(s, "/app"); s.send("/app", default1) })
		}, []string{"sound-key-overwritten"}},
		{"repair overwrites a key of another account", repair, func(s *stage) {
			s.others("/app", foreign)
			time.Sleep(20 * time.Second)
			s.asked(created("/app"), func(string) { begin(s, "/app"); s.send("/app", default1) })
		}, nil},
		{"repair overwrites a key that was disabled of late", repair, func(s *stage) {
			s.others("/app", theirs)
			s.world.SetKeyState(theirs, awsfake.Disabled)
			time.Sleep(5 * time.Second)
			s.world.SetKeyState(theirs, awsfake.Enabled)
			s.asked(created("/app"), func(string) { begin(s, "/app"); s.send("/app", default1) })
		}, nil},
		{"the key that is there is set again", replace, func(s *stage) {
			s.others("/app", default1)
			time.Sleep(3 * time.Second)
			s.asked(created("/app"), func(string) { begin(s, "/app"); s.send("/app", default1) })
		}, []string{"needless-write"}},
		{"a look at an excluded log group", keep, func(s *stage) {
			s.asked(Input{LogGroup: "/tmp/x", Event: "CreateLogGroup", Expect: "skipped/excluded"}, func(id string) {
				s.look("/tmp/x")
				s.says(id, Claim{Outcome: "skipped", Reason: "excluded", LogGroup: "/tmp/x"})
			})
		}, []string{"excluded-untouched"}},
		{"a write for another log group", keep, func(s *stage) {
			s.asked(created("/app/2"), func(string) { begin(s, "/app"); s.send("/app", default1) })
		}, []string{"unasked-write"}},
		{"a write for a dry run", keep, func(s *stage) {
			s.asked(Input{LogGroup: "/app", Event: "encrypt", DryRun: true}, func(string) { begin(s, "/app"); s.send("/app", default1) })
		}, []string{"unasked-write"}},
	})
}
