// Command log-group-kms shows people, with their own credentials, what the function of
// the same name would do with their log groups. It writes nothing to AWS.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"log-group-kms/internal/cli"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// The first interruption ends the work with what is known, a second one ends the
	// process.
	context.AfterFunc(ctx, stop)
	status := cli.Main(ctx, commands(), cli.Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Lookup: os.LookupEnv}, os.Args[1:])
	os.Exit(int(status))
}

// commands is every command, in the order of the help.
func commands() []cli.Command {
	return []cli.Command{auditCommand(), explainCommand(), doctorCommand()}
}
