package encrypt

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	logstypes "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"

	"log-group-kms/internal/awserr"
	"log-group-kms/internal/failure"
	"log-group-kms/internal/paging"
	"log-group-kms/internal/target"
)

// State is a log group's state.
type State struct {
	KeyARN string    // ARN of its key; empty where it has none
	ReadAt time.Time // when the request was sent that AWS answered so

	answeredAt time.Time // when that answer was there

	// Group is all that AWS says of the log group, for reports.
	Group logstypes.LogGroup
}

// StateOf gives the state that DescribeLogGroups answered to a request sent at a
// time.
func StateOf(group logstypes.LogGroup, sentAt time.Time) State {
	return State{KeyARN: aws.ToString(group.KmsKeyId), ReadAt: sentAt, answeredAt: time.Now(), Group: group}
}

// CreatedAt is when the log group was created; zero where AWS does not say.
func (s *State) CreatedAt() time.Time {
	if s == nil || s.Group.CreationTime == nil {
		return time.Time{}
	}
	return time.UnixMilli(*s.Group.CreationTime)
}

// tags are a log group's, all of them.
type tags struct {
	values map[string]string
	readAt time.Time
}

// errNotThere says that AWS does not know the log group, or not yet.
var errNotThere = errors.New("the log group does not exist")

// IsGone tells whether ReadState or TryReadTags failed because AWS does not know the log
// group.
func IsGone(err error) bool { return errors.Is(err, errNotThere) }

// TryReadTags reads a log group's tags for their own sake: whether they may be read.
func TryReadTags(ctx context.Context, api LogsAPI, t target.Target) error {
	_, err := readTags(ctx, api, t)
	return err
}

// ReadState reads the state of exactly one log group. Its error is a *failure.Error, or
// IsGone tells that AWS does not know the log group.
//
// AWS filters by prefix and answers in ASCII order
// (https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeLogGroups.html),
// so the group itself comes before all others that begin with its name, and one
// page suffices unless AWS sends an empty one.
func ReadState(ctx context.Context, api LogsAPI, t target.Target) (State, error) {
	input := &cloudwatchlogs.DescribeLogGroupsInput{LogGroupNamePrefix: aws.String(t.LogGroup)}
	doing := "DescribeLogGroups to read the state of " + t.String()
	var guard paging.Guard
	for {
		var attempts awserr.Attempts
		page, err := api.DescribeLogGroups(ctx, input, watch(&attempts))
		if awserr.IsNotFound(err) {
			return State{}, errNotThere
		}
		if err != nil {
			return State{}, attempts.Failure(ctx, doing, err)
		}
		for _, group := range page.LogGroups {
			switch name := aws.ToString(group.LogGroupName); {
			case name == t.LogGroup:
				return StateOf(group, attempts.SentAt()), nil
			case name > t.LogGroup:
				return State{}, errNotThere
			}
		}
		if aws.ToString(page.NextToken) == "" {
			return State{}, errNotThere
		}
		if err := guard.Next(aws.ToString(page.NextToken)); err != nil {
			return State{}, failure.While(doing, err)
		}
		input.NextToken = page.NextToken
	}
}

// readTags reads the tags of a log group. ListTagsForResource does not take an
// ARN with "#", which a log group's name may hold: the tags of those can only be
// read by the older call.
func readTags(ctx context.Context, api LogsAPI, t target.Target) (*tags, error) {
	var attempts awserr.Attempts
	var values map[string]string
	var err error
	action := "ListTagsForResource"
	if strings.Contains(t.LogGroup, "#") {
		action = "ListTagsLogGroup"
		var out *cloudwatchlogs.ListTagsLogGroupOutput
		out, err = api.ListTagsLogGroup(ctx, &cloudwatchlogs.ListTagsLogGroupInput{LogGroupName: aws.String(t.LogGroup)}, watch(&attempts))
		if err == nil {
			values = out.Tags
		}
	} else {
		var out *cloudwatchlogs.ListTagsForResourceOutput
		out, err = api.ListTagsForResource(ctx, &cloudwatchlogs.ListTagsForResourceInput{ResourceArn: aws.String(t.ARN())}, watch(&attempts))
		if err == nil {
			values = out.Tags
		}
	}
	if awserr.IsNotFound(err) {
		return nil, errNotThere
	}
	if err != nil {
		return nil, attempts.Failure(ctx, action+" to read the tags of "+t.String(), err)
	}
	return &tags{values, attempts.SentAt()}, nil
}
