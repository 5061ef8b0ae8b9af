package encrypt

import (
	"context"
	"fmt"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	kmstypes "github.com/aws/aws-sdk-go-v2/service/kms/types"

	"log-group-kms/internal/failure"
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
func TestKeyringIsBounded(t *testing.T) {
	metadata := good()
	ring := newKeyring(keys{&kms.DescribeKeyOutput{KeyMetadata: &metadata}}, home)
	most := 0
	for i := range 5 * keyringSize {
		if _, failed := ring.describe(t.Context(), fmt.Sprintf("alias/%d", i)); failed != nil {
			t.Fatal(failed)
		}
		most = max(most, len(ring.known))
	}
	if most > keyringSize {
		t.Errorf("got %d keys remembered, want at most %d", most, keyringSize)
	}
}

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
			failed := unfit(metadata, home)
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
	ring := newKeyring(keys{&kms.DescribeKeyOutput{}}, home)
	if _, failed := ring.resolve(t.Context(), "alias/logs"); failed == nil || failed.Type != failure.Unexpected {
		t.Errorf("got %v, want Unexpected", failed)
	}
	if len(ring.known) != 0 {
		t.Error("got it remembered, want it asked for again")
	}
}
