package sweep

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"log-group-kms/internal/awsconf"
	"log-group-kms/internal/awsfake"
)

// In short calls, time cuts healthy log groups off more than once: each call is
// busy with those of the last one. None of them is a failure, since AWS refused
// nothing.
func TestShortCallsFailNothing(t *testing.T) {
	for _, test := range []struct{ slow, limit time.Duration }{
		{250 * time.Millisecond, 2 * time.Second},
		{250 * time.Millisecond, 3 * time.Second},
		{400 * time.Millisecond, 3 * time.Second},
		{time.Second, 5 * time.Second},
	} {
		t.Run(fmt.Sprint(test.slow, " of ", test.limit), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				const n = 60
				s := newSetup(t, n, nil, awsconf.Rates{Associate: 4, Describe: 8}, nil)
				s.world.Inject(awsfake.Fault{Kind: awsfake.Slow, Delay: test.slow})
				all := sum(s.follow(test.limit, 200))
				if all.Examined != n || all.Encrypted != n || all.Failed != 0 {
					t.Errorf("got %+v, want all %d log groups encrypted and none failed", all, n)
				}
			})
		})
	}
}

// A log group that AWS leaves without an answer fails in the end, however short
// the calls are: a sweep that goes on for ever tells nobody.
func TestSilenceIsAFailureInTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSetup(t, 3, nil, awsconf.Rates{}, nil)
		s.world.Inject(awsfake.Fault{Operation: "AssociateKmsKey", Resource: numbered(1), Kind: awsfake.Hang})
		all := sum(s.follow(2*time.Second, maxCuts+2))
		if all.Examined != 3 || all.Associated != 2 || all.Failed != 1 {
			t.Errorf("got %+v, want two associated and one failed", all)
		}
	})
}
