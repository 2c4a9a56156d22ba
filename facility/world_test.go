package facility_test

import (
	"testing"
	"time"

	"demarc"
	"demarc/facility"
	"demarc/store"
	"demarc/store/storetest"
)

const (
	building demarc.AccountID = "444444444444"
	acme     demarc.AccountID = "111111111111"
	homeless demarc.AccountID = "222222222222"
	mallory  demarc.AccountID = "999999999999"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// open gives a store with one building: two devices with two ports of 1 Gbps
// each and one of 10 on the first, and a cage of acme's with two places.
func open(t *testing.T) *store.Store {
	t.Helper()
	st := storetest.Embedded(t, store.Tables()...)
	write(t, st, func(tx *store.Tx) error {
		store.Accounts.Put(tx, demarc.Account{ID: acme, Name: "customer", Title: "Acme Größe & Söhne", Party: demarc.Customer})
		store.Locations.Put(tx, demarc.Location{
			Code: "LIS1", Name: "Lisbon One", Region: "eu-west-1", Facility: building,
			Cages: []demarc.Cage{{Account: acme, Router: "acme-r1", Interface: "eth0"}, {Account: acme, Router: "acme-r2", Interface: "eth0"}},
		})
		store.Locations.Put(tx, demarc.Location{Code: "OPO1", Name: "Porto One", Region: "eu-west-1", Facility: mallory})
		for _, device := range []demarc.NodeID{"lis1-d1", "lis1-d2"} {
			store.Devices.Put(tx, demarc.Device{ID: device, Location: "LIS1", Rack: "R7 " + string(device)})
			for _, name := range []string{"p1", "p2"} {
				store.Ports.Put(tx, demarc.Port{ID: demarc.PortID(string(device) + "/" + name), Speed: demarc.Gbps, Panel: "PP-" + string(device), PanelPort: name + "-back"})
			}
		}
		store.Ports.Put(tx, demarc.Port{ID: "lis1-d1/p9", Speed: 10 * demarc.Gbps})
		return nil
	})
	return st
}

func write(t *testing.T, st *store.Store, fn func(*store.Tx) error) {
	t.Helper()
	if err := st.Write(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

// order makes a connection with a port and a cross-connect, as connection.Place
// does.
func order(t *testing.T, st *store.Store, id demarc.ConnectionID, owner demarc.AccountID) demarc.Connection {
	t.Helper()
	c := demarc.Connection{ID: id, Owner: owner, Location: "LIS1", Bandwidth: demarc.Gbps, Name: "to the cloud", State: demarc.ConnectionRequested, LOAIssued: noon}
	write(t, st, func(tx *store.Tx) error {
		port, err := facility.Assign(tx, c)
		if err != nil {
			return err
		}
		c.Port = port.ID
		if _, err = facility.Order(tx, c, noon); err != nil {
			return err
		}
		store.Connections.Put(tx, c)
		return nil
	})
	return c
}

func claims(st *store.Store) map[string]string {
	all := map[string]string{}
	for name, holder := range st.Local().Claims("") {
		all[name] = holder
	}
	return all
}
