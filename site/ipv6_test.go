package site_test

import (
	"net/netip"
	"slices"
	"testing"

	"demarc"
	"demarc/site"
	"demarc/store"
	"demarc/store/storetest"
)

// What the file says of IPv6 is there after an import and after another, and
// so is what was given since.
func TestIPv6IsImportedAndKept(t *testing.T) {
	s, err := site.Load("")
	if err != nil {
		t.Fatal(err)
	}
	s.Environments[1].Apps = []site.App{{Name: "trial-app", Address: netip.MustParseAddr("10.8.3.10"), IPv6: netip.MustParseAddr("fd20:8:3::10")}}
	st := storetest.Embedded(t, store.Tables()...)
	assigned := netip.MustParseAddr("fd00::10")
	for range 2 {
		if err := s.Import(t.Context(), st); err != nil {
			t.Fatal(err)
		}
		err := st.Write(t.Context(), func(tx *store.Tx) error {
			for _, v := range slices.Collect(store.VPCs.All(tx)) {
				if v.Name == "acme-prod" {
					v.Hosts = []demarc.HostInterface{{Host: "acme-app1", Address: v.Hosts[0].Address, IPv6: assigned}}
					store.VPCs.Put(tx, v)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Import(t.Context(), st); err != nil {
		t.Fatal(err)
	}
	for v := range store.VPCs.All(st.Local()) {
		var parts []netip.Prefix
		for sub := range store.Subnets.By(st.Local(), "vpc", string(v.ID)) {
			if sub.IPv6 != nil {
				parts = append(parts, sub.IPv6.Prefix)
			}
		}
		switch v.Name {
		case "acme-trial":
			if got := v.Ranges(); len(got) != 2 || got[1].String() != "fd20:8:3::/56" || v.Hosts[0].IPv6.String() != "fd20:8:3::10" {
				t.Errorf("acme-trial has %v, its host %v", got, v.Hosts[0].IPv6)
			}
			if len(parts) != 1 || parts[0].String() != "fd20:8:3::/64" {
				t.Errorf("its subnet has %v", parts)
			}
		case "acme-prod":
			if got := v.Ranges(); len(got) != 1 || v.Hosts[0].IPv6 != assigned || len(parts) > 0 {
				t.Errorf("acme-prod has %v, its host %v, its subnet %v", got, v.Hosts[0].IPv6, parts)
			}
		}
	}
}
