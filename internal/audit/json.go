package audit

import (
	"encoding/json"
	"io"
)

// JSON writes one object a line: the log groups, then the totals of each account and
// Region.
type JSON struct{ encoder *json.Encoder }

// NewJSON makes a JSON that writes to an output.
func NewJSON(to io.Writer) *JSON {
	encoder := json.NewEncoder(to)
	encoder.SetEscapeHTML(false)
	return &JSON{encoder}
}

// Row writes a log group's line.
func (j *JSON) Row(row Row) error { return j.encoder.Encode(row) }

// End writes the totals.
func (j *JSON) End(summary *Summary) error {
	for i := range summary.Scopes {
		if err := j.encoder.Encode(summary.Scopes[i].Totals); err != nil {
			return err
		}
	}
	return nil
}
