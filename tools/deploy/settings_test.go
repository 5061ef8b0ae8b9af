package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func valuesOf(settings []setting) map[string]string {
	values := make(map[string]string)
	for _, s := range settings {
		values[s.name] = s.value
	}
	return values
}

func TestParseFile(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, text string
		want       map[string]string
		faults     []string
	}{
		{"values as they stand", "A=x\nB = rate(6 hours) \nC=\n\n# D=1\n  # E\n", map[string]string{"A": "x", "B": "rate(6 hours)", "C": ""}, nil},
		{"quotes, braces, equals", `R={"a":["b c",'d'],"e"="f"}`, map[string]string{"R": `{"a":["b c",'d'],"e"="f"}`}, nil},
		{"mark and CR LF", "\uFEFFA=ü\r\nB=2\r\n", map[string]string{"A": "ü", "B": "2"}, nil},
		{"no assignment", "A\n", nil, []string{"f line 1: it must be Name=value"}},
		{"no name", "A B=1\n=2", nil, []string{"f line 1: it must be", "f line 2: it must be"}},
		{"twice", "A=1\n#\nA=2\n", nil, []string{"f line 3: A stands there twice, first in f line 1"}},
		{"in quotes", "A=\"x\"\nB='\nC='y'", nil, []string{"f line 1: the value of A stands in quotes", "f line 2: the value of B", "f line 3: the value of C"}},
		{"comment behind", "A=true # plan\n", nil, []string{"f line 1: the value of A holds \" #\""}},
		{"tab", "A=x\ty\n", nil, []string{"f line 1: the value of A holds a control character"}},
		{"what SAM would take away", `A={"x":"a\"b"}`, nil, []string{"f line 1: the value of A holds a backslash before a quote"}},
		{"no text", "A=\xff\n", nil, []string{"f: it is not UTF-8 text"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			settings, found := parseFile("f", []byte(c.text))
			matchFaults(t, found, c.faults)
			if c.faults == nil {
				if diff := cmp.Diff(c.want, valuesOf(settings)); diff != "" {
					t.Error(diff)
				}
			}
		})
	}
}

func TestParseInline(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, text string
		want       map[string]string
		faults     []string
	}{
		{"nothing", " ", map[string]string{}, nil},
		{"spaces within values", "S=rate(6 hours) D=true  Q= X=cron(30 2 * * ? *)", map[string]string{"S": "rate(6 hours)", "D": "true", "Q": "", "X": "cron(30 2 * * ? *)"}, nil},
		{"JSON", `Rules={"rules":[{"name":"a b","key":"alias/x"}]} D=true`, map[string]string{"Rules": `{"rules":[{"name":"a b","key":"alias/x"}]}`, "D": "true"}, nil},
		{"no name", "true", nil, []string{"PARAMETERS: it must be Name=value"}},
		{"words before", "now D=true", nil, []string{"PARAMETERS: it must be Name=value"}},
		{"twice", "D=true D=false", nil, []string{"PARAMETERS: D stands there twice"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			settings, found := parseInline(c.text)
			matchFaults(t, found, c.faults)
			if c.faults == nil {
				if diff := cmp.Diff(c.want, valuesOf(settings)); diff != "" {
					t.Error(diff)
				}
			}
		})
	}
}

// matchFaults wants each fault to begin with its counterpart.
func matchFaults(t *testing.T, got faults, want []string) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("got the faults\n%s\nwant %d like %q", strings.Join(got, "\n"), len(want), want)
	}
	for i, fault := range got {
		if !strings.HasPrefix(fault, want[i]) {
			t.Errorf("got the fault %q, want %q …", fault, want[i])
		}
	}
}
