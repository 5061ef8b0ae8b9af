package policy

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCovers(t *testing.T) {
	for _, test := range []struct {
		wider, narrower Pattern
		want            bool
	}{
		{"*", "/app/*", true},
		{"/app/*", "/app/*", true},
		{"/app/*", "/app/orders", true},
		{"/app/*", "/app/*-old", true},
		{"/app/*", "/app/a?c", true},
		{"/app/?", "/app/?", true},
		{"/app/??*", "/app/?x*", true},
		{"??", "é", false},
		{"/app/*x*", "/app/*-x-*", true},
		{"/app/*", "/ap*", false},
		{"/app/?", "/app/*", false},
		{"/app/a", "/app/?", false},
		{"/app/orders", "/app/*", false},
		{"/app/*", "*", false},
		{"*/prod", "/app/*", false},
	} {
		if got := test.wider.Covers(test.narrower); got != test.want {
			t.Errorf("%s covers %s: got %t, want %t", test.wider, test.narrower, got, test.want)
		}
	}
}

// What Covers says holds for every text: whatever the narrower pattern matches, the
// wider one matches.
func FuzzCovers(f *testing.F) {
	f.Add("/a*", "/ab?", "/abc")
	f.Fuzz(func(t *testing.T, wider, narrower, text string) {
		if Pattern(wider).Covers(Pattern(narrower)) && Pattern(narrower).Match(text) && !Pattern(wider).Match(text) {
			t.Errorf("%q covers %q, but %q matches only the latter", wider, narrower, text)
		}
	})
}

func TestUnreachable(t *testing.T) {
	names := func(patterns ...Pattern) []Pattern { return patterns }
	rule := func(name string, patterns []Pattern) Rule {
		return Rule{Name: name, LogGroups: patterns, Key: "alias/a"}
	}
	tagged := func(name string, patterns []Pattern) Rule {
		r := rule(name, patterns)
		r.Tags = map[string]Pattern{"a": "b"}
		return r
	}
	for _, test := range []struct {
		name    string
		exclude []Pattern
		rules   []Rule
		want    []Unreachable
	}{
		{"apart", nil, []Rule{rule("a", names("/a/*")), rule("b", names("/b/*"))}, nil},
		{"the same", nil, []Rule{rule("a", names("/a/*")), rule("b", names("/a/*"))}, []Unreachable{{"b", "a"}}},
		{"wider before", nil, []Rule{rule("all", names("*")), tagged("b", names("/a/*"))}, []Unreachable{{"b", "all"}}},
		{"wider before, no names", nil, []Rule{rule("all", names("*")), tagged("b", nil)}, []Unreachable{{"b", "all"}}},
		{"wider after", nil, []Rule{rule("b", names("/a/*")), rule("all", names("*"))}, nil},
		{"with a condition before", nil, []Rule{tagged("all", names("*")), rule("b", names("/a/*"))}, nil},
		{"one of two names left", nil, []Rule{rule("a", names("/a/*")), rule("b", names("/a/x", "/b/*"))}, nil},
		{"two rules take all", nil, []Rule{rule("a", names("/a/*")), rule("b", names("/b/*")), rule("c", names("/b/1", "/a/1"))}, []Unreachable{{"c", "b"}}},
		{"excluded", names("/a/*"), []Rule{rule("a", names("/a/b"))}, []Unreachable{{"a", ""}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := &Policy{Exclude: test.exclude, Rules: test.rules}
			if diff := cmp.Diff(test.want, p.Unreachable()); diff != "" {
				t.Errorf("unreachable (-want +got):\n%s", diff)
			}
		})
	}
}
