package vif_test

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"demarc"
	"demarc/store"
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
	foreign  demarc.GatewayID = "vgw-00000000000000003" // mallory's
	own      demarc.GatewayID = "vgw-00000000000000004" // acme's
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// open gives a store with two connections of acme's and four gateways.
func open(t *testing.T) *store.Store {
	t.Helper()
	st, err := store.Open(context.Background(), store.Config{Dir: t.TempDir(), Log: slog.New(slog.DiscardHandler)}, store.Tables()...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	write(t, st, func(tx *store.Tx) error {
		for _, id := range []demarc.AccountID{acme, platform, mallory} {
			store.Accounts.Put(tx, demarc.Account{ID: id, Name: string(id)})
		}
		for _, id := range []demarc.ConnectionID{conn, other} {
			store.Connections.Put(tx, demarc.Connection{ID: id, Owner: acme, Bandwidth: demarc.Gbps, Region: "eu-west-1", Location: "LIS1", Port: "lis1-d1/p1", State: demarc.ConnectionAvailable})
		}
		store.VirtualGateways.Put(tx, demarc.VirtualGateway{ID: gw, Owner: platform, ASN: 64512, VPC: "vpc-1"})
		store.VirtualGateways.Put(tx, demarc.VirtualGateway{ID: detached, Owner: platform, ASN: 64512})
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
		_, err := vif.Confirm(tx, by, id, onto, noon)
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
