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
		Name: "doctor", Summary: "is the deployed stack alive, and would somebody be told if not",
		Help: `Usage: log-group-kms doctor --stack NAME [flags]

Looks at a deployed stack: its configuration and keys, the trail and the rules,
whether log groups that were made came under a key, the function's role and own
logs, the last sweep, parked events, alarms. It changes nothing.

  --stack NAME           the stack
  --region R             its Region
  --profile P            profile of the AWS configuration
  --strict               status 1 for warnings, too
  -o FORM                text, json
  -q, --quiet            only what is not well (text); no progress

What your credentials may not ask is shown as not checked, with the right that
is missing. Status 0: nothing failed. 1: something did. 2: it could not run, or
AWS did not answer everything.
Example, for a pipeline:
  log-group-kms doctor --stack log-group-kms --region eu-west-1 --strict
`,
		Run: runDoctor,
	}
}

// doctorFlags are what the command line says.
type doctorFlags struct {
	cli.Options
	strict bool
}

func parseDoctor(args []string) (*doctorFlags, error) {
	o := &doctorFlags{}
	f := cli.NewFlags("doctor")
	o.Register(f, "text", "json")
	f.BoolVar(&o.strict, "strict", false, "")
	names, err := f.Parse(args)
	switch {
	case err != nil:
		return nil, err
	case len(names) > 0:
		return nil, cli.Usage("it takes no names, such as %q; the stack is named by --stack", names[0])
	case o.Stack == "":
		return nil, cli.Usage("give --stack NAME: it looks at a deployed stack")
	case o.Rules != "" || o.RoleARN != "":
		return nil, cli.Usage("it takes neither --rules nor --role-arn: it goes by the stack's own configuration, and looks at the stack's own account")
	}
	if err := o.OneRegion(); err != nil {
		return nil, err
	}
	return o, o.Check()
}

func runDoctor(ctx context.Context, s cli.Streams, args []string) (cli.Status, error) {
	o, err := parseDoctor(args)
	if err != nil {
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
	options := doctor.Options{Stack: o.Stack, Region: session.SDK.Region}
	progress := s.Progress(false)
	if !o.Quiet {
		options.Progress = progress.Show
	}
	report, err := doctor.Run(ctx, deps, options)
	progress.Clear()
	if err != nil {
		return cli.Failed, err
	}
	if err := o.write(s, report); err != nil {
		return cli.Failed, err
	}
	return cli.Status(report.ExitStatus(o.strict)), nil
}

func (o *doctorFlags) write(s cli.Streams, report doctor.Report) error {
	if o.Output == "json" {
		return report.JSON(s.Out)
	}
	style := doctor.Style{Quiet: o.Quiet}
	if t := s.Terminal(); t.Colour {
		style.Painter = t
	}
	return report.Text(s.Out, style)
}
