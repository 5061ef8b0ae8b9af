package doctor

import (
	"context"
	"errors"
	"slices"
	"sync"

	"log-group-kms/internal/check"
	"log-group-kms/internal/failure"
	"log-group-kms/internal/stack"
)

// findings are what the stack's functions found out themselves.
type findings struct {
	entries []check.Entry
	// configuration is nil where the caller may ask none of them.
	configuration map[string]string
	version       string
}

// isDryRun tells whether the functions set no keys.
func (f findings) isDryRun() bool {
	return slices.ContainsFunc(f.entries, func(e check.Entry) bool { return e.Check == check.ConfigMode })
}

// functions lets the stack's functions check themselves. The error says that one does
// not answer.
func (r *round) functions(ctx context.Context) (findings, error) {
	names := r.resources.Functions()
	answers, errs := make([]check.Answer, len(names)), make([]error, len(names))
	r.progress("function " + listed(names))
	var all sync.WaitGroup
	for i, name := range names {
		all.Go(func() { answers[i], errs[i] = stack.CheckFunction(ctx, r.Deps.Functions, name) })
	}
	all.Wait()
	var entries []check.Entry
	var configuration map[string]string
	var version string
	var unasked *refusal
	for i := range names {
		failed, isFailed := errors.AsType[*failure.Error](errs[i])
		switch {
		case isFailed && failed.Type == failure.AccessDenied:
			unasked = &refusal{rightToAsk, failed}
		case errs[i] != nil:
			return findings{}, errs[i]
		default:
			entries = merge(entries, answers[i].Checks)
			if configuration == nil {
				configuration, version = answers[i].Configuration, answers[i].Version
			}
		}
	}
	if unasked != nil {
		entries = append(entries,
			r.unknown(check.Entry{Check: check.ConfigValid}, "the function starts with its configuration", unasked),
			r.unknown(check.Entry{Check: check.KeyUsable}, "the keys are usable", unasked),
			r.unknown(check.Entry{Check: check.RoleSet}, "the function's role may do what it must", unasked),
			r.unknown(check.Entry{Check: check.OwnLogsKey}, "the function's own logs are under a key", unasked))
	}
	return findings{entries, configuration, version}, nil
}

// rightToAsk is the right to let a function check itself.
const rightToAsk = "lambda:InvokeFunction"

// merge adds another function's checks: all functions of a stack have one configuration,
// so most of what they find is the same.
func merge(entries, more []check.Entry) []check.Entry {
	for _, e := range more {
		same := false
		for i := range entries {
			have := &entries[i]
			if have.Check != e.Check || have.Result != e.Result || have.Message != e.Message || have.KMSKeyARN != e.KMSKeyARN {
				continue
			}
			if have.Subject != e.Subject {
				have.Subject += ", " + e.Subject
			}
			same = true
			break
		}
		if !same {
			entries = append(entries, e)
		}
	}
	return entries
}
