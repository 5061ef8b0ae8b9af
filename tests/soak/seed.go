package main

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"time"
)

// seed fixes what a simulation draws by lot. Each draw has a name of its own and
// does not depend on those before it, so that the order in which things happen
// to happen changes none of them.
type seed uint64

// draw returns the lot of what the parts name: the same each time.
func (s seed) draw(parts ...any) lot {
	sum := sha256.Sum256(fmt.Appendf(nil, "%d %q", s, parts))
	return lot{rand.New(rand.NewPCG(binary.BigEndian.Uint64(sum[:]), binary.BigEndian.Uint64(sum[8:])))}
}

type lot struct{ *rand.Rand }

// chance is true in a share of cases.
func (l lot) chance(share float64) bool { return l.Float64() < share }

// between is a time between two others.
func (l lot) between(least, most time.Duration) time.Duration {
	return least + time.Duration(l.Int64N(int64(most-least)+1))
}

// oneOf is one of the values, each as likely as the others.
func oneOf[T any](l lot, values ...T) T { return values[l.IntN(len(values))] }

// weighed is one of the values by their weights.
func weighed[T any](l lot, values []T, weight func(T) int) T {
	sum := 0
	for _, v := range values {
		sum += weight(v)
	}
	n := l.IntN(sum)
	for _, v := range values {
		if n -= weight(v); n < 0 {
			return v
		}
	}
	panic("unreachable: n is below the sum of all weights")
}
