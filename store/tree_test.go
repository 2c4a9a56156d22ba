package store_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"demarc/store"
)

// TestATreeIsASortedSet writes at random, in edits of several lengths, beside a
// set of texts, and looks that no earlier tree has changed.
func TestATreeIsASortedSet(t *testing.T) {
	for _, names := range []int{3, 40, 3000} {
		seed := rand.Uint64()
		random := rand.New(rand.NewPCG(seed, 1))
		var tree store.Tree
		set := map[string]bool{}
		type was struct {
			tree store.Tree
			all  []string
		}
		var earlier []was
		edit := new(store.Edit)
		for step := range 6000 {
			value, key := fmt.Sprintf("v%02d", random.IntN(7)), fmt.Sprint("k", random.IntN(names))
			growing := step/1500%2 == 0
			if put := random.IntN(10) < 8; put == growing {
				tree = tree.Put(edit, value, key)
				set[value+"/"+key] = true
			} else {
				tree = tree.Delete(edit, value, key)
				delete(set, value+"/"+key)
			}
			if random.IntN(20) == 0 { // the edit is over
				edit = new(store.Edit)
				if step%5 == 0 {
					earlier = append(earlier, was{tree, sorted(set)})
				}
			}
			if probe := fmt.Sprint("k", random.IntN(names)); tree.Has(value, probe) != set[value+"/"+probe] {
				t.Fatalf("seed %d, step %d: %s/%s: got %v", seed, step, value, probe, tree.Has(value, probe))
			}
		}
		earlier = append(earlier, was{tree, sorted(set)})
		for i, e := range earlier {
			if diff := cmp.Diff(e.all, e.tree.From("")); diff != "" {
				t.Fatalf("seed %d, tree %d of %d: %s", seed, i, len(earlier), diff)
			}
			middle := slices.DeleteFunc(slices.Clone(e.all), func(s string) bool { return s < "v03" })
			if diff := cmp.Diff(middle, e.tree.From("v03")); diff != "" {
				t.Fatalf("seed %d, tree %d from the middle: %s", seed, i, diff)
			}
		}
	}
}

// TestATreeEmptiesFromTheFront is how records in the order of time come and go.
func TestATreeEmptiesFromTheFront(t *testing.T) {
	var tree store.Tree
	name := func(n int) string { return fmt.Sprintf("%06d", n) }
	for n := range 5000 {
		tree = tree.Put(new(store.Edit), name(n), name(n))
		if n >= 100 {
			tree = tree.Delete(new(store.Edit), name(n-100), name(n-100))
		}
	}
	all := tree.From("")
	if len(all) != 100 || !strings.HasPrefix(all[0], name(4900)) {
		t.Errorf("got %d names from %v, want 100 from %s", len(all), all[:1], name(4900))
	}
}

func sorted(set map[string]bool) []string {
	all := []string{}
	for s := range set {
		all = append(all, s)
	}
	slices.Sort(all)
	return all
}
