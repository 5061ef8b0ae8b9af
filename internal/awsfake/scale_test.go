package awsfake_test

import (
	"runtime"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/google/go-cmp/cmp"

	"log-group-kms/internal/awsfake"
)

// A million groups is what an account may have in a Region.
func TestMillionLogGroups(t *testing.T) {
	if testing.Short() {
		t.Skip("takes some seconds")
	}
	const n, most = 1_000_000, 200
	w := newWorld(t)
	w.RecordCalls(false)
	before := heap()
	w.SeedLogGroups(account, region, n, numbered)
	if each := (heap() - before) / n; each > most {
		t.Errorf("got %d bytes for each group, want at most %d", each, most)
	}
	logs, count := inMemory(w).logs(), 0
	var next *string
	// The start and the end are enough to know that a page costs the same
	// wherever it is; all 20,000 pages would only take long.
	for range 100 {
		out, err := logs.DescribeLogGroups(t.Context(), &cloudwatchlogs.DescribeLogGroupsInput{NextToken: next})
		must(t, err)
		count += len(out.LogGroups)
		next = out.NextToken
	}
	prefix := "/app/0999"
	pages := cloudwatchlogs.NewDescribeLogGroupsPaginator(logs, &cloudwatchlogs.DescribeLogGroupsInput{LogGroupNamePrefix: &prefix})
	for pages.HasMorePages() {
		out, err := pages.NextPage(t.Context())
		must(t, err)
		count += len(out.LogGroups)
	}
	if count != 100*50+1000 {
		t.Errorf("got %d groups, want 6000", count)
	}
	if total, _ := w.Coverage(account, region); total != n {
		t.Errorf("got %d groups in all, want %d", total, n)
	}
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func TestSeedingOutOfOrder(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	names := []string{"c", "a", "b", "a"}
	w.PutLogGroup(account, region, awsfake.LogGroup{Name: "b", Class: "DELIVERY"})
	w.SeedLogGroups(account, region, len(names), func(i int) awsfake.LogGroup {
		return awsfake.LogGroup{Name: names[i], RetentionInDays: i}
	})
	var got []string
	for g := range w.LogGroups(account, region) {
		got = append(got, g.Name)
		if g.Name == "a" && g.RetentionInDays != 3 || g.Class != "STANDARD" {
			t.Errorf("got %+v, want the later of two", g)
		}
	}
	if diff := cmp.Diff([]string{"a", "b", "c"}, got); diff != "" {
		t.Error(diff)
	}
	w.DeleteLogGroup(account, region, "b")
	if got := slices.Collect(w.LogGroups(account, region)); len(got) != 2 {
		t.Errorf("got %d groups, want 2", len(got))
	}
	for range w.LogGroups(account, region) {
		break // an iteration may end early
	}
}
