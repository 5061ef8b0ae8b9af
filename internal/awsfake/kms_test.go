package awsfake_test

import (
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/google/go-cmp/cmp"

	"log-group-kms/internal/awsfake"
)

func TestDescribeKey(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const id, unknown = "0d6c2a5e-5b3e-4c8c-9f5e-0123456789ab", "0d6c2a5e-5b3e-4c8c-9f5e-000000000000"
	arn := w.AddKey(awsfake.Key{ID: id, Region: region})
	w.AddAlias(account, region, "alias/logs", arn)
	foreign := w.AddKey(awsfake.Key{Account: other, Region: region, Policy: awsfake.PolicyEveryAccount})
	w.AddAlias(other, region, "alias/central", foreign)
	closed := w.AddKey(awsfake.Key{Account: other, Region: region})
	secluded := w.AddKey(awsfake.Key{Region: region})
	w.DenyDescribeKey(secluded, true)
	denied := func(key string) apiError {
		return apiError{"AccessDeniedException", "User: arn:aws:iam::111122223333:user/local is not authorized to perform: kms:DescribeKey on resource: " + key +
			" because no resource-based policy allows the kms:DescribeKey action"}
	}
	tests := []struct {
		name, key string
		want      string
		err       apiError
	}{
		{name: "ID", key: id, want: arn},
		{name: "ARN", key: arn, want: arn},
		{name: "alias", key: "alias/logs", want: arn},
		{name: "alias ARN", key: awsfake.AliasARN(account, region, "alias/logs"), want: arn},
		{name: "another account's ARN", key: foreign, want: foreign},
		{name: "another account's alias ARN", key: awsfake.AliasARN(other, region, "alias/central"), want: foreign},
		{name: "another account's alias name", key: "alias/central", err: apiError{"NotFoundException", "Alias arn:aws:kms:eu-west-1:111122223333:alias/central is not found."}},
		{name: "another account's key ID", key: foreign[strings.Index(foreign, "/")+1:], err: apiError{"NotFoundException",
			"Key '" + strings.Replace(foreign, other, account, 1) + "' does not exist"}},
		{name: "another account's private key", key: closed, err: denied(closed)},
		{name: "secluded", key: secluded, err: denied(secluded)},
		{name: "unknown ID", key: unknown, err: apiError{"NotFoundException", "Key 'arn:aws:kms:eu-west-1:111122223333:key/" + unknown + "' does not exist"}},
		{name: "no ID", key: "logs", err: apiError{"NotFoundException", "Invalid keyId 'logs'"}},
		{name: "unknown alias", key: "alias/none", err: apiError{"NotFoundException", "Alias arn:aws:kms:eu-west-1:111122223333:alias/none is not found."}},
		{name: "another Region", key: awsfake.KeyARN(account, "us-east-1", id), err: apiError{"NotFoundException", "Invalid arn us-east-1"}},
		{name: "no key's ARN", key: "arn:aws:s3:::bucket", err: apiError{"InvalidArnException", "Invalid arn arn:aws:s3:::bucket"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			out, err := inMemory(w).kms().DescribeKey(t.Context(), &kms.DescribeKeyInput{KeyId: &tt.key})
			if diff := cmp.Diff(tt.err, errorOf(err)); diff != "" {
				t.Fatal(diff)
			}
			if err == nil && *out.KeyMetadata.Arn != tt.want {
				t.Errorf("got %s, want %s", *out.KeyMetadata.Arn, tt.want)
			}
		})
	}
}

func TestDescribeKeyStates(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	created := time.UnixMilli(1760000000123)
	key := w.AddKey(awsfake.Key{Region: region, Created: created})
	for _, state := range []string{awsfake.Enabled, awsfake.Disabled, awsfake.Creating, awsfake.Updating,
		awsfake.PendingDeletion, awsfake.PendingImport, awsfake.PendingReplicaDeletion, awsfake.Unavailable} {
		w.SetKeyState(key, state)
		out, err := inMemory(w).kms().DescribeKey(t.Context(), &kms.DescribeKeyInput{KeyId: &key})
		must(t, err)
		m := out.KeyMetadata
		if string(m.KeyState) != state || m.Enabled != (state == awsfake.Enabled) || !m.CreationDate.Equal(created) {
			t.Errorf("%s: got %s, enabled %t, created %v", state, m.KeyState, m.Enabled, m.CreationDate)
		}
		if (m.DeletionDate != nil) != strings.HasSuffix(state, "Deletion") {
			t.Errorf("%s: got deletion date %v", state, m.DeletionDate)
		}
	}
}

// To describe one of AWS's own aliases creates its key. A program that should
// refuse them before it asks is caught by this.
func TestManagedKeysAreCreated(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	out, err := inMemory(w).kms().DescribeKey(t.Context(), &kms.DescribeKeyInput{KeyId: aws.String("alias/aws/logs")})
	must(t, err)
	if out.KeyMetadata.KeyManager != "AWS" {
		t.Errorf("got manager %s", out.KeyMetadata.KeyManager)
	}
	if diff := cmp.Diff([]string{"arn:aws:kms:eu-west-1:111122223333:alias/aws/logs"}, w.ManagedKeysCreated()); diff != "" {
		t.Error(diff)
	}
}

func TestKeyAdministration(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := inMemory(w).kms()
	made, err := c.CreateKey(t.Context(), &kms.CreateKeyInput{Description: aws.String("for logs")})
	must(t, err)
	arn := made.KeyMetadata.Arn
	_, err = c.CreateAlias(t.Context(), &kms.CreateAliasInput{AliasName: aws.String("alias/logs"), TargetKeyId: made.KeyMetadata.KeyId})
	must(t, err)
	_, err = c.DisableKey(t.Context(), &kms.DisableKeyInput{KeyId: arn})
	must(t, err)
	_, err = c.EnableKey(t.Context(), &kms.EnableKeyInput{KeyId: arn})
	must(t, err)
	_, err = c.PutKeyPolicy(t.Context(), &kms.PutKeyPolicyInput{KeyId: arn, Policy: aws.String("{")})
	if got := errorOf(err).Code; got != "MalformedPolicyDocumentException" {
		t.Errorf("got %q for a policy that is none", got)
	}
	const policy = `{"Statement":{"Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*"}}`
	_, err = c.PutKeyPolicy(t.Context(), &kms.PutKeyPolicyInput{KeyId: arn, Policy: aws.String(policy)})
	must(t, err)
	got, err := c.GetKeyPolicy(t.Context(), &kms.GetKeyPolicyInput{KeyId: arn})
	must(t, err)
	if *got.Policy != policy {
		t.Errorf("got policy %s", *got.Policy)
	}
	keys, err := c.ListKeys(t.Context(), &kms.ListKeysInput{})
	must(t, err)
	aliases, err := c.ListAliases(t.Context(), &kms.ListAliasesInput{KeyId: arn})
	must(t, err)
	if len(keys.Keys) != 1 || len(aliases.Aliases) != 1 || *aliases.Aliases[0].AliasName != "alias/logs" {
		t.Errorf("got %d keys, %d aliases", len(keys.Keys), len(aliases.Aliases))
	}
	gone, err := c.ScheduleKeyDeletion(t.Context(), &kms.ScheduleKeyDeletionInput{KeyId: arn, PendingWindowInDays: aws.Int32(7)})
	must(t, err)
	if gone.KeyState != "PendingDeletion" {
		t.Errorf("got state %s", gone.KeyState)
	}
	_, err = c.EnableKey(t.Context(), &kms.EnableKeyInput{KeyId: arn})
	if got := errorOf(err).Code; got != "KMSInvalidStateException" {
		t.Errorf("got %q for enabling a key that is to be deleted", got)
	}
	_, err = c.CancelKeyDeletion(t.Context(), &kms.CancelKeyDeletionInput{KeyId: arn})
	must(t, err)
	saved, err := c.DescribeKey(t.Context(), &kms.DescribeKeyInput{KeyId: arn})
	must(t, err)
	if saved.KeyMetadata.KeyState != "Disabled" || saved.KeyMetadata.DeletionDate != nil {
		t.Errorf("got state %s and deletion date %v of a key that was saved", saved.KeyMetadata.KeyState, saved.KeyMetadata.DeletionDate)
	}
	_, err = c.CancelKeyDeletion(t.Context(), &kms.CancelKeyDeletionInput{KeyId: arn})
	if got := errorOf(err).Code; got != "KMSInvalidStateException" {
		t.Errorf("got %q for saving a key that is not to be deleted", got)
	}
}
