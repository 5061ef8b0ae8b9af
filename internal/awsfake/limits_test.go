package awsfake_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/google/go-cmp/cmp"
)

func TestLimits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, input := withGroup(t)
		w.SetLimits(true)
		send := func(s site, n int) (throttled int) {
			for range n {
				_, err := s.logs().AssociateKmsKey(t.Context(), input)
				switch got := errorOf(err); got {
				case apiError{}, apiError{Code: "ResourceNotFoundException", Message: "The specified log group does not exist."}:
				case apiError{"ThrottlingException", "Rate exceeded"}:
					throttled++
				default:
					t.Fatalf("got %+v", got)
				}
			}
			return throttled
		}
		here, elsewhere := inMemory(w), inMemory(w)
		elsewhere.region = "us-east-1"
		got := []int{send(here, 12)}
		got = append(got, send(elsewhere, 5)) // a bucket of its own
		time.Sleep(time.Second)
		got = append(got, send(here, 6))
		time.Sleep(200 * time.Millisecond)
		got = append(got, send(here, 2))
		time.Sleep(time.Hour)
		got = append(got, send(here, 6))
		if diff := cmp.Diff([]int{7, 0, 1, 1, 1}, got); diff != "" {
			t.Error(diff)
		}
		for range 100 { // at the rate itself nothing is refused
			time.Sleep(200 * time.Millisecond)
			if send(here, 1) > 0 {
				t.Fatal("a caller who keeps to the limit was throttled")
			}
		}
		w.SetLimits(false)
		if send(here, 50) > 0 {
			t.Error("throttled without limits")
		}
	})
}

func TestOtherLimits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, _ := withGroup(t)
		w.SetLimits(true)
		refused := 0
		for range 15 {
			_, err := inMemory(w).logs().DescribeLogGroups(t.Context(), &cloudwatchlogs.DescribeLogGroupsInput{})
			if err != nil {
				refused++
			}
		}
		if refused != 5 {
			t.Errorf("got %d of 15 refused, want 5", refused)
		}
	})
}
