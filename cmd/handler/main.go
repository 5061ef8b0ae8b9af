// Command handler is the Lambda function: it keeps CloudWatch log groups under
// customer-managed KMS keys.
package main

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"

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
		log.ErrorContext(ctx, "the function does not start", "errorType", initErrorType, "errorMessage", err.Error())
		reportInitError(ctx, err)
		os.Exit(1)
	}
	lambda.Start(function)
}

// wire puts the function together. Its error lists every fault of the
// configuration.
func wire(ctx context.Context, log *slog.Logger) (*handler.Handler, error) {
	settings, err := config.Load(os.LookupEnv, readPackaged)
	if err != nil {
		return nil, err
	}
	sdk, err := awsconf.Load(ctx, log)
	if err != nil {
		return nil, err
	}
	if sdk.Region == "" {
		return nil, config.Faults{"AWS_REGION: the AWS SDK finds no Region; on Lambda it is always set"}
	}
	home := awsconf.Home{Region: sdk.Region, Account: os.Getenv("AWS_ACCOUNT_ID")}
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

// readPackaged reads a file of the deployment package; Lambda says where that is.
func readPackaged(name string) ([]byte, error) {
	if !filepath.IsAbs(name) {
		name = filepath.Join(os.Getenv("LAMBDA_TASK_ROOT"), name)
	}
	return os.ReadFile(name)
}
