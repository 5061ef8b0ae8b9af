package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"

	"log-group-kms/tests/golden"
)

// ask runs the real command line as a person with credentials of the account, and
// returns its exit status and its findings.
func (d *demo) ask(ctx context.Context, s *stage, args ...string) (status int, findings string, err error) {
	command := exec.CommandContext(ctx, d.commandLine, args...)
	command.Env = []string{
		"AWS_ACCESS_KEY_ID=" + engineerKey, "AWS_SECRET_ACCESS_KEY=" + engineerSecret, "AWS_ENDPOINT_URL=" + s.endpoint,
		"AWS_EC2_METADATA_DISABLED=true", "AWS_CONFIG_FILE=" + os.DevNull, "AWS_SHARED_CREDENTIALS_FILE=" + os.DevNull,
	}
	var stdout, stderr bytes.Buffer
	command.Stdout, command.Stderr = &stdout, &stderr
	err = command.Run()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok && exit.ExitCode() == 1 {
		return 1, stdout.String(), nil // something is wrong, and it says what
	}
	if err != nil {
		return 0, "", fmt.Errorf("running %s %s: %w: %s", d.commandLine, strings.Join(args, " "), err, &stderr)
	}
	return 0, stdout.String(), nil
}

// audit asks which log groups are under which key.
func (d *demo) audit(ctx context.Context, s *stage, more ...string) (status int, findings string, err error) {
	return d.ask(ctx, s, append([]string{"audit", "--stack", golden.StackName, "--region", golden.Region}, more...)...)
}

// writeReport writes the audit's page to its file.
func (d *demo) writeReport(ctx context.Context, s *stage) error {
	if d.report == "" {
		return nil
	}
	_, page, err := d.audit(ctx, s, "-o", "html")
	if err != nil {
		return err
	}
	if err := os.WriteFile(d.report, []byte(page), 0o644); err != nil {
		return fmt.Errorf("writing the audit's page: %w", err)
	}
	return nil
}

// abridged are the lines of a text, of each list no more than the first few entries, and
// of each line no more than fits. Entries of lists begin with a space.
func abridged(text string, entries, columns int) []string {
	var lines []string
	listed := 0
	end := func() {
		if listed > entries {
			lines = append(lines, fmt.Sprintf("  ... and %d more", listed-entries))
		}
		listed = 0
	}
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, " \n")
		if !strings.HasPrefix(line, "  /") {
			end()
		} else if listed++; listed > entries {
			continue
		}
		if len(line) > columns {
			line = line[:columns-3] + "..."
		}
		lines = append(lines, line)
	}
	end()
	return lines
}
