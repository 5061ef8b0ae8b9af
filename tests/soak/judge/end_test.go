package judge

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"log-group-kms/internal/awsfake"
)

func TestFailures(t *testing.T) {
	t.Parallel()
	failing := func(in Input, errorType string, work func(*stage)) func(*stage) {
		return func(s *stage) {
			s.asked(in, func(id string) {
				work(s)
				s.says(id, Claim{ErrorType: errorType, LogGroup: in.LogGroup, EventID: in.EventID})
			})
			time.Sleep(step)
		}
	}
	app := created("/app")
	nothing := func(*stage) {}
	written := func(kind awsfake.FaultKind) func(*stage) {
		return func(s *stage) { s.once("AssociateKmsKey", kind); begin(s, "/app"); s.send("/app", default1) }
	}
	judgeAll(t, []play{
		{"Conflict out of nothing", keep, failing(app, "Conflict", nothing), []string{"failure-has-cause"}},
		{"Conflict", keep, failing(app, "Conflict", written(awsfake.Conflict)), nil},
		{"Unavailable out of nothing", keep, failing(app, "Unavailable", nothing), []string{"failure-has-cause"}},
		{"Unavailable", keep, failing(app, "Unavailable", written(awsfake.HTML500)), nil},
		{"Throttled by the function's own rate", keep, func(s *stage) { s.record.Paced = true; failing(app, "Throttled", nothing)(s) }, nil},
		{"out of time", keep, failing(app, "Unavailable", func(*stage) { time.Sleep(5 * time.Second) }), nil},
		{"an errorType of nobody's", keep, failing(app, "Broken", written(awsfake.HTML500)), []string{"failure-has-cause"}},
		{"InvalidEvent for an event", keep, failing(app, "InvalidEvent", nothing), []string{"failure-has-cause"}},
		{"InvalidEvent for nonsense", keep, failing(Input{Event: "nonsense", Expect: "InvalidEvent"}, "InvalidEvent", nothing), nil},
		{"KeyUnusable out of nothing", keep, failing(app, "KeyUnusable", nothing), []string{"failure-has-cause"}},
		{"KeyUnusable by KMS's word", keep, func(s *stage) {
			s.world.SetKeyState(default1, awsfake.Disabled)
			failing(app, "KeyUnusable", func(s *stage) { begin(s, "/app") })(s)
		}, nil},
		{"KeyUnusable by KMS's word long ago", keep, func(s *stage) {
			s.world.SetKeyState(default1, awsfake.Disabled)
			s.asked(created("/app/2"), func(string) { s.ask("alias/default") })
			time.Sleep(12 * time.Second)
			failing(app, "KeyUnusable", nothing)(s)
		}, []string{"fresh-key"}},
		{"KeyUnusable for a refusal, without another question", keep, failing(app, "KeyUnusable", written(awsfake.KeyNotAllowed)), []string{"asked-after-refusal"}},
		{"KeyUnusable for a refusal, after another question", keep, failing(app, "KeyUnusable", func(s *stage) {
			written(awsfake.KeyNotAllowed)(s)
			s.ask("alias/default")
		}), nil},
		{"a failure though all is well", keep, func(s *stage) {
			s.record.Calm = time.Now()
			failing(app, "Unavailable", written(awsfake.HTML500))(s)
		}, []string{"fails-though-well"}},
		{"a key that is unfit though all is well", keep, func(s *stage) {
			s.world.SetKeyState(default1, awsfake.Disabled)
			time.Sleep(time.Minute)
			s.record.Calm = time.Now()
			failing(app, "KeyUnusable", func(s *stage) { begin(s, "/app") })(s)
		}, nil},
		{"a crash", keep, func(s *stage) { s.asked(app, func(string) {}).Harmed = false }, []string{"no-crash"}},
		{"a crash though all is well", keep, func(s *stage) {
			s.record.Calm = time.Now()
			s.asked(app, func(string) {}).Harmed = false
		}, []string{"fails-though-well", "no-crash"}},
		{"a strange request", keep, func(s *stage) { s.record.Strange = []string{"a request without a signature"} }, []string{"no-crash"}},
		{"an event without an end", keep, func(s *stage) {
			s.record.Deliveries = []Delivery{{ID: "d1", Input: app, Tries: []Try{{At: time.Now(), Failed: true}}}}
		}, []string{"every-event-ended"}},
		{"events with an end", keep, func(s *stage) {
			s.record.Deliveries = []Delivery{{ID: "d1", Input: app, End: "answered"}, {ID: "d2", Input: app, End: "parked"}}
		}, nil},
	})
}

// At the end there are /app, /app/2, /build/1 and /tmp/x, the last excluded.
func TestFinalKeys(t *testing.T) {
	t.Parallel()
	set := func(keys map[string]string) func(*stage) {
		return func(s *stage) {
			for group, key := range keys {
				s.others(group, key)
			}
		}
	}
	all := func(key string) map[string]string {
		return map[string]string{"/app": key, "/app/2": key, "/build/1": key}
	}
	tests := []struct {
		name   string
		config Config
		do     func(*stage)
		want   []string // log groups
	}{
		{"all under the default", keep, set(all(default1)), nil},
		{"all open", keep, set(nil), []string{"/app", "/app/2", "/build/1"}},
		{"keep leaves others' keys", keep, set(all(theirs)), nil},
		{"replace does not", replace, set(all(theirs)), []string{"/app", "/app/2", "/build/1"}},
		{"repair leaves sound keys", repair, set(all(theirs)), nil},
		{"repair does not leave others", repair, set(map[string]string{"/app": foreign, "/app/2": theirs, "/build/1": default1}), []string{"/app"}},
		{"a rule skips", rules, set(map[string]string{"/app": default1, "/app/2": default1}), nil},
		{"no default", with(keep, func(c *Config) { c.Default = "" }), set(nil), nil},
		{"the default is unfit", keep, func(s *stage) { s.world.SetKeyState(default1, awsfake.Disabled) }, nil},
		{"the alias has moved", replace, func(s *stage) {
			set(all(default1))(s)
			s.world.AddAlias(Account, Region, "alias/default", default2)
		}, []string{"/app", "/app/2", "/build/1"}},
		{"a tag", replace, func(s *stage) {
			set(all(default1))(s)
			s.tag("/app", map[string]string{"kms-key": "alias/team-a"})
			s.tag("/app/2", map[string]string{"kms-key": "alias/nobody"})
		}, []string{"/app"}},
		{"a tag whose key does not admit CloudWatch Logs", replace, func(s *stage) {
			set(all(default1))(s)
			s.tag("/app", map[string]string{"kms-key": "alias/team-a"})
			s.world.SetKeyPolicy(team1, awsfake.PolicyWithoutLogs)
		}, nil},
		{"query results", with(keep, func(c *Config) { c.QueryResult = "alias/default" }), set(all(default1)), []string{""}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for _, v := range Judge(perform(t, tt.config, tt.do)) {
				if v.Invariant == "final-key" {
					got = append(got, v.LogGroup)
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestFinalCounts(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, first, second string
		want                bool
	}{
		{"each once", `{"examined":3,"encrypted":1}`, `{"examined":1,"encrypted":0}`, true},
		{"one missed", `{"examined":2,"encrypted":1}`, `{"examined":1,"encrypted":0}`, false},
		{"one twice", `{"examined":3,"encrypted":1}`, `{"examined":2,"encrypted":0}`, false},
		{"one with a key too many", `{"examined":3,"encrypted":1}`, `{"examined":1,"encrypted":1}`, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := perform(t, keep, func(s *stage) {
				s.others("/app", theirs)
				for _, answer := range []string{tt.first, tt.second} {
					v := s.asked(Input{Event: "sweep"}, func(string) {})
					v.LastSweep, v.ErrorType, v.Answer = true, "", []byte(answer)
				}
			})
			violated := slices.ContainsFunc(Judge(r), func(v Violation) bool { return v.Invariant == "final-counts" })
			if violated == tt.want {
				t.Errorf("got violated: %v, want %v", violated, !tt.want)
			}
		})
	}
}
