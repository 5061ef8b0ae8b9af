package awsfake

import (
	"cmp"
	"strings"
	"time"
)

// States of a key.
const (
	Enabled                = "Enabled"
	Disabled               = "Disabled"
	Creating               = "Creating"
	Updating               = "Updating"
	PendingDeletion        = "PendingDeletion"
	PendingImport          = "PendingImport"
	PendingReplicaDeletion = "PendingReplicaDeletion"
	Unavailable            = "Unavailable"
)

// Key is a KMS key. Empty fields mean an enabled symmetric customer key whose
// policy admits CloudWatch Logs.
type Key struct {
	ID          string // a UUID is made if empty; "mrk-…" for multi-Region keys
	Account     string // the World's own account if empty
	Region      string
	State       string // Enabled, Disabled, PendingDeletion …
	Usage       string // ENCRYPT_DECRYPT, SIGN_VERIFY …
	Spec        string // SYMMETRIC_DEFAULT, RSA_2048 …
	Manager     string // CUSTOMER or AWS
	Origin      string // AWS_KMS, EXTERNAL …
	Policy      string // PolicyGood, or another; see there for placeholders
	Description string
	MultiRegion bool
	Created     time.Time

	deletion time.Time // when a key pending deletion will be gone
}

// keyRecord is a key as the World keeps it.
type keyRecord struct {
	Key
	arn      string
	policy   *policyDocument // nil: the policy does not parse, hence allows nothing
	secluded bool            // nobody may describe it
}

// AddKey makes a key and returns its ARN.
func (w *World) AddKey(k Key) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.addKey(k).arn
}

func (w *World) addKey(k Key) *keyRecord {
	k.Account = cmp.Or(k.Account, w.account)
	k.State = cmp.Or(k.State, Enabled)
	k.Usage = cmp.Or(k.Usage, "ENCRYPT_DECRYPT")
	k.Spec = cmp.Or(k.Spec, "SYMMETRIC_DEFAULT")
	k.Manager = cmp.Or(k.Manager, "CUSTOMER")
	k.Origin = cmp.Or(k.Origin, "AWS_KMS")
	if k.Policy == "" {
		k.Policy = PolicyGood
		if k.Manager == "AWS" {
			k.Policy = policyManaged
		}
	}
	if k.ID == "" {
		k.ID = newUUID()
		if k.MultiRegion {
			k.ID = "mrk-" + strings.ReplaceAll(k.ID, "-", "")
		}
	}
	k.MultiRegion = k.MultiRegion || strings.HasPrefix(k.ID, "mrk-")
	if k.Created.IsZero() {
		k.Created = time.Now()
	}
	record := &keyRecord{Key: k, arn: KeyARN(k.Account, k.Region, k.ID)}
	record.setState(k.State)
	record.setPolicy(k.Policy)
	w.keys[record.arn] = record
	w.changed(Change{Kind: KeyState, Account: k.Account, Region: k.Region, Resource: record.arn, After: k.State})
	w.changed(Change{Kind: KeyPolicy, Account: k.Account, Region: k.Region, Resource: record.arn, After: record.Policy})
	return record
}

// SetKeyState changes a key's state.
func (w *World) SetKeyState(arn, state string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if k := w.keys[arn]; k != nil {
		w.setKeyState(k, state)
	}
}

// SetKeyPolicy replaces a key's policy.
func (w *World) SetKeyPolicy(arn, policy string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if k := w.keys[arn]; k != nil {
		w.setKeyPolicy(k, cmp.Or(policy, PolicyGood))
	}
}

// DenyDescribeKey makes kms:DescribeKey on this key be refused to everybody, or
// allows it again. AssociateKmsKey asks for the same right, so it is refused too.
func (w *World) DenyDescribeKey(arn string, denied bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if k := w.keys[arn]; k != nil {
		k.secluded = denied
	}
}

// DeleteKey removes a key as at the end of its waiting period, with its aliases.
func (w *World) DeleteKey(arn string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	k := w.keys[arn]
	if k == nil {
		return
	}
	delete(w.keys, arn)
	w.changed(Change{Kind: KeyState, Account: k.Account, Region: k.Region, Resource: arn, Before: k.State})
	for s, names := range w.aliases {
		for name, target := range names {
			if target == arn {
				delete(names, name)
				w.changed(Change{Kind: AliasTarget, Account: s.account, Region: s.region, Resource: name, Before: arn})
			}
		}
	}
}

// AddAlias makes an alias of a key, or points it at another one; name begins
// with "alias/".
func (w *World) AddAlias(account, region, name, keyARN string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.addAlias(scope{cmp.Or(account, w.account), region}, name, keyARN)
}

func (w *World) addAlias(s scope, name, keyARN string) {
	if w.aliases[s] == nil {
		w.aliases[s] = map[string]string{}
	}
	before := w.aliases[s][name]
	w.aliases[s][name] = keyARN
	if before != keyARN {
		w.changed(Change{Kind: AliasTarget, Account: s.account, Region: s.region, Resource: name, Before: before, After: keyARN})
	}
}

// ManagedKeysCreated returns the ARNs of the aliases "alias/aws/…" for which a
// DescribeKey created an AWS managed key: a side effect to be avoided.
func (w *World) ManagedKeysCreated() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]string(nil), w.managedMade...)
}

func (w *World) setKeyState(k *keyRecord, state string) {
	before := k.State
	k.setState(state)
	if before != state {
		w.changed(Change{Kind: KeyState, Account: k.Account, Region: k.Region, Resource: k.arn, Before: before, After: state})
	}
}

func (w *World) setKeyPolicy(k *keyRecord, policy string) {
	before := k.Policy
	k.setPolicy(policy)
	if before != k.Policy {
		w.changed(Change{Kind: KeyPolicy, Account: k.Account, Region: k.Region, Resource: k.arn, Before: before, After: k.Policy})
	}
}

func (k *keyRecord) setState(state string) {
	k.State = state
	k.deletion = time.Time{}
	if state == PendingDeletion || state == PendingReplicaDeletion {
		k.deletion = time.Now().AddDate(0, 0, 30)
	}
}

func (k *keyRecord) setPolicy(policy string) {
	k.Policy = strings.NewReplacer("{partition}", Partition(k.Region), "{region}", k.Region, "{account}", k.Account).Replace(policy)
	k.policy, _ = parsePolicy(k.Policy) // one that does not parse allows nothing
}

// judge asks the key's policy.
func (k *keyRecord) judge(a access) verdict {
	if k.policy == nil {
		return silent
	}
	a.key = k.arn
	return k.policy.judge(a)
}

// admitsLogs says whether CloudWatch Logs may use the key for a resource: the
// service asks for log groups with their ARN as encryption context, for query
// results with source ARN and source account.
func (k *keyRecord) admitsLogs(s scope, resourceARN string) bool {
	principal := "logs." + s.region + ".amazonaws.com"
	a := access{service: principal + " " + principal + ".cn", context: map[string]string{}}
	if resource, _ := parseARN(resourceARN); resource.resource == "query-result:*" {
		a.context["aws:sourcearn"] = resourceARN
		a.context["aws:sourceaccount"] = s.account
	} else {
		a.context["kms:encryptioncontext:aws:logs:arn"] = resourceARN
	}
	for _, a.action = range []string{"kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey"} {
		if k.judge(a) != allowed {
			return false
		}
	}
	return true
}

// symmetric says whether the key is of the only kind that CloudWatch Logs takes.
func (k *keyRecord) symmetric() bool {
	return k.Usage == "ENCRYPT_DECRYPT" && k.Spec == "SYMMETRIC_DEFAULT"
}
