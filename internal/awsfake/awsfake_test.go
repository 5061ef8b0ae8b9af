package awsfake_test

import (
	"errors"
	"fmt"
	"net/http"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"

	"log-group-kms/internal/awsfake"
)

const (
	account = "111122223333"
	other   = "444455556666"
	region  = "eu-west-1"
)

// doer is an HTTP client as the SDK wants it.
type doer interface {
	Do(*http.Request) (*http.Response, error)
}

// site is where clients find the World: in memory, or at an address.
type site struct {
	http     doer
	endpoint string
	region   string
	keyID    string
}

func inMemory(w *awsfake.World) site {
	return site{http: w.Client(), endpoint: "http://aws.invalid", region: region, keyID: "AKIAEXAMPLE"}
}

func (s site) credentials() aws.CredentialsProvider {
	return credentials.NewStaticCredentialsProvider(s.keyID, "secret", "")
}

func (s site) logs() *cloudwatchlogs.Client {
	return cloudwatchlogs.New(cloudwatchlogs.Options{
		Region: s.region, BaseEndpoint: &s.endpoint, HTTPClient: s.http, Credentials: s.credentials(), Retryer: aws.NopRetryer{},
	})
}

func (s site) kms() *kms.Client {
	return kms.New(kms.Options{
		Region: s.region, BaseEndpoint: &s.endpoint, HTTPClient: s.http, Credentials: s.credentials(), Retryer: aws.NopRetryer{},
	})
}

func (s site) sts() *sts.Client {
	return sts.New(sts.Options{
		Region: s.region, BaseEndpoint: &s.endpoint, HTTPClient: s.http, Credentials: s.credentials(), Retryer: aws.NopRetryer{},
	})
}

// newWorld returns a World and ends the test with a look at what it did not
// expect.
func newWorld(t *testing.T) *awsfake.World {
	t.Helper()
	w := awsfake.New(account)
	t.Cleanup(func() {
		if diff := cmp.Diff([]string(nil), w.Unexpected()); diff != "" {
			t.Errorf("unexpected requests: %s", diff)
		}
	})
	return w
}

// apiError is the code and text of an error of the service.
type apiError struct{ Code, Message string }

func errorOf(err error) apiError {
	if e, ok := errors.AsType[smithy.APIError](err); ok {
		return apiError{e.ErrorCode(), e.ErrorMessage()}
	}
	if err != nil {
		return apiError{Message: err.Error()}
	}
	return apiError{}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func groupARN(name string) string { return awsfake.LogGroupARN(account, region, name) }

// numbered makes log groups whose names have an order.
func numbered(i int) awsfake.LogGroup { return awsfake.LogGroup{Name: fmt.Sprintf("/app/%07d", i)} }
