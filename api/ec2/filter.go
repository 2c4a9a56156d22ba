package ec2

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"demarc"
	"demarc/api/awsquery"
)

// A listing says how things of one kind are picked from a list.
type listing[N any] struct {
	// kind is the room's word, for the refusal of an id that is not there.
	kind string
	id   func(N) string
	// of is the id of what the thing is part of, if it has no key of its own.
	of func(N) string
	// tags is nil for what has none.
	tags func(N) []demarc.Tag
	// filters give the values that a filter compares, by its name.
	filters map[string]func(N) []string
}

// within leaves what is in the call's Region.
func (l listing[N]) within(c call, all []N) []N {
	if c.scope.All() {
		return all
	}
	of := l.of
	if of == nil {
		of = l.id
	}
	return slices.DeleteFunc(slices.Clone(all), func(n N) bool { return c.scope.Hides(c.reader, of(n)) })
}

// pick gives those of all that have one of the ids, if there are any, and pass
// every filter. An id that is not there is refused.
func (l listing[N]) pick(all []N, ids []string, filters []types.Filter) ([]N, error) {
	for _, id := range ids {
		if !slices.ContainsFunc(all, func(n N) bool { return l.id(n) == id }) {
			return nil, demarc.Errorf(demarc.NotFound, "The %s ID '%s' does not exist", l.kind, id).In(l.kind)
		}
	}
	out := []N{}
	for _, n := range all {
		if len(ids) > 0 && !slices.Contains(ids, l.id(n)) {
			continue
		}
		passed, err := l.passes(n, filters)
		if err != nil {
			return nil, err
		}
		if passed {
			out = append(out, n)
		}
	}
	if len(all) == 0 { // wrong filters are refused all the same
		var none N
		if _, err := l.passes(none, filters); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (l listing[N]) passes(n N, filters []types.Filter) (bool, error) {
	passed := true
	for _, f := range filters {
		values, known := l.values(n, get(f.Name))
		if !known {
			return false, &awsquery.Error{Code: "InvalidParameterValue", Message: "The filter '" + get(f.Name) + "' is invalid"}
		}
		if !slices.ContainsFunc(values, func(v string) bool { return matchesAny(f.Values, v) }) {
			passed = false
		}
	}
	return passed, nil
}

// values are what a filter compares; known is false for none of this kind's.
func (l listing[N]) values(n N, name string) (values []string, known bool) {
	if of, ok := l.filters[name]; ok {
		return of(n), true
	}
	key, byKey := strings.CutPrefix(name, "tag:")
	if l.tags == nil || !byKey && name != "tag-key" {
		return nil, false
	}
	for _, t := range l.tags(n) {
		switch {
		case !byKey:
			values = append(values, t.Key)
		case t.Key == key:
			values = append(values, t.Value)
		}
	}
	return values, true
}

// matchesAny compares a value with patterns: * is any text and ? any letter.
func matchesAny(patterns []string, value string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool {
		if !strings.ContainsAny(p, "*?") {
			return p == value
		}
		expression := strings.NewReplacer(`\*`, ".*", `\?`, ".").Replace(regexp.QuoteMeta(p))
		return regexp.MustCompile("(?s)^" + expression + "$").MatchString(value)
	})
}

// one is a filter over a single value; an empty one is none.
func one[N any, S ~string](value func(N) S) func(N) []string {
	return func(n N) []string {
		if v := value(n); v != "" {
			return []string{string(v)}
		}
		return nil
	}
}

// flag is a filter over true and false.
func flag[N any](value func(N) bool) func(N) []string {
	return func(n N) []string { return []string{strconv.FormatBool(value(n))} }
}

// always is a filter over what everything of a kind has in common.
func always[N any](value string) func(N) []string {
	return func(N) []string { return []string{value} }
}
