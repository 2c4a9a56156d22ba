package reconcile_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"demarc/agent/reconcile"
)

var (
	errStuck = errors.New("stuck")
	errBlind = errors.New("cannot see")
)

// shelf is a Driver over a map. Keys in bad refuse every change.
type shelf struct {
	objects map[string]int
	bad     map[string]bool
	listErr error
	log     []string
	after   func() // called after each change
}

func (s *shelf) List(context.Context) (map[string]int, error) {
	return maps.Clone(s.objects), s.listErr
}

func (s *shelf) Put(_ context.Context, key string, want int) error {
	return s.change("put "+key, key, func() { s.objects[key] = want })
}

func (s *shelf) Remove(_ context.Context, key string) error {
	return s.change("remove "+key, key, func() { delete(s.objects, key) })
}

func (s *shelf) change(line, key string, do func()) error {
	s.log = append(s.log, line)
	if s.bad[key] {
		return fmt.Errorf("%s is %w", key, errStuck)
	}
	do()
	if s.after != nil {
		s.after()
	}
	return nil
}

func same(a, b int) bool { return a == b }

func TestApply(t *testing.T) {
	for _, test := range []struct {
		name         string
		actual, want map[string]int
		changes      []string
	}{
		{"nothing wanted, nothing there", nil, nil, nil},
		{"all missing", nil, map[string]int{"a": 1, "b": 2}, []string{"put a", "put b"}},
		{"all surplus", map[string]int{"a": 1, "b": 2}, nil, []string{"remove a", "remove b"}},
		{"one different", map[string]int{"a": 1, "b": 2}, map[string]int{"a": 1, "b": 3}, []string{"put b"}},
		{"as wanted", map[string]int{"a": 1}, map[string]int{"a": 1}, nil},
		{"mixed", map[string]int{"a": 1, "b": 2}, map[string]int{"b": 2, "c": 3}, []string{"put c", "remove a"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := &shelf{objects: map[string]int{}}
			maps.Copy(s.objects, test.actual)
			if err := reconcile.Apply(t.Context(), s, test.want, same); err != nil {
				t.Fatal(err)
			}
			want := map[string]int{}
			maps.Copy(want, test.want)
			if diff := cmp.Diff(want, s.objects); diff != "" {
				t.Errorf("objects (-want +got):\n%s", diff)
			}
			slices.Sort(s.log)
			if diff := cmp.Diff(test.changes, s.log); diff != "" {
				t.Errorf("changes (-want +got):\n%s", diff)
			}
		})
	}
}

func TestSurplusGoesBeforeMissingComes(t *testing.T) {
	s := &shelf{objects: map[string]int{"old": 101}}
	if err := reconcile.Apply(t.Context(), s, map[string]int{"new": 101}, same); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"remove old", "put new"}, s.log); diff != "" {
		t.Errorf("order (-want +got):\n%s", diff)
	}
}

func TestOneBadKeyBlocksNoOther(t *testing.T) {
	s := &shelf{
		objects: map[string]int{"stays": 1, "goes": 2},
		bad:     map[string]bool{"stays": true, "refuses": true},
	}
	err := reconcile.Apply(t.Context(), s, map[string]int{"refuses": 1, "comes": 2}, same)
	if !errors.Is(err, errStuck) {
		t.Fatalf("error is %v, want one that wraps %v", err, errStuck)
	}
	if diff := cmp.Diff(map[string]int{"stays": 1, "comes": 2}, s.objects); diff != "" {
		t.Errorf("objects (-want +got):\n%s", diff)
	}
	got := map[string]string{}
	for key, err := range reconcile.Errors[string](fmt.Errorf("node p1: %w", err)) {
		got[key] = err.Error()
	}
	want := map[string]string{
		"stays":   "remove stays: stays is stuck",
		"refuses": "put refuses: refuses is stuck",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("errors by key (-want +got):\n%s", diff)
	}
}

func TestBlindListTouchesNothing(t *testing.T) {
	s := &shelf{objects: map[string]int{"a": 1}, listErr: errBlind}
	err := reconcile.Apply(t.Context(), s, map[string]int{"b": 2}, same)
	if !errors.Is(err, errBlind) {
		t.Errorf("error is %v, want %v", err, errBlind)
	}
	if s.log != nil {
		t.Errorf("changed %v without knowing what is there", s.log)
	}
}

func TestEndedContextStops(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s := &shelf{objects: map[string]int{"a": 1, "b": 2, "c": 3}, after: cancel}
	err := reconcile.Apply(ctx, s, map[string]int{"d": 4}, same)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v, want %v", err, context.Canceled)
	}
	if len(s.log) != 1 {
		t.Errorf("made %v, want one change and then none", s.log)
	}
}
