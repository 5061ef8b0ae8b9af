package judge

import (
	"testing"
	"time"

	"log-group-kms/internal/awsfake"
)

// kept and skip are claims about /app.
func kept(reason, key string) Claim {
	return Claim{Outcome: "unchanged", Reason: reason, LogGroup: "/app", Key: key, EventID: "event-/app"}
}

func skip(reason, rule string) Claim {
	return Claim{Outcome: "skipped", Reason: reason, Rule: rule, LogGroup: "/app", EventID: "event-/app"}
}

var gone = Claim{Outcome: "gone", Reason: "log-group-not-found", LogGroup: "/app", EventID: "event-/app"}

func TestClaims(t *testing.T) {
	t.Parallel()
	app := func(s *stage, work func(id string)) { s.asked(created("/app"), work) }
	judgeAll(t, []play{
		{"associated, but never sent", keep, func(s *stage) {
			app(s, func(id string) { begin(s, "/app"); s.says(id, claimed("/app", default1, "default")) })
		}, []string{"true-answer"}},
		{"associated, but refused", keep, func(s *stage) {
			s.once("AssociateKmsKey", awsfake.ServiceUnavailable503)
			app(s, func(id string) { good(s, id) })
		}, []string{"true-answer"}},
		{"associated, but the answer was lost", keep, func(s *stage) {
			s.once("AssociateKmsKey", awsfake.AppliedThenReset)
			app(s, func(id string) { good(s, id) })
		}, []string{"true-answer"}},
		{"associated, the answer lost and the key seen", keep, func(s *stage) {
			s.once("AssociateKmsKey", awsfake.AppliedThenReset)
			app(s, func(id string) {
				begin(s, "/app")
				s.send("/app", default1)
				s.look("/app")
				s.says(id, claimed("/app", default1, "default"))
			})
		}, nil},
		{"associated, the request lost, and somebody else's key of the same name seen", keep, func(s *stage) {
			s.once("AssociateKmsKey", awsfake.Reset)
			app(s, func(id string) {
				begin(s, "/app")
				s.send("/app", default1)
				s.others("/app", default1)
				s.look("/app")
				s.says(id, claimed("/app", default1, "default"))
			})
		}, nil},
		{"associated in the invocation before", keep, func(s *stage) {
			app(s, func(id string) { good(s, id) })
			app(s, func(id string) { begin(s, "/app"); s.says(id, claimed("/app", default1, "default")) })
		}, []string{"true-answer"}},
		{"the wrong reason", keep, func(s *stage) {
			app(s, func(id string) {
				begin(s, "/app")
				s.send("/app", default1)
				s.says(id, claimed("/app", default1, "tag"))
			})
		}, []string{"true-answer"}},
		{"a rejected tag not told", keep, func(s *stage) {
			s.tag("/app", map[string]string{"kms-key": "no key"})
			app(s, func(id string) { good(s, id) })
		}, []string{"true-answer"}},
		{"a rejected tag told", keep, func(s *stage) {
			s.tag("/app", map[string]string{"kms-key": "no key"})
			app(s, func(id string) {
				begin(s, "/app")
				s.send("/app", default1)
				c := claimed("/app", default1, "default")
				c.Rejected = "unusable"
				s.says(id, c)
			})
		}, nil},
		{"kept, a key that was seen", keep, func(s *stage) {
			s.others("/app", theirs)
			app(s, func(id string) { s.look("/app"); s.says(id, kept("existing-key-kept", theirs)) })
		}, nil},
		{"kept, a key that was not seen", keep, func(s *stage) {
			app(s, func(id string) { s.look("/app"); s.says(id, kept("existing-key-kept", theirs)) })
		}, []string{"true-answer"}},
		{"kept under replace", replace, func(s *stage) {
			s.others("/app", theirs)
			app(s, func(id string) { s.look("/app"); s.says(id, kept("existing-key-kept", theirs)) })
		}, []string{"true-answer"}},
		{"repair keeps an unfit key", repair, func(s *stage) {
			s.others("/app", foreign)
			time.Sleep(20 * time.Second)
			app(s, func(id string) { begin(s, "/app"); s.says(id, kept("existing-key-kept", foreign)) })
		}, []string{"true-answer"}},
		{"already associated with the wrong key", replace, func(s *stage) {
			s.others("/app", theirs)
			app(s, func(id string) { begin(s, "/app"); s.says(id, kept("already-associated", theirs)) })
		}, []string{"right-key"}},
		{"planned without a dry run", keep, func(s *stage) {
			app(s, func(id string) {
				begin(s, "/app")
				s.says(id, Claim{Outcome: "planned", Reason: "default", LogGroup: "/app", Key: default1, EventID: "event-/app"})
			})
		}, []string{"true-answer"}},
		{"planned with the wrong key", keep, func(s *stage) {
			s.asked(Input{LogGroup: "/app", Event: "encrypt", DryRun: true}, func(id string) {
				begin(s, "/app")
				s.says(id, Claim{Outcome: "planned", Reason: "default", LogGroup: "/app", Key: theirs, DryRun: true})
			})
		}, []string{"right-key"}},
		{"no key, though there is a default", keep, func(s *stage) {
			app(s, func(id string) { begin(s, "/app"); s.says(id, skip("no-key", "")) })
		}, []string{"true-answer"}},
		{"excluded by a rule that does not match", rules, func(s *stage) {
			app(s, func(id string) { begin(s, "/app"); s.says(id, skip("excluded", "builds")) })
		}, []string{"true-answer"}},
		{"reserved, by nobody's word", keep, func(s *stage) {
			app(s, func(id string) { begin(s, "/app"); s.says(id, skip("reserved-name", "")) })
		}, []string{"true-answer"}},
		{"reserved, by AWS's word", keep, func(s *stage) {
			s.once("AssociateKmsKey", awsfake.ReservedName)
			app(s, func(id string) { begin(s, "/app"); s.send("/app", default1); s.says(id, skip("reserved-name", "")) })
		}, nil},
		{"unhandled, though it is an event to act on", keep, func(s *stage) {
			app(s, func(id string) { s.says(id, skip("unhandled-event", "")) })
		}, []string{"true-answer"}},
		{"handled, though the call had failed", keep, func(s *stage) {
			in := created("/app")
			in.Expect = "skipped/failed-call"
			s.asked(in, func(id string) { s.look("/app"); s.says(id, gone) })
		}, []string{"true-answer"}},
		{"gone, though it is there", keep, func(s *stage) {
			app(s, func(id string) { s.look("/app"); s.says(id, gone) })
		}, []string{"true-answer"}},
		{"gone by a look", keep, func(s *stage) {
			s.world.DeleteLogGroup(Account, Region, "/app")
			app(s, func(id string) { s.look("/app"); s.says(id, gone) })
		}, nil},
		{"gone at the write", keep, func(s *stage) {
			app(s, func(id string) {
				begin(s, "/app")
				s.world.DeleteLogGroup(Account, Region, "/app")
				s.send("/app", default1)
				s.says(id, gone)
			})
		}, nil},
		{"no outcome of ours", keep, func(s *stage) {
			app(s, func(id string) { s.says(id, Claim{Outcome: "done", LogGroup: "/app", EventID: "event-/app"}) })
		}, []string{"true-answer"}},
	})
}

func TestAnswerFields(t *testing.T) {
	t.Parallel()
	// spoiled is a good run but for one field of what is said.
	spoiled := func(name string, spoil func(*stage, *Claim)) play {
		return play{name, keep, func(s *stage) {
			in := created("/app")
			in.EventTime = time.Now()
			s.asked(in, func(id string) {
				begin(s, "/app")
				s.send("/app", default1)
				c := claimed("/app", default1, "default")
				open := time.Since(in.EventTime).Seconds()
				c.Exposure = &open
				spoil(s, &c)
				s.says(id, c)
			})
		}, []string{"answer-fields"}}
	}
	right := spoiled("all as it was", func(*stage, *Claim) {})
	right.want = nil
	judgeAll(t, []play{
		right,
		spoiled("one request too many", func(_ *stage, c *Claim) { c.Attempts = 2 }),
		spoiled("one request too few", func(_ *stage, c *Claim) { c.Attempts = 0 }),
		spoiled("a previous key that nobody saw", func(_ *stage, c *Claim) { c.Previous = theirs }),
		spoiled("no exposure", func(_ *stage, c *Claim) { c.Exposure = nil }),
		spoiled("too much exposure", func(_ *stage, c *Claim) { *c.Exposure += 2 }),
		spoiled("too little exposure", func(_ *stage, c *Claim) { *c.Exposure = 0 }),
		{"another log group than was asked", keep, func(s *stage) {
			v := s.asked(created("/app"), func(id string) { good(s, id) })
			v.Answer = []byte(`{"outcome":"associated","reason":"default","logGroup":"/app/2","dryRun":false,"eventId":"event-/app"}`)
		}, []string{"answer-fields"}},
		{"an answer unlike its log line", keep, func(s *stage) {
			v := s.asked(created("/app"), func(id string) { good(s, id) })
			v.Answer = []byte(`{"outcome":"unchanged","reason":"default","logGroup":"/app","dryRun":false,"eventId":"event-/app"}`)
		}, []string{"answer-fields"}},
		{"an answer that is none", keep, func(s *stage) {
			s.asked(created("/app"), func(id string) { good(s, id) }).Answer = []byte(`null and void`)
		}, []string{"answer-fields"}},
		{"an answer that says nothing", keep, func(s *stage) {
			s.asked(created("/app"), func(id string) { good(s, id) }).Answer = []byte(`{}`)
		}, []string{"every-event-ended"}},
		{"an answer without a log line", keep, func(s *stage) {
			v := s.asked(created("/app"), func(string) {})
			v.ErrorType, v.Answer = "", []byte(`{"outcome":"gone"}`)
		}, []string{"answer-fields"}},
		{"a sweep that counts", plain, func(s *stage) {
			s.asked(Input{Event: "sweep"}, func(id string) {
				s.page()
				s.ask("alias/default")
				s.send("/app", default1)
				s.says(id, Claim{Outcome: "associated", Reason: "default", LogGroup: "/app", Key: default1, Attempts: 1})
			})
		}, nil},
		{"a sweep that counts wrong", plain, func(s *stage) {
			s.asked(Input{Event: "sweep"}, func(id string) {
				s.page()
				s.ask("alias/default")
				s.send("/app", default1)
				s.says(id, Claim{Outcome: "associated", Reason: "default", LogGroup: "/app", Key: default1, Attempts: 1})
			}).Answer = []byte(`{"examined":2,"associated":2}`)
		}, []string{"answer-fields"}},
	})
}

// A batch has two messages; one fails.
func TestBatches(t *testing.T) {
	t.Parallel()
	batch := func(name, answer string, want ...string) play {
		return play{name, plain, func(s *stage) {
			first, second := created("/app"), created("/app/2")
			first.Message, second.Message = "m1", "m2"
			s.once("AssociateKmsKey", awsfake.ServiceUnavailable503)
			v := s.invoked(Invocation{Inputs: []Input{second, first}, Batch: true}, func(id string) {
				s.look("/app/2")
				s.ask("alias/default")
				s.send("/app/2", default1)
				s.says(id, Claim{ErrorType: "Unavailable", LogGroup: "/app/2", EventID: "event-/app/2"})
				s.look("/app")
				s.send("/app", default1)
				s.says(id, claimed("/app", default1, "default"))
			})
			v.ErrorType, v.Answer = "", []byte(answer)
		}, want}
	}
	judgeAll(t, []play{
		batch("the failed one is named", `{"batchItemFailures":[{"itemIdentifier":"m2"}]}`),
		batch("the other one is named", `{"batchItemFailures":[{"itemIdentifier":"m1"}]}`, "every-event-ended"),
		batch("none is named", `{"batchItemFailures":[]}`, "answer-fields", "every-event-ended"),
		batch("a stranger is named", `{"batchItemFailures":[{"itemIdentifier":"m2"},{"itemIdentifier":"m3"}]}`, "answer-fields"),
	})
}
