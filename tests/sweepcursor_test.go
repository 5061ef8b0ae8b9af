package tests

import (
	"encoding/base64"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"log-group-kms/internal/awsfake"
)

// onward sweeps until there is no cursor any more and returns what each call
// answered. The first calls have the deadlines given, the others a minute.
func (s *setup) onward(deadlines ...time.Duration) []swept {
	s.Helper()
	var all []swept
	var more []string
	for len(all) < 200 {
		deadline := time.Minute
		if len(all) < len(deadlines) {
			deadline = deadlines[len(all)]
		}
		a := s.swept(s.within(deadline, sweepCommand(more...)))
		all = append(all, a)
		if a.Cursor == "" {
			return all
		}
		more = []string{fmt.Sprintf(`"cursor":%q`, a.Cursor)}
	}
	s.Fatalf("got no end in %d calls; the last: %+v", len(all), all[len(all)-1])
	return nil
}

// total adds the counts of all calls up.
func total(all []swept) swept {
	var sum swept
	for _, a := range all {
		sum.Examined += a.Examined
		sum.Encrypted += a.Encrypted
		sum.Associated += a.Associated
		sum.Planned += a.Planned
		sum.Unchanged += a.Unchanged
		sum.Skipped += a.Skipped
		sum.Gone += a.Gone
		sum.Failed += a.Failed
	}
	return sum
}

// wantOnce makes sure that each log group has the key, and was given it once.
func (s *setup) wantOnce(groups int, key string) {
	s.Helper()
	times := map[string]int{}
	for _, c := range s.world.Calls() {
		if c.Operation == "AssociateKmsKey" && c.Status == 200 {
			times[c.Resource]++
		}
	}
	for i := range groups {
		s.wantKey(sweepName(i), key)
		if n := times[sweepName(i)]; n != 1 {
			s.Errorf("%s: got its key set %d times, want once", sweepName(i), n)
		}
	}
}

// TestSweepStopsAnywhere lets AWS fall silent after some number of writes, so that
// time runs out there, and follows the cursor to the end: nothing may be lost, and
// nothing done twice. Every other place to stop is tried on fake time, in
// internal/sweep.
func TestSweepStopsAnywhere(t *testing.T) {
	const groups = 55 // two pages
	for _, done := range []int{0, 49, 50, 54} {
		t.Run(fmt.Sprintf("after %d", done), func(t *testing.T) {
			t.Parallel()
			w, key := manyGroups(groups)
			speak := silentAfter(w, done)
			s := start(t, w, plain()...)
			s.does(created("aws/x")) // so that the start takes no time away
			first := s.swept(s.within(deadline, sweepCommand()))
			speak()
			if first.Cursor == "" {
				t.Fatalf("got no cursor (%s), want one", first.counts())
			}
			all := []swept{first}
			for all[len(all)-1].Cursor != "" {
				all = append(all, s.swept(s.invoke(sweepCommand(fmt.Sprintf(`"cursor":%q`, all[len(all)-1].Cursor)))))
			}
			s.equal("counts of all calls", total(all).counts(), "examined 55 encrypted 55 associated 55 planned 0 unchanged 0 skipped 0 gone 0 failed 0")
			s.wantOnce(groups, key)
		})
	}
}

// TestSweepInSeveralCalls sweeps under a rate that one call does not suffice for.
func TestSweepInSeveralCalls(t *testing.T) {
	t.Parallel()
	const groups = 240
	w, key := manyGroups(groups)
	s := start(t, w, plain("ASSOCIATE_RATE=30", "QUERY_RESULT_KMS_KEY=alias/log-group-kms")...)
	s.does(created("aws/x"))
	all := s.onward(deadline)
	if len(all) < 2 {
		t.Errorf("got %d calls, want several", len(all))
	}
	sum := total(all) // a write whose answer came too late is found done by the next call
	s.equal("examined, encrypted, done and failed", []int{sum.Examined, sum.Encrypted, sum.Associated + sum.Unchanged, sum.Failed}, []int{groups, groups, groups, 0})
	s.wantOnce(groups, key)
	s.equal("writes to the query results", len(w.CallsFor(queryResultARN)), 1)

	// Coverage is the whole sweep's, hence known in the end only.
	coverage := 0
	for _, m := range s.read().metrics {
		if m["LogGroups"] != nil {
			coverage++
			s.equal("coverage", []any{m["LogGroups"], m["LogGroupsEncrypted"], m["CoveragePercent"]}, []any{240.0, 240.0, 100.0})
		}
	}
	s.equal("coverage metrics", coverage, 1)
}

// silentAfter lets AWS fall silent after a number of writes. The function that it
// returns makes it speak again.
func silentAfter(w *awsfake.World, writes int) (speak func()) {
	var once sync.Once
	var end func()
	silence := func() {
		once.Do(func() { end = w.Inject(awsfake.Fault{Operation: "AssociateKmsKey", Kind: awsfake.Hang}) })
	}
	if writes == 0 {
		silence()
	}
	remove := w.OnCall(func(c awsfake.Call) {
		if c.Operation == "AssociateKmsKey" && w.CountCalls("AssociateKmsKey") >= writes {
			silence()
		}
	})
	return func() {
		remove()
		silence() // at the latest now, so that there is an end to it
		end()
	}
}

// stopped is an account with a sweep that got no further than the middle of its
// second page, and its cursor.
func stopped(t *testing.T) (*setup, string, string) {
	t.Helper()
	w, key := manyGroups(110)
	speak := silentAfter(w, 65)
	s := start(t, w, plain()...)
	s.does(created("aws/x")) // so that the start takes no time away
	a := s.swept(s.within(deadline, sweepCommand()))
	speak()
	// A request or two more may be under way when the silence begins.
	if a.Cursor == "" || a.Examined <= 50 || a.Examined > 75 {
		t.Fatalf("got %s and cursor %q, want a sweep that stopped on its second page", a.counts(), a.Cursor)
	}
	return s, key, fmt.Sprintf(`"cursor":%q`, a.Cursor)
}

// TestSweepChangesBetweenCalls creates and deletes log groups while the sweep
// stands still: the cursor leads past those that are no more, also past the very
// ones that it names.
func TestSweepChangesBetweenCalls(t *testing.T) {
	t.Parallel()
	s, key, cursor := stopped(t)
	for _, i := range []int{0, 20, 49, 50, 64, 65, 66, 74, 75, 76, 105, 109} {
		s.world.DeleteLogGroup(account, region, sweepName(i))
	}
	newGroup(s.world, "/sweep/zzz", "", nil)
	got := s.swept(s.invoke(sweepCommand(cursor)))
	s.equal("cursor and failures", []any{got.Cursor, got.Failed}, []any{"", 0})
	s.wantAll(key)
}

// wantAll makes sure that each log group that there is has the key.
func (s *setup) wantAll(key string) {
	s.Helper()
	for g := range s.world.LogGroups(account, region) {
		if g.KMSKeyARN != key {
			s.Errorf("key of %s: got %q, want %q", g.Name, g.KMSKeyARN, key)
		}
	}
}

// TestSweepChangesBetweenPages does the same between a page and the next.
func TestSweepChangesBetweenPages(t *testing.T) {
	t.Parallel()
	w, key := manyGroups(120)
	var once sync.Once
	w.OnCall(func(c awsfake.Call) {
		if c.Operation == "DescribeLogGroups" {
			once.Do(func() {
				for _, i := range []int{10, 49, 50, 60, 99, 119} { // 49 is the last of the page
					w.DeleteLogGroup(account, region, sweepName(i))
				}
				newGroup(w, sweepName(75)+"-new", "", nil)
				newGroup(w, "/sweep/zzz", "", nil)
			})
		}
	})
	s := start(t, w, plain()...)
	got := s.sweep()
	s.equal("examined and gone", []int{got.Examined, got.Gone, got.Failed}, []int{118, 2, 0})
	s.wantAll(key)
}

// TestSweepOldCursor is one whose page AWS has forgotten: the sweep starts over.
func TestSweepOldCursor(t *testing.T) {
	t.Parallel()
	s, key, cursor := stopped(t)
	s.world.InvalidateTokens()
	got := s.swept(s.invoke(sweepCommand(cursor)))
	s.equal("cursor", got.Cursor, "")
	// Starting over, it meets all of them again; those that are done cost nothing.
	s.equal("examined, failed and encrypted", []int{got.Examined, got.Failed, got.Encrypted}, []int{110, 0, 110})
	s.wantOnce(110, key)
}

// TestSweepForeignCursor refuses what this sweep did not hand out.
func TestSweepForeignCursor(t *testing.T) {
	t.Parallel()
	s, _, cursor := stopped(t)
	text := strings.TrimSuffix(strings.TrimPrefix(cursor, `"cursor":"`), `"`)
	edited := []byte(text)
	edited[len(edited)/2] ^= 1
	for name, more := range map[string][]string{
		"nonsense":        {`"cursor":"nonsense"`},
		"base64 nonsense": {fmt.Sprintf(`"cursor":%q`, base64.StdEncoding.EncodeToString([]byte(`{"account":"1"}`)))},
		"cut":             {fmt.Sprintf(`"cursor":%q`, text[:len(text)-4])},
		"longer":          {fmt.Sprintf(`"cursor":%q`, text+"AAAA")},
		"edited":          {fmt.Sprintf(`"cursor":%q`, edited)},
		"a number":        {`"cursor":7`},
		"an object":       {`"cursor":{"a":"b"}`},
		"huge":            {`"cursor":"` + strings.Repeat("A", 1<<20) + `"`},
		"other Region":    {cursor, `"region":"us-west-2"`},
		"other prefix":    {cursor, `"prefix":"/sweep"`},
	} {
		s.world.ResetCalls()
		mentions(t, s.fails("InvalidEvent", sweepCommand(more...)).ErrorMessage, "cursor")
		s.equal("AWS requests with a cursor that is "+name, len(s.world.Calls()), 0)
	}
	// Of another account there is no telling whether the cursor or the account is
	// looked at first; both are refusals.
	if got := s.invoke(sweepCommand(cursor, `"account":"`+otherAccount+`"`)); got.ErrorType != "InvalidEvent" && got.ErrorType != "AccessDenied" {
		t.Errorf("another account: got %q, want a refusal", got.ErrorType)
	}
}
