package awsfake

import (
	"cmp"
	"fmt"
	"maps"
	"time"
)

// Stack is a CloudFormation stack.
type Stack struct {
	Name       string
	Account    string // the World's own account if empty
	Region     string
	Status     string // CREATE_COMPLETE if empty
	Created    time.Time
	Parameters map[string]string
	Outputs    map[string]string
	Resources  []Resource
}

// Resource is a resource of a stack.
type Resource struct {
	LogicalID string
	// Is is what is deployed. For a kind of resource that is not here, it is an
	// [OtherResource].
	Is Deployable
}

// Deployable is what a stack can hold: [Function], [Rule], [StateMachine], [Queue],
// [Alarm], [OtherResource].
type Deployable interface {
	// deploy puts the resource into the World, and returns its type and its physical
	// ID as CloudFormation has them. World.mu is held.
	deploy(w *World, s scope) (kind, physicalID string)
}

// OtherResource is a resource that a stack only lists.
type OtherResource struct{ Type, PhysicalID string }

func (o OtherResource) deploy(*World, scope) (kind, physicalID string) { return o.Type, o.PhysicalID }

// stackRecord is a stack as the World keeps it.
type stackRecord struct {
	Stack
	id        string
	resources []stackResource
}

type stackResource struct{ logicalID, physicalID, kind string }

// DeployStack makes a stack and all its resources, or replaces the one of that
// name, whose other resources stay where they are. It returns the stack's ID.
func (w *World) DeployStack(stack Stack) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	stack.Account = cmp.Or(stack.Account, w.account)
	stack.Status = cmp.Or(stack.Status, "CREATE_COMPLETE")
	if stack.Created.IsZero() {
		stack.Created = time.Now()
	}
	s := scope{stack.Account, stack.Region}
	record := &stackRecord{Stack: stack, id: fmt.Sprintf("arn:%s:cloudformation:%s:%s:stack/%s/%s",
		Partition(stack.Region), stack.Region, stack.Account, stack.Name, newUUID())}
	record.Parameters, record.Outputs = maps.Clone(stack.Parameters), maps.Clone(stack.Outputs)
	for _, resource := range stack.Resources {
		kind, physicalID := resource.Is.deploy(w, s)
		record.resources = append(record.resources, stackResource{resource.LogicalID, physicalID, kind})
	}
	put(w.deployed.stacks, s, stack.Name, record)
	return record.id
}

// deployed is what stacks are made of, each by account and Region, then by name.
type deployed struct {
	stacks    map[scope]map[string]*stackRecord
	functions map[scope]map[string]Function
	rules     map[scope]map[ruleName]Rule
	machines  map[scope]map[string]*machine
	queues    map[scope]map[string]Queue
	alarms    map[scope]map[string]*alarmRecord
	trouble   map[string]string // topic ARN → why it takes no messages
	queuesAt  string            // what the URLs of queues begin with; empty: AWS's own
}

func newDeployed() deployed {
	return deployed{
		stacks:    map[scope]map[string]*stackRecord{},
		functions: map[scope]map[string]Function{},
		rules:     map[scope]map[ruleName]Rule{},
		machines:  map[scope]map[string]*machine{},
		queues:    map[scope]map[string]Queue{},
		alarms:    map[scope]map[string]*alarmRecord{},
		trouble:   map[string]string{},
	}
}

// put puts a value into a map of maps.
func put[K comparable, V any](all map[scope]map[K]V, s scope, name K, value V) {
	if all[s] == nil {
		all[s] = map[K]V{}
	}
	all[s][name] = value
}
