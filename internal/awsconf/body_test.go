package awsconf_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"

	"log-group-kms/internal/awsconf"
)

// quick is an HTTP client that answers before it has read the request's body, as
// net/http may do, and keeps the request.
type quick struct{ request *http.Request }

func (q *quick) Do(r *http.Request) (*http.Response, error) {
	q.request = r
	return &http.Response{
		StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(strings.NewReader("{}")), ContentLength: 2, Request: r,
	}, nil
}

// Whoever still reads the body while the answer is already there, as net/http
// does, must not meet the end that the SDK put to it: that would break the
// connection, and a request that AWS has obeyed would be sent again. And net/http
// has to know that the body is in memory, so that it sends it with the head.
func TestBodyOutlivesTheCall(t *testing.T) {
	for operation, want := range map[string]string{
		"DescribeLogGroups": `{}`,
		"AssociateKmsKey":   `{"kmsKeyId":"alias/logs","logGroupName":"/app"}`,
		"DescribeKey":       `{"KeyId":"alias/logs"}`,
	} {
		t.Run(operation, func(t *testing.T) {
			client := &quick{}
			clients := awsconf.NewClients(aws.Config{Region: region, HTTPClient: client, Credentials: identity}, home, unpaced)
			if err := call(t.Context(), clients, operation, "alias/logs"); err != nil {
				t.Fatal(err)
			}
			body := client.request.Body
			got, err := io.ReadAll(body)
			if err != nil || string(got) != want {
				t.Errorf("got body %q, %v after the call, want %s", got, err, want)
			}
			if client.request.ContentLength != int64(len(want)) {
				t.Errorf("got content length %d, want %d", client.request.ContentLength, len(want))
			}
			if known := reflect.TypeOf(io.NopCloser(&bytes.Reader{})); reflect.TypeOf(body) != known {
				t.Errorf("got a body of type %T, want %v, which net/http takes for one in memory", body, known)
			}
		})
	}
}

// A body that cannot be read is the request's failure, not an empty request.
func TestBodyThatCannotBeRead(t *testing.T) {
	client := &quick{}
	clients := awsconf.NewClients(aws.Config{Region: region, HTTPClient: client, Credentials: identity}, home, unpaced)
	sent := clients.Logs.Options().HTTPClient
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://127.0.0.1:1/", io.MultiReader(strings.NewReader("{"), broken{}))
	if err != nil {
		t.Fatal(err)
	}
	response, err := sent.Do(request)
	if err == nil {
		_ = response.Body.Close()
	}
	if err == nil || client.request != nil {
		t.Errorf("got %v and sent %t, want a failure and nothing sent", err, client.request != nil)
	}
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// Over a real socket each call is one request, however quickly the answer comes,
// even before the body was read: one that is sent twice costs AWS's fixed quota and time.
func TestOneRequestForEachCall(t *testing.T) {
	const calls = 200
	var got atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		got.Add(1)
		_, _ = io.WriteString(w, "{}") // the caller finds out
	}))
	defer server.Close()
	clients := awsconf.NewClients(aws.Config{
		Region: region, BaseEndpoint: aws.String(server.URL), HTTPClient: awshttp.NewBuildableClient(), Credentials: identity,
	}, home, unpaced)
	logs := clients.Logs
	for range calls {
		if err := list(t.Context(), logs); err != nil {
			t.Fatal(err)
		}
	}
	if got.Load() != calls {
		t.Errorf("got %d requests for %d calls, want as many", got.Load(), calls)
	}
}

// list lists log groups by a long prefix, so that the request is larger than the
// answer.
func list(ctx context.Context, logs *cloudwatchlogs.Client) error {
	_, err := logs.DescribeLogGroups(ctx, &cloudwatchlogs.DescribeLogGroupsInput{
		LogGroupNamePrefix: aws.String("/" + strings.Repeat("x", 500)),
	})
	if err != nil {
		return fmt.Errorf("calling DescribeLogGroups: %w", err)
	}
	return nil
}
