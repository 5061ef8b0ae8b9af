package sweep

import (
	"context"
	"iter"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"

	"log-group-kms/internal/awserr"
	"log-group-kms/internal/encrypt"
	"log-group-kms/internal/failure"
	"log-group-kms/internal/paging"
	"log-group-kms/internal/target"
)

// Pages gives the log groups of a scope in the order of their names, a page at a time:
// what a sweep visits, for who only looks. It ends after the first error, which is a
// *failure.Error.
func Pages(ctx context.Context, api encrypt.LogsAPI, scope target.Scope) iter.Seq2[[]encrypt.State, error] {
	return func(yield func([]encrypt.State, error) bool) {
		var guard paging.Guard
		for token := ""; ; {
			p, err := readPage(ctx, api, scope, "", token)
			if err != nil {
				yield(nil, err)
				return
			}
			states := make([]encrypt.State, 0, len(p.groups))
			for _, item := range p.groups {
				states = append(states, item.state)
			}
			if !yield(states, nil) || p.next == "" {
				return
			}
			if err := guard.Next(p.next); err != nil {
				yield(nil, failure.While(listing(scope), err))
				return
			}
			token = p.next
		}
	}
}

// listing says what a failure happened at.
func listing(scope target.Scope) string {
	return "DescribeLogGroups to list the log groups of " + scope.String()
}

// page is some log groups in the order of their names, and the token of the page
// after it; empty: there is none.
type page struct {
	groups []listed
	next   string
}

type listed struct {
	name  string
	state encrypt.State
}

// state gives the state of a log group, nil where it is not on the page.
func (p page) state(name string) *encrypt.State {
	i, found := slices.BinarySearchFunc(p.groups, name, func(item listed, name string) int {
		return strings.Compare(item.name, name)
	})
	if !found {
		return nil
	}
	return &p.groups[i].state
}

// readPage reads the page that token stands for; empty: the first.
func readPage(ctx context.Context, api encrypt.LogsAPI, scope target.Scope, prefix, token string) (page, error) {
	input := &cloudwatchlogs.DescribeLogGroupsInput{}
	if prefix != "" {
		input.LogGroupNamePrefix = aws.String(prefix)
	}
	if token != "" {
		input.NextToken = aws.String(token)
	}
	var attempts awserr.Attempts
	out, err := api.DescribeLogGroups(ctx, input, func(o *cloudwatchlogs.Options) {
		o.APIOptions = append(o.APIOptions, attempts.Watch)
	})
	if err != nil {
		return page{}, attempts.Failure(ctx, listing(scope), err)
	}
	p := page{groups: make([]listed, 0, len(out.LogGroups)), next: aws.ToString(out.NextToken)}
	for _, group := range out.LogGroups {
		p.groups = append(p.groups, listed{aws.ToString(group.LogGroupName), encrypt.StateOf(group, attempts.SentAt())})
	}
	return p, nil
}
