package main

import (
	"archive/zip"
	"bytes"
	"fmt"
	"os"
	"time"
)

// noTime is the first that a zip knows; the files' own would make each release
// another one.
var noTime = time.Date(1980, time.January, 1, 0, 0, 0, 0, time.UTC)

// zipFile packs the function as Lambda takes it: the same program gives the same
// bytes.
func zipFile(binary, to string) error {
	program, err := os.ReadFile(binary)
	if err != nil {
		return fmt.Errorf("packing the function: %w", err)
	}
	header := &zip.FileHeader{Name: "bootstrap", Method: zip.Deflate, Modified: noTime}
	header.SetMode(0o755) // without it Lambda may not run the program
	var packed bytes.Buffer
	archive := zip.NewWriter(&packed)
	entry, err := archive.CreateHeader(header)
	if err != nil {
		return fmt.Errorf("packing the function: %w", err)
	}
	if _, err := entry.Write(program); err != nil {
		return fmt.Errorf("packing the function: %w", err)
	}
	if err := archive.Close(); err != nil {
		return fmt.Errorf("packing the function: %w", err)
	}
	if err := os.WriteFile(to, packed.Bytes(), 0o644); err != nil {
		return fmt.Errorf("packing the function: %w", err)
	}
	return nil
}
