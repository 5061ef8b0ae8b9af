package cli

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	loggroupkms "log-group-kms"
	"log-group-kms/internal/failure"
)

func streams() (s Streams, out, complaints *bytes.Buffer) {
	out, complaints = &bytes.Buffer{}, &bytes.Buffer{}
	return Streams{In: strings.NewReader(""), Out: out, Err: complaints, Lookup: func(string) (string, bool) { return "", false }}, out, complaints
}

// commands are some that end in different ways.
func commands() []Command {
	ending := func(name string, status Status, err error) Command {
		return Command{Name: name, Summary: "ends so", Help: "the help of " + name + "\n", Run: func(_ context.Context, s Streams, _ []string) (Status, error) {
			fmt.Fprintln(s.Out, "finding")
			return status, err
		}}
	}
	return []Command{
		ending("well", Well, nil), ending("trouble", Trouble, nil), ending("unsaid", Failed, nil),
		ending("broken", Well, errors.New("it broke")), ending("usage", Trouble, Usage("give a name")),
		{Name: "help-asked", Help: "the help of help-asked\n", Run: func(context.Context, Streams, []string) (Status, error) { return Trouble, flag.ErrHelp }},
	}
}

func TestMain(t *testing.T) {
	for _, test := range []struct {
		args     []string
		want     Status
		out, err string // parts; "" is nothing at all
	}{
		{[]string{"well"}, Well, "finding\n", ""},
		{[]string{"trouble"}, Trouble, "finding\n", ""},
		{[]string{"unsaid"}, Failed, "finding\n", ""},
		{[]string{"broken"}, Failed, "finding\n", "log-group-kms broken: it broke\n"},
		{[]string{"usage"}, Failed, "finding\n", "log-group-kms usage: give a name\nSee log-group-kms usage --help.\n"},
		{[]string{"help-asked", "--help"}, Well, "the help of help-asked\n", ""},
		{[]string{"--help"}, Well, "trouble   ends so\n", ""},
		{[]string{"--version"}, Well, "log-group-kms " + loggroupkms.Version() + "\n", ""},
		{nil, Failed, "", "Usage: log-group-kms COMMAND"},
		{[]string{"autid"}, Failed, "", `log-group-kms: there is no command "autid"; there are well, trouble`},
	} {
		t.Run(strings.Join(test.args, " "), func(t *testing.T) {
			s, out, complaints := streams()
			if got := Main(t.Context(), commands(), s, test.args); got != test.want {
				t.Errorf("got status %d, want %d", got, test.want)
			}
			for _, c := range []struct{ name, got, want string }{{"standard output", out.String(), test.out}, {"standard error", complaints.String(), test.err}} {
				if c.want == "" && c.got != "" || !strings.Contains(c.got, c.want) {
					t.Errorf("%s: got %q, want %q", c.name, c.got, c.want)
				}
			}
		})
	}
}

// full is a disk without space.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space left on device") }

// What could not be written is no success, whatever was found.
func TestOutputCannotBeWritten(t *testing.T) {
	s, _, complaints := streams()
	s.Out = full{}
	if got := Main(t.Context(), commands(), s, []string{"well"}); got != Failed {
		t.Errorf("got status %d, want %d", got, Failed)
	}
	if want := "log-group-kms well: writing standard output: no space left on device. What was written is not whole"; !strings.Contains(complaints.String(), want) {
		t.Errorf("got %q, want %q", complaints, want)
	}
}

func TestFlags(t *testing.T) {
	for _, test := range []struct {
		args  []string
		names []string
		stack string
		fault string
	}{
		{args: []string{"--stack", "s", "/a", "/b"}, names: []string{"/a", "/b"}, stack: "s"},
		{args: []string{"/a", "--stack", "s", "/b"}, names: []string{"/a", "/b"}, stack: "s"},
		{args: []string{"/a", "/b", "-stack=s"}, names: []string{"/a", "/b"}, stack: "s"},
		{args: []string{"-", "--stack", "s"}, names: []string{"-"}, stack: "s"},
		{args: []string{"--stack", "s", "--", "-a", "--stack", "t"}, names: []string{"-a", "--stack", "t"}, stack: "s"},
		{args: []string{"/a", "--", "-b"}, names: []string{"/a", "-b"}},
		{args: []string{"--stack", "--", "/a"}, names: []string{"/a"}, stack: "--"},
		{args: []string{"--stak", "s"}, fault: "flag provided but not defined: -stak"},
		{args: []string{"/a", "--stack"}, fault: "flag needs an argument: -stack"},
		{args: []string{"-o", "yaml"}, fault: "there are text, json"},
		{args: []string{"--region", ""}, fault: "it is empty"},
		{args: []string{"--region", "here"}, fault: "--region here is no Region's name, such as eu-west-1"},
		{args: []string{"--stack", "s", "--rules", "r.yaml"}, fault: "--stack has rules of its own"},
		{args: []string{"--external-id", "x"}, fault: "--external-id goes with --role-arn"},
	} {
		t.Run(strings.Join(test.args, " "), func(t *testing.T) {
			var o Options
			f := NewFlags("test")
			o.Register(f, "text", "json")
			names, err := f.Parse(test.args)
			if err == nil {
				err = o.Check()
			}
			if test.fault != "" {
				if _, ok := errors.AsType[*UsageError](err); !ok || !strings.Contains(err.Error(), test.fault) {
					t.Errorf("got %v, want a fault with %q", err, test.fault)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.names, names); diff != "" || o.Stack != test.stack {
				t.Errorf("got stack %q, want %q; names (-want +got):\n%s", o.Stack, test.stack, diff)
			}
		})
	}
	var o Options
	f := NewFlags("test")
	o.Register(f, "text", "json")
	if _, err := f.Parse([]string{"/a", "-h"}); !errors.Is(err, flag.ErrHelp) {
		t.Errorf("got %v, want the wish for help", err)
	}
	if o.Output != "text" {
		t.Errorf("got -o %q, want text where nothing else is said", o.Output)
	}
}

// A person can do other things about a failure than the function's operator.
func TestSentence(t *testing.T) {
	denied := &failure.Error{Type: failure.AccessDenied, Doing: "DescribeLogGroups to list", Err: errors.New("denied")}
	for _, test := range []struct {
		err  error
		want string
	}{
		{denied, "DescribeLogGroups to list: denied. Ask for that right, or use other credentials (--profile, --role-arn)."},
		{Advised(denied, "Do this."), "DescribeLogGroups to list: denied. Do this."},
		{Advised(errors.New("it broke."), "Do this."), "it broke. Do this."},
		{errors.New("it broke"), "it broke"},
	} {
		if got := sentence(test.err); got != test.want {
			t.Errorf("got %q, want %q", got, test.want)
		}
	}
	for _, kind := range []failure.Type{failure.KeyUnusable, failure.AccessDenied, failure.Conflict, failure.Throttled, failure.Unavailable, failure.Unexpected} {
		got := sentence(&failure.Error{Type: kind, Err: errors.New("x")})
		if got == "x" || strings.Contains(got, "this function") || strings.Contains(got, "Lambda") {
			t.Errorf("%s: got %q, want advice for a person", kind, got)
		}
	}
}
