package awsfake

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"
)

func (w *World) createKey(r *request) (any, error) {
	in, err := decode[struct {
		Policy, Description, KeyUsage, KeySpec, CustomerMasterKeySpec, Origin string
		MultiRegion                                                           bool
	}](r)
	if err != nil {
		return nil, err
	}
	if in.Policy != "" {
		if _, err := parsePolicy(in.Policy); err != nil {
			return nil, fail("MalformedPolicyDocumentException", "%s", err)
		}
	}
	k := Key{
		Account: r.account, Region: r.region, Policy: cmp.Or(in.Policy, PolicyWithoutLogs), Description: in.Description,
		Usage: in.KeyUsage, Spec: cmp.Or(in.KeySpec, in.CustomerMasterKeySpec), Origin: in.Origin, MultiRegion: in.MultiRegion,
	}
	if in.Origin == "EXTERNAL" {
		k.State = PendingImport
	}
	return map[string]keyMetadata{"KeyMetadata": w.addKey(k).metadata()}, nil
}

func (w *World) createAlias(r *request) (any, error) {
	in, err := decode[struct {
		AliasName   string
		TargetKeyID string `json:"TargetKeyId"`
	}](r)
	if err != nil {
		return nil, err
	}
	if !aliasPattern.MatchString(in.AliasName) || strings.HasPrefix(in.AliasName, "alias/aws/") {
		return nil, fail("InvalidAliasNameException", "Alias must start with the prefix \"alias/\" and must not be reserved: %s", in.AliasName)
	}
	k, err := w.findKey(r, in.TargetKeyID)
	if err != nil {
		return nil, err
	}
	if w.aliases[r.scope][in.AliasName] != "" {
		return nil, fail("AlreadyExistsException", "An alias with the name %s already exists", AliasARN(r.account, r.region, in.AliasName))
	}
	w.addAlias(r.scope, in.AliasName, k.arn)
	return nil, nil
}

func (w *World) disableKey(r *request) (any, error) { return w.switchKey(r, Disabled) }
func (w *World) enableKey(r *request) (any, error)  { return w.switchKey(r, Enabled) }

func (w *World) switchKey(r *request, state string) (any, error) {
	k, _, err := w.ownKey(r)
	if err != nil {
		return nil, err
	}
	if k.State != Enabled && k.State != Disabled {
		return nil, inState(k)
	}
	w.setKeyState(k, state)
	return nil, nil
}

func (w *World) scheduleKeyDeletion(r *request) (any, error) {
	k, in, err := w.ownKey(r)
	if err != nil {
		return nil, err
	}
	if k.State == PendingDeletion {
		return nil, inState(k)
	}
	days := 30
	if in.PendingWindowInDays != nil {
		days = *in.PendingWindowInDays
	}
	if days < 7 || days > 30 {
		return nil, fail("ValidationException", "PendingWindowInDays must be between 7 and 30")
	}
	w.setKeyState(k, PendingDeletion)
	k.deletion = time.Now().AddDate(0, 0, days)
	return map[string]any{"KeyId": k.arn, "KeyState": k.State, "DeletionDate": seconds(k.deletion), "PendingWindowInDays": days}, nil
}

// A key that is saved is Disabled until somebody enables it.
func (w *World) cancelKeyDeletion(r *request) (any, error) {
	k, _, err := w.ownKey(r)
	if err != nil {
		return nil, err
	}
	if k.State != PendingDeletion {
		return nil, inState(k)
	}
	w.setKeyState(k, Disabled)
	return map[string]string{"KeyId": k.arn}, nil
}

func inState(k *keyRecord) error {
	return fail("KMSInvalidStateException", "%s is %s.", k.arn, strings.ToLower(k.State))
}

func (w *World) putKeyPolicy(r *request) (any, error) {
	k, in, err := w.ownKey(r)
	if err != nil {
		return nil, err
	}
	if _, err := parsePolicy(in.Policy); err != nil {
		return nil, fail("MalformedPolicyDocumentException", "%s", err)
	}
	w.setKeyPolicy(k, in.Policy)
	return nil, nil
}

func (w *World) getKeyPolicy(r *request) (any, error) {
	in, err := decode[keyRequest](r)
	if err != nil {
		return nil, err
	}
	k, err := w.findKey(r, in.KeyID)
	if err != nil {
		return nil, err
	}
	if k.Account != r.account { // AWS gives a key's policy to its own account alone
		return nil, r.accessDenied("kms:GetKeyPolicy", k.arn, "because no resource-based policy allows the {action} action")
	}
	return map[string]string{"Policy": k.Policy, "PolicyName": "default"}, nil
}

func (w *World) listKeys(r *request) (any, error) {
	type entry struct {
		KeyArn string
		KeyID  string `json:"KeyId"`
	}
	keys := []entry{}
	for _, arn := range slices.Sorted(maps.Keys(w.keys)) {
		if k := w.keys[arn]; k.Account == r.account && k.Region == r.region {
			keys = append(keys, entry{arn, k.ID})
		}
	}
	return map[string]any{"Keys": keys, "Truncated": false}, nil
}

func (w *World) listAliases(r *request) (any, error) {
	type entry struct {
		AliasArn    string
		AliasName   string
		TargetKeyID string `json:"TargetKeyId,omitempty"`
	}
	in, err := decode[keyRequest](r)
	if err != nil {
		return nil, err
	}
	aliases := []entry{}
	for _, name := range slices.Sorted(maps.Keys(w.aliases[r.scope])) {
		target, _ := parseARN(w.aliases[r.scope][name])
		e := entry{AliasARN(r.account, r.region, name), name, strings.TrimPrefix(target.resource, "key/")}
		if in.KeyID == "" || strings.TrimPrefix(in.KeyID, KeyARN(r.account, r.region, "")) == e.TargetKeyID {
			aliases = append(aliases, e)
		}
	}
	return map[string]any{"Aliases": aliases, "Truncated": false}, nil
}
