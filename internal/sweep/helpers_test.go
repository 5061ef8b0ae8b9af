package sweep

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"log-group-kms/internal/accounttest"
	"log-group-kms/internal/answer"
	"log-group-kms/internal/awsconf"
	"log-group-kms/internal/awsfake"
	"log-group-kms/internal/encrypt"
	"log-group-kms/internal/policy"
	"log-group-kms/internal/target"
)

const (
	account = "111122223333"
	region  = "eu-west-1"
)

var home = target.Scope{Partition: "aws", Account: account, Region: region}

// setup is a Sweeper with real SDK clients over a World.
type setup struct {
	*testing.T
	world   *awsfake.World
	key     string // the default key's ARN
	sweeper *Sweeper
	own     target.Target // the function's own log group
	reports atomic.Int64
}

// newSetup makes one for a configuration that gives every log group the same
// key, and a World with n log groups, of which the i-th has a key if has(i).
func newSetup(t *testing.T, n int, has func(i int) bool, rates awsconf.Rates, change func(*policy.Policy)) *setup {
	t.Helper()
	s := &setup{T: t, world: accounttest.NewWorld(t, account)}
	s.key = s.world.AddKey(awsfake.Key{Region: region})
	s.world.AddAlias("", region, "alias/logs", s.key)
	s.world.SeedLogGroups("", region, n, func(i int) awsfake.LogGroup {
		g := awsfake.LogGroup{Name: numbered(i)}
		if has != nil && has(i) {
			g.KMSKeyARN = s.key
		}
		return g
	})
	p := &policy.Policy{Default: "alias/logs", Existing: policy.Keep}
	if change != nil {
		change(p)
	}
	accounts := &accounttest.Accounts{HTTP: s.world.Client(), Rates: rates}
	s.sweeper = New(encrypt.New(p, accounts), accounts, Settings{QueryResult: p.QueryResult != "", OwnLogGroup: func(context.Context) target.Target { return s.own }})
	return s
}

func numbered(i int) string { return fmt.Sprintf("/app/%07d", i) }

// call makes one call of a sweep, as Lambda with that much time would.
func (s *setup) call(limit time.Duration, cursor string) (Answer, error) {
	s.Helper()
	ctx, cancel := context.WithTimeout(s.Context(), limit)
	defer cancel()
	return s.sweeper.Sweep(ctx, Request{Scope: home, Cursor: cursor}, func(answer.Answer, error) { s.reports.Add(1) })
}

// follow follows the cursor to the end and gives the answers of all calls.
func (s *setup) follow(limit time.Duration, most int) []Answer {
	s.Helper()
	var answers []Answer
	cursor := ""
	for len(answers) < most {
		begin := time.Now()
		a, err := s.call(limit, cursor)
		if err != nil {
			s.Fatalf("call %d with %v: %v", len(answers)+1, limit, err)
		}
		if took := time.Since(begin); took > limit {
			s.Errorf("call %d: got an answer after %v, want it within %v", len(answers)+1, took, limit)
		}
		answers = append(answers, a)
		if cursor = a.Cursor; cursor == "" {
			return answers
		}
	}
	s.Fatalf("got no end after %d calls of %v", most, limit)
	return nil
}

// sum adds the counts of several calls up.
func sum(answers []Answer) Answer {
	var all Answer
	for _, a := range answers {
		all.Examined += a.Examined
		all.Encrypted += a.Encrypted
		all.Associated += a.Associated
		all.Planned += a.Planned
		all.Unchanged += a.Unchanged
		all.Skipped += a.Skipped
		all.Gone += a.Gone
		all.Failed += a.Failed
		all.Attempts += a.Attempts
		all.Open += a.Open
		all.MissedByEvents += a.MissedByEvents
	}
	return all
}
