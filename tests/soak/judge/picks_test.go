package judge

import (
	"testing"
	"time"

	"log-group-kms/internal/awsfake"
)

func TestPicks(t *testing.T) {
	t.Parallel()
	judgeAll(t, []play{
		{"another key than the policy's", keep, func(s *stage) {
			s.asked(created("/app"), func(string) { begin(s, "/app"); s.ask(theirs); s.send("/app", theirs) })
		}, []string{"right-key"}},
		{"the tag's key", keep, func(s *stage) {
			s.tag("/app", map[string]string{"kms-key": "alias/team-a"})
			s.asked(created("/app"), func(string) { begin(s, "/app"); s.ask("alias/team-a"); s.send("/app", team1) })
		}, nil},
		{"the tag not heeded", keep, func(s *stage) {
			s.tag("/app", map[string]string{"kms-key": "alias/team-a"})
			s.asked(created("/app"), func(string) { begin(s, "/app"); s.send("/app", default1) })
		}, []string{"right-key"}},
		{"tags not read", keep, func(s *stage) {
			s.asked(created("/app"), func(string) { s.look("/app"); s.ask("alias/default"); s.send("/app", default1) })
		}, []string{"right-key"}},
		{"tags read in the invocation before", keep, func(s *stage) {
			s.asked(created("/app"), func(string) { begin(s, "/app") })
			s.asked(created("/app"), func(string) { s.look("/app"); s.ask("alias/default"); s.send("/app", default1) })
		}, []string{"right-key"}},
		{"no tags needed", plain, func(s *stage) {
			s.asked(created("/app"), func(string) { s.look("/app"); s.ask("alias/default"); s.send("/app", default1) })
		}, nil},
		{"the event's tags suffice", keep, func(s *stage) {
			in := created("/app")
			in.Tags = map[string]string{"kms-key": "alias/team-a"}
			s.asked(in, func(string) { s.look("/app"); s.ask("alias/team-a"); s.send("/app", team1) })
		}, nil},
		{"the event's tags do not suffice", keep, func(s *stage) {
			in := created("/app")
			in.Tags = map[string]string{"owner": "me"}
			s.asked(in, func(string) { s.look("/app"); s.ask("alias/default"); s.send("/app", default1) })
		}, []string{"right-key"}},
		{"a tag that is not allowed", with(keep, func(c *Config) { c.Allowed = []string{"alias/team-*"} }), func(s *stage) {
			s.tag("/app", map[string]string{"kms-key": theirs})
			s.asked(created("/app"), func(string) { begin(s, "/app"); s.ask(theirs); s.send("/app", theirs) })
		}, []string{"right-key"}},
		{"a tag that is not allowed, rejected", with(keep, func(c *Config) { c.Allowed = []string{"alias/team-*"} }), func(s *stage) {
			s.tag("/app", map[string]string{"kms-key": theirs})
			s.asked(created("/app"), func(string) { begin(s, "/app"); s.send("/app", default1) })
		}, nil},
		{"a tag whose key is disabled, rejected", keep, func(s *stage) {
			s.world.SetKeyState(team1, awsfake.Disabled)
			s.tag("/app", map[string]string{"kms-key": "alias/team-a"})
			s.asked(created("/app"), func(string) { begin(s, "/app"); s.ask("alias/team-a"); s.send("/app", default1) })
		}, nil},
		{"a tag rejected by an old answer", keep, func(s *stage) {
			s.world.SetKeyState(team1, awsfake.Disabled)
			s.asked(created("/app/2"), func(string) { s.ask("alias/team-a") })
			s.world.AddAlias(Account, Region, "alias/team-a", team2)
			s.tag("/app", map[string]string{"kms-key": "alias/team-a"})
			time.Sleep(12 * time.Second)
			s.asked(created("/app"), func(string) { begin(s, "/app"); s.send("/app", default1) })
		}, []string{"fresh-key"}},
		{"a tag rejected for a refusal, without another question", keep, func(s *stage) {
			s.world.SetKeyPolicy(team1, awsfake.PolicyWithoutLogs)
			s.tag("/app", map[string]string{"kms-key": "alias/team-a"})
			s.asked(created("/app"), func(string) {
				begin(s, "/app")
				s.ask("alias/team-a")
				s.send("/app", team1)
				s.send("/app", default1)
			})
		}, []string{"asked-after-refusal"}},
		{"a tag rejected for a refusal, after another question", keep, func(s *stage) {
			s.world.SetKeyPolicy(team1, awsfake.PolicyWithoutLogs)
			s.tag("/app", map[string]string{"kms-key": "alias/team-a"})
			s.asked(created("/app"), func(string) {
				begin(s, "/app")
				s.ask("alias/team-a")
				s.send("/app", team1)
				s.ask("alias/team-a")
				s.send("/app", default1)
			})
		}, nil},
		{"a rule that skips", rules, func(s *stage) {
			s.asked(created("/build/1"), func(string) { begin(s, "/build/1"); s.send("/build/1", default1) })
		}, []string{"right-key"}},
		{"a rule by tags", rules, func(s *stage) {
			s.tag("/app", map[string]string{"data": "pci-1"})
			s.asked(created("/app"), func(string) { begin(s, "/app"); s.ask("alias/team-a"); s.send("/app", team1) })
		}, nil},
		{"a rule by tags not heeded", rules, func(s *stage) {
			s.tag("/app", map[string]string{"data": "pci-1"})
			s.asked(created("/app"), func(string) { begin(s, "/app"); s.send("/app", default1) })
		}, []string{"right-key"}},
		{"an alias asked ten seconds ago", keep, func(s *stage) {
			s.asked(created("/app/2"), func(string) { s.ask("alias/default") })
			time.Sleep(10 * time.Second)
			s.asked(created("/app"), func(string) { s.look("/app"); s.readTags("/app"); s.send("/app", default1) })
		}, nil},
		{"an alias asked eleven seconds ago", keep, func(s *stage) {
			s.asked(created("/app/2"), func(string) { s.ask("alias/default") })
			time.Sleep(11 * time.Second)
			s.asked(created("/app"), func(string) { s.look("/app"); s.readTags("/app"); s.send("/app", default1) })
		}, []string{"fresh-key"}},
		{"a key told by an alias that means it", with(plain, func(c *Config) { c.Default = default1 }), func(s *stage) {
			s.asked(created("/app"), func(string) { s.look("/app"); s.ask("alias/default"); s.send("/app", default1) })
		}, nil},
		{"a sweep asks anew", keep, func(s *stage) {
			s.asked(created("/app/2"), func(string) { s.ask("alias/default") })
			s.asked(Input{Event: "sweep"}, func(string) { s.page(); s.readTags("/app"); s.send("/app", default1) })
		}, []string{"fresh-key"}},
		{"a sweep believes for a minute", keep, func(s *stage) {
			s.asked(Input{Event: "sweep"}, func(string) {
				s.ask("alias/default")
				s.readTags("/app")
				time.Sleep(time.Minute)
				s.page()
				s.send("/app", default1)
			})
		}, nil},
		{"a sweep believes no longer", keep, func(s *stage) {
			s.asked(Input{Event: "sweep"}, func(string) {
				s.ask("alias/default")
				s.readTags("/app")
				time.Sleep(61 * time.Second)
				s.page()
				s.send("/app", default1)
			})
		}, []string{"fresh-key"}},
		{"already-associated by an alias that has moved", replace, func(s *stage) {
			s.others("/app", default1)
			s.asked(created("/app/2"), func(string) { s.ask("alias/default") })
			s.world.AddAlias(Account, Region, "alias/default", default2)
			time.Sleep(12 * time.Second)
			s.asked(created("/app"), func(id string) {
				s.look("/app")
				s.readTags("/app")
				s.says(id, Claim{Outcome: "unchanged", Reason: "already-associated", LogGroup: "/app", Key: default1, EventID: "event-/app"})
			})
		}, []string{"fresh-key"}},
	})
}
