package event

import (
	"errors"

	"log-group-kms/internal/failure"
	"log-group-kms/internal/target"
)

// parseCommand reads a command. Unlike AWS's records it is our own shape, so an
// unknown field is refused: "dryrun" must not quietly mean a wet run.
func parseCommand(o object) (Input, error) {
	action, err := o.text("action")
	if err != nil {
		return nil, err
	}
	switch action {
	case "encrypt":
		return parseEncrypt(o)
	case "sweep":
		return parseSweep(o)
	case "check":
		return parseCheck(o)
	}
	return nil, failure.Invalid("action", `%s is not one of "encrypt", "sweep" and "check"`, clip(action))
}

func parseEncrypt(o object) (Input, error) {
	if err := o.only("action", "logGroupName", "resourceIdentifier", "account", "region", "dryRun"); err != nil {
		return nil, err
	}
	account, region, err := scopeOf(o)
	if err != nil {
		return nil, err
	}
	c := &Encrypt{}
	if c.DryRun, err = o.flag("dryRun"); err != nil {
		return nil, err
	}
	if o.has("logGroupName") == o.has("resourceIdentifier") {
		return nil, failure.Invalid("the command encrypt", "give exactly one of logGroupName and resourceIdentifier")
	}
	if o.has("logGroupName") {
		name, err := o.text("logGroupName")
		if err != nil {
			return nil, err
		}
		if err := target.CheckName(name); err != nil {
			return nil, failure.Invalid("logGroupName", "%w", err)
		}
		c.Target = target.LogGroup(target.Scope{Account: account, Region: region}, name)
		if region != "" {
			c.Target.Partition = target.PartitionOf(region)
		}
		return c, nil
	}
	arn, err := o.text("resourceIdentifier")
	if err != nil {
		return nil, err
	}
	c.Target, err = parseARN("resourceIdentifier", arn)
	if errors.Is(err, target.ErrOtherResource) {
		return nil, failure.Invalid("resourceIdentifier", "%w", target.ErrOtherResource)
	}
	if err != nil {
		return nil, err
	}
	if account != "" && account != c.Target.Account || region != "" && region != c.Target.Region {
		return nil, failure.Invalid("resourceIdentifier", "its account or Region is not the one that account and region name")
	}
	return c, nil
}

func parseSweep(o object) (Input, error) {
	if err := o.only("action", "account", "region", "prefix", "cursor", "dryRun"); err != nil {
		return nil, err
	}
	c := &Sweep{}
	var err error
	if c.Account, c.Region, err = scopeOf(o); err != nil {
		return nil, err
	}
	if c.DryRun, err = o.flag("dryRun"); err != nil {
		return nil, err
	}
	if c.Cursor, err = o.text("cursor"); err != nil {
		return nil, err
	}
	if c.Prefix, err = o.text("prefix"); err != nil {
		return nil, err
	}
	if c.Prefix != "" {
		if err := target.CheckName(c.Prefix); err != nil {
			return nil, failure.Invalid("prefix", "no log group begins with it: %w", err)
		}
	}
	return c, nil
}

func parseCheck(o object) (Input, error) {
	if err := o.only("action", "account", "region"); err != nil {
		return nil, err
	}
	c := &Check{}
	var err error
	if c.Account, c.Region, err = scopeOf(o); err != nil {
		return nil, err
	}
	return c, nil
}

// scopeOf reads the optional account and region of a command.
func scopeOf(o object) (account, region string, err error) {
	if account, err = o.text("account"); err != nil {
		return "", "", err
	}
	if account != "" && !target.ValidAccount(account) {
		return "", "", failure.Invalid("account", "an account ID has 12 digits")
	}
	if region, err = o.text("region"); err != nil {
		return "", "", err
	}
	if region != "" && !target.ValidRegion(region) {
		return "", "", failure.Invalid("region", "it is not a Region's name, such as eu-west-1")
	}
	return account, region, nil
}
