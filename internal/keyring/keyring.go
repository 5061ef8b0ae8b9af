// Package keyring knows what KMS says of the keys of one account and Region: what
// a reference names, and whether CloudWatch Logs can use it. An alias may be moved
// and a key disabled at any time, so each answer has an age, and whoever asks says
// how old it may be.
package keyring

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	kmstypes "github.com/aws/aws-sdk-go-v2/service/kms/types"

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

// Key is what KMS says of a key.
type Key struct {
	ARN          string
	State        string    // KMS's KeyState, such as Enabled or PendingDeletion
	DeletionDate time.Time // zero where no deletion is scheduled
	Asked        time.Time // when the request was sent that this answers
	// Unfit says why CloudWatch Logs cannot use the key, nil where it can as far as
	// the key itself goes. Its policy is only tested by associating it.
	Unfit *failure.Error
}

// Enabled tells whether what is under the key can be read.
func (k Key) Enabled() bool { return k.State == string(kmstypes.KeyStateEnabled) }

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

// refuse says of the text alone that no request is to be made, and why.
func (r *Ring) refuse(reference policy.Key) *failure.Error {
	switch {
	case reference.Err() != nil:
		return unusable("%w", reference.Err())
	case reference.IsAWSManaged():
		return errManaged()
	case reference.Region() != "" && reference.Region() != r.scope.Region:
		return errRegion(reference.Region())
	}
	return nil
}

// judge says what an answer means for CloudWatch Logs
// (https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html).
func (r *Ring) judge(metadata kmstypes.KeyMetadata, asked time.Time) Key {
	key := Key{
		ARN: aws.ToString(metadata.Arn), State: string(metadata.KeyState),
		DeletionDate: aws.ToTime(metadata.DeletionDate), Asked: asked,
	}
	reference := policy.ReadKey(key.ARN)
	switch {
	case reference.Err() != nil:
		key.Unfit = unusable("KMS answered %q in place of its ARN", key.ARN)
	case metadata.KeyManager == kmstypes.KeyManagerTypeAws:
		key.Unfit = errManaged()
	case reference.Region() != r.scope.Region:
		key.Unfit = errRegion(reference.Region())
	case metadata.KeyUsage != kmstypes.KeyUsageTypeEncryptDecrypt:
		key.Unfit = unusable("its usage is %s, not ENCRYPT_DECRYPT", metadata.KeyUsage)
	case metadata.KeySpec != kmstypes.KeySpecSymmetricDefault && metadata.KeySpec != "": // older answers lack it
		key.Unfit = unusable("its spec is %s, not SYMMETRIC_DEFAULT", metadata.KeySpec)
	case !key.Enabled():
		key.Unfit = unusable("its state is %s, not Enabled", metadata.KeyState)
	}
	return key
}

func errManaged() *failure.Error {
	return unusable("it is an AWS managed key, whose policy cannot be made to let CloudWatch Logs use it")
}

func errRegion(region string) *failure.Error {
	return unusable("it is a key of Region %s, but CloudWatch Logs uses only keys of the log group's Region", region)
}

func unusable(format string, args ...any) *failure.Error {
	return &failure.Error{Type: failure.KeyUnusable, Err: fmt.Errorf(format, args...)}
}
