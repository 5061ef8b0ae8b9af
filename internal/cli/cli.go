// Package cli is what the commands of the command line have in common: exit statuses,
// flags, whose AWS they look at, with which configuration, and how they say what went
// wrong.
package cli

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"

	loggroupkms "log-group-kms"
	"log-group-kms/internal/terminal"
)

// Program is the program's name.
const Program = "log-group-kms"

// Status is a process's exit status. It is the same for every form of output.
type Status int

// The statuses. Failed goes before Trouble: whoever could not look at everything does
// not know.
const (
	Well    Status = 0
	Trouble Status = 1 // what was looked for is there
	Failed  Status = 2 // the command could not say, or not everything
)

// Streams are a command's input and outputs, and its environment.
type Streams struct {
	In       io.Reader
	Out, Err io.Writer
	// Lookup is os.LookupEnv.
	Lookup func(string) (string, bool)
}

// Command is one command of the program.
type Command struct {
	Name    string
	Summary string // half a line, for the program's own help
	// Help is the whole help. It fits one screen and has an example.
	Help string
	// Run does the work. What it finds goes to Out, all else to Err. An error means
	// Failed, whatever the status.
	Run func(ctx context.Context, s Streams, args []string) (Status, error)
}

// Main runs the command that the arguments name.
func Main(ctx context.Context, commands []Command, s Streams, args []string) Status {
	if len(args) == 0 {
		fmt.Fprint(s.Err, help(commands))
		return Failed
	}
	if args[0] == "help" && len(args) > 1 {
		args = []string{args[1], "--help"}
	}
	switch args[0] {
	case "help", "-h", "-help", "--help":
		return s.print(help(commands))
	case "version", "-version", "--version":
		return s.print(Program + " " + loggroupkms.Version() + "\n")
	}
	for _, c := range commands {
		if c.Name == args[0] {
			return c.run(ctx, s, args[1:])
		}
	}
	s.complain(Program, Usage("there is no command %q; %s", args[0], known(commands)))
	return Failed
}

// run runs the command, and says what went wrong.
func (c Command) run(ctx context.Context, s Streams, args []string) Status {
	out := bufio.NewWriter(s.Out)
	to := s
	to.Out = &output{Writer: out, real: s.Out}
	status, err := c.Run(ctx, to, args)
	if errors.Is(err, flag.ErrHelp) {
		return s.print(c.Help)
	}
	if flushed := out.Flush(); err == nil && flushed != nil {
		err = &Problem{Err: fmt.Errorf("writing standard output: %w", flushed), Todo: "What was written is not whole; mind the space and the other end of the pipe."}
	}
	if ctx.Err() != nil && errors.Is(err, context.Canceled) { // whatever AWS was being asked
		err = &Problem{errors.New("interrupted before there was anything to report"), "Start it again."}
	}
	if err != nil {
		s.complain(Program+" "+c.Name, err)
		return Failed
	}
	return status
}

// output is standard output through a buffer, which still knows whether it is a
// terminal.
type output struct {
	*bufio.Writer
	real io.Writer
}

// Terminal tells what standard output can show.
func (s Streams) Terminal() terminal.Terminal {
	if buffered, ok := s.Out.(*output); ok {
		return terminal.Of(buffered.real, s.Lookup)
	}
	return terminal.Of(s.Out, s.Lookup)
}

// Progress gives a line on standard error that says how far the work has got. It is
// silent where nobody would see it, or where it would be mixed with what is written to the
// same terminal meanwhile.
func (s Streams) Progress(writesMeanwhile bool) *terminal.Progress {
	if writesMeanwhile && s.Terminal().Rewrites {
		return new(terminal.Progress)
	}
	return terminal.NewProgress(s.Err, terminal.Of(s.Err, s.Lookup))
}

// print writes what was asked for: a help, or the version.
func (s Streams) print(text string) Status {
	if _, err := io.WriteString(s.Out, text); err != nil {
		return Failed
	}
	return Well
}

// complain says on standard error what went wrong.
func (s Streams) complain(who string, err error) {
	text := sentence(err)
	if _, ok := errors.AsType[*UsageError](err); ok {
		text += "\nSee " + who + " --help."
	}
	fmt.Fprintf(s.Err, "%s: %s\n", who, text)
}

// Complain says on standard error what went wrong with a part of a command's work.
func (s Streams) Complain(command string, err error) { s.complain(Program+" "+command, err) }

// Note says on standard error what is no error, but should be known.
func (s Streams) Note(format string, args ...any) {
	fmt.Fprintf(s.Err, Program+": "+format+"\n", args...)
}

func help(commands []Command) string {
	var b strings.Builder
	b.WriteString("Usage: " + Program + " COMMAND [flags]\n\nLooks at the KMS keys of CloudWatch log groups as the function of the same name\ndoes. It changes nothing.\n\n")
	for _, c := range commands {
		fmt.Fprintf(&b, "  %-9s %s\n", c.Name, c.Summary)
	}
	fmt.Fprintf(&b, "\n%s COMMAND --help says more, with an example;\n%s --version which one this is.\n", Program, Program)
	return b.String()
}

func known(commands []Command) string {
	var names []string
	for _, c := range commands {
		names = append(names, c.Name)
	}
	return "there are " + strings.Join(names, ", ")
}
