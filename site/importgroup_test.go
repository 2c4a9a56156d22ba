package site_test

import (
	"fmt"
	"net/netip"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"demarc"
	"demarc/site"
	"demarc/store"
	"demarc/store/storetest"
)

// TestAllowedSources imports a file whose list of sources comes, changes and
// goes: there is one group, whose rules keep their ids, and which a host that was
// put into another one is not in.
func TestAllowedSources(t *testing.T) {
	s, err := site.Load("")
	if err != nil {
		t.Fatal(err)
	}
	s.Environments[0].Apps = append(s.Environments[0].Apps, site.App{Name: "acme-app2", Address: netip.MustParseAddr("10.8.2.11")})
	st := storetest.Embedded(t, store.Tables()...)
	state := func(sources ...string) (vpc demarc.VPC, group demarc.SecurityGroup, far map[string]string) {
		t.Helper()
		s.Environments[0].Allowed = nil
		for _, source := range sources {
			s.Environments[0].Allowed = append(s.Environments[0].Allowed, netip.MustParsePrefix(source))
		}
		if err := s.Import(t.Context(), st); err != nil {
			t.Fatal(err)
		}
		for v := range store.VPCs.All(st.Local()) {
			if v.Name == "acme-prod" {
				vpc = v
			}
		}
		far = map[string]string{}
		for g := range store.SecurityGroups.By(st.Local(), "vpc", string(vpc.ID)) {
			if g.Name == "allowed-sources" {
				group = g
			}
		}
		for _, rule := range group.Rules {
			far[fmt.Sprint(rule.Prefix, " ", rule.Egress)] = rule.ID
		}
		return vpc, group, far
	}
	if vpc, group, _ := state(); group.ID != "" || len(vpc.Hosts[0].Groups) > 0 {
		t.Errorf("without sources: %+v in %+v", vpc.Hosts, group)
	}
	vpc, group, first := state("192.168.0.0/16", "10.0.0.0/8")
	if len(first) != 4 || first["10.0.0.0/8 false"] == "" || first["0.0.0.0/0 true"] == "" || !slices.Equal(vpc.Hosts[0].Groups, []demarc.SecurityGroupID{group.ID}) {
		t.Errorf("two sources: hosts %+v, rules %v", vpc.Hosts, first)
	}

	other := demarc.NewDefaultGroup(vpc)
	other.Name = "other"
	err = st.Write(t.Context(), func(tx *store.Tx) error {
		vpc.Hosts[1].Groups = []demarc.SecurityGroupID{other.ID}
		store.VPCs.Put(tx, vpc)
		store.SecurityGroups.Put(tx, other)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	again, same, rules := state("10.0.0.0/8")
	if same.ID != group.ID || len(rules) != 3 || rules["10.0.0.0/8 false"] != first["10.0.0.0/8 false"] {
		t.Errorf("one source: %s with %v, was %s with %v", same.ID, rules, group.ID, first)
	}
	want := [][]demarc.SecurityGroupID{{group.ID}, {other.ID}}
	if diff := cmp.Diff([][]demarc.SecurityGroupID{again.Hosts[0].Groups, again.Hosts[1].Groups}, want); diff != "" {
		t.Error(diff)
	}
	if gone, group, _ := state(); group.ID != "" || len(gone.Hosts[0].Groups) > 0 || !slices.Equal(gone.Hosts[1].Groups, []demarc.SecurityGroupID{other.ID}) {
		t.Errorf("without sources again: %+v in %+v", gone.Hosts, group)
	}
	if _, group, _ := state("10.0.0.0/8"); group.ID == "" {
		t.Error("the group does not come back")
	}
}
