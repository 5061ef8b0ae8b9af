package awsconf

import (
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
)

// Retryer gives what repeats the requests of clients that are made elsewhere: of the
// services that only the command line talks to.
func Retryer() aws.Retryer { return newRetryer() }

// HTTPClient gives such clients what sends their requests. Each may take so long.
func HTTPClient(config aws.Config, limit time.Duration) aws.HTTPClient {
	if client, ok := config.HTTPClient.(*awshttp.BuildableClient); ok {
		return wholeBody{client.WithTimeout(limit)}
	}
	return wholeBody{config.HTTPClient}
}
