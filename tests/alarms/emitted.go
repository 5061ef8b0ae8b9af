package alarms

import (
	"encoding/json"
	"fmt"
	"time"
)

// Read adds the metrics that the function's lines hold in Embedded Metric Format, all
// of them dated at. Other lines count for nothing
// (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html).
func (m Metrics) Read(lines []string, at time.Time) error {
	for _, text := range lines {
		var line struct {
			AWS *struct {
				CloudWatchMetrics []struct {
					Namespace  string
					Dimensions [][]string
					Metrics    []struct{ Name string }
				}
			} `json:"_aws"`
		}
		var members map[string]any
		if json.Unmarshal([]byte(text), &line) != nil || json.Unmarshal([]byte(text), &members) != nil || line.AWS == nil {
			continue
		}
		for _, directive := range line.AWS.CloudWatchMetrics {
			for _, set := range directive.Dimensions {
				var dimensions []string
				for _, name := range set {
					dimensions = append(dimensions, fmt.Sprintf("%s=%v", name, members[name]))
				}
				for _, metric := range directive.Metrics {
					value, ok := members[metric.Name].(float64)
					if !ok {
						return fmt.Errorf("the metric %s is %v, not a number, in %s", metric.Name, members[metric.Name], text)
					}
					key := Key(directive.Namespace, metric.Name, dimensions...)
					m[key] = append(m[key], Sample{at, value})
				}
			}
		}
	}
	return nil
}
