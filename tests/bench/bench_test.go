package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// The benchmark measures what is deployed only as long as it finds it.
func TestReadTemplate(t *testing.T) {
	const real = "../../template.yaml"
	if _, err := readTemplate(real); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(real)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"EventConcurrency", "BatchSize", "VisibilityTimeout", "AssociateRate", "DescribeRate"} {
		other := filepath.Join(t.TempDir(), "template.yaml")
		if err := os.WriteFile(other, []byte(strings.ReplaceAll(string(text), name+":", name+"Other:")), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := readTemplate(other); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("without %s: got %v, want an error that names it", name, err)
		}
	}
}

func TestQueueHandsFailedMessagesOutAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, err := newQueue([]string{"/a", "/b", "/c"}, deployment{batch: 2, visibility: time.Minute})
		if err != nil {
			t.Fatal(err)
		}
		begin := time.Now()
		var got []string
		for batch := q.receive(t.Context()); len(batch) > 0; batch = q.receive(t.Context()) {
			var ids, failed []string
			for _, m := range batch {
				ids = append(ids, m.ID)
				if m.ID == "1" && time.Since(begin) == 0 {
					failed = append(failed, m.ID)
				}
			}
			got = append(got, time.Since(begin).String()+" "+strings.Join(ids, ","))
			q.settle(batch, failed)
		}
		if diff := cmp.Diff([]string{"0s 0,1", "0s 2", "1m0s 1"}, got); diff != "" || q.again != 1 {
			t.Errorf("got %d messages again, want 1; batches (-want +got):\n%s", q.again, diff)
		}
	})
}

func TestMissedGoalsAreAnError(t *testing.T) {
	rows := []row{
		{what: "no goal"},
		{what: "at most", goal: atMost(1.1, 1.1, "")},
		{what: "at least", goal: atLeast(0.9, 0.9)},
	}
	if err := missed(rows); err != nil {
		t.Errorf("got %v, want all goals met", err)
	}
	rows = append(rows, row{what: "  too much", goal: atMost(1.101, 1.1, "")}, row{what: "too little", goal: atLeast(0.89, 0.9)})
	if err := missed(rows); err == nil || err.Error() != "missed: too much; too little" {
		t.Errorf("got %v, want both goals named", err)
	}
}

func TestOnlyKnownPartsAreChosen(t *testing.T) {
	if _, err := choose("burst,brst"); err == nil || !strings.Contains(err.Error(), `"brst"`) {
		t.Errorf("got %v, want an error that names the unknown part", err)
	}
	if got, err := choose("burst,start"); err != nil || len(got) != 2 {
		t.Errorf("got %d parts, %v, want the two", len(got), err)
	}
}
