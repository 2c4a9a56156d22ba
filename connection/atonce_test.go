package connection_test

import (
	"testing"

	"demarc"
	"demarc/connection"
	"demarc/store"
	"demarc/store/storetest"
)

// TestBilledAlikeAtOnce: whatever comes beside a change of billing, all of an
// account's connections at one location are billed alike in the end.
func TestBilledAlikeAtOnce(t *testing.T) {
	const flat demarc.BillingMode = "FlatRateTier1"
	order := func(demarc.ConnectionID) func(*store.Tx) error {
		return func(tx *store.Tx) error {
			_, err := connection.Place(tx, acme, connection.Order{Location: "LIS1", Bandwidth: demarc.Gbps, Name: "beside"}, noon)
			return err
		}
	}
	bill := func(id demarc.ConnectionID) func(*store.Tx) error {
		return func(tx *store.Tx) error {
			_, err := connection.Bill(tx, acme, []demarc.ConnectionID{id}, flat, noon)
			return err
		}
	}
	group := func(id demarc.ConnectionID) func(*store.Tx) error {
		return func(tx *store.Tx) error {
			_, err := connection.OrderLAG(tx, acme, connection.LAGOrder{
				Name: "l", Location: "LIS1", Bandwidth: demarc.Gbps, Connections: 1, Existing: id, Billing: flat,
			}, noon)
			return err
		}
	}
	for _, test := range []struct {
		name         string
		first, later func(demarc.ConnectionID) func(*store.Tx) error
		want         demarc.Kind // zero where it is done
	}{
		{"an order after a change", bill, order, 0},
		{"a change after an order", order, bill, demarc.Conflict},
		{"a LAG after an order", order, group, demarc.Conflict},
		{"an order after a LAG", group, order, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			st := open(t)
			c := place(t, st, acme)
			if err := storetest.Beside(t, st, test.later(c.ID), test.first(c.ID)); demarc.KindOf(err) != test.want {
				t.Errorf("got %v, want kind %d", err, test.want)
			}
			want := get(t, st, c.ID).Billing
			for _, other := range connection.List(st.Local(), acme, noon) {
				if other.Billing != want {
					t.Errorf("%s is billed by %q, %s by %q", other.ID, other.Billing, c.ID, want)
				}
			}
		})
	}
}
