package audit

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"

	"log-group-kms/internal/paging"
	"log-group-kms/internal/target"
)

// ListAPI counts log groups: it lists a thousand of them at a time, without their keys.
type ListAPI interface {
	ListLogGroups(context.Context, *cloudwatchlogs.ListLogGroupsInput, ...func(*cloudwatchlogs.Options)) (*cloudwatchlogs.ListLogGroupsOutput, error)
}

// most is how many log groups ListLogGroups gives at a time.
const most = 1000

// Expect counts the log groups that there are to look at, for a progress line alone:
// what cannot be counted is left out. found is told of each page's number.
func Expect(ctx context.Context, scopes []target.Scope, clients func(context.Context, target.Scope) (ListAPI, error), found func(int)) {
	for _, scope := range scopes {
		api, err := clients(ctx, scope)
		if err != nil {
			continue
		}
		var guard paging.Guard
		input := &cloudwatchlogs.ListLogGroupsInput{Limit: aws.Int32(most)}
		for {
			out, err := api.ListLogGroups(ctx, input)
			if err != nil {
				break
			}
			found(len(out.LogGroups))
			if aws.ToString(out.NextToken) == "" || guard.Next(*out.NextToken) != nil {
				break
			}
			input.NextToken = out.NextToken
		}
	}
}
