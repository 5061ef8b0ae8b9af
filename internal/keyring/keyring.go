// Package keyring knows what KMS says of the keys of one account and Region: what
// a reference names, and whether CloudWatch Logs can use it. An alias may be moved
// and a key disabled at any time, so each answer has an age, and whoever asks says
// how old it may be.
package keyring

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"

	"log-group-kms/internal/awserr"
	"log-group-kms/internal/clock"
	"log-group-kms/internal/failure"
	"log-group-kms/internal/policy"
	"log-group-kms/internal/target"
)

const (
	// BadLife bounds the age of an answer that a key does not exist, cannot be used
	// or may not be described: what was mended should not have to wait.
	BadLife = time.Second

	// size bounds the memory. Tags name keys, so anybody who may tag could
	// otherwise fill it.
	size = 512
)

// API is what a Ring needs of KMS.
type API interface {
	DescribeKey(context.Context, *kms.DescribeKeyInput, ...func(*kms.Options)) (*kms.DescribeKeyOutput, error)
}

// Freshness says which answers are believed: those that are not older than MaxAge
// and were asked for at or after Since.
type Freshness struct {
	MaxAge time.Duration
	Since  time.Time // zero: no matter when
}

// Allows tells whether an answer to a question of that time is fresh enough.
func (f Freshness) Allows(asked time.Time) bool {
	return clock.Age(asked) <= f.MaxAge && !asked.Before(f.Since)
}

// Ring asks KMS and remembers the answers. It is safe for concurrent use.
type Ring struct {
	api   API
	scope target.Scope

	mu     sync.Mutex
	known  map[string]entry
	asking map[string]*question
}

// New makes a Ring for the log groups of scope.
func New(api API, scope target.Scope) *Ring {
	return &Ring{api: api, scope: scope, known: make(map[string]entry), asking: make(map[string]*question)}
}

// entry is an answer of KMS: a key, or why there is none.
type entry struct {
	key    Key
	failed *failure.Error
	asked  time.Time
}

func (e entry) isBad() bool { return e.failed != nil || e.key.Unfit != nil }

// believable tells whether the entry is fresh enough.
func (e entry) believable(f Freshness) bool {
	if e.isBad() {
		f.MaxAge = min(f.MaxAge, BadLife)
	}
	return f.Allows(e.asked)
}

// question is a request to KMS under way.
type question struct {
	asked  time.Time
	done   chan struct{} // closed when answer is there
	answer entry
}

// Describe tells what KMS says of a key, whether CloudWatch Logs can use it or not.
// Its error has no Doing: the caller knows what for. Log groups that need the same
// key at the same time share one request, unless the one who asked had too little
// time for it.
func (r *Ring) Describe(ctx context.Context, reference policy.Key, f Freshness) (Key, *failure.Error) {
	if refused := r.refuse(reference); refused != nil {
		return Key{ARN: reference.ARN(r.scope), Asked: time.Now()}, refused
	}
	name := reference.String()
	for {
		r.mu.Lock()
		if e, ok := r.known[name]; ok && e.believable(f) {
			r.mu.Unlock()
			return e.key, e.failed
		}
		asked, ok := r.asking[name]
		if !ok || !f.Allows(asked.asked) {
			asked = &question{asked: time.Now(), done: make(chan struct{})}
			r.asking[name] = asked
			r.mu.Unlock()
			asked.answer = r.ask(ctx, name, asked.asked)
			r.settle(name, asked)
			return asked.answer.key, asked.answer.failed
		}
		r.mu.Unlock()
		select {
		case <-asked.done:
			if e := asked.answer; e.failed == nil || !e.failed.OutOfTime {
				return e.key, e.failed
			}
		case <-ctx.Done():
			return Key{}, (&awserr.Attempts{}).Failure(ctx, "", ctx.Err())
		}
	}
}

// Resolve gives the key that a reference names, if CloudWatch Logs can use it. The
// ARN is there also where the key is known but unfit.
func (r *Ring) Resolve(ctx context.Context, reference policy.Key, f Freshness) (Key, *failure.Error) {
	key, failed := r.Describe(ctx, reference, f)
	if failed == nil {
		failed = key.Unfit
	}
	return key, failed
}

// Forget drops what is known of a key and what is being asked about it, once
// CloudWatch Logs has refused it.
func (r *Ring) Forget(reference policy.Key) {
	r.mu.Lock()
	defer r.mu.Unlock()
	name := reference.String()
	delete(r.known, r.known[name].key.ARN)
	delete(r.known, name)
	delete(r.asking, name)
}

// settle ends a question, and remembers its answer unless it is trouble that may
// pass, or the question was asked anew or forgotten meanwhile.
func (r *Ring) settle(name string, asked *question) {
	r.mu.Lock()
	defer r.mu.Unlock()
	close(asked.done)
	if r.asking[name] != asked {
		return
	}
	delete(r.asking, name)
	e := asked.answer
	if e.failed != nil && e.failed.Type != failure.KeyUnusable && e.failed.Type != failure.AccessDenied {
		return
	}
	if len(r.known) >= size-1 {
		clear(r.known)
	}
	r.known[name] = e
	if e.failed == nil { // what an alias's answer says of the key is as good as asking by its ARN
		r.known[e.key.ARN] = e
	}
}

// ask asks KMS. The answer is as old as the request that it answers, which may be a
// repeated one.
func (r *Ring) ask(ctx context.Context, name string, asked time.Time) entry {
	var attempts awserr.Attempts
	out, err := r.api.DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: aws.String(name)}, func(o *kms.Options) {
		o.APIOptions = append(o.APIOptions, attempts.Watch)
	})
	if sent := attempts.SentAt(); sent.After(asked) {
		asked = sent
	}
	if err != nil {
		failed := attempts.Failure(ctx, "", err)
		if awserr.IsInvalidKeyReference(err) {
			failed.Type = failure.KeyUnusable
		}
		return entry{failed: failed, asked: asked}
	}
	if out.KeyMetadata == nil {
		return entry{failed: &failure.Error{Type: failure.Unexpected, Err: errors.New("KMS answered without KeyMetadata")}}
	}
	return entry{key: r.judge(*out.KeyMetadata, asked), asked: asked}
}
