package awsfake

import (
	"encoding/xml"
	"maps"
	"slices"
	"strconv"
	"time"
)

var cloudFormationOperations = map[string]operation{
	"DescribeStacks":     (*World).describeStacks,
	"ListStackResources": (*World).listStackResources,
}

const cloudFormationSpace = "http://cloudformation.amazonaws.com/doc/2010-05-15/"

// findStack finds a stack by its name or ID.
func (w *World) findStack(r *request, name string) (*stackRecord, error) {
	for _, stack := range w.deployed.stacks[r.scope] {
		if stack.Name == name || stack.id == name {
			return stack, nil
		}
	}
	return nil, fail("ValidationError", "Stack with id %s does not exist", name)
}

type stackParameter struct{ ParameterKey, ParameterValue string }

type stackOutput struct{ OutputKey, OutputValue string }

type describedStack struct {
	StackID      string `xml:"StackId"`
	StackName    string
	CreationTime string
	StackStatus  string
	Parameters   []stackParameter `xml:"Parameters>member"`
	Outputs      []stackOutput    `xml:"Outputs>member"`
}

type describeStacksResponse struct {
	XMLName xml.Name
	Stacks  []describedStack `xml:"DescribeStacksResult>Stacks>member"`
	Meta    xmlMetadata      `xml:"ResponseMetadata"`
}

// xmlMetadata ends each answer of the query protocol.
type xmlMetadata struct {
	RequestID string `xml:"RequestId"`
}

func (w *World) describeStacks(r *request) (any, error) {
	stacks := slices.Collect(maps.Values(w.deployed.stacks[r.scope]))
	if name := r.form.Get("StackName"); name != "" {
		stack, err := w.findStack(r, name)
		if err != nil {
			return nil, err
		}
		stacks = []*stackRecord{stack}
	}
	slices.SortFunc(stacks, func(a, b *stackRecord) int { return b.Created.Compare(a.Created) })
	out := describeStacksResponse{XMLName: xml.Name{Space: cloudFormationSpace, Local: "DescribeStacksResponse"}, Meta: xmlMetadata{r.id}}
	for _, stack := range stacks {
		d := describedStack{StackID: stack.id, StackName: stack.Name, StackStatus: stack.Status, CreationTime: iso(stack.Created)}
		for _, key := range slices.Sorted(maps.Keys(stack.Parameters)) {
			d.Parameters = append(d.Parameters, stackParameter{key, stack.Parameters[key]})
		}
		for _, key := range slices.Sorted(maps.Keys(stack.Outputs)) {
			d.Outputs = append(d.Outputs, stackOutput{key, stack.Outputs[key]})
		}
		out.Stacks = append(out.Stacks, d)
	}
	return out, nil
}

// iso is a time as XML has it.
func iso(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

type listedResource struct {
	LogicalResourceID    string `xml:"LogicalResourceId"`
	PhysicalResourceID   string `xml:"PhysicalResourceId"`
	ResourceType         string
	LastUpdatedTimestamp string
	ResourceStatus       string
}

type listStackResourcesResponse struct {
	XMLName   xml.Name
	Resources []listedResource `xml:"ListStackResourcesResult>StackResourceSummaries>member"`
	NextToken string           `xml:"ListStackResourcesResult>NextToken,omitempty"`
	Meta      xmlMetadata      `xml:"ResponseMetadata"`
}

// resourcesOnPage is how many resources AWS lists at a time.
const resourcesOnPage = 100

func (w *World) listStackResources(r *request) (any, error) {
	stack, err := w.findStack(r, r.form.Get("StackName"))
	if err != nil {
		return nil, err
	}
	out := listStackResourcesResponse{XMLName: xml.Name{Space: cloudFormationSpace, Local: "ListStackResourcesResponse"}, Meta: xmlMetadata{r.id}}
	var page []stackResource
	page, out.NextToken, err = paged(stack.resources, r.form.Get("NextToken"), resourcesOnPage)
	for _, resource := range page {
		out.Resources = append(out.Resources, listedResource{
			resource.logicalID, resource.physicalID, resource.kind, iso(stack.Created), "CREATE_COMPLETE",
		})
	}
	return out, err
}

// paged returns one page of a short list, and the token of the next one. Tokens are
// numbers: unlike those of log groups, they only serve lists that stand still.
func paged[T any](all []T, token string, size int) (page []T, next string, err error) {
	begin := 0
	if token != "" {
		if begin, err = strconv.Atoi(token); err != nil || begin < 0 || begin > len(all) {
			return nil, "", fail("ValidationError", "The token '%s' is invalid", token)
		}
	}
	end := begin + min(size, len(all)-begin)
	if end < len(all) {
		next = strconv.Itoa(end)
	}
	return all[begin:end], next, nil
}
