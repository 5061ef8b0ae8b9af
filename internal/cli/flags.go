package cli

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"

	"log-group-kms/internal/target"
)

// Flags are a command's. They may stand before and after names.
type Flags struct{ *flag.FlagSet }

// NewFlags makes Flags without any. The help is the command's own text, which says
// more than a list of flags could.
func NewFlags(command string) Flags {
	f := Flags{flag.NewFlagSet(command, flag.ContinueOnError)}
	f.SetOutput(io.Discard)
	f.Usage = func() {}
	return f
}

// Parse reads the arguments and gives those that are no flags. After "--" everything is
// a name. The error is a *UsageError, or flag.ErrHelp where help was asked for.
func (f Flags) Parse(args []string) (names []string, err error) {
	for {
		if err := f.FlagSet.Parse(args); err != nil {
			if err == flag.ErrHelp {
				return nil, err
			}
			return nil, Usage("%v", err)
		}
		rest := f.Args()
		if len(rest) == 0 {
			return names, nil
		}
		if before := len(args) - len(rest); before > 0 && args[before-1] == "--" {
			return append(names, rest...), nil
		}
		names, args = append(names, rest[0]), rest[1:]
	}
}

// errEmpty is what is said of a flag with an empty value. That is mostly a shell's
// variable that is not set: with it taken for a flag that is not given, another account
// or another configuration would be looked at than the one that was meant.
var errEmpty = errors.New("it is empty; give a value, or leave the flag out")

// Text adds a flag whose value is a text that is not empty.
func (f Flags) Text(to *string, name string) {
	f.Func(name, "", func(value string) error {
		if value == "" {
			return errEmpty
		}
		*to = value
		return nil
	})
}

// List is a flag that may be given several times.
type List []string

// String gives the values.
func (l *List) String() string { return strings.Join(*l, ",") }

// Set adds a value.
func (l *List) Set(value string) error {
	if value == "" {
		return errEmpty
	}
	*l = append(*l, value)
	return nil
}

// Options are the flags that several commands have.
type Options struct {
	Stack, Rules        string
	Profile             string
	Regions             List
	RoleARN, ExternalID string
	Output              string
	Quiet               bool

	// OtherRole says that another flag than --role-arn has a role assumed.
	OtherRole bool
}

// Register adds the flags. forms are those that -o takes; the first is the default.
func (o *Options) Register(f Flags, forms ...string) {
	f.Text(&o.Stack, "stack")
	f.Text(&o.Rules, "rules")
	f.Text(&o.Profile, "profile")
	f.Var(&o.Regions, "region", "")
	f.Text(&o.RoleARN, "role-arn")
	f.Text(&o.ExternalID, "external-id")
	o.Output = forms[0]
	for _, name := range []string{"o", "output"} {
		f.Func(name, "", func(value string) error {
			if !slices.Contains(forms, value) {
				return fmt.Errorf("there are %s", strings.Join(forms, ", "))
			}
			o.Output = value
			return nil
		})
	}
	for _, name := range []string{"q", "quiet"} {
		f.BoolVar(&o.Quiet, name, false, "")
	}
}

// Check finds what contradicts itself. The error is a *UsageError.
func (o *Options) Check() error {
	switch {
	case o.Stack != "" && o.Rules != "":
		return Usage("--rules is for a configuration from the environment; --stack has rules of its own")
	case o.ExternalID != "" && o.RoleARN == "" && !o.OtherRole:
		return Usage("--external-id goes with --role-arn")
	}
	for _, region := range o.Regions {
		if !target.ValidRegion(region) {
			return Usage("--region %s is no Region's name, such as eu-west-1", region)
		}
	}
	return nil
}

// OneRegion refuses a second Region, for a command that looks at one.
func (o *Options) OneRegion() error {
	if len(o.Regions) > 1 {
		return Usage("give --region once: this command looks at one Region")
	}
	return nil
}

// Region is the first Region that was given; empty: the SDK's own.
func (o *Options) Region() string {
	if len(o.Regions) == 0 {
		return ""
	}
	return o.Regions[0]
}
