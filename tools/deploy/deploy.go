package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	loggroupkms "log-group-kms"
)

// deploy checks, builds and deploys, and has the stack prove itself.
func deploy(ctx context.Context, t *tools, o options) error {
	if err := errors.Join(t.needSAM(ctx), needAWS()); err != nil {
		return err
	}
	p, err := check(o)
	if err != nil {
		return err
	}
	if err := t.findRegion(ctx, o.region); err != nil {
		return err
	}
	before, err := t.describe(ctx, o.stack)
	if err != nil {
		return err
	}
	if err := before.obstacle(o.stack, t.region); err != nil {
		return err
	}
	fmt.Fprintf(t.stdout, "Deployment %s is %s: stack %s in %s.\n", o.deployment, p.mode(), o.stack, t.region)
	p.tellChanges(t.stdout, before)
	p.warn(t.stdout)
	file, _, err := p.write()
	if err != nil {
		return err
	}
	if err := t.build(ctx, p, file); err != nil {
		return err
	}
	args := []string{"deploy", "--stack-name", o.stack, "--region", t.region, "--parameter-overrides", "file://" + file}
	if !o.confirm {
		args = append(args, "--no-confirm-changeset")
	}
	args = append(args, strings.Fields(o.more)...)
	if err := t.show(t.command(ctx, "sam", args...)); err != nil {
		return err
	}
	if err := t.arrived(ctx, o.stack, p); err != nil {
		return err
	}
	return verify(ctx, t, o.stack, loggroupkms.Version())
}

// mode says whether the stack will write.
func (p *plan) mode() string {
	if p.values["DryRun"] == "true" {
		return "a dry run (DryRun=true)"
	}
	return "for real (DryRun=false)"
}

// build has SAM build with the rules that the parameters name. Which processor
// they name it sees itself.
func (t *tools) build(ctx context.Context, p *plan, file string) error {
	cmd := t.command(ctx, "sam", "build", "--region", t.region, "--parameter-overrides", "file://"+file)
	cmd.Env = append(cmd.Env, "RULES_FILE="+p.values["RulesFile"])
	return t.show(cmd)
}

// arrived makes sure that the stack has what was to be deployed: SAM ends well
// also when somebody says no to the changes.
func (t *tools) arrived(ctx context.Context, name string, p *plan) error {
	after, err := t.describe(ctx, name)
	switch {
	case err != nil:
		return err
	case after == nil || after.StackStatus == "REVIEW_IN_PROGRESS":
		return fmt.Errorf("stack %s was not deployed", name)
	}
	deployed := after.parameters()
	for _, name := range p.names {
		if value, there := deployed[name]; !there || value != p.values[name] {
			return fmt.Errorf("the stack has %s=%s, not %s: this deployment was not made", name, shown(value), shown(p.values[name]))
		}
	}
	return nil
}
