package main

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// violation says what of a parameter's constraints a value breaks; "" is none.
func (p parameter) violation(value string) string {
	if len(p.AllowedValues) > 0 && !slices.Contains(p.AllowedValues, value) {
		return "it must be one of " + strings.Join(p.AllowedValues, ", ")
	}
	characters := utf8.RuneCountInString(value)
	if most, ok := number(p.MaxLength); ok && float64(characters) > most {
		return fmt.Sprintf("it has %d characters, and at most %s are allowed", characters, p.MaxLength)
	}
	if least, ok := number(p.MinLength); ok && float64(characters) < least {
		return fmt.Sprintf("it needs at least %s characters", p.MinLength)
	}
	if p.Type == "Number" {
		n, err := strconv.ParseFloat(value, 64)
		least, hasLeast := number(p.MinValue)
		most, hasMost := number(p.MaxValue)
		if err != nil || hasLeast && n < least || hasMost && n > most {
			return p.wish("it must be a number")
		}
	}
	if p.AllowedPattern != "" {
		pattern, err := compile(p.AllowedPattern)
		if err != nil {
			return fmt.Sprintf("its AllowedPattern in the template cannot be read: %v", err)
		}
		if !pattern(value) {
			return p.wish("it does not match " + p.AllowedPattern)
		}
	}
	return ""
}

// wish is what the template says of a value that is refused.
func (p parameter) wish(otherwise string) string {
	if p.ConstraintDescription == "" {
		return otherwise
	}
	return "it " + strings.TrimSuffix(p.ConstraintDescription, ".")
}

// exception is what Go's regular expressions lack of CloudFormation's: words
// that a value must not begin with.
var exception = regexp.MustCompile(`^\^\(\?!([^()]*)\)`)

// compile reads an AllowedPattern. CloudFormation holds it against the whole
// value.
func compile(pattern string) (func(string) bool, error) {
	var never *regexp.Regexp
	if cut := exception.FindStringSubmatch(pattern); cut != nil {
		var err error
		if never, err = regexp.Compile("^(?:" + cut[1] + ")"); err != nil {
			return nil, err
		}
		pattern = pattern[len(cut[0]):]
	}
	whole, err := regexp.Compile("^(?:" + pattern + ")$")
	if err != nil {
		return nil, err
	}
	return func(value string) bool {
		return whole.MatchString(value) && (never == nil || !never.MatchString(value))
	}, nil
}
