package stack

import (
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"

	"log-group-kms/internal/awserr"
	"log-group-kms/internal/paging"
)

// part is a part of the stack: of which types its resources are, by which logical IDs
// they are known where the types do not suffice, and which outputs name them.
type part struct {
	types      []string
	logicalIDs []string
	outputs    []string
}

// The parts, by the names of template.yaml.
var (
	functions    = part{types: []string{"AWS::Lambda::Function"}, outputs: []string{EventFunctionName, SweepFunctionName}}
	rules        = part{types: []string{"AWS::Events::Rule"}}
	stateMachine = part{
		types: []string{"AWS::StepFunctions::StateMachine"}, logicalIDs: []string{"SweepStateMachine"}, outputs: []string{"SweepStateMachineArn"},
	}
	queues = part{types: []string{"AWS::SQS::Queue"}, outputs: []string{"EventQueueUrl", "DeadLetterQueueUrl"}}
	alarms = part{types: []string{"AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm"}}
)

// ResourcesAPI is what it takes to list what a stack is made of.
type ResourcesAPI interface {
	ListStackResources(context.Context, *cloudformation.ListStackResourcesInput, ...func(*cloudformation.Options)) (*cloudformation.ListStackResourcesOutput, error)
}

// Resources are what a stack is made of.
type Resources struct {
	list    []resource
	outputs map[string]string // stand in for the list where that is not known
}

type resource struct{ logicalID, physicalID, kind string }

// List lists the stack's resources, but for those that were deleted or never made.
// Where that fails, what the outputs name is known all the same. The error is a
// *failure.Error.
func (s *Stack) List(ctx context.Context, api ResourcesAPI) (Resources, error) {
	var found []resource
	var guard paging.Guard
	input := &cloudformation.ListStackResourcesInput{StackName: aws.String(s.ID)}
	for {
		var attempts awserr.Attempts
		page, err := api.ListStackResources(ctx, input, func(o *cloudformation.Options) {
			o.APIOptions = append(o.APIOptions, attempts.Watch)
		})
		if err == nil && aws.ToString(page.NextToken) != "" {
			err = guard.Next(aws.ToString(page.NextToken))
		}
		if err != nil {
			return Resources{outputs: s.Outputs}, attempts.Failure(ctx, "ListStackResources of stack "+s.Name, err)
		}
		for _, r := range page.StackResourceSummaries {
			if id := aws.ToString(r.PhysicalResourceId); id != "" && r.ResourceStatus != types.ResourceStatusDeleteComplete {
				found = append(found, resource{aws.ToString(r.LogicalResourceId), id, aws.ToString(r.ResourceType)})
			}
		}
		if aws.ToString(page.NextToken) == "" {
			return Resources{list: found}, nil
		}
		input.NextToken = page.NextToken
	}
}

// of gives the resources of a part, in the order of their logical IDs.
func (r Resources) of(p part) []resource {
	var found []resource
	for _, one := range r.list {
		if slices.Contains(p.types, one.kind) && (p.logicalIDs == nil || slices.Contains(p.logicalIDs, one.logicalID)) {
			found = append(found, one)
		}
	}
	slices.SortFunc(found, func(a, b resource) int { return strings.Compare(a.logicalID, b.logicalID) })
	return found
}

func (r Resources) physicalIDs(p part) []string {
	var ids []string
	for _, one := range r.of(p) {
		ids = append(ids, one.physicalID)
	}
	for _, output := range p.outputs {
		if value := r.outputs[output]; value != "" {
			ids = append(ids, value)
		}
	}
	return ids
}

// Functions gives the names of the stack's functions.
func (r Resources) Functions() []string { return r.physicalIDs(functions) }

// Queues gives the URLs of the stack's queues.
func (r Resources) Queues() []string { return r.physicalIDs(queues) }

// Alarms gives the names of the stack's alarms.
func (r Resources) Alarms() []string { return r.physicalIDs(alarms) }

// StateMachine gives the ARN of the state machine that sweeps; "" where there is none.
func (r Resources) StateMachine() string {
	if ids := r.physicalIDs(stateMachine); len(ids) > 0 {
		return ids[0]
	}
	return ""
}

// Rule is a rule of EventBridge, on a bus of its own where Bus is set.
type Rule struct{ LogicalID, Name, Bus string }

// Rules gives the stack's rules.
func (r Resources) Rules() []Rule {
	var list []Rule
	for _, one := range r.of(rules) {
		bus, name, found := strings.Cut(one.physicalID, "|") // as CloudFormation writes the rule of a bus
		if !found {
			bus, name = "", one.physicalID
		}
		list = append(list, Rule{one.logicalID, name, bus})
	}
	return list
}

// Has tells whether an ARN is that of one of the resources. CloudFormation knows some by
// ARN, some by name, and queues by URL.
func (r Resources) Has(arn string) bool {
	for _, one := range r.list {
		name := one.physicalID[strings.LastIndexAny(one.physicalID, "/:")+1:]
		if arn == one.physicalID || strings.HasSuffix(arn, ":"+name) {
			return true
		}
	}
	return false
}
