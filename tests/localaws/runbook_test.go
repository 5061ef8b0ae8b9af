package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"

	"log-group-kms/tests/golden"
)

const operations = "../../docs/operations.md"

// placeholders are what whoever reads the operations page has to fill in.
var placeholders = strings.NewReplacer(
	"--key-id KEY_ARN", "--key-id "+golden.DefaultKey, "--key-id KEY", "--key-id "+golden.DefaultKey, "KEY_ARN", golden.DefaultKey, "TRAIL_ARN", "management-events", "--name RULE", "--name "+golden.CreateRule,
	"/the/log/group", "/app/orders", "/some/name", "/app/orders",
)

// notHere are the commands on the page that the local AWS cannot answer: requests that it
// does not know, and what only a hub has.
var notHere = regexp.MustCompile(`out MembersStateMachineArn|aws (sqs receive-message|sqs start-message-move-task|sqs purge-queue|lambda [a-z-]+|iam get-role)`)

// shell is what a command runs in. For SQS, version 1 of the AWS CLI minds no endpoint but
// one that it is told as a flag.
const shell = `set -e -o pipefail
sleep() { :; }
aws() { command aws --endpoint-url "$AWS_ENDPOINT_URL" "$@"; }
`

var inline = regexp.MustCompile("`((?:make|aws) [^`]+)`")

// commands gives those of the operations page in their order, and the block that comes
// before all of them.
func commands(t *testing.T) (first string, list []string) {
	t.Helper()
	text, err := os.ReadFile(operations)
	if err != nil {
		t.Fatal(err)
	}
	blocks, language, inBlock := 0, "", false
	for line := range strings.Lines(string(text)) {
		switch kind, isFence := strings.CutPrefix(strings.TrimSpace(line), "```"); {
		case isFence:
			language, inBlock = kind, !inBlock
			if inBlock {
				blocks++
			}
		case inBlock && language != "":
		case inBlock && blocks == 1:
			first += line
		case inBlock:
			list = append(list, line)
		default:
			for _, match := range inline.FindAllStringSubmatch(line, -1) {
				list = append(list, match[1])
			}
		}
	}
	return first, list
}

// TestRunbookCommands tries the commands of the operations page as they stand there, in a
// shell, with the deployed stack of the local AWS. Those of the AWS CLI, and make sweep,
// which calls it, are tried where the AWS CLI is installed.
func TestRunbookCommands(t *testing.T) {
	t.Parallel()
	for _, program := range []string{"bash", "make"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skip(program + " is not installed")
		}
	}
	_, err := exec.LookPath("aws")
	hasCLI := err == nil
	first, list := commands(t)
	if !strings.Contains(first, "out()") || len(list) < 30 {
		t.Fatalf("got %q first and %d commands; are they still looked for in the right place?", first, len(list))
	}
	r := start(t)
	r.create(t, "/log-group-kms/warm") // its event starts the function, which is built for it
	if _, err := kms.NewFromConfig(r.config()).ScheduleKeyDeletion(t.Context(), &kms.ScheduleKeyDeletionInput{KeyId: aws.String(golden.DefaultKey)}); err != nil {
		t.Fatal(err) // there must be something to save
	}
	folder := t.TempDir()
	tried := make(map[string]bool)
	for _, command := range list {
		line := strings.TrimSpace(placeholders.Replace(command))
		isMake := strings.HasPrefix(line, "make ")
		needsCLI := !isMake || strings.HasPrefix(line, "make sweep")
		if line == "" || tried[line] || notHere.MatchString(line) || needsCLI && !hasCLI || line == "make pictures" {
			continue
		}
		tried[line] = true
		r.try(t, first, line, folder, isMake)
	}
	if least := map[bool]int{false: 5, true: 21}[hasCLI]; len(tried) < least {
		t.Errorf("tried %d different commands, want %d or more", len(tried), least)
	}
}

// try runs a command. One that finds trouble ends with status 1: there is some in the
// account, a key that is disabled.
func (r running) try(t *testing.T, first, line, folder string, isMake bool) {
	t.Helper()
	command := exec.CommandContext(t.Context(), "bash", "-c", shell+first+"\n"+line)
	command.Dir = folder
	command.Env = append(os.Environ(), "AWS_ENDPOINT_URL="+r.url, "AWS_ACCESS_KEY_ID=local", "AWS_SECRET_ACCESS_KEY=local",
		"AWS_EC2_METADATA_DISABLED=true", "AWS_CONFIG_FILE="+os.DevNull, "AWS_SHARED_CREDENTIALS_FILE="+os.DevNull,
		"MAKEFLAGS=-- BUILD="+filepath.Join(folder, "build"))
	if isMake {
		command.Dir = "../.."
	}
	out, err := command.CombinedOutput()
	if isMake && strings.Contains(string(out), "] Error 1\n") && !strings.Contains(string(out), "No rule to make") {
		err = nil
	}
	if err != nil {
		t.Errorf("%s: %v\n%s", line, err, out)
	}
}
