package encrypt_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"log-group-kms/internal/answer"
	"log-group-kms/internal/awsfake"
	"log-group-kms/internal/encrypt"
	"log-group-kms/internal/failure"
	"log-group-kms/internal/policy"
	"log-group-kms/internal/target"
)

// payments is a rule by name, pci one by tag.
var (
	payments = policy.Rule{Name: "payments", LogGroups: []policy.Pattern{"/pay/*"}, Key: "alias/rule"}
	pci      = policy.Rule{Name: "pci", Tags: map[string]policy.Pattern{"data-class": "pci*"}, Key: "alias/rule"}
	builds   = policy.Rule{Name: "builds", LogGroups: []policy.Pattern{"/build/*"}, Skip: true}
)

// The whole order of the choice, from the name to the last resort.
func TestDecision(t *testing.T) {
	const read, tags, describe, write = "DescribeLogGroups", "ListTagsForResource", "DescribeKey", "AssociateKmsKey"
	foreign := awsfake.KeyARN("444455556666", region, "6d5c0f2e-2d0e-4a3c-8a34-5a0f2c1d7e90")
	for _, test := range []struct {
		name   string
		change func(*policy.Policy)
		group  string
		has    string // alias of the key that the group has
		tags   []string
		want   answer.Answer // LogGroup is filled in
		key    string        // alias of the answer's key
		calls  []string
	}{
		{
			name: "default", group: "/app",
			want: answer.Answer{Outcome: answer.Associated, Reason: answer.Default, Attempts: 1, Encrypted: true},
			key:  "alias/logs", calls: []string{write, describe, read, tags},
		},
		{
			name: "tag before rule and default", group: "/pay/a", tags: []string{"kms-key", "alias/tagged"},
			change: func(p *policy.Policy) { p.Rules = []policy.Rule{payments} },
			want:   answer.Answer{Outcome: answer.Associated, Reason: answer.Tag, Attempts: 1, Encrypted: true},
			key:    "alias/tagged", calls: []string{write, describe, describe, read, tags},
		},
		{
			name: "rule by name", group: "/pay/a",
			change: func(p *policy.Policy) { p.Rules = []policy.Rule{payments} },
			want:   answer.Answer{Outcome: answer.Associated, Reason: answer.Rule, Rule: "payments", Attempts: 1, Encrypted: true},
			key:    "alias/rule", calls: []string{write, describe, read, tags},
		},
		{
			name: "rule by tag", group: "/app", tags: []string{"data-class", "pci-dss"},
			change: func(p *policy.Policy) { p.Rules = []policy.Rule{pci} },
			want:   answer.Answer{Outcome: answer.Associated, Reason: answer.Rule, Rule: "pci", Attempts: 1, Encrypted: true},
			key:    "alias/rule", calls: []string{write, describe, describe, read, tags},
		},
		{
			name: "rule that skips beats the tag", group: "/build/a", tags: []string{"kms-key", "alias/tagged"},
			change: func(p *policy.Policy) { p.Rules = []policy.Rule{builds} },
			want:   answer.Answer{Outcome: answer.Skipped, Reason: answer.Excluded, Rule: "builds"},
			calls:  []string{read},
		},
		{
			name: "no key", group: "/app", change: func(p *policy.Policy) { p.Default = "" },
			want:  answer.Answer{Outcome: answer.Skipped, Reason: answer.NoKey},
			calls: []string{read, tags},
		},
		{
			name: "excluded by name", group: "/tmp/x", change: func(p *policy.Policy) { p.Exclude = []policy.Pattern{"/tmp/*"} },
			want: answer.Answer{Outcome: answer.Skipped, Reason: answer.Excluded},
		},
		{
			name: "AWS's own", group: "aws/spans",
			want: answer.Answer{Outcome: answer.Skipped, Reason: answer.ReservedName},
		},
		{
			name: "AWS's own in capitals", group: "AWS/Spans",
			want: answer.Answer{Outcome: answer.Skipped, Reason: answer.ReservedName},
		},
		{
			name: "no tags where nothing needs them", group: "/app", tags: []string{"kms-key", "alias/tagged"},
			change: func(p *policy.Policy) { p.KeyTag = "" },
			want:   answer.Answer{Outcome: answer.Associated, Reason: answer.Default, Attempts: 1, Encrypted: true},
			key:    "alias/logs", calls: []string{write, describe, read},
		},
		{
			name: "a name with # has its tags read by the older call", group: "/app#1", tags: []string{"kms-key", "alias/tagged"},
			want: answer.Answer{Outcome: answer.Associated, Reason: answer.Tag, Attempts: 1, Encrypted: true},
			key:  "alias/tagged", calls: []string{write, describe, describe, read, "ListTagsLogGroup"},
		},
		{
			name: "tag with a key of another account", group: "/app", tags: []string{"kms-key", foreign},
			want: answer.Answer{Outcome: answer.Associated, Reason: answer.Default, TagRejected: answer.NotAllowed, Attempts: 1, Encrypted: true},
			key:  "alias/logs", calls: []string{write, describe, read, tags},
		},
		{
			name: "tag with an alias outside of the list", group: "/app", tags: []string{"kms-key", "alias/tagged"},
			change: func(p *policy.Policy) { p.Allowed = policy.Allowed{"alias/team-*"} },
			want:   answer.Answer{Outcome: answer.Associated, Reason: answer.Default, TagRejected: answer.NotAllowed, Attempts: 1, Encrypted: true},
			key:    "alias/logs", calls: []string{write, describe, read, tags},
		},
		{
			name: "tag that is no key", group: "/app", tags: []string{"kms-key", "yes please"},
			want: answer.Answer{Outcome: answer.Associated, Reason: answer.Default, TagRejected: answer.Unusable, Attempts: 1, Encrypted: true},
			key:  "alias/logs", calls: []string{write, describe, read, tags},
		},
		{
			name: "empty tag", group: "/app", tags: []string{"kms-key", ""},
			want: answer.Answer{Outcome: answer.Associated, Reason: answer.Default, TagRejected: answer.Unusable, Attempts: 1, Encrypted: true},
			key:  "alias/logs", calls: []string{write, describe, read, tags},
		},
		{
			name: "tag with an alias that does not exist", group: "/app", tags: []string{"kms-key", "alias/none"},
			want: answer.Answer{Outcome: answer.Associated, Reason: answer.Default, TagRejected: answer.Unusable, Attempts: 1, Encrypted: true},
			key:  "alias/logs", calls: []string{write, describe, describe, read, tags},
		},
		{
			name: "tag with AWS's own key", group: "/app", tags: []string{"kms-key", "alias/aws/s3"},
			want: answer.Answer{Outcome: answer.Associated, Reason: answer.Default, TagRejected: answer.Unusable, Attempts: 1, Encrypted: true},
			key:  "alias/logs", calls: []string{write, describe, read, tags},
		},
		{
			name: "rejected tag and nothing else", group: "/app", tags: []string{"kms-key", "alias/none"},
			change: func(p *policy.Policy) { p.Default = "" },
			want:   answer.Answer{Outcome: answer.Skipped, Reason: answer.NoKey, TagRejected: answer.Unusable},
			calls:  []string{describe, read, tags},
		},
		{
			name: "rejected tag, then the rule", group: "/pay/a", tags: []string{"kms-key", foreign},
			change: func(p *policy.Policy) { p.Rules = []policy.Rule{payments} },
			want:   answer.Answer{Outcome: answer.Associated, Reason: answer.Rule, Rule: "payments", TagRejected: answer.NotAllowed, Attempts: 1, Encrypted: true},
			key:    "alias/rule", calls: []string{write, describe, read, tags},
		},
		{
			name: "already so", group: "/app", has: "alias/logs", change: func(p *policy.Policy) { p.Existing = policy.Replace },
			want: answer.Answer{Outcome: answer.Unchanged, Reason: answer.AlreadyAssociated, Encrypted: true},
			key:  "alias/logs", calls: []string{describe, read, tags},
		},
		{
			name: "replaced", group: "/app", has: "alias/other", change: func(p *policy.Policy) { p.Existing = policy.Replace },
			want: answer.Answer{Outcome: answer.Associated, Reason: answer.Default, PreviousKMSKeyARN: "alias/other", Attempts: 1, Encrypted: true},
			key:  "alias/logs", calls: []string{write, describe, read, tags},
		},
		{
			name: "gone", group: "",
			want: answer.Answer{Outcome: answer.Gone, Reason: answer.LogGroupNotFound},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSetup(t, test.change)
				keys := map[string]string{
					"": "", "alias/logs": s.defaultKey, "alias/tagged": s.tagged,
					"alias/rule": s.key("alias/rule", awsfake.Key{}), "alias/other": s.key("alias/other", awsfake.Key{}),
				}
				name := test.group
				if name == "" {
					name = "/gone"
				} else {
					s.group(name, keys[test.has], test.tags...)
				}
				// What shares the beginning of the name is never touched.
				s.group(name+"2", "")
				want := test.want
				want.LogGroup, want.KMSKeyARN, want.PreviousKMSKeyARN = name, keys[test.key], keys[want.PreviousKMSKeyARN]
				s.slow() // what goes side by side is sent at the same time
				got, err := s.run(name)
				s.check(got, err, want)
				if test.group != "" { // where it is gone, the tag read beside may not have begun
					s.wantOperations(test.calls...)
				}
				if test.group != "" && want.Outcome == answer.Associated && s.keyOf(name) != want.KMSKeyARN {
					t.Errorf("got key %q on the log group, want the one of the answer", s.keyOf(name))
				}
				if got := s.keyOf(name + "2"); got != "" {
					t.Errorf("got key %q on the log group of a longer name, want it untouched", got)
				}
				if (got.TagRejected == "") != (got.TagRejectedWhy == "") {
					t.Errorf("got tag rejected %q, because of %q", got.TagRejected, got.TagRejectedWhy)
				}
			})
		})
	}
}

// No tag, rule or key is asked for where a key is there to be kept.
func TestKeepLooksNoFurther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSetup(t, nil)
		s.group("/app", s.tagged)
		request := named("/app")
		request.LikelyHasKey = true // as a record with a key says
		got, err := s.encrypter.Encrypt(t.Context(), request)
		s.check(got, err, answer.Answer{Outcome: answer.Unchanged, Reason: answer.ExistingKeyKept, LogGroup: "/app", KMSKeyARN: s.tagged, Encrypted: true})
		s.wantOperations("DescribeLogGroups")
	})
}

// The key that a call set may have been taken away since.
func TestHasKeyIsOnlyAGuess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSetup(t, nil)
		s.group("/app", "", "kms-key", "alias/tagged")
		request := named("/app")
		request.LikelyHasKey = true
		got, err := s.encrypter.Encrypt(t.Context(), request)
		s.check(got, err, answer.Answer{Outcome: answer.Associated, Reason: answer.Tag, LogGroup: "/app", KMSKeyARN: s.tagged, Attempts: 1, Encrypted: true})
	})
}

// A fresh record's tags save a request where they decide; where they do not,
// others may have been added since.
func TestTagsOfTheEvent(t *testing.T) {
	for _, test := range []struct {
		name   string
		known  map[string]string
		reason answer.Reason
		reads  int
	}{
		{"they decide", map[string]string{"kms-key": "alias/tagged"}, answer.Tag, 0},
		{"they do not", map[string]string{"team": "a"}, answer.Tag, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSetup(t, nil)
				s.group("/app", "", "kms-key", "alias/tagged", "team", "a")
				request := named("/app")
				request.Tags = test.known
				got, err := s.encrypter.Encrypt(t.Context(), request)
				s.check(got, err, answer.Answer{Outcome: answer.Associated, Reason: test.reason, LogGroup: "/app", KMSKeyARN: s.tagged, Attempts: 1, Encrypted: true})
				if got := s.world.CountCalls("ListTagsForResource"); got != test.reads {
					t.Errorf("got %d tag reads, want %d", got, test.reads)
				}
			})
		})
	}
}

// A sweep knows the state from its page.
func TestKnownStateIsNotReadAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSetup(t, func(p *policy.Policy) { p.Existing = policy.Replace })
		s.group("/app", s.defaultKey)
		request := named("/app")
		request.State = &encrypt.State{KeyARN: s.defaultKey, ReadAt: time.Now()}
		got, err := s.encrypter.Encrypt(t.Context(), request)
		s.check(got, err, answer.Answer{Outcome: answer.Unchanged, Reason: answer.AlreadyAssociated, LogGroup: "/app", KMSKeyARN: s.defaultKey, Encrypted: true})
		s.wantOperations("DescribeKey", "ListTagsForResource")
	})
}

func TestDryRun(t *testing.T) {
	for name, test := range map[string]struct {
		request encrypt.Request
		want    answer.Answer
	}{
		"log group": {named("/app"), answer.Answer{Outcome: answer.Planned, Reason: answer.Default, LogGroup: "/app"}},
		"query results": {
			encrypt.Request{Target: target.QueryResults(scope)},
			answer.Answer{Outcome: answer.Planned, Reason: answer.QueryResult, ResourceIdentifier: awsfake.QueryResultARN(account, region)},
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSetup(t, func(p *policy.Policy) { p.QueryResult, p.Existing = "alias/logs", policy.Replace })
				s.group("/app", s.tagged)
				test.request.DryRun = true
				want := test.want
				want.DryRun, want.KMSKeyARN = true, s.defaultKey
				if want.LogGroup != "" {
					want.PreviousKMSKeyARN, want.Encrypted = s.tagged, true
				}
				got, err := s.encrypter.Encrypt(t.Context(), test.request)
				s.check(got, err, want)
				if n := s.world.CountCalls("AssociateKmsKey"); n != 0 || s.keyOf("/app") != s.tagged {
					t.Errorf("got %d writes in a dry run, want none", n)
				}
			})
		})
	}
}

// Names with # are outside of what resourceIdentifier takes; query results have
// no other name.
func TestHowTheTargetIsNamed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSetup(t, func(p *policy.Policy) { p.QueryResult = "alias/logs" })
		s.group("/app#1", "")
		for _, request := range []encrypt.Request{named("/app#1"), {Target: target.QueryResults(scope)}} {
			if _, err := s.encrypter.Encrypt(t.Context(), request); err != nil {
				t.Fatal(err)
			}
		}
		var got []map[string]any
		for _, c := range s.world.Calls() {
			if c.Operation == "AssociateKmsKey" {
				got = append(got, c.Request)
			}
		}
		want := []map[string]any{
			{"kmsKeyId": s.defaultKey, "logGroupName": "/app#1"},
			{"kmsKeyId": s.defaultKey, "resourceIdentifier": "arn:aws:logs:eu-west-1:111122223333:query-result:*"},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("AssociateKmsKey requests (-want +got):\n%s", diff)
		}
		if got := s.world.QueryResultKey("", region); got != s.defaultKey {
			t.Errorf("got query-result key %q, want %q", got, s.defaultKey)
		}
	})
}

func TestQueryResultWithoutKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSetup(t, nil)
		got, err := s.encrypter.Encrypt(t.Context(), encrypt.Request{Target: target.QueryResults(scope)})
		s.check(got, err, answer.Answer{Outcome: answer.Skipped, Reason: answer.NoKey, ResourceIdentifier: awsfake.QueryResultARN(account, region)})
		s.wantOperations()
	})
}

// A key fit for log groups may lack the other statement that query results take;
// the failure says which.
func TestMissingPolicyStatement(t *testing.T) {
	for name, test := range map[string]struct {
		keyPolicy string
		request   encrypt.Request
		condition string
	}{
		"log group":     {awsfake.PolicyQueryResultOnly, named("/app"), "kms:EncryptionContext:aws:logs:arn is arn:aws:logs:eu-west-1:111122223333:log-group:/app."},
		"query results": {awsfake.PolicyLogGroupsOnly, encrypt.Request{Target: target.QueryResults(scope)}, "aws:SourceArn is arn:aws:logs:eu-west-1:111122223333:query-result:*."},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSetup(t, func(p *policy.Policy) { p.QueryResult = "alias/logs" })
				s.group("/app", "")
				s.world.SetKeyPolicy(s.defaultKey, test.keyPolicy)
				_, err := s.encrypter.Encrypt(t.Context(), test.request)
				s.checkFailure(err, failure.KeyUnusable, s.defaultKey, "AccessDeniedException", test.condition)
				if n := s.world.CountCalls("AssociateKmsKey"); n != 1 {
					t.Errorf("got %d requests for a permanent refusal, want 1", n)
				}
			})
		})
	}
}

// Placeholders are the log group's own account, Region and partition.
func TestPlaceholders(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSetup(t, func(p *policy.Policy) { p.Default = "arn:{partition}:kms:{region}:{account}:alias/logs" })
		s.group("/app", "")
		got, err := s.run("/app")
		s.check(got, err, answer.Answer{Outcome: answer.Associated, Reason: answer.Default, LogGroup: "/app", KMSKeyARN: s.defaultKey, Attempts: 1, Encrypted: true})
	})
}

// The way to the account may be closed; names that are off limits need none.
func TestNoClients(t *testing.T) {
	closed := errors.New("no way there")
	e := encrypt.New(&policy.Policy{Exclude: []policy.Pattern{"/tmp/*"}}, always{err: closed})
	if _, err := e.Encrypt(t.Context(), named("/app")); !errors.Is(err, closed) {
		t.Errorf("got %v, want the clients' error", err)
	}
	for _, request := range []encrypt.Request{named("/tmp/x"), named("aws/x"), {Target: target.QueryResults(scope)}} {
		if got, err := e.Encrypt(t.Context(), request); err != nil || got.Outcome != answer.Skipped {
			t.Errorf("%s: got %s, %v, want skipped without clients", request.Target, got.Outcome, err)
		}
	}
}
