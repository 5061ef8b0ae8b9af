package paging_test

import (
	"fmt"
	"testing"

	"log-group-kms/internal/paging"
)

func TestGuard(t *testing.T) {
	for _, lead := range []int{0, 1, 7, 100} {
		for _, circle := range []int{1, 2, 3, 50} {
			t.Run(fmt.Sprintf("%d tokens, then a circle of %d", lead, circle), func(t *testing.T) {
				var guard paging.Guard
				for i := range 10 * (lead + circle + 1) {
					token := i
					if i >= lead {
						token = lead + (i-lead)%circle
					}
					if guard.Next(fmt.Sprint(token)) != nil {
						if i < lead+circle {
							t.Fatalf("got an error at token %d, which is new", i)
						}
						return
					}
				}
				t.Error("got no error, want one: the listing would go on for ever")
			})
		}
	}
	t.Run("no circle", func(t *testing.T) {
		var guard paging.Guard
		for i := range 100_000 {
			if err := guard.Next(fmt.Sprint(i)); err != nil {
				t.Fatalf("token %d: got %v, want none", i, err)
			}
		}
	})
}
