package site_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"demarc"
	"demarc/site"
	"demarc/store"
	"demarc/store/storetest"
)

// The example is valid, and everything in it is in the region that it names, or
// in the site's.
func TestTwoRegions(t *testing.T) {
	s, err := site.Load("two-regions.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(s.Regions(), []demarc.Region{"eu-west-1", "eu-central-1"}); diff != "" {
		t.Errorf("regions: got - want +\n%s", diff)
	}
	st := storetest.Embedded(t, store.Tables()...)
	for range 2 { // and again, as control does when it starts
		if err := s.Import(t.Context(), st); err != nil {
			t.Fatal(err)
		}
	}
	got := map[string]demarc.Region{}
	r := st.Local()
	for l := range store.Locations.All(r) {
		got[string(l.Code)] = l.Region
	}
	for h := range store.VPCHosts.All(r) {
		got[string(h.ID)] = h.Region
	}
	for env := range store.Environments.All(r) {
		vpc, _ := store.VPCs.Get(r, string(env.VPC))
		gw, _ := store.VirtualGateways.Get(r, string(env.Gateway))
		got[env.Name], got[env.Name+"'s VPC"], got[env.Name+"'s gateway"] = env.Region, vpc.Region, gw.Region
		for subnet := range store.Subnets.By(r, "vpc", string(vpc.ID)) {
			if !strings.HasPrefix(subnet.Zone, string(vpc.Region)) {
				t.Errorf("%s: the subnet is in zone %s, the VPC in %s", env.Name, subnet.Zone, vpc.Region)
			}
		}
	}
	const west, central = "eu-west-1", "eu-central-1"
	want := map[string]demarc.Region{
		"LIS1": west, "vpc-a": west, "acme-lisbon": west, "acme-lisbon's VPC": west, "acme-lisbon's gateway": west,
		"FRA1": central, "vpc-b": central, "acme-frankfurt": central, "acme-frankfurt's VPC": central, "acme-frankfurt's gateway": central,
	}
	if diff := cmp.Diff(got, want); diff != "" {
		t.Errorf("got - want +\n%s", diff)
	}
}

// What was made in a Region stays there: an environment, and a location as long as
// a connection is there.
func TestRegionsAreKept(t *testing.T) {
	s, err := site.Load("two-regions.yaml")
	if err != nil {
		t.Fatal(err)
	}
	st := storetest.Embedded(t, store.Tables()...)
	if err := s.Import(t.Context(), st); err != nil {
		t.Fatal(err)
	}
	refused := func(want string, change func(s *site.Site)) {
		t.Helper()
		s, _ := site.Load("two-regions.yaml")
		change(s)
		if err := s.Import(t.Context(), st); want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("got %v, want it to say %q", err, want)
		}
	}
	moved := func(s *site.Site) { s.Locations[0].Region = "eu-central-1" }
	refused("environment acme-lisbon is in Region eu-west-1 and stays there; the site file says eu-central-1", func(s *site.Site) {
		s.Environments[0].Region = "eu-central-1"
	})
	connect := func(state demarc.ConnectionState) {
		t.Helper()
		if err := st.Write(t.Context(), func(tx *store.Tx) error {
			store.Connections.Put(tx, demarc.Connection{ID: "dxcon-1", Location: "LIS1", Region: "eu-west-1", State: state})
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	connect(demarc.ConnectionAvailable)
	refused("location LIS1 is in Region eu-west-1, where connection dxcon-1 is; the site file says eu-central-1", moved)
	connect(demarc.ConnectionDeleted)
	add := func(lag demarc.LAG) {
		t.Helper()
		if err := st.Write(t.Context(), func(tx *store.Tx) error { store.LAGs.Put(tx, lag); return nil }); err != nil {
			t.Fatal(err)
		}
	}
	add(demarc.LAG{ID: "dxlag-1", Location: "LIS1", Region: "eu-west-1"})
	refused("location LIS1 is in Region eu-west-1, where LAG dxlag-1 is; the site file says eu-central-1", moved)
	add(demarc.LAG{ID: "dxlag-1", Location: "LIS1", Region: "eu-west-1", Deleted: time.Unix(1, 0)})
	refused("", moved)
}
