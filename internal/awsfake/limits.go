package awsfake

import (
	"time"
)

// requestRates holds AWS's limits in requests a second, each for one account
// and Region. Operations that are not listed have none.
var requestRates = map[string]float64{
	"AssociateKmsKey":     5,
	"DisassociateKmsKey":  5,
	"DescribeLogGroups":   10,
	"ListLogGroups":       10,
	"CreateLogGroup":      10,
	"DeleteLogGroup":      10,
	"PutRetentionPolicy":  10,
	"ListTagsForResource": 30,
	"ListTagsLogGroup":    5,
	"TagResource":         5,
	"UntagResource":       5,
	"TagLogGroup":         5,
	"UntagLogGroup":       5,
	"StartQuery":          10,
	"GetQueryResults":     10,
	"DescribeKey":         2000,
	"LookupEvents":        2,
	"ListRegions":         5,
}

// bucketName is what one token bucket counts.
type bucketName struct {
	scope
	service, operation string
}

// tokenBucket holds up to one second's worth of requests and refills steadily.
type tokenBucket struct {
	tokens float64
	last   time.Time
}

// SetLimits switches AWS's request limits on, with full buckets, or off. Above
// them, requests are answered with ThrottlingException.
func (w *World) SetLimits(on bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.limits = nil
	if on {
		w.limits = map[bucketName]*tokenBucket{}
	}
}

// exceedsLimit takes a token for the request and says whether there was none.
func (w *World) exceedsLimit(r *request) bool {
	rate := requestRates[r.operation]
	if w.limits == nil || rate == 0 {
		return false
	}
	now := time.Now()
	name := bucketName{r.scope, r.service, r.operation}
	b := w.limits[name]
	if b == nil {
		b = &tokenBucket{tokens: rate, last: now}
		w.limits[name] = b
	}
	b.tokens = min(rate, b.tokens+rate*now.Sub(b.last).Seconds())
	b.last = now
	// The small allowance takes up rounding, so that a caller who sends at
	// exactly the rate is never refused.
	if b.tokens < 1-1e-6 {
		return true
	}
	b.tokens--
	return false
}
