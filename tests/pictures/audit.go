package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"log-group-kms/internal/app"
	"log-group-kms/internal/audit"
	"log-group-kms/internal/config"
	"log-group-kms/internal/target"
	"log-group-kms/tests/alarms"
)

// The picture of the page: its first screen, in pixels.
const (
	pageWidth  = 1100
	pageHeight = 890
)

// auditPage audits the account at the story's end, as the command line does, and gives
// the page.
func auditPage(ctx context.Context, s *story) ([]byte, error) {
	parsed, err := config.Load(func(name string) (string, bool) {
		if name == "DESCRIBE_RATE" {
			return "0", true
		}
		value, set := settings[name]
		return value, set
	}, nil)
	if err != nil {
		return nil, fmt.Errorf("reading the function's settings: %w", err)
	}
	parts := app.New(aws.Config{
		Region: alarms.Region, HTTPClient: s.World.Client(), Credentials: credentials.NewStaticCredentialsProvider("AKIAEXAMPLE", "secret", ""),
	}, parsed)
	var page bytes.Buffer
	out := dated{audit.NewHTML(&page, "stack "+s.Stack.Name), s}
	summary, err := audit.New(&parsed.Policy, parsed.RulesSource, parts.Accounts).
		Run(ctx, []target.Scope{{Partition: "aws", Account: alarms.Account, Region: alarms.Region}}, out, func(int) {})
	if err != nil {
		return nil, err
	}
	if !summary.Total().Complete {
		return nil, fmt.Errorf("not every log group could be looked at: %+v", summary.Scopes)
	}
	return page.Bytes(), nil
}

// dated is a page with the story's dates: the account's own are those of its making.
type dated struct {
	*audit.HTML
	story *story
}

// Row dates a log group.
func (d dated) Row(row audit.Row) error {
	row.Created = d.story.born[row.LogGroup]
	return d.HTML.Row(row)
}

// End dates the page.
func (d dated) End(summary *audit.Summary) error {
	summary.At = now
	return d.HTML.End(summary)
}

// fingerprint tells pages apart.
func fingerprint(page []byte) string {
	sum := sha256.Sum256(page)
	return hex.EncodeToString(sum[:])
}

// browser finds a browser that can take pictures; empty: there is none.
func browser() string {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

// photograph takes a picture of a page, and writes into it of which page it is.
func (d drawer) photograph(ctx context.Context, browser string, page []byte) ([]byte, error) {
	file, shot := filepath.Join(d.scratch, "audit.html"), filepath.Join(d.scratch, "audit.png")
	if err := os.WriteFile(file, page, 0o600); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	args := []string{
		"--headless", "--disable-gpu", "--hide-scrollbars", "--force-device-scale-factor=1", "--user-data-dir=" + filepath.Join(d.scratch, "browser"),
		fmt.Sprintf("--window-size=%d,%d", pageWidth, pageHeight), "--screenshot=" + shot, "file://" + file,
	}
	if os.Getuid() == 0 {
		args = append([]string{"--no-sandbox"}, args...) // Chromium has none for root
	}
	if out, err := exec.CommandContext(ctx, browser, args...).CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%s: %w: %s", browser, err, out)
	}
	taken, err := os.ReadFile(shot)
	if err != nil {
		return nil, fmt.Errorf("%s took no picture: %w", browser, err)
	}
	return shrink(taken, fingerprint(page))
}
