package tests

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"log-group-kms/tests/golden"
)

// TestGoldenEvents sends each golden event to a new function in a new account.
func TestGoldenEvents(t *testing.T) {
	cases, err := golden.Load("../events")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		t.Run(c.File, func(t *testing.T) {
			t.Parallel()
			s := start(t, golden.NewWorld())
			got := s.invoke(string(c.Event))
			if got.ErrorType != c.ErrorType {
				t.Fatalf("errorType: got %q (%s), want %q", got.ErrorType, got.ErrorMessage, c.ErrorType)
			}
			if c.ErrorType == "" {
				equalAnswers(t, got.Payload, c.Answer)
			}
			if difference := c.Differs(s.operations()); difference != "" {
				t.Error(difference)
			}
		})
	}
}

func equalAnswers(t *testing.T, got []byte, want string) {
	t.Helper()
	g, err := golden.Comparable(got)
	if err != nil {
		t.Fatalf("%v: %s", err, got)
	}
	w, err := golden.Comparable([]byte(want))
	if err != nil {
		t.Fatalf("the expectation: %v", err)
	}
	if diff := cmp.Diff(w, g); diff != "" {
		t.Errorf("answer (-want +got):\n%s", diff)
	}
}
