package main

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"log-group-kms/tests/alarms"
)

// record is a line of a query's result, by column.
type record map[string]any

// result is what a query gives.
type result struct {
	columns []string
	records []record
}

// timestamp is how Logs Insights writes the time of a line.
const timestamp = "2006-01-02 15:04:05"

var (
	equals    = regexp.MustCompile(`^(\w+) = "([^"]*)"$`)
	isPresent = regexp.MustCompile(`^ispresent\((\w+)\)$`)
	isIn      = regexp.MustCompile(`^(\w+) in \[([^\]]*)\]$`)
	aggregate = regexp.MustCompile(`^(count|max|latest)\(([@*\w]+)\) as (\w+)$`)
)

// ask carries a query of Logs Insights out on lines, as far as the dashboard uses its
// language.
func ask(query string, lines []alarms.Line) (result, error) {
	r := result{}
	for _, line := range lines {
		one := record{"@timestamp": line.At.Format(timestamp)}
		for name, value := range line.Fields {
			one[name] = value
		}
		r.records = append(r.records, one)
	}
	// Of the lines of a moment the function writes some side by side.
	slices.SortStableFunc(r.records, func(a, b record) int {
		return cmp.Or(cmp.Compare(a.text("@timestamp"), b.text("@timestamp")), cmp.Compare(a.text("logGroup"), b.text("logGroup")))
	})
	for command := range strings.SplitSeq(query, " | ") {
		verb, rest, _ := strings.Cut(strings.TrimSpace(command), " ")
		if err := r.apply(verb, rest); err != nil {
			return r, fmt.Errorf("%s: %w", command, err)
		}
	}
	return r, nil
}

func (r record) text(column string) string {
	switch value := r[column].(type) {
	case nil:
		return ""
	case float64:
		return strconv.FormatFloat(value, 'f', -1, 64)
	default:
		return fmt.Sprint(value)
	}
}

func (r *result) apply(verb, rest string) error {
	switch verb {
	case "SOURCE": // the log groups of this function
		return nil
	case "filter":
		return r.filter(rest)
	case "fields":
		r.columns = strings.Split(rest, ", ")
		return nil
	case "stats":
		return r.stats(rest)
	case "sort":
		column, order, _ := strings.Cut(rest, " ")
		slices.SortStableFunc(r.records, func(a, b record) int {
			if order == "desc" {
				a, b = b, a
			}
			return compare(a[column], b[column])
		})
		return nil
	case "limit":
		most, err := strconv.Atoi(rest)
		if err == nil {
			r.records = r.records[:min(most, len(r.records))]
		}
		return err
	}
	return errors.New("no way to carry it out")
}

// compare orders numbers as numbers and all else as text.
func compare(a, b any) int {
	x, isNumber := a.(float64)
	y, areNumbers := b.(float64)
	if isNumber && areNumbers {
		return cmp.Compare(x, y)
	}
	return cmp.Compare(fmt.Sprint(a), fmt.Sprint(b))
}

func (r *result) filter(conditions string) error {
	for condition := range strings.SplitSeq(conditions, " and ") {
		var drop func(record) bool
		if m := equals.FindStringSubmatch(condition); m != nil {
			drop = func(one record) bool { return one.text(m[1]) != m[2] }
		} else if m := isPresent.FindStringSubmatch(condition); m != nil {
			drop = func(one record) bool { return one[m[1]] == nil }
		} else if m := isIn.FindStringSubmatch(condition); m != nil {
			drop = func(one record) bool { return !strings.Contains(m[2], strconv.Quote(one.text(m[1]))) }
		} else {
			return fmt.Errorf("no way to read the condition %q", condition)
		}
		r.records = slices.DeleteFunc(r.records, drop)
	}
	return nil
}

// stats groups the records, which are in order of time.
func (r *result) stats(text string) error {
	what, by, _ := strings.Cut(text, " by ")
	groups := strings.Split(by, ", ")
	r.columns = slices.Clone(groups)
	found := make(map[string]record)
	var sums []record
	for _, one := range r.records {
		var key []string
		for _, column := range groups {
			key = append(key, one.text(column))
		}
		sum := found[strings.Join(key, "\x00")]
		if sum == nil {
			sum = make(record)
			for _, column := range groups {
				sum[column] = one[column]
			}
			found[strings.Join(key, "\x00")] = sum
			sums = append(sums, sum)
		}
		for one, err := range aggregates(what, one) {
			if err != nil {
				return err
			}
			one(sum)
		}
	}
	for part := range strings.SplitSeq(what, ", ") {
		m := aggregate.FindStringSubmatch(part)
		if m == nil {
			return fmt.Errorf("no way to read %q", part)
		}
		r.columns = append(r.columns, m[3])
	}
	r.records = sums
	return nil
}

// aggregates gives what a record does to the sum of its group.
func aggregates(what string, one record) func(yield func(func(sum record), error) bool) {
	return func(yield func(func(record), error) bool) {
		for part := range strings.SplitSeq(what, ", ") {
			m := aggregate.FindStringSubmatch(part)
			if m == nil {
				yield(nil, fmt.Errorf("no way to read %q", part))
				return
			}
			if !yield(func(sum record) {
				switch m[1] {
				case "count":
					n, _ := sum[m[3]].(float64)
					sum[m[3]] = n + 1
				case "max":
					if sum[m[3]] == nil || compare(one[m[2]], sum[m[3]]) > 0 {
						sum[m[3]] = one[m[2]]
					}
				case "latest":
					sum[m[3]] = one[m[2]]
				}
			}, nil) {
				return
			}
		}
	}
}
