// Package make tries the Makefile as people and SAM call it: in a copy of the
// source, with stand-ins for what is not to run.
package make

import (
	"debug/elf"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const root = "../.."

// checkout copies what make needs of the source.
func checkout(t *testing.T) string {
	t.Helper()
	if _, err := exec.LookPath("make"); err != nil {
		t.Skip("make is not installed")
	}
	folder := t.TempDir()
	for _, name := range []string{"cmd", "internal", "parameters", "scripts", "tests/template", "tools"} {
		if err := os.CopyFS(filepath.Join(folder, name), os.DirFS(filepath.Join(root, name))); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"Makefile", "VERSION", "go.mod", "go.sum", "template.yaml", "version.go"} {
		text, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(folder, name), string(text))
	}
	return folder
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
}

// run runs make in a folder, with PATH replaced where path is given.
func run(t *testing.T, folder, path string, args ...string) (string, error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "make", args...)
	cmd.Dir = folder
	cmd.Env = append(os.Environ(), "MAKEFLAGS=", "AWS_REGION=", "AWS_DEFAULT_REGION=")
	if path != "" {
		cmd.Env = append(cmd.Env, "PATH="+path)
	}
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// TestParametersThroughMake guards that neither make nor its shell takes anything
// away from a value.
func TestParametersThroughMake(t *testing.T) {
	t.Parallel()
	folder := checkout(t)
	want := map[string]string{
		"SweepSchedule":     "rate(6 hours)",
		"Rules":             `{"rules":[{"name":"it's a {b,c} ü; $(x) > y","logGroups":["/ecs/*"],"tags":{"a":"x y"},"key":"alias/x"}]}`,
		"Exclude":           "/tmp/*,/aws/codebuild/*, /a#b",
		"QueryResultKmsKey": "",
		"DryRun":            "false",
	}
	var pairs []string
	for name, value := range want {
		pairs = append(pairs, name+"="+strings.ReplaceAll(value, "$", "$$")) // make's own escape
	}
	if out, err := run(t, folder, "", "parameters", "PARAMETERS="+strings.Join(pairs, " ")); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	text, err := os.ReadFile(filepath.Join(folder, ".build/parameters/default.json"))
	if err != nil {
		t.Fatal(err)
	}
	var got []struct{ ParameterKey, ParameterValue string }
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, pair := range got {
		if value, named := want[pair.ParameterKey]; named {
			seen++
			if pair.ParameterValue != value {
				t.Errorf("%s: got %s, want %s", pair.ParameterKey, pair.ParameterValue, value)
			}
		}
	}
	if seen != len(want) {
		t.Errorf("got %d of %d parameters", seen, len(want))
	}
}

// TestVariablesReachTheCommands runs make deploy with a sam and an aws that write
// down what they are given.
func TestVariablesReachTheCommands(t *testing.T) {
	t.Parallel()
	folder := checkout(t)
	bin := filepath.Join(folder, "bin")
	if err := os.Mkdir(bin, 0o755); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(bin, "sam"), "#!/bin/sh\n[ \"$1\" = --version ] && echo 'SAM CLI, version 1.170.0'\necho sam \"$@\" >> "+folder+"/log\n")
	write(t, filepath.Join(bin, "aws"), "#!/bin/sh\necho \"aws $AWS_REGION\" \"$@\" >> "+folder+"/log\necho 'Stack does not exist' >&2\nexit 254\n")
	write(t, filepath.Join(folder, "parameters/prod"), "DryRun=true\n")
	path := bin + string(os.PathListSeparator) + os.Getenv("PATH")

	out, err := run(t, folder, path, "deploy", "DEPLOYMENT=prod", "STACK=my stack", "REGION=eu-west-3", "CONFIRM=no")
	if err == nil || !strings.Contains(out, "stack my stack was not deployed") {
		t.Errorf("got %v\n%s", err, out)
	}
	out, err = run(t, folder, path, "sweep", "STACK=other", "REGION=eu-west-2", `INPUT={"action":"sweep","prefix":"it's"}`)
	if err == nil {
		t.Errorf("a sweep of no stack: got\n%s", out)
	}
	text, err := os.ReadFile(filepath.Join(folder, "log"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"sam build --region eu-west-3 --parameter-overrides file://" + folder + "/.build/parameters/prod.yaml\n",
		"sam deploy --stack-name my stack --region eu-west-3 --parameter-overrides file://" + folder + "/.build/parameters/prod.yaml --no-confirm-changeset\n",
		"aws eu-west-2 cloudformation describe-stacks --stack-name other",
	} {
		if !strings.Contains(string(text), want) {
			t.Errorf("%q is missing in\n%s", want, text)
		}
	}
}

// contextPath is where SAM looks for the Makefile of a function.
var contextPath = regexp.MustCompile(`(?m)^ +BuildMethod: makefile\n +ContextPath: !Sub (.+)$`)

// TestSAMBuildsForTheProcessor runs what `sam build` runs. A program for the wrong
// processor deploys well and then dies at its first event.
func TestSAMBuildsForTheProcessor(t *testing.T) {
	t.Parallel()
	folder := checkout(t)
	text, err := os.ReadFile(filepath.Join(root, "template.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	paths := contextPath.FindAllStringSubmatch(string(text), -1)
	if functions := strings.Count(string(text), "BuildMethod: makefile"); len(paths) != functions || functions == 0 {
		t.Fatalf("%d functions are built by make, %d of them for the processor of the template", functions, len(paths))
	}
	for _, path := range paths {
		if path[1] != "scripts/sam/${Architecture}" {
			t.Errorf("got the ContextPath %s", path[1])
		}
	}
	if out, err := run(t, folder, "", "build-EventFunction", "ARTIFACTS_DIR="+folder); err == nil || !strings.Contains(out, "ContextPath") {
		t.Errorf("a build for no processor: got %v\n%s", err, out)
	}
	for processor, machine := range map[string]elf.Machine{"arm64": elf.EM_AARCH64, "x86_64": elf.EM_X86_64} {
		artefacts := filepath.Join(folder, "artefacts", processor)
		if err := os.MkdirAll(artefacts, 0o755); err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(folder, "rules.yaml"), "rules:\n- {name: a, logGroups: [/a], skip: true}\n")
		args := []string{"--makefile", "scripts/sam/" + processor + "/Makefile", "build-EventFunction", "ARTIFACTS_DIR=" + artefacts, "ARCH=other"}
		if out, err := run(t, folder, "", args...); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		program, err := elf.Open(filepath.Join(artefacts, "bootstrap"))
		if err != nil {
			t.Fatal(err)
		}
		if program.Machine != machine {
			t.Errorf("%s: got a program for %v", processor, program.Machine)
		}
		_ = program.Close() // nothing was written
		if _, err := os.Stat(filepath.Join(artefacts, "rules.yaml")); err != nil {
			t.Errorf("%s: the rules are not in the package: %v", processor, err)
		}
		write(t, filepath.Join(folder, "rules.yaml"), "rules:\n- {name: a, logGroups: [/a], skp: true}\n")
		if out, err := run(t, folder, "", args...); err == nil || !strings.Contains(out, `"skp" is unknown`) {
			t.Errorf("bad rules: got %v\n%s", err, out)
		}
	}
}

var target = regexp.MustCompile(`(?m)^  make ([a-z0-9-]+) `)

// TestMissingPrograms wants a sentence from every target that lacks a program.
func TestMissingPrograms(t *testing.T) {
	t.Parallel()
	folder := checkout(t)
	basic := t.TempDir() // a PATH with what every machine has
	for _, program := range []string{"bash", "sh", "make", "awk", "cat", "dirname", "env", "id", "ls", "mkdir", "mktemp", "rm", "uname", "sed", "touch"} {
		found, err := exec.LookPath(program)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(found, filepath.Join(basic, program)); err != nil {
			t.Fatal(err)
		}
	}
	listed, err := run(t, folder, basic, "help")
	if err != nil {
		t.Fatalf("%v\n%s", err, listed)
	}
	tried := 0
	for _, match := range target.FindAllStringSubmatch(listed, -1) {
		name := match[1]
		if name == "clean" || name == "help" {
			continue // they need nothing
		}
		tried++
		out, err := run(t, folder, basic, name)
		if err == nil || strings.Contains(out, "not found") || !regexp.MustCompile(`needs (Go 1|python3 3|the AWS CLI)|there is no go`).MatchString(out) {
			t.Errorf("make %s without anything: got %v\n%s", name, err, out)
		}
	}
	if tried < 15 {
		t.Errorf("tried %d targets of\n%s", tried, listed)
	}
}
