package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"log-group-kms/internal/awsfake"
	"log-group-kms/tests/golden"
)

// family is log groups of one kind, and what a sweep is to make of them.
type family struct {
	names string // with the verb of a number, unless it is one alone
	count int
	tags  map[string]string
	key   string // ARN of the key that they have

	want  string // outcome of each
	keyIs string // name of their key in the end
}

// oldAccount is an account that is older than the function.
func oldAccount() []family {
	return []family{
		{names: "/aws/lambda/service-%03d", count: 200, want: "associated", keyIs: "log-group-kms"},
		{names: "/ecs/service-%03d", count: 100, want: "associated", keyIs: "log-group-kms"},
		{names: "/aws/codebuild/project-%02d", count: 80, want: "associated", keyIs: "log-group-kms"},
		{names: "/aws/rds/instance/db-%02d/postgresql", count: 40, want: "associated", keyIs: "log-group-kms"},
		{names: "API-Gateway-Execution-Logs_q%09d/prod", count: 40, want: "associated", keyIs: "gateway"},
		{
			names: "/app/payments-%02d", count: 40, tags: map[string]string{"kms-key": "alias/payments"},
			want: "associated", keyIs: "payments",
		},
		{names: "/app/ledger-%02d", count: 49, key: golden.LedgerKey, want: "unchanged", keyIs: "ledger"},
		{names: "/tmp/run-%02d", count: 50, want: "skipped"},
		{names: "/app/archive-201%d", count: 1, want: "failed"},
		{names: golden.OwnLogs, count: 1, key: golden.DefaultKey, want: "unchanged", keyIs: "log-group-kms"},
	}
}

func (f family) name(i int) string {
	if !strings.Contains(f.names, "%") {
		return f.names
	}
	return fmt.Sprintf(f.names, i+1)
}

// settle makes the account, with the function in it.
func (d *demo) settle(ctx context.Context, families []family) (*stage, error) {
	world := inhabited(families)
	world.Inject(awsfake.Fault{Kind: awsfake.Slow, Delay: 10 * time.Millisecond}) // as far as AWS is
	s, err := d.setUp(ctx, world, fmt.Sprintf("ASSOCIATE_RATE=%d", sweepRate), "DESCRIBE_RATE=0",
		"METRICS_NAMESPACE="+d.stack.Parameters["MetricsNamespace"]+"/"+golden.StackName)
	if err != nil {
		return nil, err
	}
	golden.Deploy(world, golden.Live{Invoke: s.invoked, Ago: 24 * time.Hour})
	return s, nil
}

// inhabited are the golden account's keys with these log groups.
func inhabited(families []family) *awsfake.World {
	w := golden.NewWorld()
	for group := range w.LogGroups(golden.Account, golden.Region) {
		w.DeleteLogGroup(golden.Account, golden.Region, group.Name)
	}
	for _, f := range families {
		for i := range f.count {
			w.PutLogGroup(golden.Account, golden.Region, awsfake.LogGroup{
				Name: f.name(i), KMSKeyARN: f.key, Tags: f.tags, Created: time.Now().AddDate(-3, 0, i),
			})
		}
	}
	return w
}

// total counts the log groups for which a sweep is to end in one of the
// outcomes; without any, all of them.
func total(families []family, outcomes ...string) int {
	n := 0
	for _, f := range families {
		for _, outcome := range outcomes {
			if f.want == outcome {
				n += f.count
			}
		}
		if len(outcomes) == 0 {
			n += f.count
		}
	}
	return n
}
