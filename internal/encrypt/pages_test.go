package encrypt_test

import (
	"context"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"

	"log-group-kms/internal/answer"
	"log-group-kms/internal/encrypt"
	"log-group-kms/internal/policy"
)

// lastPage answers DescribeLogGroups with an empty page whose token is the empty
// string.
type lastPage struct {
	encrypt.LogsAPI
	requests int
}

func (l *lastPage) DescribeLogGroups(context.Context, *cloudwatchlogs.DescribeLogGroupsInput, ...func(*cloudwatchlogs.Options)) (*cloudwatchlogs.DescribeLogGroupsOutput, error) {
	l.requests++
	return &cloudwatchlogs.DescribeLogGroupsOutput{NextToken: aws.String("")}, nil
}

// An empty token means that there are no more pages; taken for one, it would lead
// to the first page again and again.
func TestEmptyTokenIsTheEnd(t *testing.T) {
	logs := &lastPage{}
	e := encrypt.New(&policy.Policy{Existing: policy.Keep}, always{account: encrypt.Account{Logs: logs}})
	got, err := e.Encrypt(t.Context(), named("/app"))
	if err != nil || got.Outcome != answer.Gone || logs.requests != 1 {
		t.Errorf("got %s, %v after %d requests, want gone after one", got.Outcome, err, logs.requests)
	}
}

// circle answers DescribeLogGroups with an empty page and the same token each time.
type circle struct{ encrypt.LogsAPI }

func (circle) DescribeLogGroups(context.Context, *cloudwatchlogs.DescribeLogGroupsInput, ...func(*cloudwatchlogs.Options)) (*cloudwatchlogs.DescribeLogGroupsOutput, error) {
	return &cloudwatchlogs.DescribeLogGroupsOutput{NextToken: aws.String("t")}, nil
}

// A listing that goes in a circle ends, and the error does not say that AWS gave no
// answer: it gave too many.
func TestPagesInACircle(t *testing.T) {
	_, err := encrypt.ReadState(t.Context(), circle{}, named("/app").Target)
	if want := "DescribeLogGroups to read the state of log group /app of account 111122223333, Region eu-west-1: AWS answers the same tokens again"; err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("got %v, want %q", err, want)
	}
}
