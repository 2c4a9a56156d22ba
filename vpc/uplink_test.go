package vpc_test

import (
	"net/netip"
	"testing"

	"demarc"
	"demarc/store"
	"demarc/store/storetest"
	"demarc/vpc"
)

// TestUplinksToSpare: an attached internet gateway has one as long as it is
// attached, no two have the same, and who comes too late has none.
func TestUplinksToSpare(t *testing.T) {
	st := storetest.Embedded(t, store.Tables()...)
	write := func(fn func(*store.Tx) error) {
		t.Helper()
		if err := st.Write(t.Context(), fn); err != nil {
			t.Fatal(err)
		}
	}
	spare := demarc.Uplink{Address: netip.MustParsePrefix("203.0.113.6/30"), Next: netip.MustParseAddr("203.0.113.5"), Place: "internet"}
	write(func(tx *store.Tx) error {
		store.VPCHosts.Put(tx, demarc.VPCHost{ID: "host-1", Region: "eu-west-1"})
		store.Uplinks.Put(tx, spare)
		return nil
	})
	var gateways []demarc.InternetGateway
	var networks []demarc.VPC
	for range 2 {
		write(func(tx *store.Tx) error {
			v, err := vpc.Create(tx, customer, "", netip.MustParsePrefix("10.0.0.0/16"), nil)
			if err != nil {
				return err
			}
			igw, err := vpc.CreateInternetGateway(tx, customer, "", nil)
			if err != nil {
				return err
			}
			networks, gateways = append(networks, v), append(gateways, igw)
			return vpc.AttachInternetGateway(tx, customer, igw.ID, v.ID)
		})
	}
	check := func(i int, want netip.Prefix) {
		t.Helper()
		if igw, _ := store.InternetGateways.Get(st.Local(), string(gateways[i].ID)); igw.Address != want {
			t.Errorf("gateway %d has %s, want %s", i, igw.Address, want)
		}
	}
	detach := func(i int) {
		t.Helper()
		write(func(tx *store.Tx) error {
			return vpc.DetachInternetGateway(tx, customer, gateways[i].ID, networks[i].ID)
		})
	}
	check(0, spare.Address)
	check(1, netip.Prefix{})
	detach(0)
	detach(1)
	check(0, netip.Prefix{})
	write(func(tx *store.Tx) error {
		return vpc.AttachInternetGateway(tx, customer, gateways[1].ID, networks[1].ID)
	})
	check(1, spare.Address)
}
