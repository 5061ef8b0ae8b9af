package tests

import (
	"testing"
	"time"

	"log-group-kms/internal/awsfake"
	"log-group-kms/tests/golden"
)

// TestLookAgain is about a log group that AWS does not show yet. A young event is
// worth another look, an old one is not: that log group is gone.
func TestLookAgain(t *testing.T) {
	cases := []struct {
		name  string
		event func() string
		reads int
		want  string
	}{
		{"a young event", func() string { return created("/app/hidden") }, 2, "associated/default " + id(golden.DefaultKey)},
		// Only a creation is new: what a log group loses or gets later does not make
		// one that is missing worth waiting for.
		{"a young tag event", func() string {
			return happened("TagResource", object{"resourceArn": awsfake.LogGroupARN(account, region, "/app/hidden"), "tags": object{"a": "b"}})
		}, 1, "gone/log-group-not-found"},
		{"a young removal of the key", func() string {
			return happened("DisassociateKmsKey", object{"logGroupName": "/app/hidden"})
		}, 1, "gone/log-group-not-found"},
		{"an old event", func() string { return created("/app/hidden", before(time.Hour)) }, 1, "gone/log-group-not-found"},
		{"a command", func() string { return command("/app/hidden") }, 1, "gone/log-group-not-found"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := golden.NewWorld()
			// The log group shows up once the first look has missed it.
			w.OnCall(func(call awsfake.Call) {
				if call.Operation == "DescribeLogGroups" {
					newGroup(w, "/app/hidden", "", nil)
				}
			})
			s := start(t, w, "KMS_KEY_TAG=")
			s.equal("answer", s.does(c.event()).short(), c.want)
			s.equal("reads", w.CountCalls("DescribeLogGroups"), c.reads)
		})
	}
}

// TestLookAgainWithTags has the tags' read miss the log group too: what it says
// is as much out of date as what the state's read says.
func TestLookAgainWithTags(t *testing.T) {
	t.Parallel()
	w := golden.NewWorld()
	w.OnCall(func(call awsfake.Call) {
		if call.Operation == "DescribeLogGroups" {
			newGroup(w, "/app/hidden", "", map[string]string{"kms-key": "alias/payments"})
		}
	})
	s := start(t, w)
	s.equal("answer", s.does(created("/app/hidden")).short(), "associated/tag "+id(golden.PaymentsKey))
}

// TestTagsMissed has only the tags' read miss the log group, and only once.
func TestTagsMissed(t *testing.T) {
	t.Parallel()
	w := world()
	w.Inject(awsfake.Fault{Operation: "ListTagsForResource", Kind: awsfake.NotFound, Times: 1})
	s := start(t, w)
	s.equal("answer", s.does(created("/app/new")).short(), "associated/default "+id(golden.DefaultKey))
}

// TestWriteMissed has only the write miss the log group, and only once.
func TestWriteMissed(t *testing.T) {
	t.Parallel()
	w := world()
	w.Inject(awsfake.Fault{Operation: "AssociateKmsKey", Kind: awsfake.NotFound, Times: 1})
	s := start(t, w)
	s.equal("answer", s.does(created("/app/new")).short(), "associated/default "+id(golden.DefaultKey))
}

// TestGoneForGood looks again, finds nothing, and leaves it at that.
func TestGoneForGood(t *testing.T) {
	t.Parallel()
	w := golden.NewWorld()
	s := start(t, w)
	got := s.within(time.Minute, created("/app/never"))
	var a answer
	decode(t, got.Payload, &a)
	s.equal("answer", a.short(), "gone/log-group-not-found")
	if n := w.CountCalls("DescribeLogGroups"); n < 2 || n > 3 {
		t.Errorf("reads: got %d, want one more than the first, or little more", n)
	}
	s.equal("writes", w.CountCalls("AssociateKmsKey"), 0)
}

// TestDeletedBetweenReadAndWrite is a success: there is nothing left to encrypt.
func TestDeletedBetweenReadAndWrite(t *testing.T) {
	t.Parallel()
	w := world()
	w.OnCall(func(call awsfake.Call) {
		if call.Operation == "DescribeKey" {
			w.DeleteLogGroup(account, region, "/app/new")
		}
	})
	s := start(t, w)
	s.equal("answer", s.does(created("/app/new")).short(), "gone/log-group-not-found")
}
