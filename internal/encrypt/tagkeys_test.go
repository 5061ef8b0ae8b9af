package encrypt_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"log-group-kms/internal/answer"
	"log-group-kms/internal/awsfake"
	"log-group-kms/internal/failure"
	"log-group-kms/internal/policy"
)

// Only AssociateKmsKey tests a key's policy. A tag's key that is refused there
// is rejected like any other.
func TestTagKeyRefusedByItsPolicy(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(*policy.Policy)
		want   answer.Answer
	}{
		{"default instead", nil, answer.Answer{Outcome: answer.Associated, Reason: answer.Default, Attempts: 2, Encrypted: true}},
		{"nothing instead", func(p *policy.Policy) { p.Default = "" }, answer.Answer{Outcome: answer.Skipped, Reason: answer.NoKey, Attempts: 1}},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSetup(t, test.change)
				s.group("/app", "", "kms-key", "alias/tagged")
				s.world.SetKeyPolicy(s.tagged, awsfake.PolicyWithoutLogs)
				test.want.LogGroup, test.want.TagRejected = "/app", answer.Unusable
				if test.want.Outcome == answer.Associated {
					test.want.KMSKeyARN = s.defaultKey
				}
				got, err := s.run("/app")
				s.check(got, err, test.want)
			})
		})
	}
}

// Trouble that may pass is no reason to fall back, neither in describing the
// tag's key nor in setting it.
func TestPassingTroubleIsNoRejection(t *testing.T) {
	for _, test := range []struct {
		operation string
		kind      awsfake.FaultKind
		want      failure.Type
	}{
		{"DescribeKey", awsfake.Throttling400, failure.Throttled},
		{"DescribeKey", awsfake.DependencyTimeout500, failure.Unavailable},
		{"AssociateKmsKey", awsfake.Throttling400, failure.Throttled},
		{"AssociateKmsKey", awsfake.Conflict, failure.Conflict},
		{"AssociateKmsKey", awsfake.AccessDeniedIAM, failure.AccessDenied},
	} {
		t.Run(test.operation+" "+string(test.kind), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSetup(t, nil)
				s.group("/app", "", "kms-key", "alias/tagged")
				s.world.Inject(awsfake.Fault{Operation: test.operation, Kind: test.kind})
				got, err := s.run("/app")
				s.checkFailure(err, test.want)
				if got.TagRejected != "" || s.keyOf("/app") != "" {
					t.Errorf("got tag rejected %q and key %q, want neither", got.TagRejected, s.keyOf("/app"))
				}
			})
		})
	}
}

// A tag's key that this function may not describe is rejected; the default's is
// a failure to be told of.
func TestKeyNotToBeDescribed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSetup(t, nil)
		s.group("/app", "", "kms-key", "alias/tagged")
		s.world.DenyDescribeKey(s.tagged, true)
		got, err := s.run("/app")
		s.check(got, err, answer.Answer{
			Outcome: answer.Associated, Reason: answer.Default, TagRejected: answer.Unusable,
			LogGroup: "/app", KMSKeyARN: s.defaultKey, Attempts: 1, Encrypted: true,
		})
		s.group("/plain", "")
		s.world.DenyDescribeKey(s.defaultKey, true)
		time.Sleep(time.Hour)
		_, err = s.run("/plain")
		s.checkFailure(err, failure.AccessDenied, "alias/logs", "kms:DescribeKey")
	})
}

// unarmed has no credentials for DescribeKey, as where the role of a member cannot be
// assumed any more, or KMS of a new Region does not accept its credentials yet.
type unarmed struct{ world *awsfake.World }

func (u unarmed) Do(request *http.Request) (*http.Response, error) {
	if strings.HasSuffix(request.Header.Get("X-Amz-Target"), ".DescribeKey") {
		return nil, &failure.Error{Type: failure.AccessDenied, Err: errors.New("AssumeRole of the role in account 444455556666: AccessDenied")}
	}
	return u.world.Client().Do(request)
}

// Where the credentials are refused, nothing is known of the tag's key. Without a
// default, a rejected tag would leave the log group open and call that a success.
func TestNoCredentialsIsNoRejection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSetup(t, func(p *policy.Policy) { p.Default = "" })
		s.group("/app", "", "kms-key", "alias/tagged")
		s.useClient(unarmed{s.world})
		got, err := s.run("/app")
		s.checkFailure(err, failure.AccessDenied, "alias/tagged", "AssumeRole")
		if got.TagRejected != "" {
			t.Errorf("got tag rejected %q, want the tag not judged", got.TagRejected)
		}
	})
}

// An alias may point at a key outside of the list; what it resolves to counts.
func TestAliasOfAForbiddenKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSetup(t, nil)
		s.policy.Allowed = policy.Allowed{policy.Pattern(s.tagged)}
		s.key("alias/elsewhere", awsfake.Key{})
		s.group("/no", "", "kms-key", "alias/elsewhere")
		s.group("/yes", "", "kms-key", "alias/tagged")
		got, err := s.run("/no")
		s.check(got, err, answer.Answer{
			Outcome: answer.Associated, Reason: answer.Default, TagRejected: answer.NotAllowed,
			LogGroup: "/no", KMSKeyARN: s.defaultKey, Attempts: 1, Encrypted: true,
		})
		got, err = s.run("/yes")
		s.check(got, err, answer.Answer{Outcome: answer.Associated, Reason: answer.Tag, LogGroup: "/yes", KMSKeyARN: s.tagged, Attempts: 1, Encrypted: true})
	})
}

// refusing answers AssociateKmsKey with one key as AWS does where the caller
// lacks a right, and leaves everything else to the World.
type refusing struct {
	world  *awsfake.World
	key    string
	action string
}

func (r refusing) Do(request *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(request.Body)
	if err != nil {
		return nil, fmt.Errorf("reading the request: %w", err)
	}
	if !strings.HasSuffix(request.Header.Get("X-Amz-Target"), ".AssociateKmsKey") || !strings.Contains(string(body), r.key) {
		request.Body = io.NopCloser(bytes.NewReader(body))
		return r.world.Client().Do(request)
	}
	text := fmt.Sprintf(`{"__type":"AccessDeniedException","message":"User: arn:aws:sts::111122223333:assumed-role/f/f is not authorized to perform: %s on resource: %s `+
		`because no resource-based policy allows the %[1]s action"}`, r.action, r.key)
	return &http.Response{
		StatusCode: http.StatusBadRequest, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(text)), Request: request, ContentLength: -1,
	}, nil
}

// Who may not use a key is told so by AssociateKmsKey in the same words as who may
// not make the call at all, but for the action. A tag's key that this function
// must not use is the tag's fault, and must not leave the log group open; a lack
// of the right to AssociateKmsKey is nobody's tag's, and no other key would help.
func TestTagKeyThatTheCallerMayNotUse(t *testing.T) {
	for _, test := range []struct {
		action   string
		rejected bool
	}{
		{"kms:DescribeKey", true}, {"kms:GenerateDataKey", true}, {"logs:AssociateKmsKey", false},
	} {
		for _, by := range []string{"tag", "rule", "default"} {
			t.Run(test.action+" of a key by "+by, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					s := newSetup(t, nil)
					switch by {
					case "tag":
						s.group("/app", "", "kms-key", "alias/tagged")
					case "rule":
						s.policy.Rules = []policy.Rule{{Name: "r", LogGroups: []policy.Pattern{"/app"}, Key: "alias/tagged"}}
						s.group("/app", "")
					case "default":
						s.policy.Default = "alias/tagged"
						s.group("/app", "")
					}
					s.useClient(refusing{s.world, s.tagged, test.action})
					got, err := s.run("/app")
					if by == "tag" && test.rejected {
						s.check(got, err, answer.Answer{
							Outcome: answer.Associated, Reason: answer.Default, TagRejected: answer.Unusable,
							LogGroup: "/app", KMSKeyARN: s.defaultKey, Attempts: 2, Encrypted: true,
						})
						if !strings.Contains(got.TagRejectedWhy, s.tagged) {
							t.Errorf("got cause %q, want the key in it", got.TagRejectedWhy)
						}
						return
					}
					s.checkFailure(err, failure.AccessDenied, test.action, s.tagged, "/app")
					if got.TagRejected != "" || s.keyOf("/app") != "" {
						t.Errorf("got tag rejected %q and key %q, want neither", got.TagRejected, s.keyOf("/app"))
					}
				})
			})
		}
	}
}

// Whoever reads the warning of a rejected tag has to learn which key it was
// about: the answer names only the one that the log group got instead.
func TestCauseOfARejectionNamesTheKey(t *testing.T) {
	for _, test := range []struct{ name, tag, want string }{
		{"not allowed by its text", "arn:aws:kms:eu-west-1:444455556666:key/6d5c0f2e-2d0e-4a3c-8a34-5a0f2c1d7e90", "444455556666:key/6d5c0f2e"},
		{"not allowed by what it resolves to", "alias/foreign", "alias/foreign"},
		{"no key at all", "yes please", "yes please"},
		{"not there", "alias/none", "alias/none"},
		{"disabled", "alias/off", "alias/off"},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSetup(t, nil)
				s.policy.Allowed = policy.Allowed{policy.Pattern(s.key("alias/off", awsfake.Key{State: awsfake.Disabled}))}
				s.key("alias/foreign", awsfake.Key{})
				s.group("/app", "", "kms-key", test.tag)
				got, err := s.run("/app")
				if err != nil || got.TagRejected == "" || !strings.Contains(got.TagRejectedWhy, test.want) {
					t.Errorf("got tag rejected %q because of %q, %v; want %q in the cause", got.TagRejected, got.TagRejectedWhy, err, test.want)
				}
			})
		})
	}
}
