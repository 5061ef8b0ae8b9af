package doctor

import (
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"log-group-kms/internal/awsconf"
	"log-group-kms/internal/stack"
)

// requestLimit bounds one request. Where AWS does not answer at all, each is repeated, and
// a person waits for the end.
const requestLimit = 5 * time.Second

// Clients fills in everything that asks AWS, in the config's Region with its
// credentials. What is left to the caller is the Decider.
func Clients(config aws.Config) Deps {
	config = config.Copy()
	config.Retryer = awsconf.Retryer
	waits := config.Copy()
	config.HTTPClient, waits.HTTPClient = awsconf.HTTPClient(config, requestLimit), awsconf.HTTPClient(config, stack.Patience)
	return Deps{
		Stacks: cloudformation.NewFromConfig(config), Functions: lambda.NewFromConfig(waits),
		Trails: cloudtrail.NewFromConfig(config), Rules: eventbridge.NewFromConfig(config),
		Executions: sfn.NewFromConfig(config), Queues: sqs.NewFromConfig(config),
		Alarms: cloudwatch.NewFromConfig(config), Logs: cloudwatchlogs.NewFromConfig(config),
	}
}
