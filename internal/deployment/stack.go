// Package deployment finds out what a deployed stack is made of, and asks its
// functions what they are set to. The command line starts from there, so that nothing
// is guessed and nothing comes from the environment.
package deployment

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"

	"log-group-kms/internal/awserr"
	"log-group-kms/internal/failure"
	"log-group-kms/internal/paging"
	"log-group-kms/internal/target"
)

// StacksAPI is what is asked of CloudFormation.
type StacksAPI interface {
	DescribeStacks(context.Context, *cloudformation.DescribeStacksInput, ...func(*cloudformation.Options)) (*cloudformation.DescribeStacksOutput, error)
	ListStackResources(context.Context, *cloudformation.ListStackResourcesInput, ...func(*cloudformation.Options)) (*cloudformation.ListStackResourcesOutput, error)
}

// Stack is a deployed stack.
type Stack struct {
	Name       string
	Scope      target.Scope
	Status     string
	Created    time.Time // when it was made
	Parameters map[string]string
	Outputs    map[string]string

	resources []resource
	// Unlisted says why the resources could not be listed; nil where they were. What
	// the outputs name is known all the same.
	Unlisted error
}

type resource struct{ logicalID, physicalID, kind string }

// Find reads a stack. Its error says what to do.
func Find(ctx context.Context, api StacksAPI, name string) (Stack, error) {
	var attempts awserr.Attempts
	out, err := api.DescribeStacks(ctx, &cloudformation.DescribeStacksInput{StackName: aws.String(name)}, watch(&attempts))
	if err != nil {
		return Stack{}, notFound(name, attempts.Failure(ctx, "DescribeStacks to find stack "+name, err))
	}
	if len(out.Stacks) == 0 {
		return Stack{}, notFound(name, &failure.Error{Doing: "DescribeStacks to find stack " + name, Err: errors.New("AWS answers no stack")})
	}
	s, err := read(out.Stacks[0])
	if err != nil {
		return Stack{}, err
	}
	s.resources, s.Unlisted = list(ctx, api, name)
	return s, nil
}

// notFound says what to do about a stack that cannot be described.
func notFound(name string, failed *failure.Error) error {
	switch {
	case failed.Type == failure.AccessDenied:
		failed.Advice = "Your credentials need the right cloudformation:DescribeStacks."
	case strings.Contains(failed.Error(), "does not exist"):
		failed.Advice = fmt.Sprintf("Name the stack as CloudFormation does, and its Region: --stack %s --region …", name)
	case failed.Type == failure.Unexpected:
		failed.Advice = "Look at the credentials and the Region that you use (aws sts get-caller-identity)."
	default:
		failed.Advice = "Try again; if it lasts, look at the network path and AWS Health."
	}
	return failed
}

func read(described types.Stack) (Stack, error) {
	id, err := arn.Parse(aws.ToString(described.StackId))
	if err != nil {
		return Stack{}, fmt.Errorf("reading the stack's ID %q: %w", aws.ToString(described.StackId), err)
	}
	s := Stack{
		Name: aws.ToString(described.StackName), Status: string(described.StackStatus), Created: aws.ToTime(described.CreationTime),
		Scope:      target.Scope{Partition: id.Partition, Account: id.AccountID, Region: id.Region},
		Parameters: make(map[string]string), Outputs: make(map[string]string),
	}
	for _, p := range described.Parameters {
		s.Parameters[aws.ToString(p.ParameterKey)] = aws.ToString(p.ParameterValue)
	}
	for _, o := range described.Outputs {
		s.Outputs[aws.ToString(o.OutputKey)] = aws.ToString(o.OutputValue)
	}
	return s, nil
}

// list lists the stack's resources, but for those that were deleted or never made.
func list(ctx context.Context, api StacksAPI, name string) ([]resource, error) {
	var resources []resource
	var guard paging.Guard
	input := &cloudformation.ListStackResourcesInput{StackName: aws.String(name)}
	for {
		var attempts awserr.Attempts
		page, err := api.ListStackResources(ctx, input, watch(&attempts))
		if err != nil {
			return nil, attempts.Failure(ctx, "ListStackResources of stack "+name, err)
		}
		for _, r := range page.StackResourceSummaries {
			if id := aws.ToString(r.PhysicalResourceId); id != "" && r.ResourceStatus != types.ResourceStatusDeleteComplete {
				resources = append(resources, resource{aws.ToString(r.LogicalResourceId), id, aws.ToString(r.ResourceType)})
			}
		}
		if aws.ToString(page.NextToken) == "" {
			return resources, nil
		}
		if err := guard.Next(aws.ToString(page.NextToken)); err != nil {
			return nil, attempts.Failure(ctx, "ListStackResources of stack "+name, err)
		}
		input.NextToken = page.NextToken
	}
}

func watch(attempts *awserr.Attempts) func(*cloudformation.Options) {
	return func(o *cloudformation.Options) { o.APIOptions = append(o.APIOptions, attempts.Watch) }
}

// of gives the resources of a part, in the order of their logical IDs.
func (s Stack) of(p part) []resource {
	var found []resource
	for _, r := range s.resources {
		if slices.Contains(p.types, r.kind) && (p.logicalIDs == nil || slices.Contains(p.logicalIDs, r.logicalID)) {
			found = append(found, r)
		}
	}
	slices.SortFunc(found, func(a, b resource) int { return strings.Compare(a.logicalID, b.logicalID) })
	return found
}

// physicalIDs gives the physical IDs of the resources of a part; where they could not be
// listed, what the part's outputs say.
func (s Stack) physicalIDs(p part) []string {
	var ids []string
	for _, r := range s.of(p) {
		ids = append(ids, r.physicalID)
	}
	if s.Unlisted == nil {
		return ids
	}
	for _, output := range p.outputs {
		if value := s.Outputs[output]; value != "" {
			ids = append(ids, value)
		}
	}
	return ids
}
