package awsfake

import (
	"regexp"
	"strings"
	"time"
)

var kmsOperations = map[string]operation{
	"CancelKeyDeletion":   (*World).cancelKeyDeletion,
	"CreateAlias":         (*World).createAlias,
	"CreateKey":           (*World).createKey,
	"DescribeKey":         (*World).describeKey,
	"DisableKey":          (*World).disableKey,
	"EnableKey":           (*World).enableKey,
	"GetKeyPolicy":        (*World).getKeyPolicy,
	"ListAliases":         (*World).listAliases,
	"ListKeys":            (*World).listKeys,
	"PutKeyPolicy":        (*World).putKeyPolicy,
	"ScheduleKeyDeletion": (*World).scheduleKeyDeletion,
}

var (
	keyIDPattern   = regexp.MustCompile(`^((mrk-[0-9a-f]{32})|([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}))$`)
	aliasPattern   = regexp.MustCompile(`^alias/[a-zA-Z0-9/_-]+$`)
	managedPattern = regexp.MustCompile(`^alias/aws/[a-z0-9-]+$`)
)

// keyRequest is the input of the operations that name one key.
type keyRequest struct {
	KeyID               string `json:"KeyId"`
	Policy              string
	PendingWindowInDays *int
}

// findKey resolves a key ID, key ARN, alias name or alias ARN as KMS does for
// this caller. What is not an ARN means the caller's own account.
func (w *World) findKey(r *request, id string) (*keyRecord, error) {
	if id == "" || len(id) > 2048 {
		return nil, fail("ValidationException", "1 validation error detected: Value '%s' at 'keyId' failed to satisfy constraint: Member must have length between 1 and 2048", id)
	}
	owner, resource := r.scope, id
	if strings.HasPrefix(id, "arn:") {
		a, ok := parseARN(id)
		switch {
		case !ok || a.service != "kms" || !strings.HasPrefix(a.resource, "key/") && !strings.HasPrefix(a.resource, "alias/"):
			return nil, fail("InvalidArnException", "Invalid arn %s", id)
		case a.region != r.region || a.partition != Partition(r.region):
			return nil, fail("NotFoundException", "Invalid arn %s", a.region)
		}
		owner.account, resource = a.account, a.resource
	}
	if strings.HasPrefix(resource, "alias/") {
		return w.findAlias(r, owner, resource)
	}
	keyID := strings.TrimPrefix(resource, "key/")
	if k := w.keys[KeyARN(owner.account, owner.region, keyID)]; k != nil {
		return k, nil
	}
	if id == keyID && !keyIDPattern.MatchString(id) {
		return nil, fail("NotFoundException", "Invalid keyId '%s'", id)
	}
	return nil, fail("NotFoundException", "Key '%s' does not exist", KeyARN(owner.account, owner.region, keyID))
}

// findAlias resolves an alias. Describing one of AWS's own that has no key yet
// creates the key, as in KMS.
func (w *World) findAlias(r *request, owner scope, name string) (*keyRecord, error) {
	if k := w.keys[w.aliases[owner][name]]; k != nil {
		return k, nil
	}
	arn := AliasARN(owner.account, owner.region, name)
	if !managedPattern.MatchString(name) || r.operation != "DescribeKey" || owner != r.scope {
		return nil, fail("NotFoundException", "Alias %s is not found.", arn)
	}
	k := w.addKey(Key{Account: owner.account, Region: owner.region, Manager: "AWS",
		Description: "Default key that protects data when no other key is defined"})
	w.addAlias(owner, name, k.arn)
	w.managedMade = append(w.managedMade, arn)
	return k, nil
}

// ownKey resolves a key for an operation that changes it, which only its own
// account may.
func (w *World) ownKey(r *request) (*keyRecord, keyRequest, error) {
	in, err := decode[keyRequest](r)
	if err != nil {
		return nil, in, err
	}
	k, err := w.findKey(r, in.KeyID)
	if err == nil && (k.Account != r.account || k.Manager == "AWS") {
		err = r.accessDenied(r.service+":"+r.operation, k.arn, "because no resource-based policy allows the {action} action")
	}
	return k, in, err
}

// keyMetadata is the description of a key; dates are numbers of seconds.
type keyMetadata struct {
	AWSAccountID          string `json:"AWSAccountId"`
	KeyID                 string `json:"KeyId"`
	Arn                   string
	CreationDate          float64
	Enabled               bool
	Description           string
	KeyUsage              string
	KeyState              string
	DeletionDate          float64 `json:",omitempty"`
	Origin                string
	KeyManager            string
	CustomerMasterKeySpec string
	KeySpec               string
	EncryptionAlgorithms  []string `json:",omitempty"`
	MultiRegion           bool
}

func (k *keyRecord) metadata() keyMetadata {
	m := keyMetadata{
		AWSAccountID: k.Account, KeyID: k.ID, Arn: k.arn, CreationDate: seconds(k.Created),
		Enabled: k.State == Enabled, Description: k.Description, KeyUsage: k.Usage, KeyState: k.State,
		Origin: k.Origin, KeyManager: k.Manager, CustomerMasterKeySpec: k.Spec, KeySpec: k.Spec, MultiRegion: k.MultiRegion,
	}
	if !k.deletion.IsZero() {
		m.DeletionDate = seconds(k.deletion)
	}
	switch {
	case k.symmetric():
		m.EncryptionAlgorithms = []string{"SYMMETRIC_DEFAULT"}
	case k.Usage == "ENCRYPT_DECRYPT":
		m.EncryptionAlgorithms = []string{"RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256"}
	}
	return m
}

// seconds is a time as KMS writes it, to the millisecond.
func seconds(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }

func (w *World) describeKey(r *request) (any, error) {
	in, err := decode[keyRequest](r)
	if err != nil {
		return nil, err
	}
	k, err := w.findKey(r, in.KeyID)
	if err != nil {
		return nil, err
	}
	if err := w.mayDescribe(r, k); err != nil {
		return nil, err
	}
	return map[string]keyMetadata{"KeyMetadata": k.metadata()}, nil
}

// mayDescribe refuses kms:DescribeKey where the key's policy forbids it, and to
// another account's callers unless it allows it. Within the account, IAM's word
// is enough here even if the policy does not leave the matter to IAM.
func (w *World) mayDescribe(r *request, k *keyRecord) error {
	v := k.judge(access{account: r.account, arn: r.caller.arn(r.region), role: r.caller.roleARN, action: "kms:DescribeKey",
		context: map[string]string{"kms:calleraccount": r.account}})
	if k.secluded || v == forbidden || v == silent && k.Account != r.account {
		return r.accessDenied("kms:DescribeKey", k.arn, "because no resource-based policy allows the {action} action")
	}
	return nil
}
