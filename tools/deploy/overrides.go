package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
)

// overrides writes the parameters for `sam --parameter-overrides file://…`: YAML
// in ASCII, whatever the machine's locale. On SAM's command line the values would
// not survive: it cuts them at the first space or quote.
func (p *plan) overrides() []byte {
	var b bytes.Buffer
	for _, name := range p.names {
		// Go's escapes are YAML's.
		fmt.Fprintf(&b, "%s: %s\n", name, strconv.QuoteToASCII(p.values[name]))
	}
	return b.Bytes()
}

// cloudFormation writes the parameters as CloudFormation's own commands take
// them, for stacks and stack sets of the packaged template.
func (p *plan) cloudFormation() ([]byte, error) {
	type pair struct{ ParameterKey, ParameterValue string }
	var pairs []pair
	for _, name := range slices.Concat(p.names, p.code) {
		if value, ok := p.values[name]; ok {
			pairs = append(pairs, pair{name, value})
		}
	}
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(pairs); err != nil {
		return nil, fmt.Errorf("encoding the parameters: %w", err)
	}
	return b.Bytes(), nil
}

// write puts the parameters into the build folder in both forms.
func (p *plan) write() (forSAM, forCloudFormation string, err error) {
	pairs, err := p.cloudFormation()
	if err != nil {
		return "", "", err
	}
	file := filepath.Join(p.root, ".build", "parameters", p.deployment)
	forSAM, forCloudFormation = file+".yaml", file+".json"
	err = errors.Join(
		os.MkdirAll(filepath.Dir(file), 0o755),
		os.WriteFile(forSAM, p.overrides(), 0o600),
		os.WriteFile(forCloudFormation, pairs, 0o600),
	)
	if err != nil {
		return "", "", fmt.Errorf("writing the parameters: %w", err)
	}
	return forSAM, forCloudFormation, nil
}
