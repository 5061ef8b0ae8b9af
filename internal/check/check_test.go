package check_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/google/go-cmp/cmp"

	"log-group-kms/internal/account"
	"log-group-kms/internal/awsconf"
	"log-group-kms/internal/awsfake"
	"log-group-kms/internal/check"
	"log-group-kms/internal/encrypt"
	"log-group-kms/internal/failure"
	"log-group-kms/internal/policy"
	"log-group-kms/internal/target"
)

const (
	own    = "111122223333"
	other  = "444455556666"
	region = "eu-west-1"
)

var home = target.Scope{Partition: "aws", Account: own, Region: region}

// setup is a Checker over a World that holds the default key and the function's own
// log group under it.
type setup struct {
	*testing.T
	world    *awsfake.World
	key      string
	policy   *policy.Policy
	members  account.Members
	settings check.Settings
}

func newSetup(t *testing.T) *setup {
	s := &setup{T: t, world: awsfake.New(own), policy: &policy.Policy{
		KeyTag: "kms-key", Allowed: policy.Allowed{"arn:*:kms:{region}:{account}:key/*"}, Default: "alias/logs", Existing: policy.Keep,
	}}
	s.key = s.world.AddKey(awsfake.Key{Region: region})
	s.world.AddAlias("", region, "alias/logs", s.key)
	s.world.PutLogGroup("", region, awsfake.LogGroup{Name: "/own", KMSKeyARN: s.key})
	s.settings = check.Settings{
		Policy: s.policy, Variables: map[string]string{"DEFAULT_KMS_KEY": "alias/logs"}, Version: "1.2.3",
		OwnLogGroup: func(context.Context) target.Target { return target.LogGroup(home, "/own") },
	}
	return s
}

// check makes the checks of a scope.
func (s *setup) check(scope target.Scope) (check.Answer, error) {
	return s.checkWithin(s.Context(), scope)
}

func (s *setup) checkWithin(ctx context.Context, scope target.Scope) (check.Answer, error) {
	config := aws.Config{
		Region: region, HTTPClient: s.world.Client(), Credentials: credentials.NewStaticCredentialsProvider("AKIAEXAMPLE", "secret", ""),
	}
	at := account.NewHome(region, own, nil)
	pool := account.New(config, at, s.members, awsconf.Rates{})
	s.settings.Home = at.Scope
	s.settings.KeyPolicies = func(ctx context.Context, scope target.Scope) (check.KeyPolicyAPI, error) {
		clients, err := pool.Clients(ctx, scope)
		return clients.KMS, err
	}
	return check.New(pool, encrypt.New(s.policy, pool), s.settings).Check(ctx, scope)
}

// results are the checks' names and results in order.
func results(a check.Answer) []string {
	var list []string
	for _, e := range a.Checks {
		list = append(list, string(e.Check)+" "+string(e.Result))
	}
	return list
}

var well = []string{"config.valid ok", "key.usable ok", "key.policy ok", "role.list ok", "role.tags ok", "role.set ok", "own-logs.key ok"}

func TestCheck(t *testing.T) {
	swap := func(changes ...string) []string {
		list := append([]string{}, well...)
		for i, entry := range list {
			for _, change := range changes {
				if name, _, _ := strings.Cut(change, " "); strings.HasPrefix(entry, name+" ") {
					list[i] = change
				}
			}
		}
		return list
	}
	without := func(name string, list []string) []string {
		var left []string
		for _, entry := range list {
			if !strings.HasPrefix(entry, name+" ") {
				left = append(left, entry)
			}
		}
		return left
	}
	for _, test := range []struct {
		name   string
		change func(*setup)
		want   []string
		result check.Result
		says   string // part of a message that is not ok
	}{
		{"all well", func(*setup) {}, well, check.OK, ""},
		{
			"dry run", func(s *setup) { s.settings.DryRun = true },
			append([]string{"config.valid ok", "config.mode warning"}, swap("role.set unknown")[1:]...), check.Warning, "DRY_RUN",
		},
		{"disabled key", func(s *setup) { s.world.SetKeyState(s.key, awsfake.Disabled) },
			without("key.policy", swap("key.usable failed", "own-logs.key failed", "role.set failed")), check.Failed, "Disabled"},
		{"key that may not be described", func(s *setup) { s.world.DenyDescribeKey(s.key, true) },
			without("key.policy", swap("key.usable failed", "role.set failed", "own-logs.key unknown")), check.Failed, "kms:DescribeKey"},
		{"KMS does not answer", func(s *setup) {
			s.world.Inject(awsfake.Fault{Operation: "DescribeKey", Kind: awsfake.KMSInternal500})
		}, without("key.policy", swap("key.usable failed", "own-logs.key failed")), check.Failed, "KMSInternalException"},
		{"policy without CloudWatch Logs", func(s *setup) { s.world.SetKeyPolicy(s.key, awsfake.PolicyWithoutLogs) },
			swap("key.policy warning", "role.set failed"), check.Failed, "no statement"},
		{"policy that may not be read", func(s *setup) { s.world.DenyAction("", "kms:GetKeyPolicy", true) },
			swap("key.policy unknown"), check.Unknown, "GetKeyPolicy"},
		{"listing denied", func(s *setup) { s.world.DenyAction("", "logs:DescribeLogGroups", true) },
			swap("role.list failed", "role.set unknown", "own-logs.key unknown"), check.Failed, "own log group could not be read"},
		{"tags denied", func(s *setup) { s.world.DenyAction("", "logs:ListTagsForResource", true) },
			swap("role.tags failed"), check.Failed, "ListTagsForResource"},
		{"setting denied", func(s *setup) { s.world.DenyAction("", "logs:AssociateKmsKey", true) },
			swap("role.set failed"), check.Failed, "AssociateKmsKey"},
		{"own logs without a key", func(s *setup) { s.world.PutLogGroup("", region, awsfake.LogGroup{Name: "/own"}) },
			swap("role.set unknown", "own-logs.key failed"), check.Failed, "no key of yours"},
		{"own log group not known", func(s *setup) {
			s.settings.OwnLogGroup = func(context.Context) target.Target { return target.Target{} }
		}, swap("role.set unknown", "own-logs.key unknown"), check.Unknown, "AWS_LAMBDA_LOG_GROUP_NAME"},
		{"rule that never matches", func(s *setup) {
			s.policy.Rules = []policy.Rule{{Name: "all", LogGroups: []policy.Pattern{"*"}, Skip: true}, {Name: "late", LogGroups: []policy.Pattern{"/a"}, Key: "alias/logs"}}
		}, append([]string{"config.valid ok", "config.reachable warning"}, well[1:]...), check.Warning, "rule late can never match"},
		{"query results need their own statement", func(s *setup) {
			s.policy.QueryResult = "alias/logs"
			s.world.SetKeyPolicy(s.key, awsfake.PolicyLogGroupsOnly)
		}, append([]string{"config.valid ok", "key.usable ok", "key.policy ok", "key.policy warning"}, well[3:]...), check.Warning, "query results"},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSetup(t)
				test.change(s)
				a, err := s.check(home)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(test.want, results(a)); diff != "" {
					t.Errorf("checks (-want +got):\n%s", diff)
				}
				if a.Result != test.result || a.OK+a.Warning+a.Failed+a.Unknown != len(a.Checks) {
					t.Errorf("got %s, %+v, want %s and counts of all", a.Result, a, test.result)
				}
				said := test.says == ""
				for _, e := range a.Checks {
					said = said || e.Result != check.OK && strings.Contains(e.Message, test.says)
					if (e.Result == check.Failed || e.Result == check.Warning) && (e.Remedy == "" || e.Runbook == "") {
						t.Errorf("%s: got no remedy or no runbook", e.Check)
					}
				}
				if !said {
					t.Errorf("got %+v, want %q in a message", a.Checks, test.says)
				}
			})
		})
	}
}

// Whoever asks whether all is under a key must hear that query results have a setting of
// their own, which an empty variable leaves alone.
func TestConfigurationTellsOfQueryResults(t *testing.T) {
	for key, want := range map[policy.KeyTemplate]string{
		"":           "query results are left alone, under whatever key somebody set (QUERY_RESULT_KMS_KEY is empty)",
		"alias/logs": "query results get key alias/logs",
	} {
		synctest.Test(t, func(t *testing.T) {
			s := newSetup(t)
			s.policy.QueryResult = key
			a, err := s.check(home)
			if err != nil {
				t.Fatal(err)
			}
			if got := a.Checks[0].Message; !strings.HasSuffix(got, ", "+want) {
				t.Errorf("key %q: got %q, want it to end in %q", key, got, want)
			}
		})
	}
}

// Where one request gets no answer, the check still answers in time, and fails what it
// is about alone: the rest is asked beside it.
func TestSilence(t *testing.T) {
	for operation, want := range map[string][]string{
		"DescribeKey":         {"key.usable failed", "own-logs.key failed"},
		"GetKeyPolicy":        {"key.policy unknown"},
		"DescribeLogGroups":   {"role.list failed", "role.set failed", "own-logs.key failed"},
		"ListTagsForResource": {"role.tags failed"},
		"AssociateKmsKey":     {"role.set failed"},
	} {
		t.Run(operation, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSetup(t)
				s.world.Inject(awsfake.Fault{Operation: operation, Kind: awsfake.Hang})
				ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
				defer cancel()
				a, err := s.checkWithin(ctx, home)
				if err != nil {
					t.Fatal(err)
				}
				var bad []string
				for _, e := range a.Checks {
					if e.Result != check.OK {
						bad = append(bad, string(e.Check)+" "+string(e.Result))
					}
				}
				if diff := cmp.Diff(want, bad); diff != "" {
					t.Errorf("what is not ok (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// An enabled key of the wrong kind cannot be mended: another one is to be named.
func TestRemedyOfAWrongKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSetup(t)
		s.world.AddAlias("", region, "alias/logs", s.world.AddKey(awsfake.Key{Region: region, Usage: "SIGN_VERIFY", Spec: "RSA_2048"}))
		a, err := s.check(home)
		if err != nil {
			t.Fatal(err)
		}
		if e := a.Checks[1]; e.Result != check.Failed || !strings.Contains(e.Remedy, "symmetric") {
			t.Errorf("got %+v, want the remedy to name a symmetric key", e)
		}
	})
}

// Throttling is no broken network: it has a heading of its own.
func TestThrottled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSetup(t)
		s.world.Inject(awsfake.Fault{Kind: awsfake.Throttling400})
		a, err := s.check(home)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range a.Checks[1:] {
			if e.Result != check.Failed || !strings.HasSuffix(e.Runbook, "#throttled") {
				t.Errorf("got %+v, want it failed, with the heading #throttled", e)
			}
		}
	})
}

// Nothing changes by a check: the one write sets the key that is there already.
func TestCheckChangesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSetup(t)
		s.world.PutLogGroup("", region, awsfake.LogGroup{Name: "/open"})
		if _, err := s.check(home); err != nil {
			t.Fatal(err)
		}
		for _, c := range s.world.Calls() {
			if c.Operation == "AssociateKmsKey" && (c.Resource != "/own" || c.Request["kmsKeyId"] != s.key) {
				t.Errorf("got AssociateKmsKey of %s with %v, want the own log group's with its key", c.Resource, c.Request["kmsKeyId"])
			}
		}
		if n := s.world.CountCalls("AssociateKmsKey"); n != 1 {
			t.Errorf("got %d AssociateKmsKey, want 1", n)
		}
	})
}

// A member whose role cannot be assumed is an answer; an account that the function
// does not act for is not its business.
func TestCheckOfAnotherAccount(t *testing.T) {
	there := target.Scope{Partition: "aws", Account: other, Region: region}
	t.Run("role missing", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s := newSetup(t)
			s.members = account.Members{Role: "log-group-kms-member"}
			a, err := s.check(there)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]string{"config.valid ok", "member.role failed"}, results(a)); diff != "" {
				t.Errorf("checks (-want +got):\n%s", diff)
			}
		})
	})
	t.Run("role silent", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s := newSetup(t)
			s.members = account.Members{Role: "log-group-kms-member"}
			s.world.Inject(awsfake.Fault{Operation: "AssumeRole", Kind: awsfake.Hang})
			a, err := s.check(there)
			if err != nil {
				t.Fatal(err)
			}
			if e := a.Checks[len(a.Checks)-1]; e.Check != check.MemberRole || e.Result != check.Failed || e.Remedy == "" {
				t.Errorf("got %+v, want the member's role failed, with a remedy", e)
			}
		})
	})
	t.Run("not a member", func(t *testing.T) {
		s := newSetup(t)
		s.members = account.Members{Role: "r", Accounts: []policy.Pattern{"999988887777"}}
		if _, err := s.check(there); failure.TypeOf(err) != failure.AccessDenied || len(s.world.Calls()) != 0 {
			t.Errorf("got %v after %d requests, want AccessDenied after none", err, len(s.world.Calls()))
		}
	})
}
