// Command release gathers what is published: for each processor a zip and the
// list of what is in it, the plain template, and the checksums of all. The same
// source gives the same files, so that anybody can check them.
package main

import (
	"crypto/sha256"
	"debug/elf"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	loggroupkms "log-group-kms"
)

// machines are the processors that Lambda has, by its own names.
var machines = map[string]elf.Machine{"arm64": elf.EM_AARCH64, "x86_64": elf.EM_X86_64}

// template is the one that needs no transform.
const template = "template.packaged.yaml"

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "make release:", err)
		os.Exit(1)
	}
}

func run(args []string, stdout io.Writer) error {
	flags := flag.NewFlagSet("release", flag.ContinueOnError)
	from := flags.String("from", ".build", "`folder` of what was built")
	to := flags.String("to", ".build/release", "`folder` of the release; it is emptied first")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if err := os.RemoveAll(*to); err != nil {
		return fmt.Errorf("emptying the release: %w", err)
	}
	if err := os.MkdirAll(*to, 0o755); err != nil {
		return fmt.Errorf("making the release: %w", err)
	}
	files := []string{template}
	if err := copyFile(filepath.Join(*from, template), filepath.Join(*to, template)); err != nil {
		return err
	}
	for architecture, machine := range machines {
		name := fmt.Sprintf("log-group-kms-%s-%s", loggroupkms.Version(), architecture)
		binary := filepath.Join(*from, architecture, "bootstrap")
		err := errors.Join(
			isFor(binary, machine),
			zipFile(binary, filepath.Join(*to, name+".zip")),
			copyFile(filepath.Join(*from, architecture, "sbom.cdx.json"), filepath.Join(*to, name+".cdx.json")),
		)
		if err != nil {
			return err
		}
		files = append(files, name+".zip", name+".cdx.json")
	}
	slices.Sort(files)
	sums, err := checksums(*to, files)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(*to, "checksums.txt"), []byte(sums), 0o644); err != nil {
		return fmt.Errorf("writing the checksums: %w", err)
	}
	_, err = fmt.Fprintf(stdout, "%s, with the checksums of:\n%s", filepath.Join(*to, "checksums.txt"), sums)
	return err
}

// isFor makes sure that a program is for the processor in its name.
func isFor(binary string, machine elf.Machine) error {
	program, err := elf.Open(binary)
	if err != nil {
		return fmt.Errorf("%s is no Linux program: %w", binary, err)
	}
	defer program.Close()
	if program.Machine != machine {
		return fmt.Errorf("%s is for %v, not %v", binary, program.Machine, machine)
	}
	return nil
}

func copyFile(from, to string) error {
	text, err := os.ReadFile(from)
	if err != nil {
		return fmt.Errorf("gathering the release: %w", err)
	}
	if err := os.WriteFile(to, text, 0o644); err != nil {
		return fmt.Errorf("gathering the release: %w", err)
	}
	return nil
}

// checksums gives lines as sha256sum --check reads them.
func checksums(folder string, files []string) (string, error) {
	var lines strings.Builder
	for _, file := range files {
		text, err := os.ReadFile(filepath.Join(folder, file))
		if err != nil {
			return "", fmt.Errorf("reading for a checksum: %w", err)
		}
		fmt.Fprintf(&lines, "%x  %s\n", sha256.Sum256(text), file)
	}
	return lines.String(), nil
}
