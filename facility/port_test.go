package facility_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"demarc"
	"demarc/facility"
	"demarc/store"

	"github.com/google/go-cmp/cmp"
)

func TestAssignSpreads(t *testing.T) {
	st := open(t)
	var got []demarc.PortID
	for _, o := range []struct {
		id    demarc.ConnectionID
		owner demarc.AccountID
	}{
		{"dxcon-f0000001", acme},     // any device: the first
		{"dxcon-f0000002", homeless}, // the emptier device
		{"dxcon-f0000003", acme},     // away from acme's first
		{"dxcon-f0000004", acme},     // what is left
	} {
		got = append(got, order(t, st, o.id, o.owner).Port)
	}
	want := []demarc.PortID{"lis1-d1/p1", "lis1-d2/p1", "lis1-d2/p2", "lis1-d1/p2"}
	if diff := cmp.Diff(got, want); diff != "" {
		t.Errorf("ports (-got +want):\n%s", diff)
	}
}

func TestAssignRefuses(t *testing.T) {
	st := open(t)
	for _, id := range []demarc.ConnectionID{"dxcon-f0000001", "dxcon-f0000002", "dxcon-f0000003", "dxcon-f0000004"} {
		order(t, st, id, acme)
	}
	before := claims(st)
	for _, test := range []struct {
		name     string
		location demarc.LocationCode
		speed    demarc.Bandwidth
		kind     demarc.Kind
		code     string
		text     string
	}{
		{"unknown location", "LIS9", demarc.Gbps, demarc.Invalid, "E-LOCATION-UNKNOWN", `there is no Direct Connect location "LIS9"; there are LIS1, OPO1`},
		{"unsupported speed", "LIS1", 100 * demarc.Gbps, demarc.Invalid, "E-LOCATION-SPEED", "LIS1 has no ports of 100Gbps; it has 1Gbps, 10Gbps"},
		{"none free", "LIS1", demarc.Gbps, demarc.Limit, "E-PORT-NONE", "no port of 1Gbps is free at LIS1 (Lisbon One)"},
	} {
		t.Run(test.name, func(t *testing.T) {
			err := st.Write(t.Context(), func(tx *store.Tx) error {
				_, err := facility.Assign(tx, demarc.Connection{ID: "dxcon-f0000009", Owner: acme, Location: test.location, Bandwidth: test.speed})
				return err
			})
			refused(t, err, test.kind, test.code, test.text)
		})
	}
	if diff := cmp.Diff(claims(st), before); diff != "" {
		t.Errorf("refusals left claims (-got +want):\n%s", diff)
	}
	write(t, st, func(tx *store.Tx) error { facility.Release(tx, "lis1-d2/p1"); return nil })
	if got := order(t, st, "dxcon-f0000005", homeless).Port; got != "lis1-d2/p1" {
		t.Errorf("got port %s, want the one that was freed", got)
	}
}

func refused(t *testing.T, err error, kind demarc.Kind, code, text string) {
	t.Helper()
	var refusal *demarc.Error
	if !errors.As(err, &refusal) {
		t.Fatalf("got %v, want a refusal", err)
	}
	if refusal.Kind != kind || refusal.Code != code || refusal.Text != text {
		t.Errorf("got kind %d, code %s, %q, want %d, %s, %q", refusal.Kind, refusal.Code, refusal.Text, kind, code, text)
	}
}

// Two orders for the one port of 10 Gbps, at the same moment: one has it.
func TestLastPort(t *testing.T) {
	st := open(t)
	errs := make([]error, 8)
	var all sync.WaitGroup
	for i := range errs {
		all.Go(func() {
			errs[i] = st.Write(t.Context(), func(tx *store.Tx) error {
				_, err := facility.Assign(tx, demarc.Connection{ID: demarc.NewConnectionID(), Owner: acme, Location: "LIS1", Bandwidth: 10 * demarc.Gbps})
				return err
			})
		})
	}
	all.Wait()
	won := 0
	for _, err := range errs {
		switch {
		case err == nil:
			won++
		case demarc.KindOf(err) != demarc.Limit:
			t.Errorf("a loser got %v", err)
		}
	}
	if won != 1 {
		t.Errorf("%d orders got the one port", won)
	}
}

// TestAssignAmongThousands: what is taken does not count against the bound of
// what one transaction may read.
func TestAssignAmongThousands(t *testing.T) {
	st := open(t)
	const taken, batch = 5000, 1000
	for from := 0; from < taken; from += batch {
		write(t, st, func(tx *store.Tx) error {
			for i := from; i < from+batch; i++ {
				id := demarc.PortID(fmt.Sprintf("lis1-d1/a%04d", i))
				store.Ports.Put(tx, demarc.Port{ID: id, Speed: demarc.Gbps})
				if err := tx.Claim("port/"+string(id), "dxcon-ffffffff"); err != nil {
					return err
				}
			}
			return nil
		})
	}
	for _, id := range []demarc.ConnectionID{"dxcon-f0000001", "dxcon-f0000002", "dxcon-f0000003", "dxcon-f0000004"} {
		order(t, st, id, acme)
	}
}

func TestStock(t *testing.T) {
	st := open(t)
	order(t, st, "dxcon-f0000001", acme)
	v := st.Local()
	if diff := cmp.Diff(facility.Speeds(v, "LIS1"), []demarc.Bandwidth{demarc.Gbps, 10 * demarc.Gbps}); diff != "" {
		t.Errorf("speeds (-got +want):\n%s", diff)
	}
	if got := facility.Speeds(v, "OPO1"); len(got) != 0 {
		t.Errorf("a location without ports has speeds %v", got)
	}
	got := map[demarc.PortID]demarc.ConnectionID{}
	for _, s := range facility.Stock(v, "LIS1") {
		got[s.Port.ID] = s.Connection
	}
	want := map[demarc.PortID]demarc.ConnectionID{"lis1-d1/p1": "dxcon-f0000001", "lis1-d1/p2": "", "lis1-d1/p9": "", "lis1-d2/p1": "", "lis1-d2/p2": ""}
	if diff := cmp.Diff(got, want); diff != "" {
		t.Errorf("stock (-got +want):\n%s", diff)
	}
}
