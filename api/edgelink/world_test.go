package edgelink_test

import (
	"context"
	"net/netip"
	"strconv"
	"testing"
	"time"

	"demarc"
	"demarc/intent"
	"demarc/store"
)

func addr(s string) netip.Addr {
	a, _ := netip.ParseAddr(s)
	return a
}

func prefix(s string) netip.Prefix {
	p, _ := netip.ParsePrefix(s)
	return p
}

func prefixes(all ...string) []netip.Prefix {
	var list []netip.Prefix
	for _, p := range all {
		list = append(list, prefix(p))
	}
	return list
}

func openStore(t testing.TB) *store.Store {
	t.Helper()
	st, err := store.Open(t.Context(), store.Config{Dir: t.TempDir()}, store.Tables()...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close() })
	return st
}

// link is a whole link: device d1 with port p1, a patched connection on it, an
// interface with the VLAN, and vgw-1 of vpc-1 on host h1.
func link(vlan string, state demarc.VirtualInterfaceState) []any {
	return []any{
		demarc.Device{ID: "d1", RouterID: addr("10.255.0.1")},
		demarc.Port{ID: "d1/p1", Speed: demarc.Gbps, Interface: "p1"},
		demarc.Port{ID: "d1/p2", Speed: demarc.Gbps, Interface: "p2"},
		demarc.Port{ID: "d2/p1", Speed: demarc.Gbps, Interface: "p1"},
		connection("dxcon-1", "d1/p1", demarc.ConnectionPending),
		demarc.CrossConnect{Connection: "dxcon-1", Port: "d1/p1", Patched: true, Cage: demarc.Cage{Router: "acme-r1", Interface: "eth1"}},
		accepted(vlan, state),
		demarc.VirtualGateway{ID: "vgw-1", ASN: 64512, VPC: "vpc-1"},
		demarc.VPC{ID: "vpc-1", Host: "h1", CIDR: prefix("10.1.0.0/24")},
		demarc.RouteTable{ID: "rtb-1", VPC: "vpc-1", Associations: []demarc.RouteTableAssociation{{ID: "rtbassoc-1"}}, Propagating: []demarc.GatewayID{"vgw-1"}},
		demarc.VPCHost{ID: "h1", RouterID: addr("10.255.1.1")},
	}
}

func connection(id demarc.ConnectionID, port demarc.PortID, state demarc.ConnectionState) demarc.Connection {
	return demarc.Connection{ID: id, Port: port, Bandwidth: demarc.Gbps, State: state}
}

func accepted(vlan string, state demarc.VirtualInterfaceState) demarc.VirtualInterface {
	tag, _ := strconv.Atoi(vlan)
	return demarc.VirtualInterface{
		ID: demarc.VirtualInterfaceID("dxvif-" + vlan), Type: demarc.PrivateVIF, Connection: "dxcon-1",
		Device: "d1", VLAN: demarc.VLAN(tag), MTU: 1500, State: state, Gateway: "vgw-1", GatewayASN: 64512,
		Peers: []demarc.BGPPeer{{
			ID: demarc.BGPPeerID("dxpeer-" + vlan), Family: demarc.IPv4, ASN: 65000,
			AmazonAddress: prefix("169.254.1.1/30"), CustomerAddress: prefix("169.254.1.2/30"),
			Key: demarc.NewSecret("key-of-" + vlan),
		}},
	}
}

// put writes nouns, each into its table, in one transaction.
func put(t testing.TB, st *store.Store, nouns ...any) {
	t.Helper()
	write(t, st, func(tx *store.Tx) {
		for _, noun := range nouns {
			putOne(t, tx, noun)
		}
	})
}

func putOne(t testing.TB, tx *store.Tx, noun any) {
	t.Helper()
	switch v := noun.(type) {
	case demarc.Account:
		store.Accounts.Put(tx, v)
	case demarc.Location:
		store.Locations.Put(tx, v)
	case demarc.Device:
		store.Devices.Put(tx, v)
	case demarc.Port:
		store.Ports.Put(tx, v)
	case demarc.Connection:
		store.Connections.Put(tx, v)
	case demarc.CrossConnect:
		store.CrossConnects.Put(tx, v)
	case demarc.VirtualInterface:
		store.VirtualInterfaces.Put(tx, v)
	case demarc.VirtualGateway:
		store.VirtualGateways.Put(tx, v)
	case demarc.DirectConnectGateway:
		store.DirectConnectGateways.Put(tx, v)
	case demarc.GatewayAssociation:
		store.GatewayAssociations.Put(tx, v)
	case demarc.TransitGateway:
		store.TransitGateways.Put(tx, v)
	case demarc.TransitRouteTable:
		store.TransitRouteTables.Put(tx, v)
	case demarc.TransitGatewayAttachment:
		store.TransitGatewayAttachments.Put(tx, v)
	case demarc.Subnet:
		store.Subnets.Put(tx, v)
	case demarc.RouteTable:
		store.RouteTables.Put(tx, v)
	case demarc.PrefixList:
		store.PrefixLists.Put(tx, v)
	case demarc.VPC:
		store.VPCs.Put(tx, v)
	case demarc.VPCHost:
		store.VPCHosts.Put(tx, v)
	case demarc.PublicNetwork:
		store.PublicNetworks.Put(tx, v)
	default:
		t.Fatalf("cannot put a %T", noun)
	}
}

func write(t testing.TB, st *store.Store, fn func(*store.Tx)) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := st.Write(ctx, func(tx *store.Tx) error { fn(tx); return nil }); err != nil {
		t.Fatal(err)
	}
}

func changeVIF(t *testing.T, st *store.Store, id string, change func(*demarc.VirtualInterface)) {
	t.Helper()
	write(t, st, func(tx *store.Tx) {
		v, _ := store.VirtualInterfaces.Get(tx, id)
		change(&v)
		store.VirtualInterfaces.Put(tx, v)
	})
}

func stateOf(st *store.Store, id string) demarc.VirtualInterfaceState {
	v, _ := store.VirtualInterfaces.Get(st.Local(), id)
	return v.State
}

// patience is how long a client may take to come back: it waits longer after each
// attempt in vain, and the machine may be busy.
const patience = 30 * time.Second

// eventually waits for a condition.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("never happened: " + what)
		}
	}
}

// established is a report of d1 with light, and the interface's session up.
func established(vif string, applied int64) intent.Report {
	return intent.Report{
		Applied: applied,
		Ports:   []*intent.PortSeen{{ID: "d1/p1", Carrier: true}},
		VIFs: []*intent.VIFSeen{{
			ID: demarc.VirtualInterfaceID(vif), Built: true,
			Session: []intent.SessionSeen{{Peer: "dxpeer-101", State: "Established", Since: time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)}},
		}},
	}
}
