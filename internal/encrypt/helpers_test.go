package encrypt_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"log-group-kms/internal/accounttest"
	"log-group-kms/internal/answer"
	"log-group-kms/internal/awsfake"
	"log-group-kms/internal/encrypt"
	"log-group-kms/internal/failure"
	"log-group-kms/internal/policy"
	"log-group-kms/internal/target"
)

const (
	account = "111122223333"
	region  = "eu-west-1"
)

var scope = target.Scope{Partition: "aws", Account: account, Region: region}

// setup is an Encrypter with real SDK clients over a World that holds the
// default key under alias/logs and another under alias/tagged.
type setup struct {
	*testing.T
	world              *awsfake.World
	defaultKey, tagged string
	encrypter          *encrypt.Encrypter
	policy             *policy.Policy
}

// newSetup makes one for the default configuration, changed as the test wants.
func newSetup(t *testing.T, change func(*policy.Policy)) *setup {
	t.Helper()
	s := &setup{T: t, world: accounttest.NewWorld(t, account), policy: &policy.Policy{
		KeyTag:   "kms-key",
		Allowed:  policy.Allowed{"arn:*:kms:{region}:{account}:key/*"},
		Default:  "alias/logs",
		Existing: policy.Keep,
	}}
	if change != nil {
		change(s.policy)
	}
	s.defaultKey = s.key("alias/logs", awsfake.Key{})
	s.tagged = s.key("alias/tagged", awsfake.Key{})
	s.useClient(s.world.Client())
	t.Cleanup(func() {
		if made := s.world.ManagedKeysCreated(); len(made) > 0 {
			t.Errorf("AWS managed keys were created by looking: %q", made)
		}
	})
	return s
}

// useClient makes the Encrypter anew, with another way to AWS.
func (s *setup) useClient(client aws.HTTPClient) {
	s.encrypter = encrypt.New(s.policy, &accounttest.Accounts{HTTP: client})
}

// always gives the same Account for every scope.
type always struct {
	account encrypt.Account
	err     error
}

func (a always) For(context.Context, target.Scope) (encrypt.Account, error) { return a.account, a.err }

// key adds a key with an alias.
func (s *setup) key(alias string, k awsfake.Key) string {
	if k.Region == "" {
		k.Region = region
	}
	arn := s.world.AddKey(k)
	if alias != "" {
		s.world.AddAlias(k.Account, k.Region, alias, arn)
	}
	return arn
}

// group adds a log group; tags come in pairs.
func (s *setup) group(name, keyARN string, tags ...string) {
	g := awsfake.LogGroup{Name: name, KMSKeyARN: keyARN, Tags: map[string]string{}}
	for pair := range slices.Chunk(tags, 2) {
		g.Tags[pair[0]] = pair[1]
	}
	s.world.PutLogGroup("", region, g)
}

// keyOf gives the key that a log group has now.
func (s *setup) keyOf(name string) string {
	s.Helper()
	g, ok := s.world.LogGroup("", region, name)
	if !ok {
		s.Fatalf("log group %s is gone", name)
	}
	return g.KMSKeyARN
}

func named(name string) encrypt.Request {
	return encrypt.Request{Target: target.LogGroup(scope, name)}
}

// run works on one log group.
func (s *setup) run(name string) (answer.Answer, error) {
	s.Helper()
	return s.encrypter.Encrypt(s.Context(), named(name))
}

// operations lists the operations called so far, sorted.
func (s *setup) operations() []string {
	var names []string
	for _, c := range s.world.Calls() {
		names = append(names, c.Operation)
	}
	slices.Sort(names)
	return names
}

func (s *setup) wantOperations(want ...string) {
	s.Helper()
	if diff := cmp.Diff(want, s.operations(), cmpopts.EquateEmpty()); diff != "" {
		s.Errorf("requests (-want +got):\n%s", diff)
	}
}

// check compares the answer, but for what is always the same and for time.
func (s *setup) check(got answer.Answer, err error, want answer.Answer) {
	s.Helper()
	if err != nil {
		s.Fatalf("got failure %v, want %s/%s", err, want.Outcome, want.Reason)
	}
	want.Account, want.Region = account, region
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(answer.Answer{}, "TagRejectedWhy", "AssociatedAt", "CreatedAt")); diff != "" {
		s.Errorf("answer (-want +got):\n%s", diff)
	}
	if (got.Outcome == answer.Associated) == got.AssociatedAt.IsZero() {
		s.Errorf("got %s at %v, want a time exactly where it was associated", got.Outcome, got.AssociatedAt)
	}
}

// checkFailure compares a failure's type, and whether its text has the parts.
func (s *setup) checkFailure(err error, want failure.Type, parts ...string) {
	s.Helper()
	if err == nil {
		s.Fatalf("got success, want %s", want)
	}
	if got := failure.TypeOf(err); got != want {
		s.Errorf("got %s, want %s: %v", got, want, err)
	}
	for _, part := range parts {
		if !strings.Contains(err.Error(), part) {
			s.Errorf("got %q, want %q in it", err, part)
		}
	}
}

// slow makes every request take 100 ms.
func (s *setup) slow() {
	s.world.Inject(awsfake.Fault{Kind: awsfake.Slow, Delay: 100 * time.Millisecond})
}

func numbered(i int) string { return fmt.Sprintf("/app/%03d", i) }
