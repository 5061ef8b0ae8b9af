package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"golang.org/x/sync/errgroup"

	"log-group-kms/internal/account"
	"log-group-kms/internal/cli"
	"log-group-kms/internal/explain"
	"log-group-kms/internal/target"
)

func explainCommand() cli.Command {
	return cli.Command{
		Name: "explain", Summary: "which key a log group has or would get, step by step",
		Help: `Usage: log-group-kms explain [flags] NAME...

Says step by step which key a log group has or would get. It changes nothing.
NAME - reads names from standard input, one a line.

  --stack NAME           configuration of the deployed stack; else environment
  --rules FILE           rules, for a configuration from the environment
  --region R             Region of the log groups, and of the stack
  --role-arn ARN         look at another account by this role ...
  --external-id ID       ... which demands this
  --profile P            profile of the AWS configuration
  --offline              ask no AWS: what would a new log group get?
  --account A            with --offline: its account; --region is needed as well
  --tag KEY=VALUE ...    with --offline: its tags
  -o FORM                text, json (one object a line)
  -q, --quiet            a line each: name, what decides, key (tabs between)

Status 0: it has or would get a key. 1: it would stay without. 2: cannot be
said. Example, to test rules in CI:
  log-group-kms explain --offline --rules rules.yaml --account 111122223333 \
    --region eu-west-1 --tag data-class=pci /ecs/refunds
`,
		Run: runExplain,
	}
}

// explainFlags are what the command line says.
type explainFlags struct {
	cli.Options
	offline bool
	account string
	tags    map[string]string
	names   []string
}

func parseExplain(args []string, stdin io.Reader) (*explainFlags, error) {
	o := &explainFlags{tags: make(map[string]string)}
	f := cli.NewFlags("explain")
	o.Register(f, "text", "json")
	f.BoolVar(&o.offline, "offline", false, "")
	f.Text(&o.account, "account")
	f.Func("tag", "", func(text string) error {
		key, value, ok := strings.Cut(text, "=")
		if !ok || key == "" {
			return fmt.Errorf("it has the form KEY=VALUE")
		}
		o.tags[key] = value
		return nil
	})
	names, err := f.Parse(args)
	if err != nil {
		return nil, err
	}
	if err := o.check(); err != nil {
		return nil, err
	}
	if o.names, err = readNames(names, stdin); err != nil {
		return nil, err
	}
	return o, nil
}

// check finds what contradicts itself.
func (o *explainFlags) check() error {
	switch {
	case o.offline && o.Stack != "":
		return cli.Usage("--offline asks no AWS, so it cannot ask --stack; give --rules, and the other settings in the environment")
	case o.offline && (o.RoleARN != "" || o.Profile != ""):
		return cli.Usage("--offline asks no AWS, so it takes neither --role-arn nor --profile")
	case o.offline && !target.ValidAccount(o.account):
		return cli.Usage("--offline needs --account with the 12 digits of an account, such as 111122223333; not %q", o.account)
	case o.offline && len(o.Regions) == 0:
		return cli.Usage("--offline needs --region, such as eu-west-1")
	case !o.offline && o.account != "":
		return cli.Usage("--account goes with --offline; --role-arn looks at another account")
	case !o.offline && len(o.tags) > 0:
		return cli.Usage("--tag goes with --offline; else the log group's own tags count")
	}
	if err := o.OneRegion(); err != nil {
		return err
	}
	return o.Check()
}

// readNames gives the names of the command line, with those of standard input in the
// place of "-". All are checked before anything is said about one.
func readNames(args []string, stdin io.Reader) ([]string, error) {
	var names []string
	for _, arg := range args {
		if arg != "-" {
			names = append(names, arg)
			continue
		}
		lines := bufio.NewScanner(stdin)
		for lines.Scan() {
			if name := strings.TrimSpace(lines.Text()); name != "" {
				names = append(names, name)
			}
		}
		if err := lines.Err(); err != nil {
			return nil, fmt.Errorf("reading names from standard input: %w", err)
		}
	}
	if len(names) == 0 {
		return nil, cli.Usage("give the name of a log group, or - for names from standard input")
	}
	for _, name := range names {
		if t, err := target.ParseARN(name); err == nil && t.LogGroup != "" {
			return nil, cli.Usage("%q is an ARN; give the log group's name, %s", name, t.LogGroup)
		}
		if err := target.CheckName(name); err != nil {
			return nil, cli.Usage("no log group can have the name %q: %v", name, err)
		}
	}
	return names, nil
}

// width is how many names are looked at side by side.
const width = 10

func runExplain(ctx context.Context, s cli.Streams, args []string) (cli.Status, error) {
	o, err := parseExplain(args, s.In)
	if err != nil {
		return cli.Failed, err
	}
	explainer, scope, err := o.explainer(ctx, s)
	if err != nil {
		return cli.Failed, err
	}
	found := make([]explained, len(o.names))
	var group errgroup.Group
	group.SetLimit(width)
	for i, name := range o.names {
		group.Go(func() error {
			found[i].Explanation, found[i].err = explainer.Explain(ctx, target.LogGroup(scope, name))
			return nil
		})
	}
	_ = group.Wait() // none of them returns an error
	return o.report(ctx, s, found)
}

// report says what was found out about each name. Where the work was interrupted, that is
// less than was asked for.
func (o *explainFlags) report(ctx context.Context, s cli.Streams, found []explained) (cli.Status, error) {
	status, said := cli.Well, 0
	for _, x := range found {
		if ctx.Err() != nil && x.err != nil {
			continue // it was not asked to the end
		}
		if x.err != nil {
			s.Complain("explain", x.err)
		}
		status = max(status, x.status())
		if x.Explanation == nil {
			continue
		}
		if said > 0 && o.Output == "text" && !o.Quiet {
			fmt.Fprintln(s.Out)
		}
		said++
		if err := o.write(s, x.Explanation); err != nil {
			return cli.Failed, err
		}
	}
	switch {
	case ctx.Err() != nil && said == 0:
		return cli.Failed, ctx.Err()
	case ctx.Err() != nil:
		return cli.Failed, &cli.Problem{Err: fmt.Errorf("interrupted after %d of %d names", said, len(found)), Todo: "Start it again for the others."}
	}
	return status, nil
}

// explainer makes what explains, and says where the log groups are.
func (o *explainFlags) explainer(ctx context.Context, s cli.Streams) (*explain.Explainer, target.Scope, error) {
	if o.offline {
		c, err := o.FromEnvironment(s)
		scope := target.Scope{Partition: target.PartitionOf(o.Region()), Account: o.account, Region: o.Region()}
		return explain.NewOffline(&c.Policy, c.RulesSource, o.tags), scope, err
	}
	session, err := o.Open(ctx, s)
	if err != nil {
		return nil, target.Scope{}, err
	}
	c := &session.Configuration
	return explain.New(&c.Policy, c.RulesSource, session.Accounts(account.Members{})), session.Scope, nil
}

// explained is what was found out about one name.
type explained struct {
	*explain.Explanation
	err error
}

func (x explained) status() cli.Status {
	switch {
	case x.err != nil:
		return cli.Failed
	case x.GetsKey():
		return cli.Well
	}
	return cli.Trouble
}

func (o *explainFlags) write(s cli.Streams, x *explain.Explanation) error {
	var err error
	switch {
	case o.Output == "json":
		encoder := json.NewEncoder(s.Out)
		encoder.SetEscapeHTML(false)
		err = encoder.Encode(x)
	case o.Quiet:
		_, err = fmt.Fprintln(s.Out, x.Line())
	default:
		_, err = io.WriteString(s.Out, x.Text(s.Terminal()))
	}
	if err != nil {
		return fmt.Errorf("writing standard output: %w", err)
	}
	return nil
}
