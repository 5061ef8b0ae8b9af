package sweep

import (
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/aws"

	"log-group-kms/internal/awsconf"
	"log-group-kms/internal/awsfake"
	"log-group-kms/internal/failure"
)

// Whoever only looks gets every log group once, in order, with its state.
func TestPages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSetup(t, 120, func(i int) bool { return i%2 == 0 }, awsconf.Rates{}, nil)
		account, err := s.sweeper.accounts.For(t.Context(), home)
		if err != nil {
			t.Fatal(err)
		}
		i := 0
		for states, err := range Pages(t.Context(), account.Logs, home) {
			if err != nil {
				t.Fatal(err)
			}
			for _, state := range states {
				if name := aws.ToString(state.Group.LogGroupName); name != numbered(i) || (state.KeyARN == s.key) != (i%2 == 0) || state.ReadAt.IsZero() {
					t.Errorf("got %s with key %q, read at %v, want the %d-th with its state", name, state.KeyARN, state.ReadAt, i)
				}
				i++
			}
		}
		if i != 120 {
			t.Errorf("got %d log groups, want 120", i)
		}
		pages := s.world.CountCalls("DescribeLogGroups")
		for range Pages(t.Context(), account.Logs, home) {
			break
		}
		if got := s.world.CountCalls("DescribeLogGroups") - pages; got != 1 {
			t.Errorf("got %d pages read for one, want no more", got)
		}
	})
}

func TestPagesEndWithTheError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSetup(t, 120, nil, awsconf.Rates{}, nil)
		s.troubleFromPage(2, awsfake.AccessDeniedIAM)
		account, err := s.sweeper.accounts.For(t.Context(), home)
		if err != nil {
			t.Fatal(err)
		}
		var errs []error
		for _, err := range Pages(t.Context(), account.Logs, home) {
			errs = append(errs, err)
		}
		if len(errs) != 2 || errs[0] != nil || failure.TypeOf(errs[1]) != failure.AccessDenied {
			t.Errorf("got %v, want one page and AccessDenied", errs)
		}
	})
}
