// Package internal_test holds the one test that is about all packages together:
// who may import whom.
package internal_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const (
	module = "log-group-kms/"
	// sdk stands for the AWS SDK for Go and the library that its errors come from.
	sdk = "SDK"
)

// sdkPaths is what sdk stands for.
var sdkPaths = []string{"github.com/aws/aws-sdk-go-v2/", "github.com/aws/smithy-go"}

// mayImport says what each package of internal/ may import beside the standard
// library: packages of internal/ by their folder's name, others by how their
// path begins. What is pure stays so, SDK types stop where AWS is called, and the
// stand-ins share no code with what they stand in for, hence no mistakes either.
// A new package needs a row.
var mayImport = map[string][]string{
	"target":  {},
	"answer":  {},
	"failure": {},
	"metric":  {},
	"clock":   {},
	"paging":  {},

	"event":  {"target", "answer", "failure"},
	"policy": {"target", "answer"},
	"config": {"policy", "target", "failure", "go.yaml.in/yaml/v3"},

	"awserr":  {"failure", sdk},
	"pace":    {"failure", "awserr", "clock", sdk},
	"awsconf": {"target", "failure", "awserr", "pace", sdk},
	"keyring": {"policy", "target", "failure", "awserr", "clock", sdk},
	"encrypt": {"keyring", "policy", "target", "answer", "failure", "awserr", "clock", "paging", sdk},
	"sweep":   {"encrypt", "keyring", "target", "answer", "failure", "awserr", "clock", "pace", "paging", sdk},
	"account": {
		"awsconf", "encrypt", "keyring", "policy", "target", "failure", "awserr", "clock",
		sdk, "github.com/aws/aws-lambda-go/lambdacontext",
	},
	"check":  {"encrypt", "keyring", "policy", "target", "failure", "awserr", sdk, "golang.org/x/sync/"},
	"report": {"check", "sweep", "keyring", "metric", "answer", "failure", "github.com/aws/aws-lambda-go/lambdacontext"},
	"handler": {
		"report", "check", "sweep", "encrypt", "event", "target", "answer", "failure", "clock",
		"github.com/aws/aws-lambda-go/",
	},
	// Of the command line alone.
	"terminal": {"golang.org/x/term"},
	"audit":    {"sweep", "encrypt", "keyring", "policy", "target", "answer", "failure", "paging", "terminal", sdk, "golang.org/x/sync/"},
	"explain":  {"encrypt", "keyring", "policy", "target", "answer", "failure", "terminal", sdk},
	"scopes":   {"failure", "awserr", "paging", sdk},
	"stack":    {"check", "target", "failure", "awserr", "paging", sdk},
	"doctor":   {"stack", "check", "clock", "encrypt", "event", "policy", "target", "answer", "failure", "awserr", "awsconf", sdk},
	"cli":      {"account", "awsconf", "awserr", "check", "config", "failure", "policy", "stack", "target", "terminal", sdk},

	"app": {"account", "awsconf", "check", "config", "encrypt", "sweep", "target", sdk},

	// For tests alone.
	"awsfake":     {},
	"runtimeapi":  {},
	"accounttest": {"awsconf", "awsfake", "encrypt", "keyring", "target", sdk},
}

// listed is what "go list" tells of a package.
type listed struct {
	ImportPath                         string
	Imports, TestImports, XTestImports []string
}

// list runs "go list" on packages of the module.
func list(t *testing.T, args ...string) []listed {
	t.Helper()
	var complaints bytes.Buffer
	command := exec.CommandContext(t.Context(), "go", append([]string{"list", "-e", "-json=ImportPath,Imports,TestImports,XTestImports"}, args...)...)
	command.Dir = ".." // the module's root
	command.Stderr = &complaints
	out, err := command.Output()
	if err != nil {
		t.Fatalf("go list %q: %v\n%s", args, err, complaints.String())
	}
	var packages []listed
	for decoder := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listed
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			return packages
		} else if err != nil {
			t.Fatal(err)
		}
		packages = append(packages, p)
	}
}

// isStandard tells whether a path is the standard library's: the first part of
// all others, but for our own, is a host's name.
func isStandard(path string) bool {
	first, _, _ := strings.Cut(path, "/")
	return !strings.Contains(first, ".") && !strings.HasPrefix(path, module)
}

// allowed tells whether one of the entries of mayImport lets path in.
func allowed(path string, entries []string) bool {
	if name, ours := strings.CutPrefix(path, module+"internal/"); ours {
		return slices.Contains(entries, name)
	}
	for _, entry := range entries {
		prefixes := []string{entry}
		if entry == sdk {
			prefixes = sdkPaths
		} else if !strings.Contains(entry, "/") {
			continue // one of our own
		}
		for _, prefix := range prefixes {
			if strings.HasPrefix(path, prefix) {
				return true
			}
		}
	}
	return false
}

// Without this, the first import against the grain makes the next ones easy.
// That each package keeps to its row makes the whole graph keep its direction.
func TestImportDirections(t *testing.T) {
	seen := make(map[string]bool)
	for _, p := range list(t, "./internal/...") {
		name := strings.TrimPrefix(p.ImportPath, module+"internal/")
		if name == strings.TrimSuffix(module, "/")+"/internal" {
			continue // this folder: it has no code but this test
		}
		seen[name] = true
		entries, known := mayImport[name]
		if !known {
			t.Errorf("internal/%s: got no row in mayImport, want one that says what it may import", name)
			continue
		}
		for _, path := range p.Imports {
			if !isStandard(path) && !allowed(path, entries) {
				t.Errorf("internal/%s imports %s, want only the standard library and %q", name, path, entries)
			}
			if (path == "testing" || strings.HasPrefix(path, "testing/")) && name != "accounttest" { // which only tests import
				t.Errorf("internal/%s imports %s outside of its tests", name, path)
			}
		}
		for _, path := range slices.Concat(p.Imports, p.TestImports, p.XTestImports) {
			if strings.HasPrefix(path, module+"cmd/") || strings.HasPrefix(path, module+"tests") {
				t.Errorf("internal/%s imports %s, want nothing of cmd/ and tests/; they are built on top of it", name, path)
			}
		}
	}
	if !seen["target"] || !seen["handler"] {
		t.Errorf("got the packages %v, want all of internal/; nothing was checked", seen)
	}
}

const services = "github.com/aws/aws-sdk-go-v2/service/"

// notInTheFunction are packages, with all below them. The stand-ins' doors, open for
// faults on demand, have no place in an account; what only the command line asks would
// make the function larger and slower to start: html/template alone is as large as a
// quarter of it.
var notInTheFunction = []string{
	module + "internal/accounttest", module + "internal/awsfake", module + "internal/runtimeapi", module + "tests", "testing", "net/http/httptest", "github.com/google/go-cmp",
	module + "internal/cli", module + "internal/audit", module + "internal/explain", module + "internal/scopes", module + "internal/stack",
	module + "internal/terminal", module + "internal/doctor",
	"html/template", "text/template", "golang.org/x/term", "encoding/csv",
	services + "account", services + "cloudformation", services + "cloudtrail", services + "cloudwatch", services + "eventbridge",
	services + "lambda", services + "organizations", services + "sfn", services + "sqs",
}

func TestProductionDependencies(t *testing.T) {
	// The tag is the artefact's own: without it the Lambda runtime brings net/rpc, and
	// that html/template.
	paths := make(map[string]bool)
	for _, p := range list(t, "-deps", "-tags", "lambda.norpc", "./cmd/handler") {
		paths[p.ImportPath] = true
	}
	if !paths[module+"internal/encrypt"] {
		t.Fatalf("got %d dependencies without internal/encrypt, want those of the function; nothing was checked", len(paths))
	}
	for path := range paths {
		for _, forbidden := range notInTheFunction {
			if path == forbidden || strings.HasPrefix(path, forbidden+"/") {
				t.Errorf("./cmd/handler depends on %s, want it kept out of the function", path)
			}
		}
	}
}
