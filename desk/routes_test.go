package desk_test

import (
	"net/netip"
	"slices"
	"testing"

	"demarc"
	"demarc/desk"
	"demarc/intent"
	"demarc/route"
	"demarc/store"
)

// The desk must name the devices that the VPC host uses, whatever decides it.
func TestRoutesOfSeveralDevices(t *testing.T) {
	plain := route.Path{LocalPreference: 100, ASPathLength: 1, Internal: true, RouterID: netip.MustParseAddr("10.255.0.1")}
	for name, change := range map[string]func(worse, better *route.Path){
		"local preference": func(_, p *route.Path) { p.LocalPreference, p.ASPathLength = 200, 3 },
		"AS path":          func(_, p *route.Path) { p.ASPathLength = 0 },
		"origin":           func(p, _ *route.Path) { p.Origin = 2 },
		"MED":              func(p, _ *route.Path) { p.MED = 10 },
		"nothing":          func(_, p *route.Path) { p.RouterID = netip.MustParseAddr("10.0.0.1") },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			worse, better := plain, plain
			change(&worse, &better)
			prefix := netip.MustParsePrefix("192.168.50.0/24")
			row := func(device demarc.NodeID, path route.Path) intent.PropagatedSeen {
				return intent.PropagatedSeen{Prefix: prefix, Gateway: vgw, Device: device, ASPath: []demarc.ASN{65010}, Path: path}
			}
			w.write(func(tx *store.Tx) error {
				store.VPCSightings.Put(tx, intent.VPCSeen{ID: vpc, Propagated: []intent.PropagatedSeen{row("lis1-d1", worse), row("lis1-d2", better)}})
				return nil
			})
			got, err := desk.Routes(w.store.Local(), customer, "acme-prod")
			if err != nil {
				t.Fatal(err)
			}
			var used []string
			for _, v := range got.Verdicts {
				if v.Prefix == prefix && v.Active {
					used = append(used, v.Via)
				}
			}
			want := []string{"lis1-d2"}
			if name == "nothing" { // equal paths are used together
				want = append(want, "lis1-d1")
			}
			if !slices.Equal(used, want) {
				t.Errorf("used by %v, want %v", used, want)
			}
		})
	}
}

// Where app hosts use another table than the main one, it is the one that is
// judged, and the main one is shown as well.
func TestRoutesOfSeveralTables(t *testing.T) {
	w := newWorld(t)
	w.write(func(tx *store.Tx) error {
		v, _ := store.VPCs.Get(tx, string(vpc))
		v.Hosts = []demarc.HostInterface{{Host: "app1", Address: v.CIDR.Addr().Next().Next()}}
		store.VPCs.Put(tx, v)
		store.Subnets.Put(tx, demarc.Subnet{ID: "subnet-1", VPC: vpc, CIDR: v.CIDR})
		store.RouteTables.Put(tx, demarc.RouteTable{ID: "rtb-2", VPC: vpc, Associations: []demarc.RouteTableAssociation{{ID: "rtbassoc-2", Subnet: "subnet-1"}}})
		return nil
	})
	got, err := desk.Routes(w.store.Local(), customer, "acme-prod")
	if err != nil || got.Table != "rtb-2" || len(got.Verdicts) != 1 {
		t.Errorf("judged: got %+v, %v, want rtb-2 with its local route", got.JudgedTable, err)
	}
	if len(got.Others) != 1 || len(got.Others[0].Verdicts) != 2 {
		t.Errorf("others: got %+v, want the main table with two routes", got.Others)
	}
}
