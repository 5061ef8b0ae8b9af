package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"log-group-kms/internal/audit"
	"log-group-kms/internal/cli"
	"log-group-kms/internal/config"
	"log-group-kms/internal/target"
	"log-group-kms/internal/terminal"
)

func auditCommand() cli.Command {
	return cli.Command{
		Name: "audit", Summary: "every log group: which key it has, which it should have, and why",
		Help: `Usage: log-group-kms audit [flags]

Looks at every log group: under which key it is, which it should have and why,
what stands open, what is in danger. It changes nothing.

  --stack NAME           configuration of the deployed stack; else environment
  --rules FILE           rules, for a configuration from the environment
  --region R ...         Regions to look at; the first is the stack's
  --all-regions          every Region that is enabled
  --role-arn ARN         look at another account, by this role (no --stack)
  --external-id ID       ... which demands this
  --members              every account of the organisation, by MEMBER_ROLE ...
  --member-role NAME     ... or by this role there
  --profile P            profile of the AWS configuration
  --all                  list every log group, not only trouble (text)
  -o FORM                text, json (one object a line, then totals), csv, html
  -q, --quiet            the last line alone (text); no progress

Status 0: nothing open, no key in danger. 1: something is. 2: not everything
could be looked at.
Example:
  log-group-kms audit --stack log-group-kms -o html > audit.html
`,
		Run: runAudit,
	}
}

// auditFlags are what the command line says.
type auditFlags struct {
	cli.Options
	all, allRegions, members bool
	memberRole               string
}

func parseAudit(args []string) (*auditFlags, error) {
	o := &auditFlags{}
	f := cli.NewFlags("audit")
	o.Register(f, "text", "json", "csv", "html")
	f.BoolVar(&o.all, "all", false, "")
	f.BoolVar(&o.allRegions, "all-regions", false, "")
	f.BoolVar(&o.members, "members", false, "")
	f.Func("member-role", "", func(name string) error {
		o.memberRole = name
		return config.CheckRole(name)
	})
	names, err := f.Parse(args)
	switch {
	case err != nil:
		return nil, err
	case len(names) > 0:
		return nil, cli.Usage("it takes no names, such as %q: it looks at every log group", names[0])
	case o.memberRole != "" && !o.members:
		return nil, cli.Usage("--member-role goes with --members")
	case o.all && o.Output != "text":
		return nil, cli.Usage("--all is for -o text: the other forms have every log group in any case, and html shows trouble first")
	}
	o.OtherRole = o.members
	return o, o.Check()
}

func runAudit(ctx context.Context, s cli.Streams, args []string) (cli.Status, error) {
	o, err := parseAudit(args)
	if err != nil {
		return cli.Failed, err
	}
	session, err := o.Open(ctx, s)
	if err != nil {
		return cli.Failed, err
	}
	c := &session.Configuration
	if c.ChoosesNothing() && !o.Quiet {
		s.Note("no rule and no default key is set, so hardly any log group should have a key: set DEFAULT_KMS_KEY, or give --rules or --stack")
	}
	members, err := o.membership(session)
	if err != nil {
		return cli.Failed, err
	}
	scopes, unlisted, err := o.scopes(ctx, session, members)
	if err != nil {
		return cli.Failed, err
	}
	pool := session.Accounts(members)
	progress := s.Progress(o.Output == "json" || o.Output == "csv")
	if o.Quiet {
		progress = new(terminal.Progress)
	}
	listed := slices.DeleteFunc(slices.Clone(scopes), func(scope target.Scope) bool { return unlisted[scope] != nil })
	counting := count(ctx, progress, listed, func(ctx context.Context, scope target.Scope) (audit.ListAPI, error) {
		clients, err := pool.Clients(ctx, scope)
		return clients.Logs, err
	})
	auditor := audit.New(&c.Policy, c.RulesSource, pool)
	auditor.Unlisted = unlisted
	summary, err := auditor.Run(ctx, scopes, clearing{o.output(s, c), counting}, counting.examined)
	counting.stop()
	if err != nil {
		return cli.Failed, &cli.Problem{Err: fmt.Errorf("writing the report: %w", err), Todo: "What was written is not whole; mind the space and the other end of the pipe."}
	}
	return o.conclude(ctx, s, summary, session.Scope.Account)
}

func (o *auditFlags) output(s cli.Streams, c *cli.Configuration) audit.Output {
	switch o.Output {
	case "json":
		return audit.NewJSON(s.Out)
	case "csv":
		return audit.NewCSV(s.Out)
	case "html":
		return audit.NewHTML(s.Out, c.From)
	}
	return audit.NewText(s.Out, audit.TextOptions{
		Terminal: s.Terminal(), Configuration: c.From, Explain: o.explain(), All: o.all, Quiet: o.Quiet,
	})
}

// explain is the command that explains what this one finds.
func (o *auditFlags) explain() string {
	if o.members || o.allRegions || len(o.Regions) > 1 || o.RoleARN != "" {
		return "" // it would have to say which account and Region, too
	}
	parts := []string{cli.Program, "explain"}
	for _, flag := range []struct{ name, value string }{
		{"--stack", o.Stack}, {"--rules", o.Rules}, {"--profile", o.Profile}, {"--region", o.Region()},
	} {
		if flag.value != "" {
			parts = append(parts, flag.name, flag.value)
		}
	}
	return strings.Join(parts, " ")
}

// conclude says what could not be looked at, and gives the status.
func (o *auditFlags) conclude(ctx context.Context, s cli.Streams, summary *audit.Summary, own string) (cli.Status, error) {
	total := summary.Total()
	switch {
	case ctx.Err() != nil && summary.Nothing():
		return cli.Failed, ctx.Err()
	case ctx.Err() != nil:
		return cli.Failed, &cli.Problem{Err: fmt.Errorf("interrupted after %s", audit.LogGroups(total.Examined)), Todo: "The report holds what was known until then."}
	case !total.Complete:
		for i := range summary.Scopes {
			if err := summary.Scopes[i].Err; err != nil {
				s.Complain("audit", reached(summary.Scopes[i].Scope, own, err))
			}
		}
		if total.Unknown > 0 {
			s.Note("%s could not be looked at; the report says why", audit.LogGroups(total.Unknown))
		}
		return cli.Failed, nil
	case total.Open+total.Unusable > 0:
		return cli.Trouble, nil
	}
	return cli.Well, nil
}

// reached gives advice for an account that could not be reached: what the function
// would say there is for its own operator.
func reached(scope target.Scope, own string, err error) error {
	if scope.Account == own || scope.Region == "" { // whose Regions are not even known
		return err
	}
	return cli.Advised(err, "Look whether the role exists in account "+scope.Account+" and trusts these credentials (--member-role names another), and whether the Region is enabled there.")
}
