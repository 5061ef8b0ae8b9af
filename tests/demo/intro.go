package main

import (
	"maps"
	"slices"
	"strings"

	"log-group-kms/tests/golden"
)

// introduce says what is about to be shown, and how the function is configured.
func (d *demo) introduce() error {
	d.page.say("This is log-group-kms, which brings CloudWatch log groups under KMS keys. What runs here is the real "+
		"function, as Lambda would run it; AWS is a stand-in on this machine. Account %s, Region %s.", golden.Account, golden.Region)
	d.page.say("The function's configuration:")
	settings := golden.Settings()
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		value, isText := settings[name], strings.Contains(settings[name], "\n")
		if !isText {
			d.page.line("  " + name + "=" + value)
			continue
		}
		d.page.line("  " + name + "=")
		for line := range strings.Lines(value) {
			d.page.line("    " + strings.TrimRight(line, "\n"))
		}
	}
	d.page.line("")
	d.page.say("A log group may also name its key itself, in the tag kms-key. The key alias/archive is disabled.")
	return d.page.err
}
