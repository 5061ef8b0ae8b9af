package config

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// mostRules is how many bytes a file of rules may have. Thousands of rules fit in,
// and it is read at each start.
const mostRules = 1 << 20

// ReadFile reads a file of rules. It must be a regular file: a device has no end,
// and a pipe may never begin.
func ReadFile(name string) ([]byte, error) {
	info, err := os.Stat(name)
	switch {
	case err != nil:
		return nil, err
	case info.IsDir():
		return nil, fmt.Errorf("%s is a folder, not a file", name)
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s is not a regular file (its mode is %v)", name, info.Mode())
	}
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, mostRules+1))
	if err == nil && len(text) > mostRules {
		err = fmt.Errorf("%s has more than %d bytes, which is the most that rules may have", name, mostRules)
	}
	return text, err
}

// Packaged is ReadFile for the files of a deployment package, which is unpacked
// in the folder root.
func Packaged(root string) func(name string) ([]byte, error) {
	return func(name string) ([]byte, error) {
		if !filepath.IsAbs(name) {
			name = filepath.Join(root, name)
		}
		return ReadFile(name)
	}
}
