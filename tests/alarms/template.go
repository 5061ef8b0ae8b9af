package alarms

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// Definition is an alarm as the template defines it.
type Definition struct {
	Name       string
	Rule       Rule
	Period     time.Duration
	Statistics map[string]Statistic // by ID, and by the metric's name where there is no math
	Expression string               // metric math; empty: the only statistic
	Runbook    string               // heading on the operations page
}

// Statistic is one of a metric.
type Statistic struct {
	Metric string // see Key
	Stat   string
}

// Key names a metric with its namespace and dimensions.
func Key(namespace, name string, dimensions ...string) string {
	return namespace + " " + name + " " + strings.Join(dimensions, ",")
}

// Stack is a deployed stack as far as alarms are concerned: CloudFormation's
// functions carried out, and names in place of what AWS would make.
type Stack struct {
	Name       string
	Parameters map[string]string
	Alarms     []Definition
	untrue     []string // conditions
}

// Load reads the template's alarms. Every condition is true but for those that are
// named.
func Load(file, stack string, untrue ...string) (Stack, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return Stack{}, err
	}
	var document struct {
		Parameters map[string]struct {
			Default string `yaml:"Default"`
		} `yaml:"Parameters"`
		Resources map[string]struct {
			Type       string    `yaml:"Type"`
			Properties yaml.Node `yaml:"Properties"`
		} `yaml:"Resources"`
	}
	if err := yaml.Unmarshal(text, &document); err != nil {
		return Stack{}, fmt.Errorf("reading %s: %w", file, err)
	}
	s := Stack{Name: stack, Parameters: map[string]string{"AWS::StackName": stack}, untrue: untrue}
	for name, p := range document.Parameters {
		s.Parameters[name] = p.Default
	}
	for name, r := range document.Resources {
		if r.Type != "AWS::CloudWatch::Alarm" {
			continue
		}
		d, err := s.definition(name, &r.Properties)
		if err != nil {
			return Stack{}, fmt.Errorf("alarm %s: %w", name, err)
		}
		s.Alarms = append(s.Alarms, d)
	}
	return s, nil
}

var (
	placeholder = regexp.MustCompile(`\$\{([^}]+)\}`)
	heading     = regexp.MustCompile(`Runbook: (\S+)#(\S+)`)
)

// resolve gives a node's value with CloudFormation's functions carried out; nil
// where the template leaves it out.
func (s Stack) resolve(n *yaml.Node) any {
	switch n.Tag {
	case "!Ref":
		if n.Value == "AWS::NoValue" {
			return nil
		}
		if value, ok := s.Parameters[n.Value]; ok {
			return value
		}
		return n.Value
	case "!GetAtt":
		name, _, _ := strings.Cut(n.Value, ".")
		return name
	case "!Sub":
		return placeholder.ReplaceAllStringFunc(n.Value, func(p string) string {
			name := placeholder.FindStringSubmatch(p)[1]
			if value, ok := s.Parameters[name]; ok {
				return value
			}
			return name
		})
	case "!If":
		if slices.Contains(s.untrue, n.Content[0].Value) {
			return s.resolve(n.Content[2])
		}
		return s.resolve(n.Content[1])
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

// definition reads an alarm's properties.
func (s Stack) definition(name string, properties *yaml.Node) (Definition, error) {
	p, _ := s.resolve(properties).(map[string]any)
	d := Definition{Name: name, Statistics: make(map[string]Statistic)}
	text := func(m map[string]any, key string) string { value, _ := m[key].(string); return value }
	if found := heading.FindStringSubmatch(text(p, "AlarmDescription")); found != nil {
		d.Runbook = found[2]
	}
	statistic := func(metric map[string]any, stat string) Statistic {
		var dimensions []string
		list, _ := metric["Dimensions"].([]any)
		for _, item := range list {
			dimension, _ := item.(map[string]any)
			dimensions = append(dimensions, text(dimension, "Name")+"="+text(dimension, "Value"))
		}
		return Statistic{Key(text(metric, "Namespace"), text(metric, "MetricName"), dimensions...), stat}
	}
	period := text(p, "Period")
	if metrics, ok := p["Metrics"].([]any); ok {
		for _, item := range metrics {
			m, _ := item.(map[string]any)
			if expression := text(m, "Expression"); expression != "" {
				d.Expression = expression
				continue
			}
			stat, _ := m["MetricStat"].(map[string]any)
			metric, _ := stat["Metric"].(map[string]any)
			d.Statistics[text(m, "Id")] = statistic(metric, text(stat, "Stat"))
			period = text(stat, "Period")
		}
	} else {
		d.Statistics[text(p, "MetricName")] = statistic(p, text(p, "Statistic"))
	}
	numbers := make(map[string]float64)
	for key, value := range map[string]string{
		"Period": period, "Threshold": text(p, "Threshold"),
		"EvaluationPeriods": text(p, "EvaluationPeriods"), "DatapointsToAlarm": text(p, "DatapointsToAlarm"),
	} {
		number, err := strconv.ParseFloat(value, 64)
		if err != nil {
			return d, fmt.Errorf("%s is %q, not a number", key, value)
		}
		numbers[key] = number
	}
	breaches, err := comparison(text(p, "ComparisonOperator"), numbers["Threshold"])
	if err != nil {
		return d, err
	}
	d.Period = time.Duration(numbers["Period"]) * time.Second
	d.Rule = Rule{breaches, int(numbers["EvaluationPeriods"]), int(numbers["DatapointsToAlarm"]), Missing(text(p, "TreatMissingData"))}
	return d, nil
}

func comparison(operator string, threshold float64) (func(float64) bool, error) {
	switch operator {
	case "GreaterThanOrEqualToThreshold":
		return func(v float64) bool { return v >= threshold }, nil
	case "GreaterThanThreshold":
		return func(v float64) bool { return v > threshold }, nil
	case "LessThanThreshold":
		return func(v float64) bool { return v < threshold }, nil
	}
	return nil, fmt.Errorf("no way to evaluate the operator %q", operator)
}

// Metrics are samples by Key.
type Metrics map[string][]Sample

// Points gives an alarm's points, the last of which ends at end. Metric math is what
// the template uses of it.
func (d Definition) Points(metrics Metrics, end time.Time) ([]Point, error) {
	count := d.Rule.EvaluationPeriods + extraPoints
	series := make(map[string][]Point)
	var all [][]Point
	for id, s := range d.Statistics {
		series[id] = Points(metrics[s.Metric], s.Stat, d.Period, end, count)
		all = append(all, series[id])
	}
	for id := range series {
		switch d.Expression {
		case "":
			return series[id], nil
		case "FILL(" + id + ", 0)":
			return Fill(series[id], 0), nil
		case id + " / 60":
			points := make([]Point, count)
			for i, p := range series[id] {
				if p != nil {
					value := *p / 60
					points[i] = &value
				}
			}
			return points, nil
		}
	}
	if d.Expression == "SUM(METRICS())" {
		return Add(all...), nil
	}
	return nil, fmt.Errorf("alarm %s: no way to evaluate %q", d.Name, d.Expression)
}
