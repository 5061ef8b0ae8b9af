// Package cfn reads CloudFormation templates.
package cfn

import (
	"strings"

	"go.yaml.in/yaml/v3"
)

// Object is a mapping.
type Object = map[string]any

// Value gives a node as Go's values, texts for all scalars, with CloudFormation's short
// tags written out: !Ref A is {"Ref": "A"}, !GetAtt A.B is {"Fn::GetAtt": ["A", "B"]}
// (https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html).
func Value(n *yaml.Node) any {
	var v any
	switch n.Kind {
	case yaml.DocumentNode:
		return Value(n.Content[0])
	case yaml.AliasNode:
		return Value(n.Alias)
	case yaml.MappingNode:
		mapping := make(Object)
		for i := 0; i+1 < len(n.Content); i += 2 {
			mapping[n.Content[i].Value] = Value(n.Content[i+1])
		}
		v = mapping
	case yaml.SequenceNode:
		list := make([]any, 0, len(n.Content))
		for _, item := range n.Content {
			list = append(list, Value(item))
		}
		v = list
	default:
		v = n.Value
	}
	tag, short := strings.CutPrefix(n.Tag, "!")
	switch {
	case !short || strings.HasPrefix(tag, "!"):
		return v
	case tag == "Ref" || tag == "Condition":
		return Object{tag: v}
	case tag == "GetAtt" && n.Kind == yaml.ScalarNode:
		name, attribute, _ := strings.Cut(n.Value, ".")
		return Object{"Fn::GetAtt": []any{name, attribute}}
	default:
		return Object{"Fn::" + tag: v}
	}
}
