package judge

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// Configurations of the plays.
var (
	keep    = Config{Existing: "keep", KeyTag: "kms-key", Allowed: []string{"arn:*:kms:{region}:{account}:key/*"}, Default: "alias/default", Exclude: []string{"/tmp/*"}}
	replace = with(keep, func(c *Config) { c.Existing = "replace" })
	repair  = with(keep, func(c *Config) { c.Existing = "repair" })
	rules   = with(keep, func(c *Config) {
		c.Rules = []Rule{{Name: "builds", LogGroups: []string{"/build/*"}, Skip: true}, {Name: "pci", Tags: map[string]string{"data": "pci*"}, Key: "alias/team-a"}}
	})
	plain = with(keep, func(c *Config) { c.KeyTag = "" })
)

func with(c Config, change func(*Config)) Config {
	change(&c)
	return c
}

// play is what a copy does, and the promises that it breaks by that.
type play struct {
	name   string
	config Config
	do     func(*stage)
	want   []string
}

// good brings a log group under the default key as it should be.
func good(s *stage, id string) {
	s.look("/app")
	s.readTags("/app")
	s.ask("alias/default")
	s.send("/app", default1)
	s.says(id, claimed("/app", default1, "default"))
}

// begin is the beginning of most plays: all is known.
func begin(s *stage, group string) {
	s.look(group)
	s.readTags(group)
	s.ask("alias/default")
}

// judgeAll performs plays and compares what they break; what they leave undone
// at the end is not their matter.
func judgeAll(t *testing.T, plays []play) {
	t.Helper()
	for _, p := range plays {
		t.Run(p.name, func(t *testing.T) {
			if diff := cmp.Diff(p.want, broken(perform(t, p.config, p.do))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// atTheEnd are the promises about the end of a run, which have a test of their own.
var atTheEnd = []string{"final-key", "final-counts"}

// broken lists the promises that were broken, each once.
func broken(r Record) (names []string) {
	for _, v := range Judge(r) {
		if !slices.Contains(atTheEnd, v.Invariant) && !slices.Contains(names, v.Invariant) {
			names = append(names, v.Invariant)
		}
	}
	slices.SortFunc(names, func(a, b string) int { return slices.Index(order(), a) - slices.Index(order(), b) })
	return names
}

// order is that of the list of promises.
func order() (names []string) {
	for _, i := range Invariants() {
		names = append(names, i[0])
	}
	return names
}

// The story tells of all that had to do with the violation, in order.
func TestStory(t *testing.T) {
	t.Parallel()
	r := perform(t, keep, func(s *stage) {
		s.asked(created("/app"), func(id string) {
			begin(s, "/app")
			s.others("/app", theirs)
			s.world.AddAlias(Account, Region, "alias/default", default2)
			time.Sleep(3 * time.Second)
			s.send("/app", default1)
			s.says(id, claimed("/app", default1, "default"))
		})
	})
	violated := Judge(r)
	i := slices.IndexFunc(violated, func(v Violation) bool { return v.Invariant == "kept-key-overwritten" })
	if i < 0 {
		t.Fatalf("got %v, want kept-key-overwritten among them", violated)
	}
	story := Story(r, violated[i])
	rest := story
	for _, want := range []string{
		"/app (EXISTING_KEY=keep)", "ASKED     copy 1: CreateLogGroup", "copy 1: DescribeLogGroups shows key none", "copy 1: ListTagsForResource",
		"copy 1: DescribeKey alias/default: …000000000001", "others: AssociateKmsKey …000000000005", "its key is …000000000005, before none by others",
		"alias/default now means …000000000002, before …000000000001", "copy 1: AssociateKmsKey …000000000001", "LOGGED    copy 1: associated/default",
		"VIOLATED  kept-key-overwritten", "ANSWERED  copy 1",
	} {
		_, after, found := strings.Cut(rest, want)
		if !found {
			t.Fatalf("got the story\n%s\nwant %q in this order", story, want)
		}
		rest = after
	}
}
