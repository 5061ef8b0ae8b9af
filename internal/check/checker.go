package check

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/service/kms"

	"log-group-kms/internal/encrypt"
	"log-group-kms/internal/failure"
	"log-group-kms/internal/policy"
	"log-group-kms/internal/target"
)

// KeyPolicyAPI reads a key's policy.
type KeyPolicyAPI interface {
	GetKeyPolicy(context.Context, *kms.GetKeyPolicyInput, ...func(*kms.Options)) (*kms.GetKeyPolicyOutput, error)
}

// setter sets the key of a log group once more; the Encrypter does.
type setter interface {
	SetAgain(context.Context, target.Target) (keyARN string, err error)
}

// Settings are what a Checker looks at.
type Settings struct {
	Policy *policy.Policy
	DryRun bool
	// Variables are the configuration as it was set.
	Variables map[string]string
	Version   string
	// Home is the function's own account and Region.
	Home func(context.Context) (target.Scope, error)
	// OwnLogGroup is the function's own; a target without a Kind: not known.
	OwnLogGroup func(context.Context) target.Target
	// KeyPolicies gives access to the policies of a scope's keys.
	KeyPolicies func(context.Context, target.Scope) (KeyPolicyAPI, error)
}

// Checker looks at the function itself. It is safe for concurrent use.
type Checker struct {
	settings Settings
	accounts encrypt.Accounts
	setter   setter
}

// New makes a Checker.
func New(accounts encrypt.Accounts, setter setter, settings Settings) *Checker {
	return &Checker{settings: settings, accounts: accounts, setter: setter}
}

// Check makes all checks for an account and Region. It fails only where the program
// does not act for the account, or does not know its own.
func (c *Checker) Check(ctx context.Context, scope target.Scope) (Answer, error) {
	a := Answer{
		Action: "check", Account: scope.Account, Region: scope.Region, Version: c.settings.Version,
		Configuration: c.settings.Variables,
	}
	home, err := c.settings.Home(ctx)
	if err != nil {
		return a, err
	}
	c.configuration(&a)
	account, err := c.accounts.For(ctx, scope)
	if scope.Account != home.Account {
		if errors.Is(err, encrypt.ErrForeignAccount) {
			return a, failure.While("reaching "+scope.String(), err)
		}
		a.Add(member(scope, err))
	}
	if err != nil {
		return a, nil // without the account there is nothing more to look at
	}
	r := &round{Checker: c, scope: scope, account: account}
	// Side by side, so that where one service does not answer, the time is not up before
	// another one is asked.
	var keys []Entry
	var asking sync.WaitGroup
	asking.Go(func() { keys = r.keys(ctx) })
	role := r.role(ctx, home)
	asking.Wait()
	for _, e := range append(keys, role...) {
		a.Add(e)
	}
	return a, nil
}

// configuration says how the settings were understood.
func (c *Checker) configuration(a *Answer) {
	a.Add(Entry{Check: ConfigValid, Result: OK, Message: c.sentence()})
	if c.settings.DryRun {
		a.Add(Entry{
			Check: ConfigMode, Result: Warning, Subject: "DRY_RUN", Message: "DRY_RUN is on: keys are chosen, but none is set",
			Remedy: "deploy with DryRun=false once the plan is what you want", Runbook: runbook("dry-run"),
		})
	}
	for _, u := range c.settings.Policy.Unreachable() {
		by := "rule " + u.By + ", before it,"
		if u.By == "" {
			by = "EXCLUDE"
		}
		a.Add(Entry{
			Check: ConfigReachable, Result: Warning, Subject: u.Rule,
			Message: fmt.Sprintf("rule %s can never match: %s takes all its names", u.Rule, by),
			Remedy:  "put the rule before the one that takes its names, or remove it", Runbook: runbook("unreachable-rule"),
		})
	}
}

// sentence is the configuration as the program understands it.
func (c *Checker) sentence() string {
	p := c.settings.Policy
	parts := []string{plural(len(p.Rules), "rule")}
	if p.Default == "" {
		parts = append(parts, "no default key")
	} else {
		parts = append(parts, "default key "+string(p.Default))
	}
	if p.KeyTag == "" {
		parts = append(parts, "tags choose no keys")
	} else {
		parts = append(parts, "tag "+p.KeyTag+" may choose a key")
	}
	if n := len(p.Exclude); n > 0 {
		parts = append(parts, plural(n, "name pattern")+" excluded")
	}
	parts = append(parts, map[policy.Existing]string{
		policy.Keep:    "log groups keep a key that they have",
		policy.Repair:  "keys that are no good are replaced",
		policy.Replace: "keys other than the chosen one are replaced",
	}[p.Existing])
	if p.QueryResult == "" {
		parts = append(parts, "query results are left alone, under whatever key somebody set (QUERY_RESULT_KMS_KEY is empty)")
	} else {
		parts = append(parts, "query results get key "+string(p.QueryResult))
	}
	return strings.Join(parts, ", ")
}

func plural(n int, what string) string {
	switch n {
	case 0:
		return "no " + what + "s"
	case 1:
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// runbook is where the operations page tells more.
func runbook(heading string) string { return "docs/operations.md#" + heading }

// round is the checks of one account and Region.
type round struct {
	*Checker
	scope   target.Scope
	account encrypt.Account
}
