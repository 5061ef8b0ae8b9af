package handler_test

import (
	"fmt"
	"testing"
)

// An event of a failed invocation may be sent by anybody, with anything in it.
func TestFailedInvocationOfAnotherAccount(t *testing.T) {
	for name, test := range map[string]struct {
		from string
		want int // log groups worked on
	}{
		"its own":                    {account, 1},
		"another's":                  {"444455556666", 0},
		"one that is no account":     {"me", 0},
		"put into the queue by hand": {"", 1},
	} {
		s := newSetup("")
		body := fmt.Sprintf(`{"detail-type":"Lambda Function Invocation Result - Failure","source":"lambda","account":%q,"region":"eu-west-1",`+
			`"detail":{"requestPayload":{"action":"encrypt","logGroupName":"/a"}}}`, test.from)
		out, err := s.Invoke(t.Context(), []byte(batch(t, body)))
		if err != nil || string(out) != `{"batchItemFailures":[]}` {
			t.Errorf("%s: got %s, %v, want no message to come again", name, out, err)
		}
		if got := len(s.encrypter.requests); got != test.want {
			t.Errorf("%s: got %d log groups worked on, want %d", name, got, test.want)
		}
	}
}
