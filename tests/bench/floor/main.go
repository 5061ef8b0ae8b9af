// Command floor is the least that a Lambda function on the AWS SDK can be: each
// event is one AssociateKmsKey request, and nothing is read, chosen, logged or
// retried on purpose. The benchmarks measure the real function against it.
package main

import (
	"context"
	"log"
	"os"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
)

type event struct {
	LogGroupName string `json:"logGroupName"`
}

func main() {
	settings, err := config.LoadDefaultConfig(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	client := cloudwatchlogs.NewFromConfig(settings)
	key := os.Getenv("DEFAULT_KMS_KEY")
	lambda.Start(func(ctx context.Context, e event) error {
		_, err := client.AssociateKmsKey(ctx, &cloudwatchlogs.AssociateKmsKeyInput{
			KmsKeyId: aws.String(key), LogGroupName: aws.String(e.LogGroupName),
		})
		return err
	})
}
