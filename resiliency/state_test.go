package resiliency_test

import (
	"errors"
	"testing"
	"time"

	"demarc"
	"demarc/resiliency"
	"demarc/store"
	"demarc/store/storetest"
)

const acme demarc.AccountID = "111111111111"

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

var states = []demarc.ResiliencyGroupState{demarc.ResiliencyPending, demarc.ResiliencyAvailable, demarc.ResiliencyDeleting, demarc.ResiliencyDeleted}

// Every event in every state, in the order of states above.
func TestStates(t *testing.T) {
	const (
		pending   = demarc.ResiliencyPending
		available = demarc.ResiliencyAvailable
		deleting  = demarc.ResiliencyDeleting
		deleted   = demarc.ResiliencyDeleted
	)
	for name, event := range map[string]struct {
		happen func(demarc.ResiliencyGroup) demarc.ResiliencyGroup
		want   []demarc.ResiliencyGroupState
	}{
		"ended":   {resiliency.Ended, []demarc.ResiliencyGroupState{deleting, deleting, deleting, deleted}},
		"settled": {func(g demarc.ResiliencyGroup) demarc.ResiliencyGroup { return resiliency.Settled(g, noon) }, []demarc.ResiliencyGroupState{available, available, deleted, deleted}},
	} {
		for i, from := range states {
			got := event.happen(demarc.ResiliencyGroup{State: from})
			if got.State != event.want[i] {
				t.Errorf("%s when %s: got %s, want %s", name, from, got.State, event.want[i])
			}
			if from == deleting && got.State == deleted && !got.Deleted.Equal(noon) {
				t.Errorf("deleted at %v", got.Deleted)
			}
		}
	}
}

// What a group takes up in each state: nothing, once it was given up.
func TestGivenUpTakesNothingUp(t *testing.T) {
	st := storetest.Embedded(t, store.Tables()...)
	const id, conn = demarc.ResiliencyGroupID("dxrg-00000000000000001"), demarc.ConnectionID("dxcon-f0000001")
	undone := errors.New("undone")
	for _, state := range states {
		for name, do := range map[string]func(*store.Tx) error{
			"rename": func(tx *store.Tx) error { _, err := resiliency.Rename(tx, acme, id, "x", noon); return err },
			"associate": func(tx *store.Tx) error {
				_, err := resiliency.Associate(tx, acme, id, []demarc.ConnectionID{conn}, noon)
				return err
			},
			"disassociate": func(tx *store.Tx) error {
				g, _ := store.ResiliencyGroups.Get(tx, string(id))
				g.Connections = []demarc.ConnectionID{conn}
				store.ResiliencyGroups.Put(tx, g)
				_, err := resiliency.Disassociate(tx, acme, id, []demarc.ConnectionID{conn}, noon)
				return err
			},
			"delete": func(tx *store.Tx) error { _, err := resiliency.Delete(tx, acme, id, noon); return err },
		} {
			err := st.Write(t.Context(), func(tx *store.Tx) error {
				store.Connections.Put(tx, demarc.Connection{ID: conn, Owner: acme, State: demarc.ConnectionAvailable, Port: "lis1-d1/p1"})
				store.ResiliencyGroups.Put(tx, demarc.ResiliencyGroup{ID: id, Name: "g", Owner: acme, Model: demarc.BasicResiliency, State: state, Deleted: noon})
				return errors.Join(do(tx), undone)
			})
			refusal, refused := errors.AsType[*demarc.Error](err)
			givenUp := state == demarc.ResiliencyDeleting || state == demarc.ResiliencyDeleted
			if want := givenUp && name != "delete"; refused != want || refused && refusal.Kind != demarc.Conflict {
				t.Errorf("%s when %s: got %v, want it refused: %v", name, state, err, want)
			}
		}
	}
}

// Apart, by the two models that ask for more than two devices.
func TestApart(t *testing.T) {
	at := func(port demarc.PortID, location demarc.LocationCode, lag demarc.LAGID) demarc.Connection {
		return demarc.Connection{ID: demarc.ConnectionID(port), Port: port, Location: location, LAG: lag}
	}
	for _, test := range []struct {
		name  string
		model demarc.ResiliencyModel
		a, b  demarc.Connection
		apart bool
	}{
		{"one device", demarc.BasicResiliency, at("d1/1", "LIS1", ""), at("d1/2", "LIS1", ""), false},
		{"two devices", demarc.BasicResiliency, at("d1/1", "LIS1", ""), at("d2/1", "LIS1", ""), true},
		{"two devices of one location", demarc.MaximumResiliency, at("d1/1", "LIS1", ""), at("d2/1", "LIS1", ""), true},
		{"one location", demarc.HighResiliency, at("d1/1", "LIS1", ""), at("d2/1", "LIS1", ""), false},
		{"two locations", demarc.HighResiliency, at("d1/1", "LIS1", ""), at("e1/1", "LIS2", ""), true},
		{"one LAG", demarc.HighResiliency, at("d1/1", "LIS1", "dxlag-1"), at("d1/2", "LIS1", "dxlag-1"), true},
		{"two LAGs of one device", demarc.BasicResiliency, at("d1/1", "LIS1", "dxlag-1"), at("d1/2", "LIS1", "dxlag-2"), false},
	} {
		if err := resiliency.Apart(test.model, test.a, test.b); (err == nil) != test.apart {
			t.Errorf("%s: %v, want apart: %v", test.name, err, test.apart)
		}
	}
}
