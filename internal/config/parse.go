package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// parse reads YAML or JSON into nodes. JSON is YAML by the standard, but not by
// the parser: tabs between tokens and some of JSON's escapes are foreign to it.
// The error is io.EOF where there is nothing but white space and comments.
func parse(text []byte) (*yaml.Node, error) {
	text = bytes.TrimPrefix(text, []byte("\ufeff")) // some editors begin a file with a byte order mark
	if line, r, found := controlCharacter(text); found {
		return nil, fmt.Errorf("line %d has the control character %U", line, r)
	}
	if json.Valid(text) {
		j := &jsonReader{text: text, decoder: json.NewDecoder(bytes.NewReader(text))}
		return j.value()
	}
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	var document, more yaml.Node
	if err := decoder.Decode(&document); err != nil {
		return nil, err
	}
	if err := decoder.Decode(&more); !errors.Is(err, io.EOF) {
		return nil, errors.New("more than one YAML document; put all rules into the first")
	}
	return document.Content[0], nil
}

// jsonReader makes YAML nodes of valid JSON. It keeps the order of members and
// doubled ones, so that those are found like in YAML.
type jsonReader struct {
	text    []byte
	decoder *json.Decoder
}

func (j *jsonReader) value() (*yaml.Node, error) {
	j.decoder.UseNumber()
	token, err := j.decoder.Token()
	if err != nil {
		return nil, fmt.Errorf("reading JSON: %w", err)
	}
	n := &yaml.Node{Kind: yaml.ScalarNode, Line: 1 + bytes.Count(j.text[:j.decoder.InputOffset()], []byte("\n"))}
	switch t := token.(type) {
	case json.Delim:
		n.Kind = yaml.MappingNode
		if t == '[' {
			n.Kind = yaml.SequenceNode
		}
		for j.decoder.More() {
			inner, err := j.value()
			if err != nil {
				return nil, err
			}
			n.Content = append(n.Content, inner)
		}
		_, err = j.decoder.Token() // the closing bracket
		return n, err
	case string:
		n.Tag, n.Value = "!!str", t
	case bool:
		n.Tag, n.Value = "!!bool", fmt.Sprint(t)
	case json.Number:
		n.Tag, n.Value = "!!float", t.String()
	default:
		n.Tag = "!!null"
	}
	return n, nil
}

// controlCharacter finds the first one that does not lay text out.
func controlCharacter(text []byte) (line int, r rune, found bool) {
	at := bytes.IndexFunc(text, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\r' && r != '\t' })
	if at < 0 {
		return 0, 0, false
	}
	r, _ = utf8.DecodeRune(text[at:])
	return 1 + bytes.Count(text[:at], []byte("\n")), r, true
}
