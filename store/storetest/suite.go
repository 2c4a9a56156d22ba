package storetest

import (
	"iter"
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"demarc/store"
)

// A Port is the noun of the suite.
type Port struct {
	ID     string
	Device string
	VLANs  []string
	Count  int
}

// Ports is the table of the suite.
var Ports = store.NewTable("ports", func(p Port) string { return p.ID },
	store.Index[Port]{Name: "device", Keys: func(p Port) []string { return []string{p.Device} }},
	store.Index[Port]{Name: "vlan", Keys: func(p Port) []string { return p.VLANs }},
)

// A Pair opens two stores on the same fresh data, or one and returns it twice.
type Pair func(t *testing.T, tables ...store.Registered) (here, there *store.Store)

// Run puts a kind of store through the whole suite.
func Run(t *testing.T, open Pair) {
	for name, test := range map[string]func(*testing.T, *store.Store, *store.Store){
		"a write is read here and there":               readsWrites,
		"a refused write leaves nothing":               refusedWrite,
		"a write that writes nothing commits nothing":  writesNothing,
		"an answer is never older than the call":       currentAnswers,
		"indexes match whole values":                   indexes,
		"keys come in order, odd ones too":             oddKeys,
		"a transaction sees its own writes":            ownWrites,
		"a loop may write what it walks over":          writesInLoop,
		"mistakes in a noun fail the write":            unwritable,
		"a name has one holder":                        claimOnce,
		"a claim is released by deleting":              release,
		"of racing claims exactly one wins":            racingClaims,
		"64 writers lose no increment":                 increments,
		"a claim that appears is noticed":              phantomAppears,
		"a claim that vanishes is noticed":             phantomVanishes,
		"claims elsewhere do not disturb":              claimsElsewhere,
		"a transaction becomes visible as a whole":     atomicVisibility,
		"a view never changes":                         viewsAreImmutable,
		"a watch fires for its table, and once it did": watchTable,
		"changed waits for the next revision":          changed,
		"closing ends what waits":                      closing,
	} {
		t.Run(name, func(t *testing.T) {
			here, there := open(t, Ports, Cages)
			test(t, here, there)
		})
	}
}

// A Cage is in a second table, to tell the two apart.
type Cage struct{ ID string }

// Cages is the second table of the suite.
var Cages = store.NewTable("cages", func(c Cage) string { return c.ID })

// put writes ports and fails the test if it cannot.
func put(t *testing.T, s *store.Store, ports ...Port) {
	t.Helper()
	write(t, s, func(tx *store.Tx) error {
		for _, port := range ports {
			Ports.Put(tx, port)
		}
		return nil
	})
}

func write(t *testing.T, s *store.Store, fn func(tx *store.Tx) error) {
	t.Helper()
	if err := s.Write(Context(t), fn); err != nil {
		t.Fatalf("write: %v", err)
	}
}

func read(t *testing.T, s *store.Store) *store.View {
	t.Helper()
	v, err := s.Read(Context(t))
	if err != nil {
		t.Fatalf("read: %v", err)
	}
	return v
}

// ids is what a listing has, in its order.
func ids(ports []Port) []string {
	all := []string{}
	for _, port := range ports {
		all = append(all, port.ID)
	}
	return all
}

func allIDs(r store.Reader) []string { return ids(slices.Collect(Ports.All(r))) }

func idsBy(r store.Reader, index, value string) []string {
	return ids(slices.Collect(Ports.By(r, index, value)))
}

// claimsOf reads the claims of a view or of a transaction.
func claimsOf(r interface {
	Claims(prefix string) iter.Seq2[string, string]
}, prefix string) map[string]string {
	return maps.Collect(r.Claims(prefix))
}

func same(t *testing.T, what string, got, want any) {
	t.Helper()
	if diff := cmp.Diff(got, want); diff != "" {
		t.Errorf("%s (-got +want):\n%s", what, diff)
	}
}
