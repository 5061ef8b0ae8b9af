package encrypt

import (
	"context"
	"errors"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"

	"log-group-kms/internal/awserr"
	"log-group-kms/internal/target"
)

// errNotThere says that AWS does not know the log group, or not yet.
var errNotThere = errors.New("the log group does not exist")

// Group is a log group's state.
type Group struct {
	KeyARN string // ARN of its key; empty where it has none
}

// readGroup reads the state of exactly one log group. AWS filters by prefix and
// answers in ASCII order
// (https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeLogGroups.html),
// so the group itself comes before all others that begin with its name, and one
// page suffices unless AWS sends an empty one.
func readGroup(ctx context.Context, api LogsAPI, t target.Target) (Group, error) {
	input := &cloudwatchlogs.DescribeLogGroupsInput{LogGroupNamePrefix: aws.String(t.LogGroup)}
	for {
		var attempts awserr.Attempts
		page, err := api.DescribeLogGroups(ctx, input, watchLogs(&attempts))
		if awserr.IsNotFound(err) {
			return Group{}, errNotThere
		}
		if err != nil {
			return Group{}, attempts.Failure(ctx, "reading the state of "+t.String(), err)
		}
		for _, group := range page.LogGroups {
			switch name := aws.ToString(group.LogGroupName); {
			case name == t.LogGroup:
				return Group{KeyARN: aws.ToString(group.KmsKeyId)}, nil
			case name > t.LogGroup:
				return Group{}, errNotThere
			}
		}
		if aws.ToString(page.NextToken) == "" {
			return Group{}, errNotThere
		}
		input.NextToken = page.NextToken
	}
}

// readTags reads the tags of a log group. ListTagsForResource does not take an
// ARN with "#", which a log group's name may hold: the tags of those can only be
// read by the older call.
func readTags(ctx context.Context, api LogsAPI, t target.Target) (map[string]string, error) {
	var attempts awserr.Attempts
	var tags map[string]string
	var err error
	if strings.Contains(t.LogGroup, "#") {
		var out *cloudwatchlogs.ListTagsLogGroupOutput
		out, err = api.ListTagsLogGroup(ctx, &cloudwatchlogs.ListTagsLogGroupInput{LogGroupName: aws.String(t.LogGroup)}, watchLogs(&attempts))
		if err == nil {
			tags = out.Tags
		}
	} else {
		var out *cloudwatchlogs.ListTagsForResourceOutput
		out, err = api.ListTagsForResource(ctx, &cloudwatchlogs.ListTagsForResourceInput{ResourceArn: aws.String(t.ARN())}, watchLogs(&attempts))
		if err == nil {
			tags = out.Tags
		}
	}
	if awserr.IsNotFound(err) {
		return nil, errNotThere
	}
	if err != nil {
		return nil, attempts.Failure(ctx, "reading the tags of "+t.String(), err)
	}
	return tags, nil
}
