package awsconf

import (
	"context"
	"fmt"
	"log/slog"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	awsconfig "github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/kms"
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
// AWS_MAX_ATTEMPTS. What the SDK has to say goes to log, at DEBUG: what matters of
// it comes back as an error.
func Load(ctx context.Context, log *slog.Logger) (aws.Config, error) {
	config, err := awsconfig.LoadDefaultConfig(ctx,
		awsconfig.WithHTTPClient(awshttp.NewBuildableClient().WithTimeout(attemptTimeout)),
		awsconfig.WithLogger(logging.LoggerFunc(func(_ logging.Classification, format string, v ...any) {
			log.Debug("AWS SDK", "says", fmt.Sprintf(format, v...))
		})))
	if err != nil {
		return config, fmt.Errorf("loading the AWS SDK's configuration: %w", err)
	}
	return config, nil
}

// Clients are the API clients of one account and Region.
type Clients struct {
	Logs *cloudwatchlogs.Client
	Keys *kms.Client
}

// Pool makes Clients and keeps them across invocations. It is safe for
// concurrent use.
type Pool struct {
	config aws.Config
	rates  Rates

	mu      sync.Mutex
	clients map[target.Scope]Clients
}

// NewPool makes an empty Pool.
func NewPool(config aws.Config, rates Rates) *Pool {
	return &Pool{config: config, rates: rates, clients: make(map[target.Scope]Clients)}
}

// For gives the clients of one account and Region.
func (p *Pool) For(scope target.Scope) Clients {
	p.mu.Lock()
	defer p.mu.Unlock()
	clients, ok := p.clients[scope]
	if !ok {
		clients = p.newClients(scope)
		p.clients[scope] = clients
	}
	return clients
}

func (p *Pool) newClients(scope target.Scope) Clients {
	associate := pace.New("AssociateKmsKey", "ASSOCIATE_RATE", p.rates.Associate)
	describe := pace.New("DescribeLogGroups", "DESCRIBE_RATE", p.rates.Describe)
	return Clients{
		// The retryer is set here rather than in the shared configuration,
		// where AWS_MAX_ATTEMPTS would no longer reach it.
		Logs: cloudwatchlogs.NewFromConfig(p.config, func(o *cloudwatchlogs.Options) {
			o.Region = scope.Region
			o.Retryer = newRetryer()
			o.HTTPClient = wholeBody{o.HTTPClient}
			o.APIOptions = append(o.APIOptions, func(stack *middleware.Stack) error {
				if err := associate.Hold(stack); err != nil {
					return err
				}
				return describe.Hold(stack)
			})
		}),
		Keys: kms.NewFromConfig(p.config, func(o *kms.Options) {
			o.Region = scope.Region
			o.Retryer = newRetryer()
			o.HTTPClient = wholeBody{o.HTTPClient}
		}),
	}
}
