package alarms

import (
	"fmt"
	"os"
	"regexp"
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
	Text       string               // its description: what is wrong, what it means, the runbook
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

// Stack is a deployed stack as far as alarms and dashboard are concerned, with the
// resources' names in the template in place of those that AWS would make.
type Stack struct {
	Name       string
	Parameters map[string]string
	Alarms     []Definition
	Dashboard  string // its body, JSON

	conditions map[string]yaml.Node
}

// Load reads the template. named are parameters that differ from their defaults.
func Load(file, stack string, named map[string]string) (Stack, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return Stack{}, err
	}
	var document struct {
		Parameters map[string]struct {
			Default string `yaml:"Default"`
		} `yaml:"Parameters"`
		Conditions map[string]yaml.Node `yaml:"Conditions"`
		Resources  map[string]struct {
			Type       string    `yaml:"Type"`
			Condition  string    `yaml:"Condition"`
			Properties yaml.Node `yaml:"Properties"`
		} `yaml:"Resources"`
	}
	if err := yaml.Unmarshal(text, &document); err != nil {
		return Stack{}, fmt.Errorf("reading %s: %w", file, err)
	}
	s := Stack{
		Name: stack, conditions: document.Conditions,
		Parameters: map[string]string{"AWS::StackName": stack, "AWS::AccountId": Account, "AWS::Region": Region},
	}
	for name, p := range document.Parameters {
		s.Parameters[name] = p.Default
	}
	for name, value := range named {
		s.Parameters[name] = value
	}
	for name, r := range document.Resources {
		switch {
		case r.Condition != "" && !s.holds(r.Condition):
		case r.Type == "AWS::CloudWatch::Alarm":
			d, err := s.definition(name, &r.Properties)
			if err != nil {
				return Stack{}, fmt.Errorf("alarm %s: %w", name, err)
			}
			s.Alarms = append(s.Alarms, d)
		case r.Type == "AWS::CloudWatch::Dashboard":
			properties, _ := s.resolve(&r.Properties).(map[string]any)
			s.Dashboard, _ = properties["DashboardBody"].(string)
		}
	}
	return s, nil
}

var heading = regexp.MustCompile(`Runbook: (\S+)#(\S+)`)

// definition reads an alarm's properties.
func (s Stack) definition(name string, properties *yaml.Node) (Definition, error) {
	p, _ := s.resolve(properties).(map[string]any)
	text := func(m map[string]any, key string) string { value, _ := m[key].(string); return value }
	d := Definition{Name: name, Text: text(p, "AlarmDescription"), Statistics: make(map[string]Statistic)}
	if found := heading.FindStringSubmatch(d.Text); found != nil {
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

// Points gives an alarm's points, the last of which ends at end.
func (d Definition) Points(metrics Metrics, end time.Time) ([]Point, error) {
	count := d.Rule.EvaluationPeriods + extraPoints
	series := make(map[string][]Point)
	for id, s := range d.Statistics {
		series[id] = Points(metrics[s.Metric], s.Stat, d.Period, end, count)
		if d.Expression == "" {
			return series[id], nil
		}
	}
	points, err := Evaluate(d.Expression, series)
	if err != nil {
		return nil, fmt.Errorf("alarm %s: %w", d.Name, err)
	}
	return points, nil
}
