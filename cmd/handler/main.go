// Command handler is the Lambda function: it keeps CloudWatch log groups under
// customer-managed KMS keys.
package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"

	"github.com/aws/aws-lambda-go/lambda"

	"log-group-kms/internal/app"
	"log-group-kms/internal/awsconf"
	"log-group-kms/internal/config"
	"log-group-kms/internal/handler"
	"log-group-kms/internal/metric"
	"log-group-kms/internal/report"
	"log-group-kms/internal/target"
)

func main() {
	ctx := context.Background()
	log := report.NewLogger(os.Stdout, os.Getenv("AWS_LAMBDA_LOG_FORMAT"), os.Getenv("AWS_LAMBDA_LOG_LEVEL"))
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
	parts := app.New(sdk, settings)
	return &handler.Handler{
		Encrypter: parts.Encrypter,
		Sweeper:   parts.Sweeper,
		Checker:   parts.Checker,
		Home:      parts.Home.Scope,
		DryRun:    settings.DryRun,
		Reporter:  &report.Reporter{Log: log, Metrics: metric.NewWriter(os.Stdout, settings.MetricsNamespace)},
	}, nil
}
