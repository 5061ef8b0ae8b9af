package awsfake_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/google/go-cmp/cmp"

	"log-group-kms/internal/awsfake"
)

func TestExecutions(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, s := deployed(t)
		client := sfn.NewFromConfig(s.config())
		begin := time.Now()
		time.Sleep(3 * time.Hour)
		w.PutExecution("", region, "keys-sweep", awsfake.Execution{Name: "failed", Status: awsfake.Failed, Start: begin.Add(time.Hour), Stop: begin.Add(2 * time.Hour), Error: "Failed", Cause: "3 failed"})
		w.PutExecution("", region, "keys-sweep", awsfake.Execution{Name: "now", Status: awsfake.Running, Start: begin.Add(3 * time.Hour)})
		w.PutExecution("", region, "keys-sweep", awsfake.Execution{Name: "good", Status: awsfake.Succeeded, Start: begin, Stop: begin.Add(time.Minute), Output: `{"open":0}`})
		machine := awsfake.StateMachineARN(account, region, "keys-sweep")
		var names []string
		pages := sfn.NewListExecutionsPaginator(client, &sfn.ListExecutionsInput{StateMachineArn: &machine, MaxResults: 2})
		for pages.HasMorePages() {
			page, err := pages.NextPage(t.Context())
			must(t, err)
			for _, e := range page.Executions {
				names = append(names, *e.Name)
			}
		}
		if diff := cmp.Diff([]string{"now", "failed", "good"}, names); diff != "" {
			t.Errorf("the newest first: %s", diff)
		}
		list, err := client.ListExecutions(t.Context(), &sfn.ListExecutionsInput{StateMachineArn: &machine, StatusFilter: "FAILED"})
		must(t, err)
		out, err := client.DescribeExecution(t.Context(), &sfn.DescribeExecutionInput{ExecutionArn: list.Executions[0].ExecutionArn})
		must(t, err)
		if *out.Cause != "3 failed" || !out.StopDate.Equal(begin.Add(2*time.Hour)) || out.Output != nil {
			t.Errorf("got %+v, want how it failed, and when", out)
		}
		_, err = client.DescribeExecution(t.Context(), &sfn.DescribeExecutionInput{ExecutionArn: aws.String("arn:other")})
		if got := errorOf(err).Code; got != "ExecutionDoesNotExist" {
			t.Errorf("got %q for an execution that is not there", got)
		}
	})
}

// StartExecution does the machine's work, which may take its time.
func TestStartExecution(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.DeployStack(awsfake.Stack{Name: "s", Region: region, Resources: []awsfake.Resource{{LogicalID: "M", Is: awsfake.StateMachine{
			Name: "m",
			Run: func(_ context.Context, input []byte) ([]byte, error) {
				time.Sleep(time.Minute)
				if string(input) == "{}" {
					return nil, awsfake.ExecutionFailed{Code: "InvalidEvent", Cause: "no action"}
				}
				return input, nil
			},
		}}}})
		client := sfn.NewFromConfig(inMemory(w).config())
		for _, tt := range []struct {
			input  *string
			status string
			says   string
		}{{aws.String(`{"action":"sweep"}`), "SUCCEEDED", `{"action":"sweep"}`}, {nil, "FAILED", "InvalidEvent: no action"}} {
			started, err := client.StartExecution(t.Context(), &sfn.StartExecutionInput{StateMachineArn: aws.String(awsfake.StateMachineARN(account, region, "m")), Input: tt.input})
			must(t, err)
			describe := func() *sfn.DescribeExecutionOutput {
				out, err := client.DescribeExecution(t.Context(), &sfn.DescribeExecutionInput{ExecutionArn: started.ExecutionArn})
				must(t, err)
				return out
			}
			if out := describe(); out.Status != "RUNNING" || out.StopDate != nil {
				t.Errorf("got %s, %v, want it to run", out.Status, out.StopDate)
			}
			time.Sleep(2 * time.Minute)
			out := describe()
			says := aws.ToString(out.Output)
			if out.Error != nil {
				says = *out.Error + ": " + *out.Cause
			}
			if string(out.Status) != tt.status || says != tt.says {
				t.Errorf("got %s, %s, want %s, %s", out.Status, says, tt.status, tt.says)
			}
		}
	})
}
