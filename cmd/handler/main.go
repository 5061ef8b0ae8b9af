// Command handler is the Lambda function: it keeps CloudWatch log groups under
// customer-managed KMS keys.
package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"

	"github.com/aws/aws-lambda-go/lambda"

	"log-group-kms/internal/awsconf"
	"log-group-kms/internal/config"
	"log-group-kms/internal/encrypt"
	"log-group-kms/internal/handler"
	"log-group-kms/internal/metric"
	"log-group-kms/internal/sweep"
	"log-group-kms/internal/target"
)

func main() {
	ctx := context.Background()
	log := handler.NewLogger(os.Stdout, os.Getenv("AWS_LAMBDA_LOG_FORMAT"), os.Getenv("AWS_LAMBDA_LOG_LEVEL"))
	function, err := wire(ctx, log)
	if err != nil {
		text := initText(err)
		log.ErrorContext(ctx, "the function does not start", "errorType", initErrorType, "errorMessage", text)
		reportInitError(ctx, text)
		os.Exit(1)
	}
	lambda.Start(function)
}

// wire puts the function together. Its error lists every fault of the
// configuration.
func wire(ctx context.Context, log *slog.Logger) (*handler.Handler, error) {
	settings, err := config.Load(os.LookupEnv, config.Packaged(os.Getenv("LAMBDA_TASK_ROOT")))
	if err != nil {
		return nil, err
	}
	sdk, err := awsconf.Load(ctx, log)
	if err != nil {
		return nil, err
	}
	if !target.ValidRegion(sdk.Region) {
		return nil, config.Faults{fmt.Sprintf("AWS_REGION: %q, which the AWS SDK finds, is not a Region's name; on Lambda it is always set", sdk.Region)}
	}
	home := awsconf.Home{Region: sdk.Region, Account: settings.Account}
	pool := awsconf.NewPool(sdk, awsconf.Rates{Associate: settings.AssociateRate, Describe: settings.DescribeRate})
	clients := func(ctx context.Context, scope target.Scope) (encrypt.Clients, error) {
		if err := home.Admit(ctx, scope, settings.MemberRole); err != nil {
			return encrypt.Clients{}, err
		}
		c := pool.For(scope)
		return encrypt.Clients{Logs: c.Logs, Keys: c.Keys}, nil
	}
	encrypter := encrypt.New(&settings.Policy, clients)
	return &handler.Handler{
		Encrypter: encrypter,
		Sweeper:   sweep.New(encrypter, clients, settings.Policy.QueryResult != ""),
		Home:      home.Of,
		DryRun:    settings.DryRun,
		Log:       log,
		Metrics:   metric.NewWriter(os.Stdout, settings.MetricsNamespace),
	}, nil
}
