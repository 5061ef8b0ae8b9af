package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// broken gives the descriptions of the template's assertions about parameters
// that do not hold. An assertion that rests on what only AWS knows is left to
// CloudFormation, which looks at all of them before it makes anything.
func (t *template) broken(values map[string]string) (found faults) {
	for _, name := range slices.Sorted(maps.Keys(t.rules)) {
		rule := at(t.rules, name)
		if condition, conditional := rule["RuleCondition"]; conditional {
			if applies, known := holds(condition, values); !known || !applies {
				continue
			}
		}
		assertions, _ := rule["Assertions"].([]any)
		for _, a := range assertions {
			if holds, known := holds(at(a)["Assert"], values); known && !holds {
				found.add("%s", strings.TrimSuffix(fmt.Sprint(at(a)["AssertDescription"]), "."))
			}
		}
	}
	return found
}

// holds evaluates a condition; known is false where it cannot be told here.
func holds(condition any, values map[string]string) (is, known bool) {
	for function, argument := range at(condition) { // there is one
		list, _ := argument.([]any)
		switch function {
		case "Fn::Equals":
			if len(list) == 2 {
				a, knowsA := text(list[0], values)
				b, knowsB := text(list[1], values)
				return a == b, knowsA && knowsB
			}
		case "Fn::Not":
			if len(list) == 1 {
				is, known := holds(list[0], values)
				return !is, known
			}
		case "Fn::And":
			return each(list, values, false)
		case "Fn::Or":
			return each(list, values, true)
		case "Fn::Contains":
			return contains(list, values)
		}
	}
	return false, false
}

// each joins conditions: the first that equals decisive settles it.
func each(list []any, values map[string]string, decisive bool) (is, known bool) {
	known = true
	for _, condition := range list {
		is, knows := holds(condition, values)
		if knows && is == decisive {
			return decisive, true
		}
		known = known && knows
	}
	return !decisive, known
}

func contains(list []any, values map[string]string) (is, known bool) {
	if len(list) != 2 {
		return false, false
	}
	sought, known := text(list[1], values)
	members, _ := list[0].([]any)
	for _, member := range members {
		value, knows := text(member, values)
		if knows && value == sought {
			return known, known
		}
		known = known && knows
	}
	return false, known
}

// text gives a literal or a parameter's value.
func text(v any, values map[string]string) (value string, known bool) {
	if literal, ok := v.(string); ok {
		return literal, true
	}
	name, _ := at(v)["Ref"].(string)
	value, known = values[name]
	return value, known
}
