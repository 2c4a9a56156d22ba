package vif_test

import (
	"errors"
	"testing"
	"time"

	"demarc"
	"demarc/store"
	"demarc/store/storetest"
	"demarc/vif"
)

const (
	acme     demarc.AccountID = "111111111111" // owns the connections
	platform demarc.AccountID = "333333333333" // owns the gateways
	mallory  demarc.AccountID = "999999999999"

	conn  demarc.ConnectionID = "dxcon-f0000001"
	other demarc.ConnectionID = "dxcon-f0000002" // acme's as well

	gw       demarc.GatewayID = "vgw-00000000000000001"
	detached demarc.GatewayID = "vgw-00000000000000002"
	abroad   demarc.GatewayID = "vgw-00000000000000008" // in another Region
	foreign  demarc.GatewayID = "vgw-00000000000000003" // mallory's
	own      demarc.GatewayID = "vgw-00000000000000004" // acme's
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// open gives a store with two connections of acme's and four gateways.
func open(t *testing.T) *store.Store {
	t.Helper()
	st := storetest.Embedded(t, store.Tables()...)
	write(t, st, func(tx *store.Tx) error {
		for _, id := range []demarc.AccountID{acme, platform, mallory} {
			store.Accounts.Put(tx, demarc.Account{ID: id, Name: string(id)})
		}
		for _, id := range []demarc.ConnectionID{conn, other} {
			store.Connections.Put(tx, demarc.Connection{ID: id, Owner: acme, Bandwidth: demarc.Gbps, Region: "eu-west-1", Location: "LIS1", Port: "lis1-d1/p1", State: demarc.ConnectionAvailable})
			store.CrossConnects.Put(tx, demarc.CrossConnect{Connection: id, Patched: true})
		}
		store.VirtualGateways.Put(tx, demarc.VirtualGateway{ID: gw, Owner: platform, ASN: 64512, VPC: "vpc-1"})
		store.VirtualGateways.Put(tx, demarc.VirtualGateway{ID: detached, Owner: platform, ASN: 64512})
		store.VirtualGateways.Put(tx, demarc.VirtualGateway{ID: abroad, Owner: platform, ASN: 64512, VPC: "vpc-abroad", Region: "ap-southeast-2"})
		store.VirtualGateways.Put(tx, demarc.VirtualGateway{ID: foreign, Owner: mallory, ASN: 64512, VPC: "vpc-2"})
		store.VirtualGateways.Put(tx, demarc.VirtualGateway{ID: own, Owner: acme, ASN: 64513, VPC: "vpc-3"})
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

// request is good as it is.
func request(vlan int) vif.New { return vif.New{Name: "prod", VLAN: vlan, ASN: 65001} }

// publicRequest is good as it is, and so with any public prefixes.
func publicRequest(vlan int, filters ...string) vif.New {
	if filters == nil {
		filters = []string{"198.51.100.0/24"}
	}
	return vif.New{
		Type: demarc.PublicVIF, Name: "open", VLAN: vlan, ASN: 65001,
		AmazonAddress: "203.0.113.1/30", CustomerAddress: "203.0.113.2/30", RouteFilters: filters,
	}
}

// rates are AWS's, in its own order.
const rates = `50Mbps 100Mbps 200Mbps 300Mbps 400Mbps 500Mbps 600Mbps 700Mbps 800Mbps 900Mbps
	1Gbps 1.2Gbps 1.5Gbps 1.8Gbps 2Gbps 2.1Gbps 2.4Gbps 2.7Gbps 3Gbps 3.2Gbps 3.6Gbps 4Gbps 5Gbps 6Gbps 7Gbps 8Gbps 9Gbps 10Gbps
	12Gbps 15Gbps 18Gbps 20Gbps 21Gbps 24Gbps 27Gbps 30Gbps 32Gbps 36Gbps 40Gbps 50Gbps 60Gbps 70Gbps 80Gbps 100Gbps 120Gbps 150Gbps
	180Gbps 200Gbps 210Gbps 240Gbps 270Gbps 300Gbps 320Gbps 360Gbps 400Gbps 450Gbps 480Gbps 500Gbps 540Gbps 600Gbps 700Gbps 800Gbps 900Gbps
	1Tbps 1.1Tbps 1.2Tbps 1.3Tbps 1.4Tbps 1.5Tbps 1.6Tbps`

func allocate(t *testing.T, st *store.Store, on demarc.ConnectionID, n vif.New) (v demarc.VirtualInterface, err error) {
	t.Helper()
	err = st.Write(t.Context(), func(tx *store.Tx) (err error) {
		v, err = vif.Allocate(tx, acme, on, platform, n, noon)
		return err
	})
	return v, err
}

func mustAllocate(t *testing.T, st *store.Store, on demarc.ConnectionID, n vif.New) demarc.VirtualInterface {
	t.Helper()
	v, err := allocate(t, st, on, n)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func confirm(t *testing.T, st *store.Store, by demarc.AccountID, id demarc.VirtualInterfaceID, onto demarc.GatewayID) error {
	t.Helper()
	return st.Write(t.Context(), func(tx *store.Tx) error {
		_, err := vif.Confirm(tx, by, id, demarc.PrivateVIF, vif.Onto{Gateway: onto}, noon)
		return err
	})
}

func del(t *testing.T, st *store.Store, by demarc.AccountID, id demarc.VirtualInterfaceID) error {
	t.Helper()
	return st.Write(t.Context(), func(tx *store.Tx) error {
		_, err := vif.Delete(tx, by, id, noon)
		return err
	})
}

func get(t *testing.T, st *store.Store, id demarc.VirtualInterfaceID) demarc.VirtualInterface {
	t.Helper()
	v, ok := store.VirtualInterfaces.Get(st.Local(), string(id))
	if !ok {
		t.Fatalf("no interface %s", id)
	}
	return v
}

func claims(st *store.Store) map[string]string {
	all := map[string]string{}
	for name, holder := range st.Local().Claims("") {
		all[name] = holder
	}
	return all
}

// empty checks that nothing is left behind: no interface, no claim.
func empty(t *testing.T, st *store.Store) {
	t.Helper()
	if got := claims(st); len(got) != 0 {
		t.Errorf("claims are left: %v", got)
	}
	for v := range store.VirtualInterfaces.All(st.Local()) {
		t.Errorf("interface %s is left", v.ID)
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
