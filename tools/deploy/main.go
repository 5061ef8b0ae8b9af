// Command deploy is what make deploy and its relatives run: it reads the
// parameters of a deployment, finds every fault in them before SAM or AWS sees
// them, hands them on so that each value arrives, and has the deployed stack
// prove itself.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
)

const usage = `usage: deploy [flags] COMMAND
  deploy        check, build, deploy, and have the stack prove itself
  parameters    check a deployment's parameters, and write them for SAM and CloudFormation
  verify        have a deployed stack prove itself
  check-rules   check a file of rules
  pack-rules    check the rules and copy them into a package (sam build)
flags:
`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	var o options
	var file, to, confirm string
	flags := flag.NewFlagSet("deploy", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() { fmt.Fprint(stderr, usage); flags.PrintDefaults() }
	flags.StringVar(&o.root, "root", ".", "`folder` of the repository")
	flags.StringVar(&o.deployment, "deployment", "default", "`name` of a file in parameters/")
	flags.StringVar(&o.parameters, "parameters", os.Getenv("PARAMETERS"), "Name=value …, which win over the file; by default the variable `PARAMETERS`")
	flags.StringVar(&o.stack, "stack", "log-group-kms", "`name` of the stack")
	flags.StringVar(&o.region, "region", "", "AWS `Region`; by default AWS_REGION, AWS_DEFAULT_REGION or the AWS CLI's")
	flags.StringVar(&confirm, "confirm", "yes", "`yes` or no: whether SAM asks before it changes anything")
	flags.StringVar(&o.more, "more", os.Getenv("SAMFLAGS"), "more flags for sam deploy; by default the variable `SAMFLAGS`")
	flags.StringVar(&file, "file", "", "`file` of rules")
	flags.StringVar(&to, "to", "", "`folder` of the package")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if confirm != "yes" && confirm != "no" {
		return fmt.Errorf("CONFIRM=%s: it is yes or no", confirm)
	}
	o.confirm = confirm == "yes"
	root, err := filepath.Abs(o.root)
	if err != nil {
		return fmt.Errorf("finding the repository: %w", err)
	}
	o.root = root
	t := &tools{root: root, stdout: stdout, stderr: stderr}
	switch command := flags.Arg(0); command {
	case "deploy":
		return deploy(ctx, t, o)
	case "parameters":
		return writeParameters(o, stdout)
	case "verify":
		if err := needAWS(); err != nil {
			return err
		}
		if err := t.findRegion(ctx, o.region); err != nil {
			return err
		}
		return verify(ctx, t, o.stack, "")
	case "check-rules":
		return checkRules(file, stdout)
	case "pack-rules":
		return packRules(root, file, to, stdout)
	default:
		flags.Usage()
		return fmt.Errorf("unknown command %q", command)
	}
}

// writeParameters checks a deployment's parameters and writes them for others.
func writeParameters(o options, stdout io.Writer) error {
	p, err := check(o)
	if err != nil {
		return err
	}
	forSAM, forCloudFormation, err := p.write()
	if err != nil {
		return err
	}
	p.warn(stdout)
	_, err = fmt.Fprintf(stdout, `Deployment %s has no faults; it is %s. For other commands than make deploy:
  sam … --parameter-overrides file://%s
  aws cloudformation … --parameters file://%s
`, o.deployment, p.mode(), forSAM, forCloudFormation)
	return err
}
