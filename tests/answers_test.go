package tests

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"log-group-kms/internal/awsfake"
	"log-group-kms/internal/runtimeapi"
	"log-group-kms/tests/golden"
)

// answer is an answer about one log group. These are all the members it may
// have.
type answer struct {
	Outcome            string   `json:"outcome"`
	Reason             string   `json:"reason"`
	LogGroup           string   `json:"logGroup"`
	ResourceIdentifier string   `json:"resourceIdentifier"`
	Account            string   `json:"account"`
	Region             string   `json:"region"`
	KMSKeyARN          string   `json:"kmsKeyArn"`
	PreviousKMSKeyARN  string   `json:"previousKmsKeyArn"`
	Rule               string   `json:"rule"`
	TagRejected        string   `json:"tagRejected"`
	Attempts           int      `json:"attempts"`
	ExposureSeconds    *float64 `json:"exposureSeconds"`
	DryRun             bool     `json:"dryRun"`
	EventID            string   `json:"eventId"`
}

// short is what most tests compare of an answer.
func (a answer) short() string {
	text := a.Outcome + "/" + a.Reason
	if a.KMSKeyARN != "" {
		text += " " + a.KMSKeyARN[strings.LastIndex(a.KMSKeyARN, "/")+1:]
	}
	if a.TagRejected != "" {
		text += " tag " + a.TagRejected
	}
	return text
}

// decode reads JSON into v and refuses members that v does not have.
func decode(t *testing.T, text []byte, v any) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		t.Fatalf("decoding %s: %v", text, err)
	}
}

// does sends an event whose answer is a success.
func (s *setup) does(event string) answer {
	s.Helper()
	got := s.invoke(event)
	if got.ErrorType != "" {
		s.Fatalf("got the error %s (%s), want an answer", got.ErrorType, got.ErrorMessage)
	}
	var a answer
	decode(s.T, got.Payload, &a)
	return a
}

// fails sends an event whose answer is a failure of the given type.
func (s *setup) fails(errorType, event string) runtimeapi.Answer {
	s.Helper()
	got := s.invoke(event)
	if got.ErrorType != errorType {
		s.Fatalf("got %q %s %s, want the error %s", got.ErrorType, got.ErrorMessage, got.Payload, errorType)
	}
	return got
}

// within sends an event with a deadline, which the function has to keep.
func (s *setup) within(deadline time.Duration, event string) runtimeapi.Answer {
	s.Helper()
	got, err := s.function.InvokeWithin(s.Context(), []byte(event), deadline)
	if err != nil {
		s.Fatalf("invoking the function: %v\n%s", err, s.function.Stderr())
	}
	if got.TimedOut {
		s.Fatalf("got no answer within %v, want one before the deadline", deadline)
	}
	return got
}

// outcomeOf is an answer in short, or the error's type.
func (s *setup) outcomeOf(event string) string {
	s.Helper()
	got := s.invoke(event)
	if got.ErrorType != "" {
		return got.ErrorType
	}
	var a answer
	decode(s.T, got.Payload, &a)
	return a.short()
}

// wantCalls compares the AWS operations called so far.
func (s *setup) wantCalls(want ...string) {
	s.Helper()
	want = slices.Sorted(slices.Values(want)) // nothing where there are none, as with operations
	got := s.operations()
	// A busy machine may have to look at the state again before a write.
	oneLook := func(a, b string) bool { return a == b && a == "DescribeLogGroups" }
	want, got = slices.CompactFunc(want, oneLook), slices.CompactFunc(got, oneLook)
	if diff := cmp.Diff(want, got); diff != "" {
		s.Errorf("AWS calls (-want +got):\n%s", diff)
	}
}

// wantKey compares the key that a log group has in the end.
func (s *setup) wantKey(logGroup, key string) {
	s.Helper()
	group, ok := s.world.LogGroup(account, region, logGroup)
	if !ok || group.KMSKeyARN != key {
		s.Errorf("key of %s: got %q (it exists: %t), want %q", logGroup, group.KMSKeyARN, ok, key)
	}
}

// equal compares two values of any kind.
func (s *setup) equal(what string, got, want any) {
	s.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		s.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// mentions looks for parts of a text, whatever their case.
func mentions(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(strings.ToLower(text), strings.ToLower(part)) {
			t.Errorf("got %q, want %q in it", text, part)
		}
	}
}

// omits looks for parts that a text must not have.
func omits(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if strings.Contains(text, part) {
			t.Errorf("got %q, want no %q in it", text, part)
		}
	}
}

// id is the last part of a key's ARN.
func id(arn string) string { return arn[strings.LastIndex(arn, "/")+1:] }

// newKey makes a key with an alias; k lacks no more than what differs from a
// good one.
func newKey(w *awsfake.World, alias string, k awsfake.Key) string {
	if k.Region == "" {
		k.Region = region
	}
	arn := w.AddKey(k)
	if alias != "" {
		w.AddAlias(k.Account, k.Region, alias, arn)
	}
	return arn
}

// newGroup makes a log group in the golden account.
func newGroup(w *awsfake.World, name, key string, tags map[string]string) {
	w.PutLogGroup(account, region, awsfake.LogGroup{Name: name, KMSKeyARN: key, Tags: tags})
}

// world is the golden account with one more log group, /app/new.
func world() *awsfake.World {
	w := golden.NewWorld()
	newGroup(w, "/app/new", "", nil)
	return w
}

// manyGroups is an account with a good default key and n log groups, whose names
// are in order: /sweep/000 and on.
func manyGroups(n int) (*awsfake.World, string) {
	w := awsfake.New(account)
	key := newKey(w, "alias/log-group-kms", awsfake.Key{})
	for i := range n {
		newGroup(w, sweepName(i), "", nil)
	}
	return w, key
}

func sweepName(i int) string { return fmt.Sprintf("/sweep/%03d", i) }
