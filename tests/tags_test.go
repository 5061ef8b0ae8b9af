package tests

import (
	"strings"
	"sync"
	"testing"
	"time"

	"log-group-kms/internal/awsfake"
	"log-group-kms/tests/golden"
)

// TestTagsFromEvent tells when the tags in an event are believed, and when AWS is
// asked. AWS knows another key than the event, so the answer shows whose tag it
// was.
func TestTagsFromEvent(t *testing.T) {
	byRule := rules(`{"name":"r","tags":{"data-class":"pci*"},"key":"alias/gateway"}`)
	fromEvent, fromAWS := "associated/tag "+id(golden.PaymentsKey), "associated/tag "+id(golden.LedgerKey)
	keyTag := tagged(map[string]string{"kms-key": "alias/payments"})
	cases := []struct {
		name     string
		settings []string
		event    string
		want     string
		asked    bool
	}{
		{"a fresh event with the key tag", nil, created("/app/t", keyTag), fromEvent, false},
		{"a fresh bare record with the key tag", nil, bare(created("/app/t", keyTag)), fromEvent, false},
		{"four minutes old", nil, created("/app/t", keyTag, before(4*time.Minute)), fromEvent, false},
		{"six minutes old", nil, created("/app/t", keyTag, before(6*time.Minute)), fromAWS, true},
		{"years old", nil, created("/app/t", keyTag, before(3*365*24*time.Hour)), fromAWS, true},
		{"without a time", nil, created("/app/t", keyTag, lacking("eventTime"), around("time", nil)), fromAWS, true},
		{"of other tags only", nil, created("/app/t", tagged(map[string]string{"team": "a"})), fromAWS, true},
		{"without tags", nil, created("/app/t"), fromAWS, true},
		{"with the tags of TagLogGroup", nil, happened("TagLogGroup", object{"logGroupName": "/app/t", "tags": object{"kms-key": "alias/payments"}}), fromAWS, true},
		{"with the tags of TagResource", nil, happened("TagResource", object{"resourceArn": awsfake.LogGroupARN(account, region, "/app/t"), "tags": object{"kms-key": "alias/payments"}}), fromAWS, true},
		{"a rule's tag where tags name no keys", []string{"KMS_KEY_TAG=", byRule}, created("/app/t", tagged(map[string]string{"data-class": "pci"})), "associated/rule " + id(golden.GatewayKey), false},
		{"the key tag decides before the rule's", []string{byRule}, created("/app/t", tagged(map[string]string{"kms-key": "alias/payments"})), fromEvent, false},
		{"a rule's tag, while the key tag may have come since", []string{byRule}, created("/app/t", tagged(map[string]string{"data-class": "pci"})), fromAWS, true},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := golden.NewWorld()
			newGroup(w, "/app/t", "", map[string]string{"kms-key": "alias/ledger"})
			s := start(t, w, c.settings...)
			s.equal("answer", s.does(c.event).short(), c.want)
			if n := w.CountCalls("ListTagsForResource"); (n == 1) != c.asked || n > 1 {
				t.Errorf("tag reads: got %d, want one: %t", n, c.asked)
			}
		})
	}
}

// bare is the CloudTrail record of an event.
func bare(event string) string {
	start := strings.Index(event, `"detail":`) + len(`"detail":`)
	end := strings.Index(event, `,"detail-type"`)
	return event[start:end]
}

// TestNoTagRead is for the decisions that need no tags: each read costs one of
// few requests a second.
func TestNoTagRead(t *testing.T) {
	cases := []struct {
		name     string
		settings []string
		event    string
	}{
		{"tags name no keys, no rules", []string{"KMS_KEY_TAG=", "RULES="}, created("/app/new")},
		{"tags name no keys, no rule needs one", []string{"KMS_KEY_TAG="}, created("/app/new")},
		{"an earlier rule decides", []string{"KMS_KEY_TAG=", rules(`{"name":"a","logGroups":["/app/*"],"key":"alias/gateway"}`, `{"name":"b","tags":{"x":"y"},"skip":true}`)}, created("/app/new")},
		{"a rule on tags is of another name", []string{"KMS_KEY_TAG=", rules(`{"name":"b","logGroups":["/other/*"],"tags":{"x":"y"},"skip":true}`)}, created("/app/new")},
		{"a rule skips", []string{rules(`{"name":"a","logGroups":["/app/*"],"skip":true}`)}, created("/app/new")},
		{"query results", nil, queryResult()},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := start(t, world(), c.settings...)
			s.does(c.event)
			s.equal("tag reads", s.world.CountCalls("ListTagsForResource")+s.world.CountCalls("ListTagsLogGroup"), 0)
		})
	}
}

// TestNamesThatTagCallsRefuse guards against the ARN of a name with "#", which
// the newer tag call does not take.
func TestNamesThatTagCallsRefuse(t *testing.T) {
	t.Parallel()
	w := world()
	newGroup(w, "/app/a#b", "", map[string]string{"kms-key": "alias/payments"})
	s := start(t, w)
	s.equal("answer", s.does(created("/app/a#b")).short(), "associated/tag "+id(golden.PaymentsKey))
	s.equal("tags read by the older call", []int{w.CountCalls("ListTagsLogGroup"), w.CountCalls("ListTagsForResource")}, []int{1, 0})
	for _, call := range w.Calls() {
		if call.Operation == "AssociateKmsKey" {
			s.equal("named by", call.Request["logGroupName"], any("/app/a#b"))
		}
	}
}

// TestTagTroubleIsNoAbsence guards against taking tags that could not be read for
// tags that are not there: the log group would get the wrong key.
func TestTagTroubleIsNoAbsence(t *testing.T) {
	t.Parallel()
	w := world()
	newGroup(w, "/app/t", "", map[string]string{"kms-key": "alias/payments"})
	w.DenyAction(account, "logs:ListTagsForResource", true)
	s := start(t, w)
	mentions(t, s.fails("AccessDenied", created("/app/t")).ErrorMessage, "/app/t", "logs:ListTagsForResource")
	s.wantKey("/app/t", "")
}

// TestReadsSideBySide holds each read until the other has come as well. One after
// the other they would never get through.
func TestReadsSideBySide(t *testing.T) {
	t.Parallel()
	w := world()
	var both sync.WaitGroup
	both.Add(2)
	w.OnCall(func(c awsfake.Call) {
		if c.Operation == "DescribeLogGroups" || c.Operation == "ListTagsForResource" {
			both.Done()
			both.Wait()
		}
	})
	s := start(t, w)
	s.equal("outcome", s.does(created("/app/new")).Outcome, "associated")
	s.wantCalls(writing...)
}

// TestWarmCalls holds the price of an event in a warm process: the key is known
// by then.
func TestWarmCalls(t *testing.T) {
	t.Parallel()
	w := world()
	s := start(t, w, "ASSOCIATE_RATE=0")
	s.does(created("/app/new"))
	w.ResetCalls()
	s.does(created("/app/orders"))
	s.wantCalls("AssociateKmsKey", "DescribeLogGroups", "ListTagsForResource")
}

// TestExactName guards against acting on every log group whose name begins like
// the one that the event names.
func TestExactName(t *testing.T) {
	for _, there := range []bool{true, false} {
		t.Run(map[bool]string{true: "it exists", false: "it does not"}[there], func(t *testing.T) {
			t.Parallel()
			w := golden.NewWorld()
			others := []string{"/app2", "/app/", "/app#", "/app-1", "/App", "/ap"}
			for _, name := range others {
				newGroup(w, name, "", nil)
			}
			want := "gone/log-group-not-found"
			if there {
				newGroup(w, "/app", "", nil)
				want = "associated/default " + id(golden.DefaultKey)
			}
			// No tags are read that could tell that it is not there.
			s := start(t, w, "KMS_KEY_TAG=")
			s.equal("answer", s.does(created("/app", before(time.Hour))).short(), want)
			s.equal("writes", w.CountCalls("AssociateKmsKey"), map[bool]int{true: 1}[there])
			for _, name := range others {
				s.wantKey(name, "")
			}
		})
	}
}

// TestEncryptedNeighbour guards against reading a neighbour's key for the log
// group's own, whether that one exists or not.
func TestEncryptedNeighbour(t *testing.T) {
	t.Parallel()
	w := world()
	for _, name := range []string{"/app/new-2", "/app/ne", "/app/absent-2"} {
		newGroup(w, name, golden.LedgerKey, nil)
	}
	s := start(t, w, "KMS_KEY_TAG=")
	s.equal("one that exists", s.does(command("/app/new")).short(), "associated/default "+id(golden.DefaultKey))
	s.equal("one that does not", s.does(command("/app/absent")).short(), "gone/log-group-not-found")
}
