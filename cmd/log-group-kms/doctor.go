package main

import (
	"context"

	"log-group-kms/internal/account"
	"log-group-kms/internal/cli"
	"log-group-kms/internal/doctor"
	"log-group-kms/internal/encrypt"
)

func doctorCommand() cli.Command {
	return cli.Command{
		Name: "doctor", Summary: "is the deployment alive: keys, trail, rules, role, sweep, alarms",
		Help: `Usage: log-group-kms doctor --stack NAME [flags]

Looks whether the deployed stack does its work: configuration, keys, trail,
rules, events heard, role, own logs, last sweep, queues, alarms. It changes
nothing. What your credentials may not ask is "?", with the missing right.

  --stack NAME           the stack (needed)
  --region R             Region of the stack
  --role-arn ARN         look at another account by this role ...
  --external-id ID       ... which demands this
  --profile P            profile of the AWS configuration
  --strict               a warning counts as a failure
  -o FORM                text, json
  -q, --quiet            only what is not well

Status 0: nothing failed. 1: something did. 2: it could not look at everything.
Example:
  log-group-kms doctor --stack log-group-kms --region eu-west-1
`,
		Run: runDoctor,
	}
}

func runDoctor(ctx context.Context, s cli.Streams, args []string) (cli.Status, error) {
	var o cli.Options
	strict := false
	f := cli.NewFlags("doctor")
	o.Register(f, "text", "json")
	f.BoolVar(&strict, "strict", false, "")
	names, err := f.Parse(args)
	switch {
	case err != nil:
		return cli.Failed, err
	case len(names) > 0:
		return cli.Failed, cli.Usage("it takes no names, such as %q; the stack is --stack %s", names[0], names[0])
	case o.Stack == "":
		return cli.Failed, cli.Usage("name the stack with --stack")
	case o.Rules != "":
		return cli.Failed, cli.Usage("--rules is for audit and explain; the stack has rules of its own")
	case len(o.Regions) > 1:
		return cli.Failed, cli.Usage("a stack is in one Region; give --region once")
	}
	if err := o.Check(); err != nil {
		return cli.Failed, err
	}
	session, err := o.Connect(ctx)
	if err != nil {
		return cli.Failed, err
	}
	deps := doctor.Clients(session.SDK)
	deps.Decider = func(_ context.Context, variables map[string]string) (doctor.Decider, error) {
		c, err := cli.Deployed(o.Stack, variables)
		if err != nil {
			return nil, err
		}
		return encrypt.New(&c.Policy, session.Accounts(account.Members{})), nil
	}
	progress := s.Progress(false)
	report, err := doctor.Run(ctx, deps, doctor.Options{Stack: o.Stack, Progress: progress.Show})
	progress.Clear()
	if err != nil {
		return cli.Failed, err
	}
	if o.Output == "json" {
		err = report.JSON(s.Out)
	} else {
		style := doctor.Style{Quiet: o.Quiet}
		if t := s.Terminal(); t.Colour {
			style.Painter = t
		}
		err = report.Text(s.Out, style)
	}
	return cli.Status(report.ExitStatus(strict)), err
}
