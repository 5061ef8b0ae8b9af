package config

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v3"

	"log-group-kms/internal/policy"
)

// rules reads RULES or RULES_FILE. Where both are set that is a fault, and so are
// those of the rules in each.
func (l *loader) rules() []policy.Rule {
	inline, _ := l.lookup(Rules)
	file := l.text(RulesFile, "")
	if inline != "" && file != "" {
		l.fault(Rules, "%s is set as well; give one of the two", RulesFile)
	}
	var rules []policy.Rule
	if inline != "" {
		l.rulesSource, l.rulesText = Rules, inline
		rules = l.parseRules(Rules, []byte(inline))
	}
	if file != "" {
		source := RulesFile + " " + file
		text, err := l.readFile(file)
		if err != nil {
			l.fault(source, "%v", err)
			return nil
		}
		l.rulesSource, l.rulesText = file, string(text)
		rules = l.parseRules(source, text)
	}
	return rules
}

// parseRules walks the YAML itself, rather than decoding it into structs, to
// find every fault with its line, and unknown and doubled fields among them.
func (l *loader) parseRules(source string, text []byte) []policy.Rule {
	top, err := parse(text)
	switch {
	case errors.Is(err, io.EOF):
		l.fault(source, `it holds no rules; it begins with "rules:"`)
		return nil
	case err != nil:
		l.fault(source, "%s", strings.TrimPrefix(err.Error(), "yaml: "))
		return nil
	}
	p := &rulesParser{loader: l, source: source, names: make(map[string]int)}
	return p.top(top)
}

// rulesParser reads the nodes of one source.
type rulesParser struct {
	*loader
	source string
	names  map[string]int // rule name → line of its first use
}

// at says where a node stands.
func (p *rulesParser) at(n *yaml.Node, what string) string {
	return fmt.Sprintf("%s line %d, %s", p.source, n.Line, what)
}

func (p *rulesParser) top(n *yaml.Node) []policy.Rule {
	var rules []policy.Rule
	p.fields(n, "the top", map[string]func(*yaml.Node, string){
		"rules": func(list *yaml.Node, what string) {
			for i, item := range p.items(list, what) {
				rules = append(rules, p.rule(item, fmt.Sprintf("rules[%d]", i)))
			}
		},
	})
	if resolved(n).Kind == yaml.MappingNode && !has(n, "rules") {
		p.fault(p.at(n, "the top"), `the field "rules" is missing`)
	}
	return rules
}

func (p *rulesParser) rule(n *yaml.Node, what string) policy.Rule {
	rule := policy.Rule{Line: n.Line}
	if name := child(n, "name"); name != nil && resolved(name).Value != "" {
		what += " (" + resolved(name).Value + ")"
	}
	patterns := func(into *[]policy.Pattern, f patternForm) func(*yaml.Node, string) {
		return func(n *yaml.Node, what string) { *into = p.patterns(n, what, f) }
	}
	p.fields(n, what, map[string]func(*yaml.Node, string){
		"name":      func(n *yaml.Node, what string) { rule.Name = p.name(n, what) },
		"logGroups": patterns(&rule.LogGroups, logGroupPattern),
		"accounts":  patterns(&rule.Accounts, accountPattern),
		"regions":   patterns(&rule.Regions, regionPattern),
		"tags":      func(n *yaml.Node, what string) { rule.Tags = p.tags(n, what) },
		"key": func(n *yaml.Node, what string) {
			rule.Key = p.keyAt(p.at(n, what), p.text(n, what))
		},
		"skip": func(n *yaml.Node, what string) { rule.Skip = p.yes(n, what) },
	})
	if resolved(n).Kind != yaml.MappingNode {
		return rule
	}
	where := p.at(n, what)
	if !has(n, "name") {
		p.fault(where, `the field "name" is missing; answers, logs and metrics show it`)
	}
	if !has(n, "logGroups") && !has(n, "accounts") && !has(n, "regions") && !has(n, "tags") {
		p.fault(where, "it has no condition; give at least one of logGroups, accounts, regions and tags")
	}
	switch {
	case has(n, "key") && has(n, "skip"):
		p.fault(where, "it has both key and skip; give one of the two")
	case !has(n, "key") && !has(n, "skip"):
		p.fault(where, "it has neither key nor skip; give one of the two")
	case has(n, "skip") && !rule.Skip:
		p.fault(where, "skip: false chooses nothing; give a key or skip: true")
	}
	return rule
}

func (p *rulesParser) name(n *yaml.Node, what string) string {
	name := p.text(n, what)
	if name == "" {
		return ""
	}
	if strings.ContainsFunc(name, unicode.IsControl) {
		p.fault(p.at(n, what), "%q has a control character, such as the end of a line", name)
	}
	if line, double := p.names[name]; double {
		p.fault(p.at(n, what), "the name %q is taken by the rule at line %d", name, line)
		return name
	}
	p.names[name] = n.Line
	return name
}

func (p *rulesParser) patterns(n *yaml.Node, what string, f patternForm) []policy.Pattern {
	var patterns []policy.Pattern
	for i, item := range p.items(n, what) {
		what := fmt.Sprintf("%s[%d]", what, i)
		if text, ok := p.scalar(item, what); ok {
			patterns = append(patterns, p.pattern(p.at(item, what), text, f))
		}
	}
	if resolved(n).Kind == yaml.SequenceNode && len(resolved(n).Content) == 0 {
		p.fault(p.at(n, what), "the list is empty, so the rule would match nothing; leave the field out or fill it")
	}
	return patterns
}

func (p *rulesParser) tags(n *yaml.Node, what string) map[string]policy.Pattern {
	m := resolved(n)
	if m.Kind != yaml.MappingNode {
		p.fault(p.at(n, what), "it must be a mapping of tag names to patterns")
		return nil
	}
	if len(m.Content) == 0 {
		p.fault(p.at(n, what), "the mapping is empty; leave the field out or fill it")
	}
	tags := make(map[string]policy.Pattern)
	for i := 0; i+1 < len(m.Content); i += 2 {
		key, value := resolved(m.Content[i]), m.Content[i+1]
		if !tagName.fits(key.Value) {
			p.fault(p.at(key, what), "%q is not %s", key.Value, tagName.want)
		}
		if _, double := tags[key.Value]; double {
			p.fault(p.at(key, what), "the tag %q stands there twice", key.Value)
		}
		where := what + "." + key.Value
		text, _ := p.scalar(value, where)
		if text != "" { // as in AWS, a tag's value may be empty
			p.pattern(p.at(value, where), text, tagPattern)
		}
		tags[key.Value] = policy.Pattern(text)
	}
	return tags
}
