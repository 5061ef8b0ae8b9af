package audit

import (
	"context"
	"slices"
	"testing"
	"time"

	"log-group-kms/internal/accounttest"
	"log-group-kms/internal/awsfake"
	"log-group-kms/internal/policy"
	"log-group-kms/internal/target"
)

const (
	account = "111122223333"
	region  = "eu-west-1"
)

var home = target.Scope{Partition: "aws", Account: account, Region: region}

// setup is an Auditor with real SDK clients over a World that holds the default key
// under alias/logs.
type setup struct {
	*testing.T
	world      *awsfake.World
	defaultKey string
	auditor    *Auditor
}

func newSetup(t *testing.T, change func(*policy.Policy)) *setup {
	t.Helper()
	s := &setup{T: t, world: accounttest.NewWorld(t, account)}
	s.defaultKey = s.key("alias/logs", awsfake.Key{})
	p := &policy.Policy{
		KeyTag: "kms-key", Allowed: policy.Allowed{"arn:*:kms:{region}:{account}:key/*"},
		Default: "alias/logs", Existing: policy.Keep,
	}
	if change != nil {
		change(p)
	}
	s.auditor = New(p, "rules.yaml", &accounttest.Accounts{HTTP: s.world.Client()})
	t.Cleanup(func() {
		for _, call := range s.world.Calls() {
			if !slices.Contains([]string{"DescribeLogGroups", "ListTagsForResource", "ListTagsLogGroup", "DescribeKey"}, call.Operation) {
				t.Errorf("got a call of %s, want nothing but reads", call.Operation)
			}
		}
	})
	return s
}

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
	g := awsfake.LogGroup{Name: name, KMSKeyARN: keyARN, Tags: map[string]string{}, Created: time.Now().Add(-time.Hour)}
	for pair := range slices.Chunk(tags, 2) {
		g.Tags[pair[0]] = pair[1]
	}
	s.world.PutLogGroup("", region, g)
}

// rows keeps what an Auditor says.
type rows struct {
	list    []Row
	summary *Summary
	fail    error // to be answered to each Row
}

func (r *rows) Row(row Row) error {
	r.list = append(r.list, row)
	return r.fail
}

func (r *rows) End(summary *Summary) error {
	r.summary = summary
	return nil
}

// run audits the home account and Region, or others.
func (s *setup) run(ctx context.Context, scopes ...target.Scope) (*rows, *Summary, error) {
	s.Helper()
	if len(scopes) == 0 {
		scopes = []target.Scope{home}
	}
	out := &rows{}
	summary, err := s.auditor.Run(ctx, scopes, out, func(int) {})
	return out, summary, err
}

// one audits and gives the row of the only log group.
func (s *setup) one() Row {
	s.Helper()
	out, _, err := s.run(s.Context())
	if err != nil || len(out.list) != 1 {
		s.Fatalf("got %d rows, %v, want one", len(out.list), err)
	}
	return out.list[0]
}

func (s *setup) countCalls(operation string) int { return s.world.CountCalls(operation) }
