package config

import (
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// resolved follows a YAML alias to what it stands for.
func resolved(n *yaml.Node) *yaml.Node {
	for n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	return n
}

// child gives a mapping's value, nil where there is none.
func child(n *yaml.Node, key string) *yaml.Node {
	n = resolved(n)
	if n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if resolved(n.Content[i]).Value == key {
			return n.Content[i+1]
		}
	}
	return nil
}

func has(n *yaml.Node, key string) bool { return child(n, key) != nil }

// fields reads a mapping by one function a field, and complains of every field
// that is unknown or stands there twice.
func (p *rulesParser) fields(n *yaml.Node, what string, known map[string]func(*yaml.Node, string)) {
	m := resolved(n)
	if m.Kind != yaml.MappingNode {
		p.fault(p.at(n, what), "it must be a mapping with %s", names(known))
		return
	}
	seen := make(map[string]bool)
	for i := 0; i+1 < len(m.Content); i += 2 {
		key, value := resolved(m.Content[i]), m.Content[i+1]
		read, ok := known[key.Value]
		switch {
		case !ok:
			p.fault(p.at(key, what), "the field %q is unknown; known are %s", key.Value, names(known))
		case seen[key.Value]:
			p.fault(p.at(key, what), "the field %q stands there twice", key.Value)
		default:
			read(value, what+"."+key.Value)
		}
		seen[key.Value] = true
	}
}

func names(known map[string]func(*yaml.Node, string)) string {
	return strings.Join(slices.Sorted(maps.Keys(known)), ", ")
}

// items gives the items of a sequence.
func (p *rulesParser) items(n *yaml.Node, what string) []*yaml.Node {
	list := resolved(n)
	if list.Kind != yaml.SequenceNode {
		p.fault(p.at(n, what), "it must be a list")
		return nil
	}
	return list.Content
}

// text reads a string that is neither empty nor blank.
func (p *rulesParser) text(n *yaml.Node, what string) string {
	text, ok := p.scalar(n, what)
	if ok && strings.TrimSpace(text) == "" {
		p.fault(p.at(n, what), "it must not be empty")
	}
	return text
}

// scalar reads a string. A bare number is refused: YAML may read an account ID
// with a leading zero as another number.
func (p *rulesParser) scalar(n *yaml.Node, what string) (string, bool) {
	s := resolved(n)
	if s.Kind != yaml.ScalarNode || s.ShortTag() != "!!str" {
		p.fault(p.at(n, what), "it must be a string; put it in quotes")
		return "", false
	}
	return s.Value, true
}

// yes reads a boolean.
func (p *rulesParser) yes(n *yaml.Node, what string) bool {
	s := resolved(n)
	if s.Kind != yaml.ScalarNode || s.ShortTag() != "!!bool" {
		p.fault(p.at(n, what), "it must be true or false")
		return true // one fault is enough
	}
	return strings.EqualFold(s.Value, "true")
}
