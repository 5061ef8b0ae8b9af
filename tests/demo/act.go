package main

import (
	"bytes"
	"fmt"
	"strings"
)

// act is a part of the demo.
type act struct {
	title  string
	proves string // what it proves if all is as expected
	show   func() error
}

// show shows an act. What it says is held back until its end, so that what was not as
// expected comes first.
func (d *demo) show(a act) error {
	var said bytes.Buffer
	reader := d.page
	made, different := d.checks.made, len(d.checks.differences)
	d.checks.begun = different
	d.page = page{to: &said}
	err := a.show()
	d.page = reader

	d.page.title(a.title)
	d.page.say("It proves: %s", a.proves)
	for _, difference := range d.checks.differences[different:] {
		d.page.indented(difference)
	}
	for line := range strings.Lines(said.String()) {
		d.page.line(strings.TrimSuffix(line, "\n"))
	}
	if err != nil {
		return fmt.Errorf("part %q: %w", a.title, err)
	}
	made, different = d.checks.made-made, len(d.checks.differences)-different
	d.page.say("%d of %d as expected.", made-different, made)
	return d.page.err
}

// tell writes a paragraph that is true only if all of the act so far was as expected.
func (d *demo) tell(format string, args ...any) {
	if len(d.checks.differences) == d.checks.begun {
		d.page.say(format, args...)
	}
}

// conclude tells whether all was as expected, and what to try next.
func (d *demo) conclude() error {
	wrong := len(d.checks.differences)
	if wrong > 0 {
		d.page.title("Not as expected")
	}
	for _, difference := range d.checks.differences {
		d.page.indented(difference)
	}
	d.page.line(fmt.Sprintf("%d of %d as expected.", d.checks.made-wrong, d.checks.made))
	d.page.line("")
	if d.report != "" {
		d.page.line("The audit's page of the account in part 4, before the repair: " + d.report)
	}
	d.page.line("To go on by yourself, start a local AWS with the stack deployed in it (make local-aws), and in")
	d.page.line("another terminal:")
	d.page.line("")
	for _, line := range next() {
		d.page.line("  " + line)
	}
	if d.page.err != nil {
		return fmt.Errorf("writing: %w", d.page.err)
	}
	if wrong > 0 {
		return fmt.Errorf("%d of %d not as expected", wrong, d.checks.made)
	}
	return nil
}

// next are the commands to try against the local AWS.
func next() []string {
	return []string{
		"export AWS_ENDPOINT_URL=http://127.0.0.1:4566 AWS_ACCESS_KEY_ID=x AWS_SECRET_ACCESS_KEY=x",
		"make audit   STACK=log-group-kms REGION=eu-west-1",
		"make explain STACK=log-group-kms REGION=eu-west-1 NAME=/ecs/checkout",
		"make doctor  STACK=log-group-kms REGION=eu-west-1",
	}
}
