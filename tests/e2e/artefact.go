package main

import (
	"bytes"
	"context"
	"debug/elf"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

var functions = []string{"EventFunction", "SweepFunction"}

func (s *stage) validate(ctx context.Context) error {
	if _, _, err := finish(s.sam(ctx, "validate", "--lint")); err != nil {
		return err
	}
	fmt.Println("ok  with cfn-lint's rules")
	// samconfig.toml asks for lint each time; SAM's own validation is a second opinion.
	plain, err := s.write("plain.toml", []byte("version = 0.1\n"))
	if err != nil {
		return err
	}
	if _, _, err := finish(s.sam(ctx, "validate", "--config-file", plain)); err != nil {
		return err
	}
	fmt.Println("ok  with SAM's own")
	return nil
}

// folder of what SAM built for an architecture.
func built(architecture string) string { return filepath.Join(".build", "e2e", architecture) }

func (s *stage) build(ctx context.Context) error {
	for _, b := range []struct {
		architecture string
		machine      elf.Machine
		args         []string
	}{
		{"arm64", elf.EM_AARCH64, nil}, // the default
		{"x86_64", elf.EM_X86_64, []string{"--parameter-overrides", x86}},
	} {
		// In the source folder: otherwise SAM copies all of it, twice.
		command := append([]string{"build", "--build-in-source", "--build-dir", built(b.architecture)}, b.args...)
		if _, _, err := finish(s.sam(ctx, command...)); err != nil {
			return err
		}
		var first []byte
		for _, function := range functions {
			file := filepath.Join(built(b.architecture), function, "bootstrap")
			if err := deployable(file, b.machine); err != nil {
				return err
			}
			text, err := os.ReadFile(file)
			if err != nil {
				return fmt.Errorf("reading the artefact: %w", err)
			}
			if first != nil && !bytes.Equal(first, text) {
				return errors.New("the two functions' artefacts differ, although they are one program")
			}
			first = text
		}
		fmt.Printf("ok  %-6s  %.1f MB, the same for both functions\n", b.architecture, float64(len(first))/1e6)
	}
	return nil
}

// deployable says what is wrong with a bootstrap: for another machine, not
// static (it would not start, with nothing but a line on standard error), or not
// stripped (larger than it needs to be).
func deployable(file string, machine elf.Machine) error {
	f, err := elf.Open(file)
	if err != nil {
		return fmt.Errorf("%s is no Linux program: %w", file, err)
	}
	defer f.Close()
	var faults []string
	if f.Machine != machine {
		faults = append(faults, fmt.Sprintf("it is for %v, not %v", f.Machine, machine))
	}
	libraries, err := f.ImportedLibraries()
	if err != nil {
		faults = append(faults, fmt.Sprintf("its libraries cannot be read: %v", err))
	}
	for _, p := range f.Progs {
		if p.Type == elf.PT_INTERP {
			libraries = append(libraries, "a dynamic loader")
		}
	}
	if len(libraries) > 0 {
		faults = append(faults, "it is not static: it needs "+strings.Join(libraries, ", "))
	}
	for _, section := range f.Sections {
		if section.Type == elf.SHT_SYMTAB || strings.HasPrefix(section.Name, ".debug_") || strings.HasPrefix(section.Name, ".zdebug_") {
			faults = append(faults, "it is not stripped: it has "+section.Name)
			break
		}
	}
	if len(faults) > 0 {
		return fmt.Errorf("%s: %s", file, strings.Join(faults, "; "))
	}
	return nil
}
