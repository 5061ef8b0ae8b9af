package pace

import (
	"math"
	"math/rand/v2"
	"time"

	"log-group-kms/internal/clock"
)

// law says how a rate reacts to AWS's answers. It works by factors, so that it
// suits quotas of any size. Processes under the same law come to equal shares of a
// quota: whichever sends more is throttled more often.
type law struct {
	// cut is the part of the rate that a throttled request leaves.
	cut float64
	// recovery is how fast the rate comes back. Without a further throttled request
	// it grows by a factor of e in this time, of e^4 in twice this time: slowly near
	// the rate that was too much, then ever faster, in case the others have left.
	recovery time.Duration
	// floor is the part of the ceiling below which the rate never falls.
	floor float64
}

// rate is a number of requests a second that moves between a floor and a ceiling.
type rate struct {
	law
	ceiling float64
	reduced float64   // what the last reduction left
	at      time.Time // when that was
}

func newRate(ceiling float64, l law) rate {
	return rate{law: l, ceiling: ceiling, reduced: ceiling}
}

// now is the rate at this moment. Time that Lambda froze the process counts: the
// quota recovers meanwhile.
func (r *rate) now() float64 {
	calm := clock.Age(r.at).Seconds() / r.recovery.Seconds()
	return min(r.ceiling, r.reduced*math.Exp(calm*calm))
}

// throttled reduces the rate after a request that was sent at a time and
// throttled. Requests that were under way together tell of the same shortage,
// which counts once.
func (r *rate) throttled(sent time.Time) {
	if sent.Before(r.at) {
		return
	}
	r.reduced = max(r.floor*r.ceiling, r.cut*r.now())
	r.at = time.Now()
}

// interval is the time from one request to the next. It is up to a twentieth
// longer than the rate asks for, at random: of two processes that sent in step, AWS
// would always throttle the same one.
func (r *rate) interval() time.Duration {
	return interval(r.now() / (1 + rand.Float64()/20))
}

// interval is the time between requests at so many a second.
func interval(perSecond float64) time.Duration {
	return time.Duration(min(float64(time.Second)/perSecond, float64(longest)))
}

// longest keeps sums of intervals within what a time.Duration can hold.
const longest = 24 * time.Hour
