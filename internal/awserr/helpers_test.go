package awserr_test

import (
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/kms"
)

const (
	account = "111122223333"
	region  = "eu-west-1"
)

var caller = credentials.NewStaticCredentialsProvider("AKIAEXAMPLE", "secret", "")

// reply is an HTTP client that gives every request the same answer.
type reply struct {
	status int
	body   string
	cut    bool  // the connection breaks at the end of body
	err    error // no answer at all
}

func (r reply) Do(request *http.Request) (*http.Response, error) {
	if r.err != nil {
		return nil, r.err
	}
	var body io.Reader = strings.NewReader(r.body)
	if r.cut {
		body = io.MultiReader(body, broken{})
	}
	return &http.Response{
		StatusCode: r.status, Header: http.Header{"X-Amzn-Requestid": {"c80afb02"}},
		Body: io.NopCloser(body), Request: request, ContentLength: -1,
	}, nil
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// coded is an answer in AWS's form of error.
func coded(status int, code, message string) reply {
	body, _ := json.Marshal(map[string]string{"__type": code, "message": message}) // strings always marshal
	return reply{status: status, body: string(body)}
}

// fromLogs gives the SDK's error for an AssociateKmsKey that is answered by r.
func (r reply) fromLogs(t *testing.T, options ...func(*cloudwatchlogs.Options)) error {
	t.Helper()
	api := cloudwatchlogs.New(cloudwatchlogs.Options{Region: region, HTTPClient: r, Credentials: caller, Retryer: aws.NopRetryer{}})
	_, err := api.AssociateKmsKey(t.Context(), &cloudwatchlogs.AssociateKmsKeyInput{
		KmsKeyId: aws.String("k"), LogGroupName: aws.String("/app"),
	}, options...)
	return demand(t, err)
}

// fromListing gives the SDK's error for a DescribeLogGroups.
func (r reply) fromListing(t *testing.T) error {
	t.Helper()
	api := cloudwatchlogs.New(cloudwatchlogs.Options{Region: region, HTTPClient: r, Credentials: caller, Retryer: aws.NopRetryer{}})
	_, err := api.DescribeLogGroups(t.Context(), &cloudwatchlogs.DescribeLogGroupsInput{})
	return demand(t, err)
}

// fromKMS gives the SDK's error for a DescribeKey.
func (r reply) fromKMS(t *testing.T) error {
	t.Helper()
	api := kms.New(kms.Options{Region: region, HTTPClient: r, Credentials: caller, Retryer: aws.NopRetryer{}})
	_, err := api.DescribeKey(t.Context(), &kms.DescribeKeyInput{KeyId: aws.String("alias/logs")})
	return demand(t, err)
}

func demand(t *testing.T, err error) error {
	t.Helper()
	if err == nil {
		t.Fatal("got success, want an error to classify")
	}
	return err
}

// refused is what net/http says where nothing listens.
var refused = &url.Error{Op: "Post", URL: "http://127.0.0.1:1/", Err: &net.OpError{
	Op: "dial", Net: "tcp", Addr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 1},
	Err: os.NewSyscallError("connect", syscall.ECONNREFUSED),
}}

// turns gives one answer after the other, and the last one for ever.
type turns []reply

func (t *turns) Do(request *http.Request) (*http.Response, error) {
	now := (*t)[0]
	if len(*t) > 1 {
		*t = (*t)[1:]
	}
	return now.Do(request)
}

// always has every error tried again, as long as there is time.
type always struct{}

func (always) IsErrorRetryable(error) aws.Ternary { return aws.TrueTernary }
