package awsconf

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	awsconfig "github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go/logging"
	"github.com/aws/smithy-go/middleware"

	"log-group-kms/internal/pace"
	"log-group-kms/internal/target"
)

// Rates are the requests a second for one account and Region; 0 is no limit.
type Rates struct {
	Associate float64 // AssociateKmsKey
	Describe  float64 // DescribeLogGroups
}

// Load reads the SDK's own configuration: Region, credentials, endpoints,
// AWS_MAX_ATTEMPTS, and more that a command's flags say. What the SDK has to say goes
// to log, at DEBUG: what matters of it comes back as an error.
func Load(ctx context.Context, log *slog.Logger, more ...func(*awsconfig.LoadOptions) error) (aws.Config, error) {
	config, err := awsconfig.LoadDefaultConfig(ctx, append([]func(*awsconfig.LoadOptions) error{
		awsconfig.WithHTTPClient(awshttp.NewBuildableClient().WithTimeout(attemptTimeout)),
		awsconfig.WithLogger(logging.LoggerFunc(func(_ logging.Classification, format string, v ...any) {
			log.Debug("AWS SDK", "says", fmt.Sprintf(format, v...))
		})),
	}, more...)...)
	if err != nil {
		return config, fmt.Errorf("loading the AWS SDK's configuration: %w", err)
	}
	return config, nil
}

// Clients are the API clients of one account and Region.
type Clients struct {
	Logs *cloudwatchlogs.Client
	KMS  *kms.Client
}

// NewClients makes the clients of one account and Region. Their pace counts from
// now on, so they are to be kept for as long as they are in use.
func NewClients(config aws.Config, scope target.Scope, rates Rates) Clients {
	associate := pace.New("AssociateKmsKey", "ASSOCIATE_RATE", rates.Associate)
	describe := pace.New("DescribeLogGroups", "DESCRIBE_RATE", rates.Describe)
	return Clients{
		// The retryer is set here rather than among the options of Load: with one of
		// those, the SDK does not read AWS_MAX_ATTEMPTS.
		Logs: cloudwatchlogs.NewFromConfig(config, func(o *cloudwatchlogs.Options) {
			o.Region = scope.Region
			o.Retryer = Retryer()
			o.HTTPClient = wholeBody{o.HTTPClient}
			o.APIOptions = append(o.APIOptions, func(stack *middleware.Stack) error {
				if err := associate.Hold(stack); err != nil {
					return err
				}
				return describe.Hold(stack)
			})
		}),
		KMS: kms.NewFromConfig(config, func(o *kms.Options) {
			o.Region = scope.Region
			o.Retryer = Retryer()
			o.HTTPClient = wholeBody{o.HTTPClient}
		}),
	}
}

// NewSTS makes the client that asks who the caller is and assumes roles, in the
// caller's own Region: tokens of any Region's STS are good everywhere
// (https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_enable-regions.html).
func NewSTS(config aws.Config) *sts.Client {
	return sts.NewFromConfig(config, func(o *sts.Options) {
		o.Retryer = Retryer()
		o.HTTPClient = wholeBody{o.HTTPClient}
	})
}

// WithRequestLimit gives the configuration for clients that are made elsewhere: of the
// services that only the command line talks to. Each of their requests may take so long.
func WithRequestLimit(config aws.Config, limit time.Duration) aws.Config {
	config = config.Copy()
	config.Retryer, config.HTTPClient = Retryer, HTTPClient(config, limit)
	return config
}

// HTTPClient gives what sends requests of which each may take so long.
func HTTPClient(config aws.Config, limit time.Duration) aws.HTTPClient {
	if client, ok := config.HTTPClient.(*awshttp.BuildableClient); ok {
		return wholeBody{client.WithTimeout(limit)}
	}
	return wholeBody{config.HTTPClient}
}
