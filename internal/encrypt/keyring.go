package encrypt

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
	"log-group-kms/internal/failure"
	"log-group-kms/internal/policy"
	"log-group-kms/internal/target"
)

// How long KMS's answers are believed. A key that went bad is noticed in any
// case when CloudWatch Logs refuses it; a bad key that was mended should not have
// to wait.
const (
	goodKeyLife = 5 * time.Minute
	badKeyLife  = 5 * time.Second

	// keyringSize bounds the memory. Tags name keys, so anybody who may tag
	// could otherwise fill it.
	keyringSize = 512
)

// keyring knows the keys of one account and Region. It is safe for concurrent
// use.
type keyring struct {
	api   KeysAPI
	scope target.Scope

	mu     sync.Mutex
	known  map[string]entry
	asking map[string]*question
}

type entry struct {
	key   kmstypes.KeyMetadata
	err   *failure.Error // why there is no key; nil where there is
	until time.Time
}

func newKeyring(api KeysAPI, scope target.Scope) *keyring {
	return &keyring{api: api, scope: scope, known: make(map[string]entry), asking: make(map[string]*question)}
}

// question is a request to KMS under way.
type question struct {
	done   chan struct{} // closed when answer is there
	answer entry
}

// describe tells what KMS says about a key reference. Its error has no Doing:
// the caller knows what for. Log groups that need the same key at the same time
// share one request, unless the one who asked had too little time for it.
func (r *keyring) describe(ctx context.Context, reference string) (kmstypes.KeyMetadata, *failure.Error) {
	for {
		r.mu.Lock()
		if e, ok := r.known[reference]; ok && time.Now().Before(e.until) {
			r.mu.Unlock()
			return e.key, e.err
		}
		asked, ok := r.asking[reference]
		if !ok {
			asked = &question{done: make(chan struct{})}
			r.asking[reference] = asked
			r.mu.Unlock()
			asked.answer = r.ask(ctx, reference)
			r.mu.Lock()
			delete(r.asking, reference)
			r.mu.Unlock()
			close(asked.done)
			return asked.answer.key, asked.answer.err
		}
		r.mu.Unlock()
		select {
		case <-asked.done:
			if e := asked.answer; e.err == nil || !e.err.OutOfTime {
				return e.key, e.err
			}
		case <-ctx.Done():
			return kmstypes.KeyMetadata{}, (&awserr.Attempts{}).Failure(ctx, "", ctx.Err())
		}
	}
}

// ask asks KMS, and remembers the answer unless it is trouble that may pass.
func (r *keyring) ask(ctx context.Context, reference string) entry {
	var attempts awserr.Attempts
	out, err := r.api.DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: aws.String(reference)}, watchKeys(&attempts))
	now := time.Now()
	if err != nil {
		e := entry{err: attempts.Failure(ctx, "", err), until: now.Add(badKeyLife)}
		if awserr.IsInvalidKeyReference(err) {
			e.err.Type = failure.KeyUnusable
		}
		if e.err.Type == failure.KeyUnusable || e.err.Type == failure.AccessDenied {
			r.remember(reference, e)
		}
		return e
	}
	if out.KeyMetadata == nil {
		return entry{err: &failure.Error{Type: failure.Unexpected, Err: errors.New("KMS answered without KeyMetadata")}}
	}
	e := entry{key: *out.KeyMetadata, until: now.Add(goodKeyLife)}
	if unfit(e.key, r.scope) != nil {
		e.until = now.Add(badKeyLife)
	}
	r.remember(reference, e)
	return e
}

func (r *keyring) remember(reference string, e entry) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.known) >= keyringSize {
		clear(r.known)
	}
	r.known[reference] = e
}

// forget drops what is known of a key, once CloudWatch Logs has refused it.
func (r *keyring) forget(reference string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.known, reference)
}

// resolve gives the ARN of the key that a reference names, if CloudWatch Logs
// can use that key. The ARN is there also where the key is known but unfit.
func (r *keyring) resolve(ctx context.Context, reference string) (string, *failure.Error) {
	key, err := policy.ParseKey(reference)
	switch {
	case err != nil:
		return "", unusable("%w", err)
	case key.IsAWSManaged():
		return "", unusable("it is an AWS managed key, whose policy cannot be made to let CloudWatch Logs use it")
	case key.Region() != "" && key.Region() != r.scope.Region:
		return key.ARN(r.scope), unusable("it is a key of Region %s, but CloudWatch Logs uses only keys of the log group's Region", key.Region())
	}
	metadata, failed := r.describe(ctx, reference)
	if failed != nil {
		return "", failed
	}
	return aws.ToString(metadata.Arn), unfit(metadata, r.scope)
}

// unfit says why CloudWatch Logs cannot use a key, nil where it can as far as
// the key itself goes; its policy is only tested by associating it
// (https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html).
func unfit(key kmstypes.KeyMetadata, scope target.Scope) *failure.Error {
	arn, err := policy.ParseKey(aws.ToString(key.Arn))
	switch {
	case err != nil:
		return unusable("KMS answered %q in place of its ARN", aws.ToString(key.Arn))
	case key.KeyManager == kmstypes.KeyManagerTypeAws:
		return unusable("it is an AWS managed key, whose policy cannot be made to let CloudWatch Logs use it")
	case arn.Region() != scope.Region:
		return unusable("it is a key of Region %s, but CloudWatch Logs uses only keys of the log group's Region", arn.Region())
	case key.KeyUsage != kmstypes.KeyUsageTypeEncryptDecrypt:
		return unusable("its usage is %s, not ENCRYPT_DECRYPT", key.KeyUsage)
	case key.KeySpec != kmstypes.KeySpecSymmetricDefault && key.KeySpec != "": // older answers lack it
		return unusable("its spec is %s, not SYMMETRIC_DEFAULT", key.KeySpec)
	case !enabled(key):
		return unusable("its state is %s, not Enabled", key.KeyState)
	}
	return nil
}

func enabled(key kmstypes.KeyMetadata) bool { return key.KeyState == kmstypes.KeyStateEnabled }

func unusable(format string, args ...any) *failure.Error {
	return &failure.Error{Type: failure.KeyUnusable, Err: fmt.Errorf(format, args...)}
}
