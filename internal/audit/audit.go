package audit

import (
	"context"
	"errors"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"golang.org/x/sync/errgroup"

	"log-group-kms/internal/encrypt"
	"log-group-kms/internal/failure"
	"log-group-kms/internal/policy"
	"log-group-kms/internal/sweep"
	"log-group-kms/internal/target"
)

// width is how many log groups of a page are looked at side by side.
const width = 10

// Auditor looks at log groups. It is safe for concurrent use.
type Auditor struct {
	policy    *policy.Policy
	rulesFrom string         // the file that the rules' lines count in
	lines     map[string]int // of the rules, by name
	accounts  encrypt.Accounts

	deciding *encrypt.Encrypter // decides as the function does
	wanting  *encrypt.Encrypter // decides which key a log group should have

	// Unlisted are accounts whose Regions are not known, and why. Run takes each as a
	// scope without a Region.
	Unlisted map[target.Scope]error
}

// New makes an Auditor for a configuration, whose rules come from a file.
func New(p *policy.Policy, rulesFrom string, accounts encrypt.Accounts) *Auditor {
	a := &Auditor{
		policy: p, rulesFrom: rulesFrom, lines: make(map[string]int, len(p.Rules)), accounts: accounts,
		deciding: encrypt.New(p, accounts), wanting: encrypt.NewReplacing(p, accounts),
	}
	for i := range p.Rules {
		a.lines[p.Rules[i].Name] = p.Rules[i].Line
	}
	return a
}

// scope looks at every log group of an account and Region, and hands the rows of each
// page to emit, in the order of their names. Its error is a *failure.Error that says
// why it did not come to the end.
func (a *Auditor) scope(ctx context.Context, scope target.Scope, emit func([]Row)) error {
	if err := a.Unlisted[scope]; err != nil {
		return err
	}
	account, err := a.accounts.For(ctx, scope)
	if err != nil {
		return failure.While("reaching "+scope.String(), err)
	}
	l := &look{Auditor: a, account: account, began: time.Now()}
	pages, listed := l.list(ctx, scope)
	for page := range pages {
		emit(l.page(ctx, scope, page))
		if ctx.Err() != nil {
			break
		}
	}
	for range pages { // lets the listing end
	}
	if ctx.Err() != nil {
		return &failure.Error{
			Type: failure.Unavailable, OutOfTime: true, Doing: "looking at the log groups of " + scope.String(), Err: errInterrupted,
			Advice: "What was found until then is said; start again for the rest.",
		}
	}
	return listed()
}

var errInterrupted = errors.New("it was interrupted")

// list lists the log groups, so that the next page is on its way while one is looked
// at: the listing is what AWS limits most. listed tells how it ended, once pages is
// closed.
func (l *look) list(ctx context.Context, scope target.Scope) (pages <-chan []encrypt.State, listed func() error) {
	read := make(chan []encrypt.State, 1)
	var failed error
	go func() {
		defer close(read)
		for states, err := range sweep.Pages(ctx, l.account.Logs, scope) {
			if err != nil {
				failed = err
				return
			}
			select {
			case read <- states:
			case <-ctx.Done():
				return
			}
		}
	}()
	return read, func() error { return failed }
}

// page looks at the log groups of a page side by side. Those that an interruption cut
// off are left out.
func (l *look) page(ctx context.Context, scope target.Scope, states []encrypt.State) []Row {
	rows := make([]*Row, len(states))
	var group errgroup.Group
	group.SetLimit(width)
	for i, state := range states {
		group.Go(func() error {
			row, there := l.judge(ctx, target.LogGroup(scope, aws.ToString(state.Group.LogGroupName)), state)
			if there && (row.State != Unknown || ctx.Err() == nil) {
				rows[i] = &row
			}
			return nil
		})
	}
	_ = group.Wait() // none of them returns an error
	kept := make([]Row, 0, len(rows))
	for _, row := range rows {
		if row != nil {
			kept = append(kept, *row)
		}
	}
	return kept
}
