package audit

import (
	"encoding/csv"
	"io"
	"reflect"
	"strconv"
	"strings"

	"log-group-kms/internal/failure"
)

// CSV writes a table as spreadsheets read it (RFC 4180). Its columns are the keys of
// the JSON.
type CSV struct {
	to     *csv.Writer
	headed bool
}

// NewCSV makes a CSV that writes to an output.
func NewCSV(to io.Writer) *CSV {
	w := csv.NewWriter(to)
	w.UseCRLF = true
	return &CSV{to: w}
}

// Row writes a log group's line.
func (c *CSV) Row(row Row) error {
	if err := c.head(); err != nil {
		return err
	}
	var cells []string
	value := reflect.ValueOf(row)
	for i := range value.NumField() {
		if column(value.Type().Field(i)) != "" {
			cells = append(cells, harmless(cell(value.Field(i))))
		}
	}
	return c.to.Write(cells)
}

// End ends the table. A table has no totals that could say that it is not complete, so
// a line without a log group does.
func (c *CSV) End(summary *Summary) error {
	if err := c.head(); err != nil {
		return err
	}
	for i := range summary.Scopes {
		s := &summary.Scopes[i]
		if s.Err == nil {
			continue
		}
		err := c.Row(Row{
			Account: s.Account, Region: s.Region, State: Unknown, ErrorType: failure.TypeOf(s.Err),
			Because: "not complete: " + s.Trouble(),
		})
		if err != nil {
			return err
		}
	}
	c.to.Flush()
	return c.to.Error()
}

// head writes the names of the columns, once.
func (c *CSV) head() error {
	if c.headed {
		return nil
	}
	c.headed = true
	var names []string
	for field := range reflect.TypeFor[Row]().Fields() {
		if name := column(field); name != "" {
			names = append(names, name)
		}
	}
	return c.to.Write(names)
}

// column is the name of a field's column; "" where it has none.
func column(field reflect.StructField) string {
	return strings.TrimSuffix(field.Tag.Get("json"), "-")
}

func cell(value reflect.Value) string {
	if value.Kind() == reflect.Pointer {
		if value.IsNil() {
			return ""
		}
		value = value.Elem()
	}
	if value.CanInt() {
		return strconv.FormatInt(value.Int(), 10)
	}
	return value.String()
}

// harmless keeps a spreadsheet from taking a text for a formula: log-group names may
// begin with "-", and whoever may tag or name writes them.
func harmless(text string) string {
	if text != "" && strings.ContainsRune("=+-@\t\r", rune(text[0])) {
		return "'" + text
	}
	return text
}
