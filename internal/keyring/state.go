package keyring

import (
	kmstypes "github.com/aws/aws-sdk-go-v2/service/kms/types"

	"log-group-kms/internal/policy"
)

// NotFound is the state of a key that does not exist; KMS has no word for it.
const NotFound = "NotFound"

// IsUnusable tells whether a key of a state cannot be used, so that what is under it
// cannot be read. The state is KMS's KeyState or NotFound; an empty one is not known,
// which is no verdict.
func IsUnusable(state string) bool {
	return state != "" && state != string(kmstypes.KeyStateEnabled)
}

// Remedy says how to make a key of a state usable again: a command, where one does
// it.
func Remedy(keyARN, state string) string {
	key := "--key-id " + keyARN
	if region := policy.ReadKey(keyARN).Region(); region != "" {
		key += " --region " + region // the AWS CLI does not take it from the ARN
	}
	switch state {
	case string(kmstypes.KeyStatePendingDeletion), string(kmstypes.KeyStatePendingReplicaDeletion):
		return "aws kms cancel-key-deletion " + key + " && aws kms enable-key " + key
	case string(kmstypes.KeyStateDisabled):
		return "aws kms enable-key " + key
	case string(kmstypes.KeyStatePendingImport):
		return "import the key material again: aws kms import-key-material " + key
	case NotFound:
		return "a deleted key cannot be brought back: set another key, and keep what is still readable elsewhere"
	}
	return "look at the key: aws kms describe-key " + key
}
