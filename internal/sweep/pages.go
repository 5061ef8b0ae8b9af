package sweep

import (
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"

	"log-group-kms/internal/awserr"
	"log-group-kms/internal/encrypt"
	"log-group-kms/internal/target"
)

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
		return page{}, attempts.Failure(ctx, "DescribeLogGroups to list the log groups of "+scope.String(), err)
	}
	p := page{groups: make([]listed, 0, len(out.LogGroups)), next: aws.ToString(out.NextToken)}
	for _, group := range out.LogGroups {
		p.groups = append(p.groups, listed{aws.ToString(group.LogGroupName), encrypt.StateOf(group, attempts.SentAt())})
	}
	return p, nil
}
