package main

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"log-group-kms/internal/awsfake"
)

// weather makes the function's requests go wrong. What strikes is drawn for each
// copy, operation and resource by the number of such requests, so that it does
// not depend on the order in which copies happen to send.
type weather struct {
	plan   plan
	copies map[string]*replica

	mu   sync.Mutex
	fair bool // nothing goes wrong any more
	seen map[string]int
}

// danger is a kind of fault and how often it comes.
type danger struct {
	kind   awsfake.FaultKind
	weight int
}

// everywhere are the faults of all operations; the others belong to some.
var everywhere = []danger{
	{awsfake.ServiceUnavailable500, 2}, {awsfake.ServiceUnavailable503, 2}, {awsfake.ServiceUnavailable400, 2},
	{awsfake.Throttling400, 8}, {awsfake.Bare429, 2}, {awsfake.InternalFailure500, 2}, {awsfake.HTML500, 2},
	{awsfake.BadGateway502, 2}, {awsfake.GatewayTimeout504, 2}, {awsfake.RequestTimeout408, 2},
	{awsfake.AccessDeniedIAM, 2}, {awsfake.AccessDeniedSCP, 1}, {awsfake.InvalidParameter, 1}, {awsfake.ValidationError400, 1},
	{awsfake.ExpiredToken, 1}, {awsfake.UnrecognizedClient, 1}, {awsfake.LimitExceeded, 2}, {awsfake.UnknownOperation, 1},
	{awsfake.Hang, 2}, {awsfake.Reset, 4}, {awsfake.Truncated, 4}, {awsfake.Slow, 16},
	{awsfake.AppliedThenReset, 6}, {awsfake.AppliedThenHang, 2},
}

var ofOperation = map[string][]danger{
	"AssociateKmsKey": {
		{awsfake.Conflict, 90}, {awsfake.KeyNotAllowed, 3}, {awsfake.KeyNotFoundText, 2}, {awsfake.KeyNotValidated, 3},
		{awsfake.ReservedName, 1}, {awsfake.NotFound, 1},
	},
	"DescribeLogGroups":   {{awsfake.NotFound, 1}},
	"ListTagsForResource": {{awsfake.NotFound, 1}},
	"ListTagsLogGroup":    {{awsfake.NotFound, 1}},
	"DescribeKey":         {{awsfake.KMSInternal500, 4}, {awsfake.DependencyTimeout500, 4}, {awsfake.NotFound, 2}},
}

// strike is what the World asks about each request.
func (w *weather) strike(c awsfake.Call) (awsfake.Fault, bool) {
	copy := w.copies[c.Caller]
	if copy == nil {
		return awsfake.Fault{}, false
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.fair {
		return awsfake.Fault{}, false
	}
	what := fmt.Sprint(copy.name, c.Operation, c.Resource)
	w.seen[what]++
	l := w.plan.seed.draw("fault", what, w.seen[what])
	share := w.plan.faults
	if c.Operation == "AssociateKmsKey" {
		share = 0.05 + 1.5*share // this is where it hurts
	}
	if !l.chance(share) {
		return awsfake.Fault{}, false
	}
	f := awsfake.Fault{Kind: weighed(l, slices.Concat(ofOperation[c.Operation], everywhere), func(d danger) int { return d.weight }).kind}
	if f.Kind == awsfake.Slow {
		f.Delay = l.between(50*time.Millisecond, 3*time.Second)
	}
	return f, true
}

// clear ends all trouble.
func (w *weather) clear() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.fair = true
}
