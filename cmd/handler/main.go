// Command handler is the Lambda function: it keeps CloudWatch log groups under
// customer-managed KMS keys.
package main

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/aws/aws-lambda-go/lambda"

	"log-group-kms/internal/app"
	"log-group-kms/internal/awsconf"
	"log-group-kms/internal/config"
	"log-group-kms/internal/handler"
	"log-group-kms/internal/metric"
	"log-group-kms/internal/report"
)

func main() {
	ctx := context.Background()
	log := report.NewLogger(os.Stdout, os.Getenv("AWS_LAMBDA_LOG_FORMAT"), os.Getenv("AWS_LAMBDA_LOG_LEVEL"))
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
	parts := app.New(sdk, settings, os.Getenv("AWS_ACCOUNT_ID"))
	return &handler.Handler{
		Encrypter: parts.Encrypter,
		Sweeper:   parts.Sweeper,
		Home:      parts.Home.Scope,
		DryRun:    settings.DryRun,
		Reporter:  &report.Reporter{Log: log, Metrics: metric.NewWriter(os.Stdout, settings.MetricsNamespace)},
	}, nil
}

// readPackaged reads a file of the deployment package; Lambda says where that is.
func readPackaged(name string) ([]byte, error) {
	if !filepath.IsAbs(name) {
		name = filepath.Join(os.Getenv("LAMBDA_TASK_ROOT"), name)
	}
	return os.ReadFile(name)
}
