package alarms

import (
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"
)

var placeholder = regexp.MustCompile(`\$\{([^}]+)\}`)

// resolve gives a node's value with CloudFormation's functions carried out, as far as
// alarms and dashboard use them; nil where the template leaves it out.
func (s Stack) resolve(n *yaml.Node) any {
	switch n.Tag {
	case "!Ref":
		if n.Value == "AWS::NoValue" {
			return nil
		}
		return s.value(n.Value, nil)
	case "!GetAtt":
		return s.value(n.Value, nil)
	case "!Sub":
		if n.Kind == yaml.SequenceNode {
			variables, _ := s.resolve(n.Content[1]).(map[string]any)
			return s.substitute(n.Content[0].Value, variables)
		}
		return s.substitute(n.Value, nil)
	case "!If":
		if s.holds(n.Content[0].Value) {
			return s.resolve(n.Content[1])
		}
		return s.resolve(n.Content[2])
	case "!Join":
		separator, _ := s.resolve(n.Content[0]).(string)
		return strings.Join(s.texts(n.Content[1]), separator)
	}
	switch n.Kind {
	case yaml.MappingNode:
		m := make(map[string]any)
		for i := 0; i+1 < len(n.Content); i += 2 {
			m[n.Content[i].Value] = s.resolve(n.Content[i+1])
		}
		return m
	case yaml.SequenceNode:
		var list []any
		for _, item := range n.Content {
			if value := s.resolve(item); value != nil {
				list = append(list, value)
			}
		}
		return list
	}
	return n.Value
}

func (s Stack) texts(list *yaml.Node) []string {
	var texts []string
	for _, item := range list.Content {
		if text, is := s.resolve(item).(string); is {
			texts = append(texts, text)
		}
	}
	return texts
}

func (s Stack) substitute(text string, variables map[string]any) string {
	return placeholder.ReplaceAllStringFunc(text, func(p string) string {
		return s.value(placeholder.FindStringSubmatch(p)[1], variables)
	})
}

// value is that of a variable or a parameter. A resource, or an attribute of one, is
// called by its name in the template.
func (s Stack) value(name string, variables map[string]any) string {
	if value, is := variables[name].(string); is {
		return value
	}
	if value, is := s.Parameters[name]; is {
		return value
	}
	resource, _, _ := strings.Cut(name, ".")
	return resource
}

// holds tells whether a condition is true.
func (s Stack) holds(name string) bool {
	n, there := s.conditions[name]
	return there && s.isTrue(&n)
}

func (s Stack) isTrue(n *yaml.Node) bool {
	switch n.Tag {
	case "!Condition":
		return s.holds(n.Value)
	case "!Equals":
		return s.resolve(n.Content[0]) == s.resolve(n.Content[1])
	case "!Not":
		return !s.isTrue(n.Content[0])
	case "!And":
		for _, part := range n.Content {
			if !s.isTrue(part) {
				return false
			}
		}
		return true
	case "!Or":
		for _, part := range n.Content {
			if s.isTrue(part) {
				return true
			}
		}
	}
	return false
}
