package awsfake_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsaccount "github.com/aws/aws-sdk-go-v2/service/account"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/google/go-cmp/cmp"

	"log-group-kms/internal/awsfake"
)

// config is a configuration from which every client can be made.
func (s site) config() aws.Config {
	return aws.Config{
		Region: s.region, BaseEndpoint: &s.endpoint, HTTPClient: s.http, Credentials: s.credentials(),
		Retryer: func() aws.Retryer { return aws.NopRetryer{} },
	}
}

const topic = "arn:aws:sns:eu-west-1:111122223333:on-call"

// deployed makes a World with a stack of every kind of resource.
func deployed(t *testing.T) (*awsfake.World, site) {
	t.Helper()
	w := newWorld(t)
	w.DeployStack(awsfake.Stack{
		Name: "keys", Region: region, Parameters: map[string]string{"DryRun": "false"}, Outputs: map[string]string{"QueueUrl": "https://…"},
		Resources: []awsfake.Resource{
			{LogicalID: "Function", Is: awsfake.Function{Name: "keys-function"}},
			{LogicalID: "Rule", Is: awsfake.Rule{Name: "keys-rule", Pattern: "{}", Targets: []awsfake.RuleTarget{
				{ID: "queue", ARN: awsfake.QueueARN(account, region, "events"), DeadLetter: awsfake.QueueARN(account, region, "dead")},
			}}},
			{LogicalID: "HubRule", Is: awsfake.Rule{Name: "members", Bus: "hub"}},
			{LogicalID: "Machine", Is: awsfake.StateMachine{Name: "keys-sweep"}},
			{LogicalID: "Queue", Is: awsfake.Queue{Name: "dead", Visible: 3}},
			{LogicalID: "Alarm", Is: awsfake.Alarm{Name: "keys-Open", Actions: []string{topic}}},
			{LogicalID: "Any", Is: awsfake.Alarm{Name: "keys-Any", Composite: true}},
			{LogicalID: "Key", Is: awsfake.OtherResource{Type: "AWS::KMS::Key", PhysicalID: "1234"}},
		},
	})
	return w, inMemory(w)
}

func TestStacks(t *testing.T) {
	t.Parallel()
	w, s := deployed(t)
	client := cloudformation.NewFromConfig(s.config())
	out, err := client.DescribeStacks(t.Context(), &cloudformation.DescribeStacksInput{StackName: aws.String("keys")})
	must(t, err)
	stack := out.Stacks[0]
	if *stack.StackName != "keys" || stack.StackStatus != "CREATE_COMPLETE" || *stack.Parameters[0].ParameterValue != "false" ||
		*stack.Outputs[0].OutputValue != "https://…" || stack.CreationTime.IsZero() {
		t.Errorf("got %+v, want the stack as it was deployed", stack)
	}
	resources, err := client.ListStackResources(t.Context(), &cloudformation.ListStackResourcesInput{StackName: stack.StackId})
	must(t, err)
	var got []string
	for _, r := range resources.StackResourceSummaries {
		got = append(got, *r.LogicalResourceId+" "+*r.ResourceType+" "+*r.PhysicalResourceId)
	}
	want := []string{
		"Function AWS::Lambda::Function keys-function",
		"Rule AWS::Events::Rule keys-rule",
		"HubRule AWS::Events::Rule hub|members",
		"Machine AWS::StepFunctions::StateMachine arn:aws:states:eu-west-1:111122223333:stateMachine:keys-sweep",
		"Queue AWS::SQS::Queue https://sqs.eu-west-1.amazonaws.com/111122223333/dead",
		"Alarm AWS::CloudWatch::Alarm keys-Open",
		"Any AWS::CloudWatch::CompositeAlarm keys-Any",
		"Key AWS::KMS::Key 1234",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}

	_, err = client.DescribeStacks(t.Context(), &cloudformation.DescribeStacksInput{StackName: aws.String("other")})
	if diff := cmp.Diff(apiError{"ValidationError", "Stack with id other does not exist"}, errorOf(err)); diff != "" {
		t.Error(diff)
	}
	w.DenyAction("", "cloudformation:DescribeStacks", true)
	if _, err = client.DescribeStacks(t.Context(), &cloudformation.DescribeStacksInput{}); errorOf(err).Code != "AccessDenied" {
		t.Errorf("got %+v for a caller without the right, want AccessDenied", errorOf(err))
	}
}

// A long stack comes in pages, the tokens of which lead through all of it.
func TestManyResources(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	stack := awsfake.Stack{Name: "long", Region: region}
	for range 230 {
		stack.Resources = append(stack.Resources, awsfake.Resource{LogicalID: "R", Is: awsfake.OtherResource{Type: "T", PhysicalID: "p"}})
	}
	w.DeployStack(stack)
	pages := cloudformation.NewListStackResourcesPaginator(cloudformation.NewFromConfig(inMemory(w).config()),
		&cloudformation.ListStackResourcesInput{StackName: aws.String("long")})
	var sizes []int
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		must(t, err)
		sizes = append(sizes, len(page.StackResourceSummaries))
	}
	if diff := cmp.Diff([]int{100, 100, 30}, sizes); diff != "" {
		t.Error(diff)
	}
}

func TestRules(t *testing.T) {
	t.Parallel()
	w, s := deployed(t)
	client := eventbridge.NewFromConfig(s.config())
	state := func(name, bus string) (string, apiError) {
		out, err := client.DescribeRule(t.Context(), &eventbridge.DescribeRuleInput{Name: &name, EventBusName: &bus})
		if err != nil {
			return "", errorOf(err)
		}
		return string(out.State), apiError{}
	}
	if got, e := state("members", "hub"); got != "ENABLED" {
		t.Errorf("got %q, %+v for the rule of a bus, want it enabled", got, e)
	}
	if _, e := state("members", "default"); e.Code != "ResourceNotFoundException" {
		t.Errorf("got %+v for the rule of another bus, want it not to be found", e)
	}
	for _, step := range []struct {
		do   func() error
		want string
	}{
		{func() error { return nil }, "ENABLED"},
		{func() error {
			_, err := client.DisableRule(t.Context(), &eventbridge.DisableRuleInput{Name: aws.String("keys-rule")})
			return err
		}, "DISABLED"},
		{func() error {
			_, err := client.EnableRule(t.Context(), &eventbridge.EnableRuleInput{Name: aws.String("keys-rule")})
			return err
		}, "ENABLED"},
	} {
		must(t, step.do())
		if got, e := state("keys-rule", "default"); got != step.want || w.RuleEnabled(account, region, "keys-rule") != (step.want == "ENABLED") {
			t.Errorf("got %q, %+v, want %s", got, e, step.want)
		}
	}
	targets, err := client.ListTargetsByRule(t.Context(), &eventbridge.ListTargetsByRuleInput{Rule: aws.String("keys-rule")})
	must(t, err)
	if len(targets.Targets) != 1 || *targets.Targets[0].Arn != "arn:aws:sqs:eu-west-1:111122223333:events" || *targets.Targets[0].DeadLetterConfig.Arn != "arn:aws:sqs:eu-west-1:111122223333:dead" {
		t.Errorf("got %+v, want the one target", targets.Targets)
	}
}

func TestQueueAttributes(t *testing.T) {
	t.Parallel()
	w, s := deployed(t)
	w.PutQueue("", region, awsfake.Queue{Name: "events", NotVisible: 1, RedriveTo: awsfake.QueueARN(account, region, "dead"), MaxReceives: 5})
	client := sqs.NewFromConfig(s.config())
	ask := func(url string, names ...string) (map[string]string, apiError) {
		in := &sqs.GetQueueAttributesInput{QueueUrl: &url}
		for _, name := range names {
			in.AttributeNames = append(in.AttributeNames, sqsAttribute(name))
		}
		out, err := client.GetQueueAttributes(t.Context(), in)
		if err != nil {
			return nil, errorOf(err)
		}
		return out.Attributes, apiError{}
	}
	got, _ := ask(awsfake.QueueURL(account, region, "dead"), "ApproximateNumberOfMessages")
	if diff := cmp.Diff(map[string]string{"ApproximateNumberOfMessages": "3"}, got); diff != "" {
		t.Error(diff)
	}
	got, _ = ask(awsfake.QueueURL(account, region, "events"), "All")
	want := map[string]string{
		"QueueArn": "arn:aws:sqs:eu-west-1:111122223333:events", "ApproximateNumberOfMessages": "0",
		"ApproximateNumberOfMessagesNotVisible": "1", "ApproximateNumberOfMessagesDelayed": "0",
		"RedrivePolicy": `{"deadLetterTargetArn":"arn:aws:sqs:eu-west-1:111122223333:dead","maxReceiveCount":5}`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if _, e := ask(awsfake.QueueURL(account, region, "none"), "All"); e.Code != "AWS.SimpleQueueService.NonExistentQueue" {
		t.Errorf("got %+v for a queue that is not there, want the code that clients know", e)
	}
	w.ServeQueuesAt("http://127.0.0.1:1")
	local := "http://127.0.0.1:1/111122223333/dead"
	if got, _ := ask(local, "ApproximateNumberOfMessages"); w.QueueURL(account, region, "dead") != local || got["ApproximateNumberOfMessages"] != "3" {
		t.Errorf("got %v at a local URL, want the queue", got)
	}
	w.DenyAction("", "sqs:GetQueueAttributes", true)
	if _, e := ask(awsfake.QueueURL(account, region, "dead"), "All"); e.Code != "AccessDenied" {
		t.Errorf("got %+v for a caller without the right, want AccessDenied", e)
	}
}

func TestListRegions(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	client := awsaccount.NewFromConfig(inMemory(w).config())
	names := func() string {
		all := ""
		pages := awsaccount.NewListRegionsPaginator(client, &awsaccount.ListRegionsInput{
			MaxResults: aws.Int32(1), RegionOptStatusContains: enabledRegions,
		})
		for pages.HasMorePages() {
			page, err := pages.NextPage(t.Context())
			must(t, err)
			for _, r := range page.Regions {
				all += *r.RegionName + " "
			}
		}
		return all
	}
	w.PutLogGroup("", "eu-west-1", awsfake.LogGroup{Name: "/app"})
	if got := names(); got != "eu-west-1 " {
		t.Errorf("got %q, want the Region of the log groups", got)
	}
	w.SetRegion("", "eu-central-1", "ENABLED_BY_DEFAULT")
	w.SetRegion("", "af-south-1", "ENABLED")
	w.SetRegion("", "ap-east-1", "DISABLED")
	if got := names(); got != "af-south-1 eu-central-1 " {
		t.Errorf("got %q, want the two that are enabled", got)
	}
	w.DenyAction("", "account:ListRegions", true)
	if _, err := client.ListRegions(t.Context(), &awsaccount.ListRegionsInput{}); errorOf(err).Code != "AccessDeniedException" {
		t.Errorf("got %+v for a caller without the right, want AccessDeniedException", errorOf(err))
	}
}

// A call to a service in a way that it does not know is no quiet success.
func TestUnknownOperationsOfDeployedServices(t *testing.T) {
	t.Parallel()
	w := awsfake.New(account)
	s := inMemory(w)
	name := aws.String("x")
	for service, call := range map[string]func() error{
		"lambda": func() error {
			_, err := lambda.NewFromConfig(s.config()).DeleteFunction(t.Context(), &lambda.DeleteFunctionInput{FunctionName: name})
			return err
		},
		"monitoring": func() error {
			_, err := cloudwatch.NewFromConfig(s.config()).DeleteAlarms(t.Context(), &cloudwatch.DeleteAlarmsInput{AlarmNames: []string{"x"}})
			return err
		},
		"cloudformation": func() error {
			_, err := cloudformation.NewFromConfig(s.config()).DeleteStack(t.Context(), &cloudformation.DeleteStackInput{StackName: name})
			return err
		},
		"cloudtrail": func() error {
			_, err := cloudtrail.NewFromConfig(s.config()).DeleteTrail(t.Context(), &cloudtrail.DeleteTrailInput{Name: name})
			return err
		},
		"states": func() error {
			_, err := sfn.NewFromConfig(s.config()).DeleteStateMachine(t.Context(), &sfn.DeleteStateMachineInput{StateMachineArn: name})
			return err
		},
	} {
		before := len(w.Unexpected())
		if err := call(); err == nil || len(w.Unexpected()) != before+1 {
			t.Errorf("%s: got %v and %d unexpected requests, want a refusal and one", service, err, len(w.Unexpected())-before)
		}
	}
}
