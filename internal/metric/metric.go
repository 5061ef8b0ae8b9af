// Package metric writes CloudWatch metrics as Embedded Metric Format lines
// (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html).
// CloudWatch Logs makes metrics of them; no API call is needed.
package metric

import (
	"encoding/json"
	"fmt"
	"io"
	"sync"
	"time"
)

// Name is a metric's name.
type Name string

// The metrics. Each counts log groups unless its comment says otherwise.
const (
	Associated      Name = "Associated"
	Planned         Name = "Planned"
	Unchanged       Name = "Unchanged"
	Skipped         Name = "Skipped"
	Gone            Name = "Gone"
	Failed          Name = "Failed"
	TagRejected     Name = "TagRejected"
	Attempts        Name = "Attempts"        // AssociateKmsKey requests
	ExposureSeconds Name = "ExposureSeconds" // from the event to the association

	LogGroups          Name = "LogGroups"          // seen by a finished sweep
	LogGroupsEncrypted Name = "LogGroupsEncrypted" // of these under a customer's key
	CoveragePercent    Name = "CoveragePercent"    // the share of the latter
	Open               Name = "Open"               // without the key that they should have
	LogGroupsUnusable  Name = "LogGroupsUnusable"  // under a key that cannot be used
	MissedByEvents     Name = "MissedByEvents"     // new ones that the sweep had to bring under a key
)

// units are those of the metrics that are no counts.
var units = map[Name]string{ExposureSeconds: "Seconds", CoveragePercent: "Percent"}

// service is the value of the dimension that every metric has. Log groups are no
// dimension: each value would be a metric of its own, and paid for.
const service = "log-group-kms"

// Value is one measurement.
type Value struct {
	Name  Name
	Value float64
	// ByAccount says to measure it also by the line's account.
	ByAccount bool
}

// Writer writes lines of metrics. It is safe for concurrent use.
type Writer struct {
	namespace string

	mu  sync.Mutex
	out io.Writer
}

// NewWriter writes to out, under a CloudWatch namespace.
func NewWriter(out io.Writer, namespace string) *Writer {
	return &Writer{namespace: namespace, out: out}
}

type definition struct {
	Name Name   `json:"Name"`
	Unit string `json:"Unit"`
}

type directive struct {
	Namespace  string       `json:"Namespace"`
	Dimensions [][]string   `json:"Dimensions"`
	Metrics    []definition `json:"Metrics"`
}

type metadata struct {
	Timestamp         int64       `json:"Timestamp"` // milliseconds since 1970
	CloudWatchMetrics []directive `json:"CloudWatchMetrics"`
}

// Write writes the values as one line. The properties ride along for whoever
// searches the log; they are no dimensions. Empty ones are left out. Values by account
// are measured twice: for all accounts together, so that one alarm serves all, and
// under the dimension Account, for which account must be given.
func (w *Writer) Write(values []Value, properties map[string]string, account string) error {
	line := map[string]any{"Service": service}
	for name, value := range properties {
		if value != "" {
			line[name] = value
		}
	}
	all := directive{Namespace: w.namespace, Dimensions: [][]string{{"Service"}}}
	byAccount := directive{Namespace: w.namespace, Dimensions: [][]string{{"Service", "Account"}}}
	for _, v := range values {
		unit, ok := units[v.Name]
		if !ok {
			unit = "Count"
		}
		all.Metrics = append(all.Metrics, definition{v.Name, unit})
		if v.ByAccount {
			byAccount.Metrics = append(byAccount.Metrics, definition{v.Name, unit})
		}
		line[string(v.Name)] = v.Value
	}
	directives := []directive{all}
	if len(byAccount.Metrics) > 0 {
		line["Account"] = account
		directives = append(directives, byAccount)
	}
	line["_aws"] = metadata{Timestamp: time.Now().UnixMilli(), CloudWatchMetrics: directives}
	text, err := json.Marshal(line)
	if err != nil {
		return fmt.Errorf("encoding metrics: %w", err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, err := w.out.Write(append(text, '\n')); err != nil {
		return fmt.Errorf("writing metrics: %w", err)
	}
	return nil
}
