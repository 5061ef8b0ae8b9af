package keyring

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	kmstypes "github.com/aws/aws-sdk-go-v2/service/kms/types"

	"log-group-kms/internal/failure"
	"log-group-kms/internal/policy"
	"log-group-kms/internal/target"
)

// keys answers DescribeKey, always the same.
type keys struct{ out *kms.DescribeKeyOutput }

func (k keys) DescribeKey(context.Context, *kms.DescribeKeyInput, ...func(*kms.Options)) (*kms.DescribeKeyOutput, error) {
	return k.out, nil
}

var home = target.Scope{Partition: "aws", Account: "111122223333", Region: "eu-west-1"}

func good() kmstypes.KeyMetadata {
	return kmstypes.KeyMetadata{
		Arn:      aws.String("arn:aws:kms:eu-west-1:111122223333:key/6d5c0f2e-2d0e-4a3c-8a34-5a0f2c1d7e90"),
		KeyState: kmstypes.KeyStateEnabled, KeyUsage: kmstypes.KeyUsageTypeEncryptDecrypt,
		KeySpec: kmstypes.KeySpecSymmetricDefault, KeyManager: kmstypes.KeyManagerTypeCustomer,
	}
}

// Tags name keys, so anybody who may tag could otherwise fill the memory.
func TestRingIsBounded(t *testing.T) {
	metadata := good()
	ring := New(keys{&kms.DescribeKeyOutput{KeyMetadata: &metadata}}, home)
	most := 0
	for i := range 5 * size {
		if _, failed := ring.Describe(t.Context(), policy.ReadKey(fmt.Sprintf("alias/%d", i)), minute); failed != nil {
			t.Fatal(failed)
		}
		most = max(most, len(ring.known))
	}
	if most > size {
		t.Errorf("got %d keys remembered, want at most %d", most, size)
	}
}

var minute = Freshness{MaxAge: time.Minute}

// KMS's answers are judged by what they say, not by what they ought to say.
func TestUnfit(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(*kmstypes.KeyMetadata)
		fit    bool
	}{
		{"good", func(*kmstypes.KeyMetadata) {}, true},
		{"without spec, as older answers are", func(k *kmstypes.KeyMetadata) { k.KeySpec = "" }, true},
		{"multi-Region key of this Region", func(k *kmstypes.KeyMetadata) {
			k.Arn = aws.String("arn:aws:kms:eu-west-1:111122223333:key/mrk-0123456789abcdef0123456789abcdef")
		}, true},
		{"of another Region", func(k *kmstypes.KeyMetadata) {
			k.Arn = aws.String("arn:aws:kms:us-east-1:111122223333:key/6d5c0f2e-2d0e-4a3c-8a34-5a0f2c1d7e90")
		}, false},
		{"without ARN", func(k *kmstypes.KeyMetadata) { k.Arn = nil }, false},
		{"without state", func(k *kmstypes.KeyMetadata) { k.KeyState = "" }, false},
		{"of a new state", func(k *kmstypes.KeyMetadata) { k.KeyState = "Resting" }, false},
		{"of a new usage", func(k *kmstypes.KeyMetadata) { k.KeyUsage = "WRAP" }, false},
		{"AWS's own", func(k *kmstypes.KeyMetadata) { k.KeyManager = kmstypes.KeyManagerTypeAws }, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			metadata := good()
			test.change(&metadata)
			failed := New(nil, home).judge(metadata, time.Now()).Unfit
			if (failed == nil) != test.fit {
				t.Errorf("got %v, want fit to be %t", failed, test.fit)
			}
			if failed != nil && failed.Type != failure.KeyUnusable {
				t.Errorf("got %s, want KeyUnusable", failed.Type)
			}
		})
	}
}

func TestAnswerWithoutMetadata(t *testing.T) {
	ring := New(keys{&kms.DescribeKeyOutput{}}, home)
	if _, failed := ring.Resolve(t.Context(), policy.ReadKey("alias/logs"), minute); failed == nil || failed.Type != failure.Unexpected {
		t.Errorf("got %v, want Unexpected", failed)
	}
	if len(ring.known) != 0 {
		t.Error("got it remembered, want it asked for again")
	}
}

// asking answers each DescribeKey with the next key of a row, when it is let.
type asking struct {
	asked chan struct{}
	let   chan *kms.DescribeKeyOutput
}

func (a *asking) DescribeKey(ctx context.Context, _ *kms.DescribeKeyInput, _ ...func(*kms.Options)) (*kms.DescribeKeyOutput, error) {
	a.asked <- struct{}{}
	select {
	case out := <-a.let:
		return out, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func named(id string) *kms.DescribeKeyOutput {
	metadata := good()
	metadata.Arn = aws.String("arn:aws:kms:eu-west-1:111122223333:key/" + id)
	return &kms.DescribeKeyOutput{KeyMetadata: &metadata}
}

// Whoever asks after a refusal must not be given the answer to a question that was
// asked before it, nor may that answer be remembered.
func TestForgetCoversQuestionsUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api := &asking{make(chan struct{}), make(chan *kms.DescribeKeyOutput)}
		ring := New(api, home)
		alias := policy.ReadKey("alias/logs")
		before, after := make(chan Key, 1), make(chan Key, 1)
		describe := func(into chan Key) {
			key, failed := ring.Describe(t.Context(), alias, minute)
			if failed != nil {
				t.Error(failed)
			}
			into <- key
		}
		go describe(before)
		<-api.asked
		ring.Forget(alias)
		go describe(after)
		<-api.asked // a second question, rather than the first one's answer
		old, fresh := named("00000000-0000-0000-0000-000000000001"), named("00000000-0000-0000-0000-000000000002")
		api.let <- old
		api.let <- fresh
		got := []string{(<-before).ARN, (<-after).ARN}
		if got[0] == got[1] {
			t.Errorf("got %q for both, want an answer for each question", got)
		}
		if n := len(ring.known); n != 2 { // by the alias and by its ARN
			t.Errorf("got %d answers remembered, want the second one", n)
		}
	})
}

// A sweep's call asks anew what was known before it began.
func TestSince(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		metadata := good()
		ring := New(keys{&kms.DescribeKeyOutput{KeyMetadata: &metadata}}, home)
		first, _ := ring.Describe(t.Context(), policy.ReadKey("alias/logs"), minute)
		time.Sleep(time.Second)
		began := time.Now()
		time.Sleep(time.Second)
		since := Freshness{MaxAge: time.Minute, Since: began}
		if since.Allows(first.Asked) || !minute.Allows(first.Asked) {
			t.Error("got the age alone counted, want also when the question was asked")
		}
	})
}
