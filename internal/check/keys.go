package check

import (
	"context"
	"fmt"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"

	"log-group-kms/internal/awserr"
	"log-group-kms/internal/encrypt"
	"log-group-kms/internal/failure"
	"log-group-kms/internal/keyring"
	"log-group-kms/internal/policy"
	"log-group-kms/internal/target"
)

// width is how many keys are looked at side by side.
const width = 10

// use is a key that the configuration names, and what for.
type use struct {
	key          policy.Key
	logGroups    bool
	queryResults bool
}

// uses gives every key that the configuration names for the scope, once.
func (r *round) uses() []use {
	var list []use
	add := func(u use) {
		i := slices.IndexFunc(list, func(other use) bool { return other.key.Equal(u.key) })
		if i < 0 {
			list = append(list, u)
			return
		}
		list[i].logGroups = list[i].logGroups || u.logGroups
		list[i].queryResults = list[i].queryResults || u.queryResults
	}
	for _, key := range r.settings.Policy.Choosable(r.scope) {
		add(use{key: key, logGroups: true})
	}
	if choice := r.settings.Policy.ForQueryResults(r.scope); choice.HasKey() {
		add(use{key: choice.Key, queryResults: true})
	}
	return list
}

// keys checks every key that the configuration names, and what its policy says.
func (r *round) keys(ctx context.Context) []Entry {
	uses := r.uses()
	found := make([][]Entry, len(uses))
	var group errgroup.Group
	group.SetLimit(width)
	for i, u := range uses {
		group.Go(func() error {
			usable := r.usable(ctx, u)
			found[i] = append(found[i], usable)
			if usable.Result == OK {
				found[i] = append(found[i], r.policies(ctx, u, usable.KMSKeyARN)...)
			}
			return nil
		})
	}
	_ = group.Wait() // none of them returns an error
	return slices.Concat(found...)
}

// usable tells whether CloudWatch Logs can use a key, as far as the key itself goes.
func (r *round) usable(ctx context.Context, u use) Entry {
	e := Entry{Check: KeyUsable, Subject: u.key.String()}
	key, failed := r.account.Keys.Resolve(ctx, u.key, encrypt.EventFreshness())
	e.KMSKeyARN = key.ARN
	if failed == nil {
		e.Result, e.Message = OK, u.key.String()+" is enabled, symmetric and customer managed"
		return e
	}
	e.Result, e.Message = Failed, "DescribeKey to look at key "+u.key.String()+": "+failed.Err.Error()
	switch failed.Type {
	case failure.AccessDenied:
		e.Remedy, e.Runbook = "allow the function's role kms:DescribeKey on the key, in the key's policy as well if it is of another account", runbook("access-denied")
	case failure.KeyUnusable:
		e.Remedy, e.Runbook = "name an enabled, symmetric, customer-managed key of "+r.scope.Region, runbook("key-unusable")
		if keyring.IsUnusable(key.State) {
			e.Remedy = keyring.Remedy(key.ARN, key.State)
		}
	default:
		e.Remedy, e.Runbook = trouble(failed.Type)
	}
	return e
}

// policies judges the key's policy for what the key is used for. A guess that it does
// not suffice is a warning, no failure: grants count as well, and only AssociateKmsKey
// knows.
func (r *round) policies(ctx context.Context, u use, keyARN string) []Entry {
	document, err := r.keyPolicy(ctx, keyARN)
	var list []Entry
	judge := func(t target.Target, what string) {
		e := Entry{Check: KeyPolicy, Subject: u.key.String(), KMSKeyARN: keyARN}
		switch why, admits := document.admits(t); {
		case err != nil:
			e.Result, e.Message = Unknown, fmt.Sprintf("the policy of %s could not be read, so whether it admits CloudWatch Logs for %s is only seen when it is set: %v", u.key, what, err)
		case admits:
			e.Result, e.Message = OK, fmt.Sprintf("the policy of %s lets CloudWatch Logs use it for the %s of %s", u.key, what, r.scope)
		default:
			e.Result, e.Message = Warning, fmt.Sprintf("no statement of the policy of %s was found that lets CloudWatch Logs use it for the %s of %s%s; a grant may", u.key, what, r.scope, why)
			e.Remedy, e.Runbook = "add the statement of the runbook to the key's policy", runbook("key-policy")
		}
		list = append(list, e)
	}
	if u.logGroups {
		judge(target.LogGroup(r.scope, ""), "log groups")
	}
	if u.queryResults {
		judge(target.QueryResults(r.scope), "query results")
	}
	return list
}

// keyPolicy reads a key's policy.
func (r *round) keyPolicy(ctx context.Context, keyARN string) (statements, error) {
	if owner := policy.ReadKey(keyARN).Account(); owner != r.scope.Account {
		return nil, fmt.Errorf("GetKeyPolicy reads keys of the own account only, and this one is of %s", owner)
	}
	api, err := r.settings.KeyPolicies(ctx, r.scope)
	if err != nil {
		return nil, err
	}
	var attempts awserr.Attempts
	out, err := api.GetKeyPolicy(ctx, &kms.GetKeyPolicyInput{KeyId: aws.String(keyARN)}, func(o *kms.Options) {
		o.APIOptions = append(o.APIOptions, attempts.Watch)
	})
	if err != nil {
		return nil, attempts.Failure(ctx, "GetKeyPolicy", err)
	}
	list, err := parsePolicy(aws.ToString(out.Policy))
	if err != nil {
		return nil, fmt.Errorf("GetKeyPolicy: %w", err)
	}
	return list, nil
}
